#define _POSIX_C_SOURCE 200809L

#include "shared.h"

#include "pages.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a write-ahead log: a header, then frames of a header and a page. */
enum { WAL_HEAD = 32, FRAME_HEAD = 24, FRAME = FRAME_HEAD + PAGES_SIZE };

/* A file's data, found by the real file's number: it may be renamed. */
struct content {
	struct content *next;
	ino_t number;
	bool is_log;
	int64_t size;
	struct packed **pieces;
	size_t piece_count;
};

struct file {
	sqlite3_file base;
	struct content *content;
	int real; /* -1, or a database whose real file gets its size */
};

/* Where a byte of a file is kept. */
struct piece {
	size_t number;
	int64_t begins;
	size_t size;
};

static struct content *contents;
static sqlite3_vfs *below;
static sqlite3_vfs vfs;

static struct piece piece_of(const struct content *content, int64_t offset)
{
	if (!content->is_log) {
		int64_t number = offset / PAGES_SIZE;
		return (struct piece){ (size_t)number, number * PAGES_SIZE,
			PAGES_SIZE };
	}
	if (offset < WAL_HEAD) {
		return (struct piece){ 0, 0, WAL_HEAD };
	}
	int64_t frame = (offset - WAL_HEAD) / FRAME;
	int64_t begins = WAL_HEAD + frame * FRAME;
	if (offset < begins + FRAME_HEAD) {
		return (struct piece){ (size_t)(1 + 2 * frame), begins,
			FRAME_HEAD };
	}
	return (struct piece){ (size_t)(2 + 2 * frame), begins + FRAME_HEAD,
		PAGES_SIZE };
}

static void unpack(
    const struct content *content, const struct piece *piece, uint8_t *out)
{
	const struct packed *packed = piece->number < content->piece_count
	                                  ? content->pieces[piece->number]
	                                  : NULL;
	size_t size = packed == NULL ? 0 : pages_size(packed);
	if (packed != NULL) {
		pages_unpack(packed, out);
	}
	memset(out + size, 0, piece->size - size);
}

static void keep(
    struct content *content, const struct piece *piece, const uint8_t *bytes)
{
	if (piece->number >= content->piece_count) {
		size_t count = piece->number + piece->number / 2 + 8;
		struct packed **grown = realloc(
		    content->pieces, count * sizeof(content->pieces[0]));
		if (grown == NULL) {
			abort();
		}
		memset(grown + content->piece_count, 0,
		    (count - content->piece_count) * sizeof(grown[0]));
		content->pieces = grown;
		content->piece_count = count;
	}
	pages_free(content->pieces[piece->number]);
	content->pieces[piece->number] = pages_pack(bytes, piece->size);
}

/*
 * What SQLite asks of a file.
 */

static struct content *content_of(sqlite3_file *file)
{
	return ((struct file *)file)->content;
}

static int shut(sqlite3_file *file)
{
	int real = ((struct file *)file)->real;
	return real < 0 || close(real) == 0 ? SQLITE_OK : SQLITE_IOERR_CLOSE;
}

static int read_some(sqlite3_file *file, void *out, int size, sqlite3_int64 at)
{
	const struct content *content = content_of(file);
	uint8_t *to = out;
	uint8_t bytes[PAGES_SIZE];
	int64_t end = at + size;
	int64_t there = end < content->size ? end : content->size;
	while (at < there) {
		struct piece piece = piece_of(content, at);
		size_t skip = (size_t)(at - piece.begins);
		size_t part = piece.size - skip;
		part = (int64_t)part < there - at ? part : (size_t)(there - at);
		if (skip == 0 && part == piece.size) {
			unpack(content, &piece, to);
		} else {
			unpack(content, &piece, bytes);
			memcpy(to, bytes + skip, part);
		}
		at += (int64_t)part;
		to += part;
	}
	if (at == end) {
		return SQLITE_OK;
	}
	memset(to, 0, (size_t)(end - at));
	return SQLITE_IOERR_SHORT_READ;
}

static int write_some(
    sqlite3_file *file, const void *in, int size, sqlite3_int64 at)
{
	struct content *content = content_of(file);
	int real = ((struct file *)file)->real;
	const uint8_t *from = in;
	uint8_t bytes[PAGES_SIZE];
	int64_t end = at + size;
	while (at < end) {
		struct piece piece = piece_of(content, at);
		size_t skip = (size_t)(at - piece.begins);
		size_t part = piece.size - skip;
		part = (int64_t)part < end - at ? part : (size_t)(end - at);
		if (part == piece.size) {
			keep(content, &piece, from);
		} else {
			unpack(content, &piece, bytes);
			memcpy(bytes + skip, from, part);
			keep(content, &piece, bytes);
		}
		at += (int64_t)part;
		from += part;
	}
	if (end > content->size) {
		content->size = end;
		/* A hole: it takes no room. */
		if (real >= 0 && ftruncate(real, end) != 0) {
			return SQLITE_IOERR_WRITE;
		}
	}
	return SQLITE_OK;
}

static int cut(sqlite3_file *file, sqlite3_int64 size)
{
	struct content *content = content_of(file);
	if (size >= content->size) {
		return SQLITE_OK;
	}
	size_t first = size == 0 ? 0 : piece_of(content, size - 1).number + 1;
	for (size_t i = first; i < content->piece_count; i++) {
		pages_free(content->pieces[i]);
		content->pieces[i] = NULL;
	}
	content->size = size;
	return SQLITE_OK;
}

static int sync_it(sqlite3_file *file, int flags)
{
	(void)file;
	(void)flags;
	return SQLITE_OK;
}

static int size_of(sqlite3_file *file, sqlite3_int64 *size)
{
	*size = content_of(file)->size;
	return SQLITE_OK;
}

/* One process, and one connection to each database. */
static int lock_it(sqlite3_file *file, int level)
{
	(void)file;
	(void)level;
	return SQLITE_OK;
}

static int is_reserved(sqlite3_file *file, int *out)
{
	(void)file;
	*out = 0;
	return SQLITE_OK;
}

static int control(sqlite3_file *file, int what, void *argument)
{
	(void)file;
	(void)what;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *file)
{
	(void)file;
	return 4096;
}

static int traits(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = { .iVersion = 1,
	.xClose = shut,
	.xRead = read_some,
	.xWrite = write_some,
	.xTruncate = cut,
	.xSync = sync_it,
	.xFileSize = size_of,
	.xLock = lock_it,
	.xUnlock = lock_it,
	.xCheckReservedLock = is_reserved,
	.xFileControl = control,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = traits };

/*
 * What it asks of the file system.
 */

static struct content *find(ino_t number)
{
	struct content *content = contents;
	while (content != NULL && content->number != number) {
		content = content->next;
	}
	return content;
}

static struct content *need_content(ino_t number, bool is_log)
{
	struct content *content = find(number);
	if (content == NULL) {
		content = calloc(1, sizeof(*content));
		if (content == NULL) {
			abort();
		}
		content->number = number;
		content->is_log = is_log;
		content->next = contents;
		contents = content;
	}
	return content;
}

static bool has_ending(const char *name, const char *ending)
{
	size_t size = strlen(name);
	size_t end = strlen(ending);
	return size >= end && strcmp(name + size - end, ending) == 0;
}

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *out,
    int flags, int *out_flags)
{
	struct file *file = (struct file *)out;
	struct stat info;
	bool create = (flags & SQLITE_OPEN_CREATE) != 0;
	(void)self;
	if (name == NULL) {
		return below->xOpen(below, name, out, flags, out_flags);
	}
	memset(file, 0, sizeof(*file));
	file->real =
	    open(name, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
	if (file->real < 0 || fstat(file->real, &info) != 0) {
		return SQLITE_CANTOPEN;
	}
	if ((flags & SQLITE_OPEN_MAIN_DB) == 0) {
		(void)close(file->real);
		file->real = -1;
	}
	file->content = need_content(info.st_ino, has_ending(name, "-wal"));
	file->base.pMethods = &methods;
	if (out_flags != NULL) {
		*out_flags = flags;
	}
	return SQLITE_OK;
}

static void forget(ino_t number)
{
	struct content **at = &contents;
	while (*at != NULL && (*at)->number != number) {
		at = &(*at)->next;
	}
	struct content *content = *at;
	if (content == NULL) {
		return;
	}
	*at = content->next;
	for (size_t i = 0; i < content->piece_count; i++) {
		pages_free(content->pieces[i]);
	}
	free(content->pieces);
	free(content);
}

static int delete_file(sqlite3_vfs *self, const char *name, int sync)
{
	struct stat info;
	(void)self;
	if (stat(name, &info) == 0) {
		forget(info.st_ino);
	}
	return below->xDelete(below, name, sync);
}

bool shared_open(void)
{
	below = sqlite3_vfs_find(NULL);
	if (below == NULL) {
		return false;
	}
	vfs = *below;
	vfs.iVersion = 1;
	vfs.pNext = NULL;
	vfs.zName = "shared";
	vfs.xOpen = open_file;
	vfs.xDelete = delete_file;
	if (vfs.szOsFile < (int)sizeof(struct file)) {
		vfs.szOsFile = (int)sizeof(struct file);
	}
	return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK;
}

void shared_close(void)
{
	while (contents != NULL) {
		forget(contents->number);
	}
	if (below != NULL) {
		(void)sqlite3_vfs_unregister(&vfs);
	}
}

struct shared_sizes shared_sizes(void)
{
	struct shared_sizes sizes = { .kept = pages_bytes() };
	for (const struct content *content = contents; content != NULL;
	     content = content->next) {
		sizes.written += (uint64_t)content->size;
		sizes.kept += sizeof(*content) +
		              content->piece_count * sizeof(content->pieces[0]);
	}
	return sizes;
}
