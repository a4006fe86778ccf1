#include "service/erasing_parts.h"

#include "codec/text.h"

#include <string.h>

struct remembering {
	struct node *node;
	const char *prefix;
	size_t digits;
	struct erasing_remembered *out;
	bool found;
	bool several;
};

static enum err look(void *context, const struct erased_row *row)
{
	struct remembering *remembering = context;
	struct erasing_remembered *out = remembering->out;
	struct hex32 text = text_hex_id(&row->original);

	/* What is held, or granted still, is found by itself. */
	if (strncmp(text.text, remembering->prefix, remembering->digits) != 0 ||
	    views_find(remembering->node->views, &row->original)) {
		return ERR_OK;
	}
	if (remembering->found && !id_equal(&out->id, &row->original)) {
		remembering->several = true;
		return ERR_OK;
	}
	if (!remembering->found) {
		out->id = row->original;
		out->grant = (uint32_t)row->rid;
		remembering->found = true;
	}
	if (!out->known && row->header_size) {
		enum err err = envelope_get_header(
		    span_of(row->header, row->header_size), &out->header);

		out->known = !err || err == ERR_VERSION;
	}
	return ERR_OK;
}

/* PROTOCOL.md M458: "Of a record that was held in grants alone and is erased, a
 * node MUST show that it was here, who granted it, and, where it ever opened
 * such a grant, whose it was." */
enum err erasing_remember(
    struct node *node, const char *prefix, struct erasing_remembered *out)
{
	struct remembering remembering = { .node = node,
		.prefix = prefix,
		.digits = strlen(prefix),
		.out = out };
	uint32_t rid = 0;
	enum err err = ERR_OK;

	*out = (struct erasing_remembered){ 0 };
	if (!remembering.digits) {
		return err_set(ERR_INPUT, "a record id has 1 to 64 characters");
	}
	err = erased_scan(node->db, look, &remembering);
	if (!err && remembering.several) {
		err = err_set(ERR_AMBIGUOUS,
		    "more than one record begins with %.64s", prefix);
	}
	if (!err && !remembering.found) {
		/* It says what it was, where that is known. */
		err = erasing_find(node, span_text(prefix), &rid);
		err = err ? err : err_set(ERR_NOTFOUND, "it is held");
	}
	return err;
}
