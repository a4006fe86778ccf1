/*
 * filling.h - a home with a row of every kind in every table.
 */
#ifndef QSG_TESTS_SERVICE_FILLING_H
#define QSG_TESTS_SERVICE_FILLING_H

#include <stddef.h>

/* Node 0 of asking_fixture, which is open with three nodes: 5,000 records of
 * three organisations, and a row of every kind beside them. It runs. */
void filling_home(void);
/* More of what node 0 has: messages refused of another, a draft, what another
 * offers. */
void filling_reject(size_t of, unsigned count);
void filling_draft(const char *text);
void filling_pull(size_t to, size_t from);

#endif
