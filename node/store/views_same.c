#include "store/views.h"

#include <string.h>

static bool same_word(
    const struct views *a, uint32_t of_a, const struct views *b, uint32_t of_b)
{
	return strcmp(views_text(a, of_a), views_text(b, of_b)) == 0;
}

/* Small words run out in the order in which words came: then one is 0. */
static bool same_small(
    const struct views *a, uint16_t of_a, const struct views *b, uint16_t of_b)
{
	return same_word(a, of_a, b, of_b) ||
	       (of_a == 0 &&
		   views_known(a, views_text(b, of_b)) > UINT16_MAX) ||
	       (of_b == 0 && views_known(b, views_text(a, of_a)) > UINT16_MAX);
}

static bool same_place(const struct view_record *x, const struct view_record *y)
{
	return id_equal(&x->id, &y->id) && x->leaf == y->leaf &&
	       x->number == y->number && x->stream == y->stream &&
	       x->received_ms == y->received_ms &&
	       x->created_ms == y->created_ms && x->slotted == y->slotted;
}

/* The numbers of what is granted depend on the order in which it came. */
static bool same_record(
    const struct views *a, uint32_t of_a, const struct views *b, uint32_t of_b)
{
	if (of_a < VIEWS_GRANTED || of_b < VIEWS_GRANTED) {
		return of_a == of_b;
	}
	return id_equal(&views_get(a, of_a)->id, &views_get(b, of_b)->id);
}

static bool same_content(
    const struct view_record *x, const struct view_record *y)
{
	return x->rows == y->rows && x->bytes == y->bytes &&
	       x->type == y->type && x->state == y->state &&
	       x->reason == y->reason && x->kind == y->kind &&
	       x->stance == y->stance;
}

static bool same_providers(
    const struct views *a, const struct views *b, uint32_t rid)
{
	size_t count_a = 0;
	size_t count_b = 0;
	const uint32_t *of_a = views_providers(a, rid, &count_a);
	const uint32_t *of_b = views_providers(b, rid, &count_b);
	if (count_a != count_b) {
		return false;
	}
	for (size_t i = 0; i < count_a; i++) {
		if (!same_word(a, of_a[i], b, of_b[i])) {
			return false;
		}
	}
	return true;
}

bool views_same(const struct views *a, const struct views *b, uint32_t rid)
{
	const struct view_record *x = views_get(a, rid);
	const struct view_record *y = views_get(b, rid);
	return same_place(x, y) && same_content(x, y) &&
	       same_record(a, x->corrects, b, y->corrects) &&
	       same_record(a, x->corrected_by, b, y->corrected_by) &&
	       same_word(a, x->provider, b, y->provider) &&
	       same_word(a, x->set, b, y->set) &&
	       same_word(a, x->period, b, y->period) &&
	       same_small(a, x->source, b, y->source) &&
	       same_small(a, x->dimension, b, y->dimension) &&
	       same_providers(a, b, rid) && views_find(a, &x->id) == rid &&
	       views_at(a, x->stream, x->number) == rid;
}
