#include "service/erasing_parts.h"

#include "codec/when.h"
#include "domain/plain.h"
#include "domain/reference.h"

#include <stdio.h>
#include <string.h>

#define HOLD_LABEL "qsg/hold/v1"
#define DAY_MS (24LL * 3600LL * 1000LL)

/* Sealed: the record's id, u64 first instant of the last day, the reason. */
static enum err parse(
    const struct id32 *id, struct span plain, struct erasing_hold *out)
{
	struct reader in = reader_of(plain);
	struct id32 named;
	int64_t day_ms = 0;

	reader_copy(&in, named.b, sizeof named.b);
	day_ms = (int64_t)reader_u64(&in);
	if (in.bad || !id_equal(&named, id) || day_ms < 0 ||
	    in.left.size > LIMIT_REASON_BYTES) {
		return err_set(ERR_CORRUPT, "a hold that is damaged");
	}
	*out = (struct erasing_hold){ .until_ms = day_ms + DAY_MS };
	(void)snprintf(
	    out->until, sizeof out->until, "%.10s", when_date(day_ms).text);
	memcpy(out->reason, in.left.data, in.left.size);
	return ERR_OK;
}

static enum err unseal(struct node *node, const struct id32 *id,
    struct span sealed, struct erasing_hold *out)
{
	struct buf plain = { 0 };
	enum err err =
	    keystore_unseal(node->options.keystore, HOLD_LABEL, sealed, &plain);

	if (!err) {
		err = parse(id, buf_span(&plain), out);
	}
	buf_wipe(&plain);
	return err ? err_set(ERR_CORRUPT, "a hold does not open") : ERR_OK;
}

enum err erasing_check_hold(
    struct node *node, const struct id32 *id, struct span sealed)
{
	struct erasing_hold hold;

	return unseal(node, id, sealed, &hold);
}

enum err erasing_get_hold(
    struct node *node, const struct id32 *id, struct erasing_hold *out)
{
	struct buf sealed = { 0 };
	enum err err = holds_get(node->db, id, &sealed);

	if (!err) {
		err = unseal(node, id, buf_span(&sealed), out);
	}
	buf_clear(&sealed);
	return err;
}

enum err erasing_is_held(struct node *node, const struct id32 *id, bool *held)
{
	struct erasing_hold hold;
	enum err err = erasing_get_hold(node, id, &hold);

	*held = !err && clock_wall_ms(node->options.clock) < hold.until_ms;
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

static enum err seal(struct node *node, const struct id32 *id, int64_t day_ms,
    const char *reason, struct buf *out)
{
	struct buf plain = { 0 };
	enum err err = buf_append(&plain, span_id(id));

	if (!err) {
		err = buf_u64(&plain, (uint64_t)day_ms);
	}
	if (!err) {
		err = buf_append(&plain, span_text(reason));
	}
	if (!err) {
		err = keystore_seal(node->options.keystore, node->options.rng,
		    HOLD_LABEL, buf_span(&plain), out);
	}
	buf_wipe(&plain);
	return err;
}

static enum err check_words(
    struct node *node, const char *reason, const char *until)
{
	enum err err = plain_check_line("the reason", reason);

	if (!err && plain_is_blank(reason)) {
		err = err_set(ERR_INPUT, "say why it has to be kept");
	}
	if (!err && plain_is_blank(until)) {
		err = err_set(ERR_INPUT, "say until when it has to be kept");
	}
	return err ? err
	           : plain_check_coming("the day until which it is kept", until,
			 clock_wall_ms(node->options.clock));
}

enum err erasing_set_hold(struct node *node, const char *record,
    const char *reason, const char *until, struct erasing_named *named)
{
	struct buf sealed = { 0 };
	int64_t day_ms = 0;
	enum err err = erasing_name(node, record, named);

	if (!err && named->erased) {
		err = err_set(ERR_STATE,
		    "it is erased already: there is nothing left to hold");
	}
	if (!err) {
		err = check_words(node, reason, until);
	}
	if (!err) {
		err = when_parse(span_text(until), &day_ms);
	}
	if (!err) {
		err = seal(node, &named->id, day_ms, reason, &sealed);
	}
	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		err = holds_set(node->db, &named->id, buf_span(&sealed));
	}
	buf_clear(&sealed);
	if (!err && node->erasings) {
		node->erasings->look_ms = 0; /* another day to be told */
	}
	return err;
}

/* It tells whoever asks no more than it must. */
#define ASKED_REASON                                                           \
	"somebody has asked for it under the law, and that is still open"
#define ASKED_DAYS 28

/* PROTOCOL.md M501: "What an open request under the law, or a consultation, is
 * about MUST be held when another organisation asks for its erasure, for 28
 * days at a time, as long as that is open." */
enum err erasing_hold_asked(
    struct node *node, const struct id32 *id, bool *held)
{
	struct foi_concern concern;
	struct buf sealed = { 0 };
	int64_t day_ms = clock_wall_ms(node->options.clock);
	enum err err = foi_concern(node, id, &concern);

	*held = !err && foi_concerns(&concern);
	if (!*held) {
		return err;
	}
	day_ms += ASKED_DAYS * DAY_MS - day_ms % DAY_MS;
	err = seal(node, id, day_ms, ASKED_REASON, &sealed);
	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		err = holds_set(node->db, id, buf_span(&sealed));
	}
	buf_clear(&sealed);
	return err;
}

/* What was put off is due; whoever asked is answered at the next tick. */
static enum err carry_out_now(struct node *node, const struct id32 *id)
{
	uint32_t erasure = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && (erasure = views_next_link(
			    node->views, id, REFERENCE_ERASES, &place)) != 0) {
		size_t bodies = 0;

		err = erasing_carry_out(node, erasure, id, &bodies);
		if (!err) {
			err = erasings_add(node, erasure, id);
		}
	}
	if (!err && node->erasings) {
		node->erasings->look_ms = 0;
	}
	return err;
}

enum err erasing_release_hold(
    struct node *node, const char *record, struct erasing_named *named)
{
	enum err err = erasing_name(node, record, named);

	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		err = holds_drop(node->db, &named->id);
	}
	if (err == ERR_NOTFOUND && named->rid) {
		err = err_set(ERR_NOTFOUND, "nothing holds that record");
	}
	return err ? err : carry_out_now(node, &named->id);
}
