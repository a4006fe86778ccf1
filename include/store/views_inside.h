/*
 * views_inside.h - the inside of the views, shared by the modules that make
 * them up.
 *
 * Floor:   store
 * Threads: one.
 */
#ifndef QSG_STORE_VIEWS_INSIDE_H
#define QSG_STORE_VIEWS_INSIDE_H

#include "store/links.h"
#include "store/listing.h"
#include "store/runs.h"
#include "store/views.h"
#include "store/words.h"

#define VIEWS_SALT_BYTES (WORDS_SALT_BYTES + 24u + LINKS_SALT_BYTES)

struct views {
	uint8_t salt[VIEWS_SALT_BYTES];
	struct view_record **blocks;
	size_t block_capacity;
	size_t count;
	struct table ids; /* first 8 bytes of an id to rid - 1 */
	struct runs runs;
	struct words *words;
	struct listing providers;
	struct links links;
	struct view_granted **granted; /* by rid - VIEWS_GRANTED */
	size_t granted_count;
	size_t granted_capacity;
	struct table carried; /* rid of a grant to its place there */
};

/* Empty ones, with indexes under this salt. */
ERR_MUST_USE enum err views_make(
    const uint8_t salt[VIEWS_SALT_BYTES], struct views **out);
/* Does what it referred to in this way still count? See views_forget. */
bool views_refers(const struct views *views, uint32_t rid, uint8_t how);

#endif
