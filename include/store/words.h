/*
 * words.h - interned strings: each text once, known by a small number.
 *
 * Floor:   store
 * Threads: one.
 * Secrets: plaintext metadata; words_free wipes it.
 */
#ifndef QSG_STORE_WORDS_H
#define QSG_STORE_WORDS_H

#include "base/err.h"

#include <stdint.h>

struct words;

#define WORDS_SALT_BYTES 16u
#define WORDS_TEXT_BYTES 255u /* the longest word */

/* salt keeps strangers from choosing words whose hashes meet. */
ERR_MUST_USE enum err words_new(
    const uint8_t salt[WORDS_SALT_BYTES], struct words **out);
/* Wipes. NULL is a no-op. */
void words_free(struct words *words);

/* The number of a text, which is given the next one (from 1) if it is new.
 * The empty text is 0. ERR_LIMIT when it is too long, ERR_MEM. */
ERR_MUST_USE enum err words_add(
    struct words *words, const char *text, uint32_t *word);
/* The number of a text; 0 when it has none. */
uint32_t words_find(const struct words *words, const char *text);
/* "" for 0 and numbers not given yet. Borrowed for the words' life. */
const char *words_text(const struct words *words, uint32_t word);
/* How many there are, which is the newest number. */
uint32_t words_count(const struct words *words);

#endif
