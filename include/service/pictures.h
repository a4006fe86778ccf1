/*
 * pictures.h - the picture of a provider, out of all that this node holds
 * about it; and all providers in short.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Provider register and view"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_PICTURES_H
#define QSG_SERVICE_PICTURES_H

#include "domain/picture.h"
#include "service/providers.h"

/* One provider. Zero-initialise; release with pictures_clear. Other than the
 * contents, things are borrowed until the next record is taken or submitted. */
struct pictures_look {
	struct picture picture;
	struct picture_fact *facts; /* owned, contents too */
	uint32_t *rids;             /* of the facts */
	size_t count;
	size_t left_out;        /* records, of authors with too many */
	struct id32 state_hash; /* of what somebody else can read, too */
	size_t hashed;          /* how many records that is */
	struct providers_about about;
};

/* Everything held about this provider (a code as stored), at this node's time.
 * ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err pictures_look(
    struct node *node, const char *code, struct pictures_look *out);
void pictures_clear(struct pictures_look *look);
/* The rid of an entry of its picture. */
uint32_t pictures_rid(
    const struct pictures_look *look, const struct picture_entry *entry);

/* One provider in short. Borrowed for the call. */
struct pictures_brief {
	const char *code;
	const struct providers_about *about;
	size_t concerns; /* as picture_counts */
	size_t assurances;
	size_t good_practice;
	size_t unstated;
	size_t records;   /* of all kinds that a picture is made of */
	int64_t heard_ms; /* when the newest of them was received; 0 never */
	const uint32_t *judgements; /* rids: of each author the newest */
	size_t judgement_count;
};

struct pictures_filter {
	const struct id32 *home_group; /* NULL: any */
	bool registered; /* those too of which only the register tells */
};

typedef enum err (*pictures_each)(
    void *context, const struct pictures_brief *brief);
/* In order of code. */
ERR_MUST_USE enum err pictures_list(struct node *node,
    const struct pictures_filter *filter, pictures_each each, void *context);

#endif
