#include "view/evidence_view.h"

#include "codec/text.h"
#include "ledger/evidence.h"
#include "service/contradiction.h"
#include "view/json_out.h"

static json_t *against_json(const struct peer *peer)
{
	json_t *object = json_object();
	json_out_text(object, "name", peer->card.fields->name);
	json_out_text(object, "code", peer->card.fields->code);
	json_out_text(object, "fingerprint",
	    text_fingerprint(&peer->card.organisation).text);
	return object;
}

static json_t *item_json(const struct contradiction_item *item)
{
	json_t *object = json_object();
	json_out_number(object, "evidence", (uint64_t)item->evidence);
	json_out_text(object, "kind", item->kind);
	json_out_set(object, "against", against_json(item->against));
	json_out_time(object, "found_at", item->found_ms);
	json_out_id(object, "hash", &item->hash);
	return object;
}

static enum err list_one(void *context, const struct contradiction_item *item)
{
	json_t *array = context;
	json_out_append(array, item_json(item));
	return ERR_OK;
}

enum err evidence_view_list(struct node *node, json_t **out)
{
	json_t *array = json_array();
	enum err err = contradiction_scan(node, list_one, array);
	if (err != ERR_OK) {
		json_decref(array);
		return err;
	}
	*out = array;
	return ERR_OK;
}

struct wanted {
	int64_t evidence;
	json_t *json;
};

static enum err find_one(void *context, const struct contradiction_item *item)
{
	struct wanted *wanted = context;
	if (item->evidence == wanted->evidence) {
		wanted->json = item_json(item);
	}
	return ERR_OK;
}

enum err evidence_view_item(struct node *node, int64_t evidence, json_t **out)
{
	struct wanted wanted = { .evidence = evidence };
	struct evidence_found found;
	struct buf bytes = { 0 };
	struct buf armour = { 0 };
	enum err err = contradiction_open(node, evidence, &bytes);
	if (err == ERR_OK &&
	    evidence_check(buf_span(&bytes), &found) != ERR_OK) {
		err = err_wrap(ERR_CORRUPT, "evidence %lld is damaged",
		    (long long)evidence);
	}
	if (err == ERR_OK) {
		err = evidence_armour(buf_span(&bytes), &armour);
	}
	if (err == ERR_OK) {
		err = contradiction_scan(node, find_one, &wanted);
	}
	if (err == ERR_OK) {
		json_out_text(wanted.json, "says", found.text);
		json_out_number(wanted.json, "bytes", bytes.size);
		json_out_text(wanted.json, "armour", buf_text(&armour));
		*out = wanted.json;
	}
	buf_clear(&bytes);
	buf_clear(&armour);
	return err;
}

enum err evidence_view_summary(struct node *node, json_t **out)
{
	json_t *all = NULL;
	enum err err = evidence_view_list(node, &all);
	if (err != ERR_OK) {
		return err;
	}
	json_t *newest = json_array_get(all, 0);
	json_t *object = json_object();
	json_out_number(object, "count", json_array_size(all));
	json_out_set(object, "newest",
	    newest == NULL ? json_null() : json_incref(newest));
	json_decref(all);
	*out = object;
	return ERR_OK;
}

/*
 * For people.
 */

static void against(struct paper *paper, const json_t *item)
{
	const json_t *who = json_object_get(item, "against");
	paper_text(paper, paper_member(who, "name"));
	paper_put(paper, " (");
	paper_text(paper, paper_member(who, "code"));
	paper_put(paper, ")");
}

void evidence_view_render_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		paper_printf(paper, "%4lld  ",
		    (long long)paper_number(each, "evidence"));
		paper_styled(paper, PAPER_WARN, paper_member(each, "kind"));
		paper_put(paper, " of ");
		against(paper, each);
		paper_put(paper, ", found ");
		paper_time(paper, each, "found_at");
		paper_put(paper, "\n");
	}
}

void evidence_view_render_item(struct paper *paper, const json_t *value)
{
	const json_t *who = json_object_get(value, "against");
	paper_printf(paper, "evidence      %lld, ",
	    (long long)paper_number(value, "evidence"));
	paper_styled(paper, PAPER_WARN, paper_member(value, "kind"));
	paper_put(paper, "\nagainst       ");
	against(paper, value);
	paper_put(paper, "\nfingerprint   ");
	paper_text(paper, paper_member(who, "fingerprint"));
	paper_put(paper, "\nfound         ");
	paper_time(paper, value, "found_at");
	paper_printf(paper, "\nhash          %s\nsays          ",
	    paper_member(value, "hash"));
	paper_text(paper, paper_member(value, "says"));
	paper_put(paper, "\n");
}

void evidence_view_render_summary(struct paper *paper, const json_t *value)
{
	const json_t *newest = json_object_get(value, "newest");
	if (paper_number(value, "count") == 0) {
		return;
	}
	paper_put(paper, "evidence      ");
	paper_styled(paper, PAPER_WARN, "an organisation contradicts itself");
	paper_printf(paper, ": %lld found, the newest a ",
	    (long long)paper_number(value, "count"));
	paper_text(paper, paper_member(newest, "kind"));
	paper_put(paper, " of ");
	against(paper, newest);
	paper_put(paper, "; see `qsg audit evidence`\n");
}
