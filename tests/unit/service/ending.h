/*
 * ending.h - four organisations of which 0 shares something that is erased.
 */
#ifndef QSG_TESTS_SERVICE_ENDING_H
#define QSG_TESTS_SERVICE_ENDING_H

#include "fixture.h"

#include "service/erasing.h"

extern struct fixture ending_fixture;

void ending_setup(void);
void ending_teardown(void);
struct node *ending_node(size_t at);
/* `at` gets to know so many more organisations, that nobody runs: their
 * numbers. */
void ending_enrol(size_t at, size_t count, int64_t *orgs);
/* 0 shares a text with the nodes of the mask; committed. */
struct id32 ending_shared(unsigned readers, const char *text);
/* `to` takes what `from` offers; a minute goes by and `at` answers; and both
 * among all until nothing is new. */
void ending_pull(size_t to, size_t from);
void ending_tick(size_t at);
/* It is held for an inquest, for so many days. */
void ending_hold(size_t at, const struct id32 *record, int days);
void ending_spread(void);
/* `at` erases a record of its: the error; and the erasure, of one that works.
 */
enum err ending_erase(size_t at, const struct id32 *record, const char *why,
    struct erasing_result *out);
struct id32 ending_erased(size_t at, const struct id32 *record);
void ending_assert_erased(size_t at, const struct id32 *record);
void ending_assert_held(size_t at, const struct id32 *record, const char *text);
/* The first erasure of a record as `at` knows it, of so many; and what node
 * `by` answered to any. */
struct erasing_found ending_look(size_t at, const struct id32 *record,
    size_t count, size_t readers, struct erasing_account *account);
enum erasing_answered ending_answered(
    size_t at, const struct id32 *record, size_t by, char until[16]);
/* Node `at` says this to the nodes of the mask, with a reference, whatever the
 * rules; grants what it holds, or node `of` (the author reads it, too); has a
 * record erased. */
struct id32 ending_say(size_t at, unsigned readers,
    Qsg__Payload__ContentCase which, void *content, const char *relation,
    const struct id32 *about);
struct id32 ending_granted(
    size_t at, unsigned readers, const struct id32 *original);
struct id32 ending_granted_of(
    size_t at, size_t of, unsigned readers, const struct id32 *original);
struct id32 ending_granted_to(
    size_t at, const int64_t *orgs, size_t count, const struct id32 *original);
struct id32 ending_erasure_by(
    size_t at, unsigned readers, const struct id32 *target);
/* ... and one that cites another record, too. */
struct id32 ending_erasure_citing(size_t at, unsigned readers,
    const struct id32 *target, const struct id32 *cited);

#endif
