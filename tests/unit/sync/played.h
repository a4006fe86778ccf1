/*
 * played.h - what the test says as B to A's session, and what it hears of A.
 */
#ifndef QSG_TEST_PLAYED_H
#define QSG_TEST_PLAYED_H

#include "pair.h"

/* All that B has for A, as a page of this number. */
void played_advertise(struct pair *pair, uint32_t page, bool with_cursor);
/* The range of A's oldest Want that nobody looked at; false: there is none. */
bool played_wanted(
    struct pair *pair, struct replica_range *range, uint32_t *request);
/* B's answer, a byte of its first header perhaps flipped; *range goes on after
 * it. */
void played_answer(struct pair *pair, struct replica_range *range,
    uint32_t request, bool spoil_header);
void played_refuse(struct pair *pair, uint32_t request, char *code);
/* Time passes, and A keeps hearing of B. */
void played_pass(struct pair *pair, int64_t ms);
/* The page that A acknowledged last, 0 for none. */
uint32_t played_acked_page(struct pair *pair);

#endif
