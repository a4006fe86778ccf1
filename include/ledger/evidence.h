/*
 * evidence.h - portable evidence that an organisation contradicted itself.
 *
 * It needs nothing but its own bytes: the card names the keys, signed
 * checkpoints hold both sides.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Spec:    proto/PROTOCOL.md, "Evidence"
 * Threads: no shared state.
 */
#ifndef QSG_LEDGER_EVIDENCE_H
#define QSG_LEDGER_EVIDENCE_H

#include "keys/card.h"
#include "ledger/checkpoint.h"

#define EVIDENCE_ARMOUR "QSG EVIDENCE"

enum evidence_kind {
	EVIDENCE_SPLIT_VIEW,    /* two histories of one log */
	EVIDENCE_STREAM_FORK,   /* two records for one number */
	EVIDENCE_STREAM_BROKEN, /* a record that does not follow its stream */
	EVIDENCE_CARD_FORK,     /* two cards of one version */
	EVIDENCE_SUCCESSOR_FORK /* two successors of one log generation */
};

/* "split-view", "stream-fork", ... */
const char *evidence_kind_name(enum evidence_kind kind);

/* What checked evidence says. */
struct evidence_found {
	enum evidence_kind kind;
	struct id32 author;              /* against whom */
	char name[LIMIT_NAME_BYTES + 1]; /* as its card calls it */
	char text[320]; /* a plain sentence without its full stop */
};

/* Do two checked cards of one organisation name different successors after one
 * generation, or different keys for one? */
bool evidence_diverges(const struct card *a, const struct card *b);

/* Check evidence. ERR_FORMAT, ERR_LIMIT, ERR_VERSION (made by a newer
 * program), ERR_VERIFY (it proves nothing). */
ERR_MUST_USE enum err evidence_check(
    struct span bytes, struct evidence_found *out);
/* The same from armour or raw bytes, as a person hands it over. */
ERR_MUST_USE enum err evidence_read(
    struct span text, struct buf *bytes, struct evidence_found *out);
/* Append as armour under two comment lines: what it says, and of whom. */
ERR_MUST_USE enum err evidence_armour(struct span bytes, struct buf *out);

#endif
