/*
 * manual.h - the man page and shell completion, read off the table of
 * operations. The files in the tree are copies of what these write; a test
 * compares them.
 *
 * Floor:   app
 * Threads: no shared state.
 */
#ifndef QSG_APP_MANUAL_H
#define QSG_APP_MANUAL_H

#include "app/ops.h"

/* qsg(1) in scdoc's language: `qsg help --man`. */
void manual_page(struct paper *paper);
/* Completion for bash: `qsg help --bash`. */
void manual_completion(struct paper *paper);

#endif
