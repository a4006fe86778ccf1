/*
 * shared.h - a file system for SQLite in this process's memory, in which the
 * databases of hundreds of nodes share what they have in common.
 */
#ifndef QSG_SIM_SHARED_H
#define QSG_SIM_SHARED_H

#include <stdbool.h>
#include <stdint.h>

/* From now on databases are there; their real files are empty of data. */
bool shared_open(void);
/* All databases are closed, and gone. */
void shared_close(void);

struct shared_sizes {
	uint64_t written; /* bytes, as SQLite sees the files */
	uint64_t kept;    /* ... that they take here */
};
struct shared_sizes shared_sizes(void);

#endif
