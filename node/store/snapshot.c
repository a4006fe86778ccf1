#define _GNU_SOURCE

#include "store/snapshot.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LABEL "qsg/snapshot/v1"

/* The file is a row of chunks: u32 size of what follows, sealed bytes. Inside
 * a chunk: random number of the snapshot 16, incarnation 16, u32 number of the
 * chunk, u8 whether it is the last, content. */
enum {
	NUMBER_BYTES = 16,
	HEAD_BYTES = NUMBER_BYTES + (int)SNAPSHOT_INCARNATION_BYTES + 5,
	SIZE_BYTES = 4,
	CONTENT_MAX = (int)SNAPSHOT_CHUNK_BYTES,
	SEALED_MIN = HEAD_BYTES + (int)KEYSTORE_SEAL_BYTES,
	SEALED_MAX = SEALED_MIN + CONTENT_MAX
};

struct chunk_head {
	uint8_t number[NUMBER_BYTES];
	uint8_t incarnation[SNAPSHOT_INCARNATION_BYTES];
	uint32_t chunk;
	bool last;
};

struct snapshot_writer {
	const struct keystore *keystore;
	const struct rng *rng;
	struct chunk_head head;
	struct buf content; /* always room for a whole chunk: never moves */
	struct buf sealed;
	int fd;
	bool named;
	char path[PATH_MAX];
	char temporary[PATH_MAX];
};

struct snapshot_reader {
	const struct keystore *keystore;
	struct chunk_head head; /* of the next chunk; last: there is none */
	struct buf plain;
	struct buf sealed;
	size_t at; /* in plain */
	int fd;
};

/*
 * Writing.
 */

static enum err begin_chunk(struct snapshot_writer *writer)
{
	sodium_memzero(writer->content.data, writer->content.size);
	buf_reset(&writer->content);
	enum err err = buf_append(&writer->content,
	    span_of(writer->head.number, sizeof(writer->head.number)));
	if (err == ERR_OK) {
		err = buf_append(
		    &writer->content, span_of(writer->head.incarnation,
					  sizeof(writer->head.incarnation)));
	}
	if (err == ERR_OK) {
		err = buf_u32(&writer->content, writer->head.chunk);
	}
	if (err == ERR_OK) {
		err = buf_u8(&writer->content, 0);
	}
	return err;
}

static enum err open_temporary(struct snapshot_writer *writer)
{
	/* One name, so that what a crash left behind is written over. */
	int size = snprintf(writer->temporary, sizeof(writer->temporary),
	    "%s.new", writer->path);
	if (size < 0 || (size_t)size >= sizeof(writer->temporary)) {
		return err_set(ERR_LIMIT, "the path is too long");
	}
	if (unlink(writer->temporary) != 0 && errno != ENOENT) {
		return err_errno("cannot remove %s", writer->temporary);
	}
	writer->fd = open(writer->temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (writer->fd < 0) {
		return err_errno("cannot make %s", writer->temporary);
	}
	writer->named = true;
	return ERR_OK;
}

enum err snapshot_create(const char *path, const struct keystore *keystore,
    const struct rng *rng,
    const uint8_t incarnation[SNAPSHOT_INCARNATION_BYTES],
    struct snapshot_writer **out)
{
	*out = NULL;
	struct snapshot_writer *writer = calloc(1, sizeof(*writer));
	if (writer == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	writer->fd = -1;
	writer->keystore = keystore;
	writer->rng = rng;
	enum err err = ERR_OK;
	int size = snprintf(writer->path, sizeof(writer->path), "%s", path);
	if (size < 0 || (size_t)size >= sizeof(writer->path)) {
		err = err_set(ERR_LIMIT, "the path is too long");
	}
	if (err == ERR_OK) {
		rng_fill(rng, writer->head.number, NUMBER_BYTES);
		memcpy(writer->head.incarnation, incarnation,
		    SNAPSHOT_INCARNATION_BYTES);
		err = buf_reserve(&writer->content, HEAD_BYTES + CONTENT_MAX);
	}
	if (err == ERR_OK) {
		err = begin_chunk(writer);
	}
	if (err == ERR_OK) {
		err = open_temporary(writer);
	}
	if (err != ERR_OK) {
		snapshot_writer_free(writer);
		return err;
	}
	*out = writer;
	return ERR_OK;
}

static enum err write_all(int fd, struct span bytes)
{
	while (bytes.size > 0) {
		ssize_t wrote = write(fd, bytes.data, bytes.size);
		if (wrote < 0 && errno == EINTR) {
			continue;
		}
		if (wrote <= 0) {
			return err_errno("cannot write the snapshot");
		}
		bytes.data += wrote;
		bytes.size -= (size_t)wrote;
	}
	return ERR_OK;
}

static enum err end_chunk(struct snapshot_writer *writer, bool last)
{
	uint8_t size[SIZE_BYTES];
	writer->content.data[HEAD_BYTES - 1] = last;
	buf_reset(&writer->sealed);
	enum err err = keystore_seal(writer->keystore, writer->rng, LABEL,
	    buf_span(&writer->content), &writer->sealed);
	if (err != ERR_OK) {
		return err;
	}
	bytes_put_u32(size, (uint32_t)writer->sealed.size);
	err = write_all(writer->fd, span_of(size, sizeof(size)));
	if (err == ERR_OK) {
		err = write_all(writer->fd, buf_span(&writer->sealed));
	}
	writer->head.chunk++;
	return err == ERR_OK ? begin_chunk(writer) : err;
}

enum err snapshot_put(struct snapshot_writer *writer, struct span bytes)
{
	enum err err = ERR_OK;
	while (err == ERR_OK && bytes.size > 0) {
		size_t room = HEAD_BYTES + CONTENT_MAX - writer->content.size;
		size_t size = bytes.size < room ? bytes.size : room;
		if (size == 0) {
			err = end_chunk(writer, false);
			continue;
		}
		err = buf_append(&writer->content, span_of(bytes.data, size));
		bytes.data += size;
		bytes.size -= size;
	}
	return err;
}

static enum err sync_parent(const char *path)
{
	char parent[PATH_MAX];
	(void)snprintf(parent, sizeof(parent), "%s", path);
	char *slash = strrchr(parent, '/');
	if (slash == NULL) {
		return fs_sync_dir(".");
	}
	slash[slash == parent ? 1 : 0] = '\0';
	return fs_sync_dir(parent);
}

enum err snapshot_commit(struct snapshot_writer *writer)
{
	enum err err = end_chunk(writer, true);
	if (err == ERR_OK && fsync(writer->fd) != 0) {
		err = err_errno("cannot flush the snapshot");
	}
	if (err == ERR_OK && rename(writer->temporary, writer->path) != 0) {
		err = err_errno("cannot name the snapshot");
	}
	if (err != ERR_OK) {
		return err;
	}
	writer->named = false;
	return sync_parent(writer->path);
}

void snapshot_writer_free(struct snapshot_writer *writer)
{
	if (writer == NULL) {
		return;
	}
	if (writer->fd >= 0) {
		/* Synced by snapshot_commit, or thrown away. */
		(void)close(writer->fd);
	}
	if (writer->named) {
		(void)unlink(writer->temporary);
	}
	buf_wipe(&writer->content);
	buf_clear(&writer->sealed);
	free(writer);
}

/*
 * Reading. Whatever goes wrong, a snapshot can be made again: so there is one
 * answer, ERR_CORRUPT, to all of it.
 */

static enum err read_all(int fd, uint8_t *out, size_t size, const char *what)
{
	size_t done = 0;
	while (done < size) {
		ssize_t got = read(fd, out + done, size - done);
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return err_set(
			    ERR_CORRUPT, "the snapshot lacks %s", what);
		}
		done += (size_t)got;
	}
	return ERR_OK;
}

static enum err read_sealed(struct snapshot_reader *reader)
{
	uint8_t prefix[SIZE_BYTES];
	enum err err = read_all(reader->fd, prefix, sizeof(prefix), "a chunk");
	if (err != ERR_OK) {
		return err;
	}
	struct reader in = reader_of(span_of(prefix, sizeof(prefix)));
	size_t size = reader_u32(&in);
	if (size < SEALED_MIN || size > SEALED_MAX) {
		return err_set(ERR_CORRUPT, "a chunk of a wrong size");
	}
	buf_reset(&reader->sealed);
	err = buf_reserve(&reader->sealed, size);
	if (err == ERR_OK) {
		err = read_all(
		    reader->fd, reader->sealed.data, size, "part of a chunk");
	}
	if (err == ERR_OK) {
		reader->sealed.size = size;
	}
	return err;
}

/* PROTOCOL.md M87: "A snapshot MUST be refused as a whole when a chunk of it is
 * altered, missing, repeated, out of order, or of another snapshot or database
 * incarnation." */
static enum err check_head(struct snapshot_reader *reader)
{
	struct chunk_head got;
	struct chunk_head *want = &reader->head;
	struct reader in = reader_of(buf_span(&reader->plain));
	reader_copy(&in, got.number, sizeof(got.number));
	reader_copy(&in, got.incarnation, sizeof(got.incarnation));
	got.chunk = reader_u32(&in);
	uint8_t last = reader_u8(&in);
	if (in.bad || last > 1) {
		return err_set(ERR_CORRUPT, "a chunk without a head");
	}
	if (want->chunk == 0) {
		memcpy(want->number, got.number, sizeof(want->number));
	}
	if (memcmp(got.number, want->number, sizeof(got.number)) != 0 ||
	    memcmp(got.incarnation, want->incarnation,
		sizeof(got.incarnation)) != 0 ||
	    got.chunk != want->chunk) {
		return err_set(ERR_CORRUPT, "a chunk from elsewhere");
	}
	want->last = last == 1;
	want->chunk++;
	reader->at = HEAD_BYTES;
	return ERR_OK;
}

static enum err next_chunk(struct snapshot_reader *reader)
{
	if (reader->head.last) {
		return err_set(ERR_CORRUPT, "the snapshot ends too soon");
	}
	enum err err = read_sealed(reader);
	if (err == ERR_OK) {
		sodium_memzero(reader->plain.data, reader->plain.size);
		buf_reset(&reader->plain);
		err = keystore_unseal(reader->keystore, LABEL,
		    buf_span(&reader->sealed), &reader->plain);
	}
	return err == ERR_OK ? check_head(reader) : err;
}

enum err snapshot_open(const char *path, const struct keystore *keystore,
    const uint8_t incarnation[SNAPSHOT_INCARNATION_BYTES],
    struct snapshot_reader **out)
{
	*out = NULL;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		return err_set(ERR_NOTFOUND, "no snapshot at %s", path);
	}
	if (fd < 0) {
		return err_set(
		    ERR_CORRUPT, "cannot open %s: %s", path, strerror(errno));
	}
	struct snapshot_reader *reader = calloc(1, sizeof(*reader));
	if (reader == NULL) {
		(void)close(fd);
		return err_set(ERR_MEM, "out of memory");
	}
	reader->fd = fd;
	reader->keystore = keystore;
	memcpy(reader->head.incarnation, incarnation,
	    sizeof(reader->head.incarnation));
	/* Room for a whole chunk: the plaintext never moves. */
	enum err err = buf_reserve(&reader->plain, SEALED_MAX);
	if (err == ERR_OK) {
		err = next_chunk(reader);
	}
	if (err != ERR_OK) {
		snapshot_reader_free(reader);
		return err;
	}
	*out = reader;
	return ERR_OK;
}

enum err snapshot_get(struct snapshot_reader *reader, void *out, size_t size)
{
	uint8_t *place = out;
	enum err err = ERR_OK;
	while (err == ERR_OK && size > 0) {
		size_t left = reader->plain.size - reader->at;
		size_t part = size < left ? size : left;
		if (part == 0) {
			err = next_chunk(reader);
			continue;
		}
		memcpy(place, reader->plain.data + reader->at, part);
		reader->at += part;
		place += part;
		size -= part;
	}
	return err;
}

enum err snapshot_finish(struct snapshot_reader *reader)
{
	uint8_t more = 0;
	if (reader->at < reader->plain.size || !reader->head.last) {
		return err_set(ERR_CORRUPT, "the snapshot holds too much");
	}
	if (read(reader->fd, &more, 1) != 0) {
		return err_set(ERR_CORRUPT, "the snapshot has a tail");
	}
	return ERR_OK;
}

void snapshot_reader_free(struct snapshot_reader *reader)
{
	if (reader == NULL) {
		return;
	}
	(void)close(reader->fd);
	buf_wipe(&reader->plain);
	buf_clear(&reader->sealed);
	free(reader);
}
