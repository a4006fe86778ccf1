/*
 * optable.h - the rows of the table of operations; ops.h looks things up in it.
 *
 * Floor:   app
 * Threads: constant.
 */
#ifndef QSG_APP_OPTABLE_H
#define QSG_APP_OPTABLE_H

#include "app/ops.h"

#define OPTABLE_COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* Fields of a row: its arguments. */
#define OPTABLE_ARGS(array) .args = (array), .arg_count = OPTABLE_COUNT(array)

/* Some rows, in the order in which help shows them. */
struct optable {
	const struct ops_op *rows;
	size_t count;
};

struct optable optable_main(void);
/* Groups: `qsg group ...`. */
struct optable optable_groups(void);
/* What is said about intelligence: corroborate, feedback, ask, answer. */
struct optable optable_intel(void);
/* Records handed on: `qsg grant`, `qsg onward ...`. */
struct optable optable_grants(void);
/* Providers, and what is judged of them. */
struct optable optable_providers(void);
/* A provider may be failing seriously: `qsg summit ...`. */
struct optable optable_summits(void);
/* What somebody has to look at now: `qsg alarm ...`, `qsg watch`. */
struct optable optable_alarms(void);
/* What is to be done, and by whom: `qsg action ...`. */
struct optable optable_actions(void);
/* Risk summits as they stand: `qsg summit show`, `list`, `timeline`. */
struct optable optable_summit_shows(void);
/* `qsg summit report`. */
struct optable optable_summit_report(void);
/* The organisation's own sharing: `qsg policy ...`, `qsg release ...`. */
struct optable optable_policy(void);
/* A record's life after it was shared: correct, retract, `qsg foi ...`. */
struct optable optable_life(void);
/* The end of records: `qsg erase ...`, `qsg retention ...`. */
struct optable optable_erasure(void);
/* Who may use the node, and what they did: `qsg account ...`. */
struct optable optable_accounts(void);
/* The commands of `qsg audit`, and what they ask the API for; after the others.
 */
struct optable optable_audit(void);

#endif
