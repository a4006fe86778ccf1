/*
 * telling.h - a record whose readers follow from what it is about, on its way:
 * its content, whom it is for, what it refers to, and the guard and the policy
 * before it is sealed. For actions and risk summits.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Actions", "Risk summits"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_TELLING_H
#define QSG_SERVICE_TELLING_H

#include "domain/reference.h"
#include "service/saying_about.h"
#include "store/views.h"

#define TELLING_TEXTS 8u

/* The free texts of a content, for normal form and the guard: pointers to the
 * strings, at most TELLING_TEXTS. Returns how many. */
typedef size_t (*telling_texts)(
    Qsg__Payload *payload, char **out[TELLING_TEXTS]);

/* Zero-initialise; telling_begin fills it, telling_finish frees. */
struct telling {
	struct node *node;
	struct share_request request; /* with the readers named */
	telling_texts texts;
	Qsg__Payload *payload; /* a copy of ours, with references */
	struct saying_readers readers;
	struct saying_citations cited;
	struct saying_result *out;
};

/* Copy the content, and put its texts into normal form C. ERR_INPUT, ERR_LIMIT,
 * ERR_MEM. */
ERR_MUST_USE enum err telling_begin(struct telling *telling, struct node *node,
    const struct share_request *asked, const Qsg__Payload *content,
    telling_texts texts, struct saying_result *out);
void telling_finish(struct telling *telling);

/* Those of these organisations that we may seal to are readers, and so many
 * more by telling_add_reader; the others are left out, with the reason, in the
 * result. Whom the request names is not read. Once, before telling_cite.
 * ERR_MEM. */
ERR_MUST_USE enum err telling_name_readers(
    struct telling *telling, const struct id32 *ids, size_t count, size_t more);
/* A name, code, fingerprint or group, borrowed until telling_finish. */
void telling_add_reader(struct telling *telling, const char *name);

/* The record refers to that one, too. ERR_MEM. */
ERR_MUST_USE enum err telling_refer(struct telling *telling,
    enum reference relation, const struct id32 *record);
/* ... and cites what these prefixes find; who cannot read which of them is in
 * the result. Resolves the readers. */
ERR_MUST_USE enum err telling_cite(
    struct telling *telling, const char *const *cites, size_t count);

/* After telling_cite: the policy, the guard, and (unless dry_run) stage it.
 * Errors as of saying_submit. */
ERR_MUST_USE enum err telling_keep(struct telling *telling);

/* A provider's code as typed, a string of its own on the heap, is put into its
 * form; that nothing is known of it is in the result. "" stays. ERR_INPUT. */
ERR_MUST_USE enum err telling_provider(struct telling *telling, char **text);
/* The record that begins so, of this type of view; `what` says what is meant.
 * ERR_INPUT, ERR_NOTFOUND, ERR_AMBIGUOUS. */
ERR_MUST_USE enum err telling_find(struct node *node, const char *prefix,
    enum view_type type, const char *what, uint32_t *rid);

#endif
