/*
 * tar.h - one exact form of ustar archive: regular files alone, and every byte
 * follows from their names and contents.
 *
 * Floor:   codec (may include base)
 * Spec:    POSIX.1-2017, pax, "ustar Interchange Format"; proto/PROTOCOL.md,
 *          "Bundle"
 * Threads: no shared state.
 */
#ifndef QSG_CODEC_TAR_H
#define QSG_CODEC_TAR_H

#include "base/bytes.h"

#define TAR_BLOCK 512u
#define TAR_NAME_BYTES 200u
/* What ends an archive. */
#define TAR_END_BYTES 1024u

/* May a file have this name? Lower-case letters, digits, dots and hyphens in
 * parts between slashes; no part is empty or begins with a dot. So nothing is
 * absolute, nothing leads upwards, and no two names differ in case alone. */
bool tar_name_fits(struct span name);

/* Append the header of a file: mode 0644, owner 0, time 0. ERR_INPUT for a name
 * that does not fit, ERR_LIMIT for 8 GiB or more. */
ERR_MUST_USE enum err tar_put_header(
    struct span name, uint64_t size, struct buf *out);
/* How many zeros follow the contents. */
size_t tar_padding(uint64_t size);

/* One file inside an archive; borrowed from its bytes, the name apart. */
struct tar_file {
	char name[TAR_NAME_BYTES + 1];
	struct span content;
};

/* Take the next file off the front of an archive; *end when there is none: the
 * two blocks of zeros have been taken and nothing follows them. Nothing is
 * allocated. ERR_FORMAT says what is wrong, and names the file where it can. */
ERR_MUST_USE enum err tar_next(
    struct span *archive, struct tar_file *out, bool *end);

#endif
