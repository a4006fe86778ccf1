/*
 * made.h - homes of tests that are made once and copied from then on.
 */
#ifndef QSG_TESTS_SERVICE_MADE_H
#define QSG_TESTS_SERVICE_MADE_H

#include <stdbool.h>

enum { MADE_NAME_BYTES = 60 };

/* Making a home takes most of a small test's time. Where QSG_HOMES names a
 * folder that lives as long as one run of all tests, a home that was kept
 * there under that name is copied to `home`; false where there is none. The
 * tests of what makes a home, and mutants, do without. */
bool made_take(const char *name, const char *home);
/* Keep this home, which no process has open, under that name. */
void made_keep(const char *name, const char *home);

#endif
