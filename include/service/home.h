/*
 * home.h - the files of a home: made, named.
 *
 *     keys        the keystore, sealed under the passphrase
 *     records.db  everything held, sealed
 *     mark        the high-water mark: never part of a backup
 *     snapshot    the working views, sealed; rebuilt when missing
 *     card.pub    our card, for handing over
 *     config      settings of the person who runs it; may be missing
 *     lock, api.sock   while a node serves
 *
 * Floor:   service
 * Threads: no shared state.
 */
#ifndef QSG_SERVICE_HOME_H
#define QSG_SERVICE_HOME_H

#include "base/bytes.h"
#include "keys/card.h"

/* The path of a file in a home, over what out held. */
ERR_MUST_USE enum err home_path(
    const char *home, const char *name, struct buf *out);
/* Write card.pub. */
ERR_MUST_USE enum err home_write_card(
    const char *home, const struct card *card);

#endif
