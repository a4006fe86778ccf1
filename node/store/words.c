#define _POSIX_C_SOURCE 200809L

#include "store/words.h"

#include "base/bytes.h"
#include "base/table.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024, FIRST_TEXTS = 256, KEY_BYTES = 16 };

/* Texts lie in blocks that never move, so that they can be lent out. */
struct block {
	struct block *next;
	size_t used;
	char bytes[BLOCK_BYTES];
};

struct words {
	uint8_t salt[WORDS_SALT_BYTES];
	struct table table; /* of hash to number - 1 */
	struct block *blocks;
	const char **texts; /* number - 1 */
	size_t capacity;
	uint32_t count;
};

enum err words_new(const uint8_t salt[WORDS_SALT_BYTES], struct words **out)
{
	*out = NULL;
	struct words *words = calloc(1, sizeof(*words));
	if (words == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	memcpy(words->salt, salt, sizeof(words->salt));
	words->table.salt = bytes_get_u64(salt);
	*out = words;
	return ERR_OK;
}

void words_free(struct words *words)
{
	if (words == NULL) {
		return;
	}
	while (words->blocks != NULL) {
		struct block *next = words->blocks->next;
		sodium_memzero(words->blocks, sizeof(*words->blocks));
		free(words->blocks);
		words->blocks = next;
	}
	table_clear(&words->table);
	free(words->texts);
	free(words);
}

/* 64 bits of a hash over salt and text. */
static bool hash(
    const struct words *words, const char *text, size_t size, uint64_t *out)
{
	uint8_t input[WORDS_SALT_BYTES + WORDS_TEXT_BYTES];
	uint8_t output[KEY_BYTES];
	memcpy(input, words->salt, WORDS_SALT_BYTES);
	memcpy(input + WORDS_SALT_BYTES, text, size);
	int result = crypto_generichash(
	    output, sizeof(output), input, WORDS_SALT_BYTES + size, NULL, 0);
	sodium_memzero(input, WORDS_SALT_BYTES + size);
	*out = bytes_get_u64(output);
	return result == 0;
}

static uint32_t look_up(
    const struct words *words, const char *text, uint64_t key)
{
	size_t place = 0;
	uint32_t at = 0;
	while (table_next(&words->table, key, &place, &at)) {
		if (strcmp(words->texts[at], text) == 0) {
			return at + 1;
		}
	}
	return 0;
}

uint32_t words_find(const struct words *words, const char *text)
{
	uint64_t key = 0;
	size_t size = strnlen(text, WORDS_TEXT_BYTES + 1);
	if (size == 0 || size > WORDS_TEXT_BYTES ||
	    !hash(words, text, size, &key)) {
		return 0;
	}
	return look_up(words, text, key);
}

static enum err reserve_text(struct words *words)
{
	if (words->count < words->capacity) {
		return ERR_OK;
	}
	size_t capacity =
	    words->capacity == 0 ? FIRST_TEXTS : words->capacity * 2;
	/* Pointers alone: nothing to wipe in what realloc leaves. The cast
	 * drops const from what is pointed to, not from the array. */
	const char **texts =
	    realloc((void *)words->texts, capacity * sizeof(*texts));
	if (texts == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	words->texts = texts;
	words->capacity = capacity;
	return ERR_OK;
}

static enum err reserve_bytes(struct words *words, size_t size)
{
	if (words->blocks != NULL &&
	    BLOCK_BYTES - words->blocks->used >= size) {
		return ERR_OK;
	}
	struct block *block = malloc(sizeof(*block));
	if (block == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	block->next = words->blocks;
	block->used = 0;
	words->blocks = block;
	return ERR_OK;
}

static enum err append(
    struct words *words, const char *text, size_t size, uint64_t key)
{
	enum err err = reserve_text(words);
	if (err == ERR_OK) {
		err = reserve_bytes(words, size + 1);
	}
	if (err == ERR_OK) {
		err = table_add(&words->table, key, words->count);
	}
	if (err != ERR_OK) {
		return err;
	}
	char *place = words->blocks->bytes + words->blocks->used;
	memcpy(place, text, size);
	place[size] = '\0';
	words->blocks->used += size + 1;
	words->texts[words->count] = place;
	words->count++;
	return ERR_OK;
}

enum err words_add(struct words *words, const char *text, uint32_t *word)
{
	uint64_t key = 0;
	size_t size = strnlen(text, WORDS_TEXT_BYTES + 1);
	*word = 0;
	if (size == 0) {
		return ERR_OK;
	}
	if (size > WORDS_TEXT_BYTES) {
		return err_set(ERR_LIMIT, "a word of more than %u bytes",
		    WORDS_TEXT_BYTES);
	}
	if (!hash(words, text, size, &key)) {
		return err_set(ERR_CRYPTO, "cannot hash a word");
	}
	*word = look_up(words, text, key);
	if (*word != 0) {
		return ERR_OK;
	}
	enum err err = append(words, text, size, key);
	if (err == ERR_OK) {
		*word = words->count;
	}
	return err;
}

const char *words_text(const struct words *words, uint32_t word)
{
	return word == 0 || word > words->count ? "" : words->texts[word - 1];
}

uint32_t words_count(const struct words *words)
{
	return words->count;
}
