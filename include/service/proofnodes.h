/*
 * proofnodes.h - proof nodes as a message carries them.
 *
 * Floor:   service
 * Threads: no shared state.
 */
#ifndef QSG_SERVICE_PROOFNODES_H
#define QSG_SERVICE_PROOFNODES_H

#include "ledger/merkle.h"

#include "session.pb-c.h"

/* One block holding the list of pointers and all they point to: released with
 * one free(*out). ERR_MEM. */
ERR_MUST_USE enum err proofnodes_copy(
    const struct merkle_nodes *nodes, Qsg__Node ***out, size_t *count);

#endif
