#define _GNU_SOURCE

#include "store/mark.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One slot: magic 8, sequence 8, generation 8, size 8, root 32, zeros, and a
 * BLAKE2b-256 checksum over all that. */
enum {
	SLOT_BYTES = 512,
	SLOTS = 2,
	FILE_BYTES = SLOT_BYTES * SLOTS,
	SUM_BYTES = 32,
	SUM_AT = SLOT_BYTES - SUM_BYTES,
	HEAD_BYTES = 64,
	MAGIC_BYTES = 8
};

static const uint8_t magic[MAGIC_BYTES] = { 'q', 's', 'g', 'm', 'a', 'r', 'k',
	1 };

struct mark {
	int fd;
	uint64_t sequence;
	unsigned slot; /* which one holds head */
	struct mark_head head;
};

static enum err checksum(const uint8_t slot[SLOT_BYTES], uint8_t out[SUM_BYTES])
{
	if (crypto_generichash(out, SUM_BYTES, slot, SUM_AT, NULL, 0) != 0) {
		return err_set(ERR_CRYPTO, "cannot hash the high-water mark");
	}
	return ERR_OK;
}

static enum err put_slot(
    uint8_t slot[SLOT_BYTES], uint64_t sequence, const struct mark_head *head)
{
	memset(slot, 0, SLOT_BYTES);
	memcpy(slot, magic, sizeof(magic));
	bytes_put_u64(slot + 8, sequence);
	memcpy(slot + 16, head->generation.b, sizeof(head->generation.b));
	bytes_put_u64(slot + 24, head->size);
	memcpy(slot + 32, head->root.b, sizeof(head->root.b));
	return checksum(slot, slot + SUM_AT);
}

/* PROTOCOL.md M81: "A slot of the mark whose magic, zeros or checksum is wrong
 * MUST NOT count; of two whole slots the one with the higher sequence number
 * holds." */
static bool get_slot(
    const uint8_t slot[SLOT_BYTES], uint64_t *sequence, struct mark_head *head)
{
	uint8_t sum[SUM_BYTES] = { 0 };
	if (memcmp(slot, magic, sizeof(magic)) != 0 ||
	    checksum(slot, sum) != ERR_OK ||
	    memcmp(sum, slot + SUM_AT, sizeof(sum)) != 0) {
		return false;
	}
	for (size_t i = HEAD_BYTES; i < SUM_AT; i++) {
		if (slot[i] != 0) {
			return false;
		}
	}
	*sequence = bytes_get_u64(slot + 8);
	memcpy(head->generation.b, slot + 16, sizeof(head->generation.b));
	head->size = bytes_get_u64(slot + 24);
	memcpy(head->root.b, slot + 32, sizeof(head->root.b));
	return true;
}

static enum err choose(struct mark *mark, const uint8_t file[FILE_BYTES])
{
	struct mark_head head[SLOTS] = { 0 };
	uint64_t sequence[SLOTS] = { 0 };
	bool whole[SLOTS];
	for (size_t i = 0; i < SLOTS; i++) {
		whole[i] =
		    get_slot(file + i * SLOT_BYTES, &sequence[i], &head[i]);
	}
	if (!whole[0] && !whole[1]) {
		return err_set(
		    ERR_CORRUPT, "no slot of the high-water mark is whole");
	}
	if (whole[0] && whole[1] && sequence[0] == sequence[1]) {
		return err_set(ERR_CORRUPT,
		    "both slots of the high-water mark have one number");
	}
	mark->slot =
	    whole[1] && (!whole[0] || sequence[1] > sequence[0]) ? 1 : 0;
	mark->sequence = sequence[mark->slot];
	mark->head = head[mark->slot];
	return ERR_OK;
}

static enum err read_file(int fd, uint8_t file[FILE_BYTES])
{
	struct stat info;
	if (fstat(fd, &info) != 0) {
		return err_errno("cannot look at the high-water mark");
	}
	if (!S_ISREG(info.st_mode) || info.st_size != FILE_BYTES) {
		return err_set(ERR_CORRUPT,
		    "the high-water mark is no file of %d bytes", FILE_BYTES);
	}
	size_t done = 0;
	while (done < FILE_BYTES) {
		ssize_t got =
		    pread(fd, file + done, FILE_BYTES - done, (off_t)done);
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return err_errno("cannot read the high-water mark");
		}
		done += (size_t)got;
	}
	return ERR_OK;
}

enum err mark_open(const char *path, struct mark **out)
{
	uint8_t file[FILE_BYTES];
	*out = NULL;
	int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		return err_set(ERR_NOTFOUND, "no high-water mark at %s", path);
	}
	if (fd < 0) {
		return err_errno("cannot open %s", path);
	}
	struct mark *mark = calloc(1, sizeof(*mark));
	enum err err = mark == NULL ? err_set(ERR_MEM, "out of memory")
	                            : read_file(fd, file);
	if (err == ERR_OK) {
		err = choose(mark, file);
	}
	if (err != ERR_OK) {
		free(mark);
		(void)close(fd);
		return err;
	}
	mark->fd = fd;
	*out = mark;
	return ERR_OK;
}

enum err mark_create(
    const char *path, const struct mark_head *head, struct mark **out)
{
	*out = NULL;
	if (fs_exists(path)) {
		return err_set(ERR_EXISTS, "%s is there already", path);
	}
	return mark_replace(path, head, out);
}

enum err mark_replace(
    const char *path, const struct mark_head *head, struct mark **out)
{
	uint8_t file[FILE_BYTES] = { 0 };
	*out = NULL;
	enum err err = put_slot(file, 1, head);
	if (err == ERR_OK) {
		err = fs_write_atomic(path, span_of(file, sizeof(file)));
	}
	return err == ERR_OK ? mark_open(path, out) : err;
}

void mark_close(struct mark *mark)
{
	if (mark == NULL) {
		return;
	}
	/* Every write has been synced: nothing can be lost by closing. */
	(void)close(mark->fd);
	free(mark);
}

const struct mark_head *mark_head(const struct mark *mark)
{
	return &mark->head;
}

static enum err write_slot(
    int fd, unsigned slot, const uint8_t bytes[SLOT_BYTES])
{
	size_t done = 0;
	while (done < SLOT_BYTES) {
		ssize_t wrote = pwrite(fd, bytes + done, SLOT_BYTES - done,
		    (off_t)((size_t)slot * SLOT_BYTES + done));
		if (wrote < 0 && errno == EINTR) {
			continue;
		}
		if (wrote <= 0) {
			return err_errno("cannot write the high-water mark");
		}
		done += (size_t)wrote;
	}
	if (fdatasync(fd) != 0) {
		return err_errno("cannot flush the high-water mark");
	}
	return ERR_OK;
}

/* PROTOCOL.md M82: "Within one generation the mark MUST NOT go back to a
 * smaller size, nor change the root of its size." */
static enum err check_forward(
    const struct mark_head *now, const struct mark_head *next)
{
	if (!generation_equal(&now->generation, &next->generation)) {
		return ERR_OK;
	}
	if (next->size < now->size ||
	    (next->size == now->size && !id_equal(&next->root, &now->root))) {
		return err_set(ERR_STATE,
		    "the high-water mark stands at %llu, it does not go back",
		    (unsigned long long)now->size);
	}
	return ERR_OK;
}

/* PROTOCOL.md M80: "A node MUST write the mark in place into the slot that does
 * not hold the newest head, and have it durable before it releases the head
 * that the mark names." */
enum err mark_advance(struct mark *mark, const struct mark_head *head)
{
	uint8_t bytes[SLOT_BYTES];
	unsigned slot = 1 - mark->slot;
	enum err err = check_forward(&mark->head, head);
	if (err == ERR_OK && mark->sequence == UINT64_MAX) {
		/* The next number would count as the lowest. */
		err = err_set(
		    ERR_CORRUPT, "the high-water mark has run out of numbers");
	}
	if (err == ERR_OK) {
		err = put_slot(bytes, mark->sequence + 1, head);
	}
	if (err == ERR_OK) {
		err = write_slot(mark->fd, slot, bytes);
	}
	if (err != ERR_OK) {
		return err;
	}
	mark->sequence++;
	mark->slot = slot;
	mark->head = *head;
	return ERR_OK;
}
