/*
 * paper.h - text for people: everything that came from somebody else is
 * escaped on the way.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: one at a time per paper.
 */
#ifndef QSG_VIEW_PAPER_H
#define QSG_VIEW_PAPER_H

#include "base/bytes.h"

#include <jansson.h>

struct paper {
	struct buf out;
	bool ascii;  /* the reader's locale shows nothing but ASCII */
	bool colour; /* escape sequences of our own are welcome */
	bool failed; /* memory ran out: what is in out is not whole */
};

enum paper_style { PAPER_BOLD, PAPER_DIM, PAPER_WARN, PAPER_GOOD };

/* Our own words, as they are. */
void paper_put(struct paper *paper, const char *text);
void paper_printf(struct paper *paper, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Somebody else's words, on one line. */
void paper_text(struct paper *paper, const char *text);
/* The same with its line breaks kept, each line indented. */
void paper_block(struct paper *paper, const char *text, unsigned int indent);
/* Somebody else's words in a style. */
void paper_styled(
    struct paper *paper, enum paper_style style, const char *text);

/* Members of a JSON object; "" and 0 when missing or of another type. */
const char *paper_member(const json_t *object, const char *key);
json_int_t paper_number(const json_t *object, const char *key);
bool paper_flag(const json_t *object, const char *key);
/* An organisation by these members of an object, as "Name (code)"; of one
 * without a name that it is not known here. */
void paper_org(struct paper *paper, const json_t *object, const char *name,
    const char *code);
/* The first characters of an id: enough to name a record by. */
void paper_brief_id(struct paper *paper, const char *id);
/* A member that holds an RFC 3339 time, as people read it, in London; "never"
 * for null. */
void paper_time(struct paper *paper, const json_t *object, const char *key);

#endif
