/*
 * charter.h - a group's charter as a file that people write.
 *
 * Floor:   app
 * Spec:    QSG chapters 4, 5, 6 and 8
 * Threads: any.
 */
#ifndef QSG_APP_CHARTER_H
#define QSG_APP_CHARTER_H

#include "base/bytes.h"
#include "group.pb-c.h"

#include <jansson.h>

#define CHARTER_FILE_BYTES 65536u

/* Read such a file: the fields of a charter, as far as it names them, under
 * their names in group.proto. ERR_INPUT naming the line. */
ERR_MUST_USE enum err charter_parse(const char *text, json_t **out);

/* What the group is called, and what it is. */
struct charter_identity {
	const char *name;
	const char *level;  /* local | regional */
	const char *region; /* NULL: none given */
};
/* The whole charter: what was read (NULL: nothing), and the guidance where it
 * says nothing. *out is freed with canon_free. ERR_INPUT. */
ERR_MUST_USE enum err charter_complete(const json_t *read,
    const struct charter_identity *identity, Qsg__Charter **out);
/* The same on top of a charter in force: what is not read stays. */
ERR_MUST_USE enum err charter_change(const Qsg__Charter *now,
    const json_t *read, const char *name, Qsg__Charter **out);

/* A file with everything in it, explained: the defaults. */
ERR_MUST_USE enum err charter_example(const char *level, struct buf *out);

#endif
