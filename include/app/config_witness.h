/*
 * config_witness.h - the settings `witness.ask`, `witness.minimum`,
 * `witness.max_age` and `witness.interval`.
 *
 * Floor:   app
 * Threads: no shared state.
 */
#ifndef QSG_APP_CONFIG_WITNESS_H
#define QSG_APP_CONFIG_WITNESS_H

#include "service/witness.h"

/* One setting, whose name begins with `witness.`. ERR_INPUT. */
ERR_MUST_USE enum err config_witness(
    const char *name, const char *value, struct witness_policy *out);

#endif
