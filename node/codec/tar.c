#include "codec/tar.h"

#include <stdio.h>
#include <string.h>

/* Where the fields of a header stand. */
enum {
	AT_NAME = 0,
	NAME_SIZE = 100,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_SUM = 148,
	SUM_SIZE = 8,
	AT_TYPE = 156,
	AT_MAGIC = 257,
	AT_DEVMAJOR = 329,
	AT_DEVMINOR = 337,
	AT_PREFIX = 345,
	PREFIX_SIZE = 155
};

/* With its version. */
static const uint8_t magic[8] = { 'u', 's', 't', 'a', 'r', 0, '0', '0' };

#define SIZE_MAX_BYTES ((1ULL << 33) - 1)

static bool is_part_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '-';
}

/* PROTOCOL.md M246: "A name in a bundle MUST consist of lower-case letters,
 * digits, dots and hyphens in parts between slashes, none of them empty or
 * beginning with a dot." */
bool tar_name_fits(struct span name)
{
	bool begins = true;
	for (size_t i = 0; i < name.size; i++) {
		uint8_t c = name.data[i];
		if (c == '/' ? begins
			     : !is_part_char(c) || (begins && c == '.')) {
			return false;
		}
		begins = c == '/';
	}
	return name.size > 0 && name.size <= TAR_NAME_BYTES && !begins;
}

/* Where a name is cut in two: at the first slash that leaves little enough. 0:
 * nowhere. */
static size_t cut_of(struct span name)
{
	if (name.size <= NAME_SIZE) {
		return 0;
	}
	for (size_t i = name.size - NAME_SIZE - 1; i <= PREFIX_SIZE; i++) {
		if (i > 0 && i < name.size - 1 && name.data[i] == '/') {
			return i;
		}
	}
	return 0;
}

static unsigned checksum(const uint8_t block[TAR_BLOCK])
{
	unsigned sum = 0;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		bool own = i >= AT_SUM && i < AT_SUM + SUM_SIZE;
		sum += own ? ' ' : block[i];
	}
	return sum;
}

static void put_octal(uint8_t *at, unsigned digits, uint64_t value)
{
	char text[16];
	(void)snprintf(text, sizeof(text), "%0*llo", (int)digits,
	    (unsigned long long)value);
	memcpy(at, text, digits);
}

/* The one header there is for a name and size. The name fits. */
static enum err make_header(
    struct span name, uint64_t size, uint8_t block[TAR_BLOCK])
{
	size_t cut = cut_of(name);
	size_t skip = cut == 0 ? 0 : cut + 1;
	if (name.size - skip > NAME_SIZE) {
		return err_set(ERR_INPUT, "%.*s: a name that cannot be cut",
		    (int)name.size, (const char *)name.data);
	}
	memset(block, 0, TAR_BLOCK);
	memcpy(block + AT_PREFIX, name.data, cut);
	memcpy(block + AT_NAME, name.data + skip, name.size - skip);
	put_octal(block + AT_MODE, 7, 0644);
	put_octal(block + AT_UID, 7, 0);
	put_octal(block + AT_GID, 7, 0);
	put_octal(block + AT_SIZE, 11, size);
	put_octal(block + AT_MTIME, 11, 0);
	block[AT_TYPE] = '0';
	memcpy(block + AT_MAGIC, magic, sizeof(magic));
	put_octal(block + AT_DEVMAJOR, 7, 0);
	put_octal(block + AT_DEVMINOR, 7, 0);
	put_octal(block + AT_SUM, 6, checksum(block));
	block[AT_SUM + 7] = ' ';
	return ERR_OK;
}

enum err tar_put_header(struct span name, uint64_t size, struct buf *out)
{
	uint8_t block[TAR_BLOCK];
	if (!tar_name_fits(name)) {
		return err_set(ERR_INPUT, "no name for a file in an archive");
	}
	if (size > SIZE_MAX_BYTES) {
		return err_set(ERR_LIMIT, "a file of 8 GiB or more");
	}
	enum err err = make_header(name, size, block);
	return err == ERR_OK ? buf_append(out, span_of(block, sizeof(block)))
	                     : err;
}

size_t tar_padding(uint64_t size)
{
	return (size_t)((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

static size_t text_size(const uint8_t *at, size_t most)
{
	const uint8_t *end = memchr(at, 0, most);
	return end == NULL ? most : (size_t)(end - at);
}

static enum err read_name(
    const uint8_t block[TAR_BLOCK], char out[TAR_NAME_BYTES + 1])
{
	size_t prefix = text_size(block + AT_PREFIX, PREFIX_SIZE);
	size_t rest = text_size(block + AT_NAME, NAME_SIZE);
	size_t slash = prefix > 0 ? 1 : 0;
	size_t size = prefix + slash + rest;
	if (size > TAR_NAME_BYTES) {
		return err_set(ERR_FORMAT, "a file's name is too long");
	}
	memcpy(out, block + AT_PREFIX, prefix);
	memset(out + prefix, '/', slash);
	memcpy(out + prefix + slash, block + AT_NAME, rest);
	out[size] = '\0';
	if (!tar_name_fits(span_text(out))) {
		return err_set(ERR_FORMAT,
		    "a name that no file of a bundle has: absolute, leading "
		    "upwards, or with other characters than a-z, 0-9, dot and "
		    "hyphen");
	}
	return ERR_OK;
}

static bool read_size(const uint8_t block[TAR_BLOCK], uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < 11; i++) {
		uint8_t digit = block[AT_SIZE + i];
		if (digit < '0' || digit > '7') {
			return false;
		}
		*out = *out * 8 + (uint64_t)(digit - '0');
	}
	return true;
}

static bool zeros(struct span bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		if (bytes.data[i] != 0) {
			return false;
		}
	}
	return true;
}

/* PROTOCOL.md M245: "Every byte of a bundle MUST follow from the names and
 * contents of its files: an archive of any other form MUST be refused." */
static enum err read_header(const uint8_t block[TAR_BLOCK],
    char name[TAR_NAME_BYTES + 1], uint64_t *size)
{
	uint8_t wanted[TAR_BLOCK];
	enum err err = read_name(block, name);
	if (err != ERR_OK) {
		return err;
	}
	if (block[AT_TYPE] != '0') {
		return err_set(ERR_FORMAT,
		    "%s: a link, folder or device, where only files may be",
		    name);
	}
	if (!read_size(block, size)) {
		return err_set(ERR_FORMAT, "%s: its size is no number", name);
	}
	err = make_header(span_text(name), *size, wanted);
	if (err == ERR_OK && memcmp(block, wanted, TAR_BLOCK) != 0) {
		err = err_set(ERR_FORMAT,
		    "%s: its header in the archive is not as written", name);
	}
	return err;
}

static enum err read_end(struct span *archive, bool *end)
{
	if (archive->size != TAR_END_BYTES || !zeros(*archive)) {
		return err_set(
		    ERR_FORMAT, "the archive does not end where its files do");
	}
	*archive = span_of(NULL, 0);
	*end = true;
	return ERR_OK;
}

enum err tar_next(struct span *archive, struct tar_file *out, bool *end)
{
	uint64_t size = 0;
	*end = false;
	out->name[0] = '\0';
	out->content = span_of(NULL, 0);
	if (archive->size < TAR_END_BYTES) {
		return err_set(ERR_FORMAT, "the archive is cut off");
	}
	if (archive->data[0] == 0) {
		return read_end(archive, end);
	}
	enum err err = read_header(archive->data, out->name, &size);
	if (err != ERR_OK) {
		return err;
	}
	size_t left = archive->size - TAR_BLOCK;
	if (size > left || tar_padding(size) > left - (size_t)size) {
		return err_set(ERR_FORMAT,
		    "%s: the archive is cut off within it", out->name);
	}
	const uint8_t *content = archive->data + TAR_BLOCK;
	size_t padding = tar_padding(size);
	if (!zeros(span_of(content + size, padding))) {
		return err_set(ERR_FORMAT,
		    "%s: something stands between it and the next file",
		    out->name);
	}
	out->content = span_of(content, (size_t)size);
	*archive =
	    span_of(content + size + padding, left - (size_t)size - padding);
	return ERR_OK;
}
