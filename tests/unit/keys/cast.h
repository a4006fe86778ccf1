/*
 * cast.h - who takes part in the tests of sealing, and the records they make.
 */
#ifndef QSG_TESTS_UNIT_KEYS_CAST_H
#define QSG_TESTS_UNIT_KEYS_CAST_H

#include "keys/seal.h"
#include "unit/keys/fixture.h"

/* An author, two readers of its stream, and a stranger. */
struct cast {
	struct keystore *author;
	struct keystore *reader;
	struct keystore *second;
	struct keystore *stranger;
	struct seal_worker *writes;
	struct seal_worker *reads;
	struct seal_worker *reads_too;
	struct seal_worker *pries;
	struct seal_reader audience[3];
};

struct cast_record {
	struct header header;
	struct buf slots;
	struct buf body;
	struct id32 id;
};

struct cast *cast_new(void);
void cast_free(struct cast *cast);

/* Number 1 of a new stream of the author's. */
struct cast_record cast_open_stream(struct cast *cast);
/* The next record after last; slotted: it re-keys. */
struct cast_record cast_follow(struct cast *cast,
    const struct cast_record *last, bool slotted, const char *payload);
void cast_record_clear(struct cast_record *record);

/* Take the chain key from a slotted record's slots. */
void cast_take_key(
    struct seal_worker *worker, const struct cast_record *record);
/* seal_open into an emptied buffer. */
enum err cast_read(struct seal_worker *worker, const struct cast_record *record,
    struct buf *payload);
/* It opens to this text. */
void cast_expect(struct seal_worker *worker, const struct cast_record *record,
    const char *text);

#endif
