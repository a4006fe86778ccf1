/*
 * optable.h - the rows of the table of operations; ops.h looks things up in it.
 *
 * Floor:   app
 * Threads: constant.
 */
#ifndef QSG_APP_OPTABLE_H
#define QSG_APP_OPTABLE_H

#include "app/ops.h"

/* In the order in which help shows them. */
const struct ops_op *optable_rows(size_t *count);

#endif
