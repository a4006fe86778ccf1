/*
 * naive.h - RFC 6962, 2.1, word by word, with nothing shared with the code
 * under test.
 */
#ifndef QSG_TESTS_LEDGER_NAIVE_H
#define QSG_TESTS_LEDGER_NAIVE_H

#include "base/bytes.h"

#include <sodium.h>
#include <string.h>

/* The root of a tree of these leaf hashes. */
/* NOLINTNEXTLINE(misc-no-recursion): it is what the document says */
static void naive_root(
    const struct id32 *leaves, uint64_t count, struct id32 *out)
{
	uint8_t bytes[65] = { 0x01 };
	if (count == 0) {
		crypto_hash_sha256(out->b, bytes, 0);
		return;
	}
	if (count == 1) {
		*out = leaves[0];
		return;
	}
	uint64_t k = 1;
	while (k * 2 < count) {
		k *= 2;
	}
	struct id32 left;
	struct id32 right;
	naive_root(leaves, k, &left);
	naive_root(leaves + k, count - k, &right);
	memcpy(bytes + 1, left.b, 32);
	memcpy(bytes + 33, right.b, 32);
	crypto_hash_sha256(out->b, bytes, sizeof(bytes));
}

#endif
