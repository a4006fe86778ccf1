/*
 * bundle_index.h - the two lists in a bundle, for programs (index.csv) and for
 * people (index.html). Both follow from the other files; a checker writes them
 * again and compares.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_BUNDLE_INDEX_H
#define QSG_VIEW_BUNDLE_INDEX_H

#include "codec/envelope.h"
#include "keys/card.h"

#include "payload.pb-c.h"

/* One record, as both lists show it. Borrows. */
struct bundle_row {
	struct id32 record;
	const struct card *author;
	struct header header; /* frozen fields, where it is of a higher version
	                       */
	uint64_t leaf;
	bool has_body;
	const Qsg__Payload *payload; /* NULL: sealed */
};

/* What kind of thing an opened record is, by its content. */
const char *bundle_index_type(const Qsg__Payload *payload);
/* "opened", "sealed", or "no body". */
const char *bundle_index_state(const struct bundle_row *row);
/* The provider it concerns; "" where it says none. */
const char *bundle_index_provider(const Qsg__Payload *payload);

/* What its author advises, should somebody ask for it; "" nothing. */
const char *bundle_index_foi_note(const Qsg__Payload *payload);

/* Append the first line, and a record's. */
ERR_MUST_USE enum err bundle_csv_begin(struct buf *out);
ERR_MUST_USE enum err bundle_csv_row(
    const struct bundle_row *row, struct buf *out);

/* Append the page piece by piece: its beginning, each organisation in the order
 * of ids, then bundle_page_records, each record in the order of ids, its end.
 * Plain HTML without scripts, pictures or links; whatever came from a card or a
 * record is escaped. */
ERR_MUST_USE enum err bundle_page_begin(struct buf *out);
ERR_MUST_USE enum err bundle_page_card(
    const struct card *card, struct buf *out);
ERR_MUST_USE enum err bundle_page_records(struct buf *out);
ERR_MUST_USE enum err bundle_page_row(
    const struct bundle_row *row, struct buf *out);
ERR_MUST_USE enum err bundle_page_end(struct buf *out);

#endif
