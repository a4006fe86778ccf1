/*
 * markcopy.h - where a home's mark is kept a second time: in a folder that the
 * machine empties when it restarts.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Old copies"
 * Threads: no shared state.
 */
#ifndef QSG_APP_MARKCOPY_H
#define QSG_APP_MARKCOPY_H

#include "keys/keystore.h"

/* $RUNTIME_DIRECTORY; or $XDG_RUNTIME_DIR or /run if it lies in memory alone;
 * or a folder of our own in /dev/shm; and a name made of the home's path and
 * the organisation. Empty where none can be written. */
ERR_MUST_USE enum err markcopy_path(
    const char *home, const struct keystore *keystore, struct buf *out);

#endif
