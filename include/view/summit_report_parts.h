/*
 * summit_report_parts.h - the inside of a report under way.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SUMMIT_REPORT_PARTS_H
#define QSG_VIEW_SUMMIT_REPORT_PARTS_H

#include "domain/vocab.h"
#include "service/fates.h"
#include "view/summit_report.h"

struct summit_report {
	struct node *node;
	const struct summits_look *look;
	const struct summit_state *state;
	struct fates *fates;
	const struct summit_fact **order; /* all facts, as their authors say */
	json_t *sections;
	json_t *statements; /* of the section under way */
	enum err err;
};

/* Begin a section. note: one line of our own, "" none. */
void summit_report_section(struct summit_report *report, const char *key,
    const char *title, const char *note);

/* Add a statement. at_ms 0: at no time of its own; who NULL: nobody. Borrowed,
 * as all that is done to it is lost with it when memory is out. */
json_t *summit_report_say(struct summit_report *report,
    const struct id32 *record, const struct id32 *who, int64_t at_ms);
/* The same, by the author of a fact, when it says it made it. */
json_t *summit_report_fact(
    struct summit_report *report, const struct summit_fact *fact);
/* It belongs to the one before. */
void summit_report_under(json_t *statement);
/* Our own words. */
void summit_report_own(json_t *statement, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Somebody else's. */
void summit_report_theirs(json_t *statement, const char *text);
/* A word of ours; where it is none, theirs. */
void summit_report_word(
    json_t *statement, const struct vocab *words, const char *token);
/* An organisation, by the name and the code that its card claims. */
void summit_report_org(struct summit_report *report, json_t *statement,
    const struct id32 *organisation);
/* What its author wrote. */
void summit_report_text(json_t *statement, const char *text);
/* Another record that it rests on. */
void summit_report_rests(json_t *statement, const struct id32 *record);

/* Why a fact does not count; REASON_NONE: it does. */
enum reason summit_report_why(
    const struct summit_report *report, const struct id32 *record);
/* Can it be read here? Nothing but its id is to be said of one that cannot. */
bool summit_report_reads(struct summit_report *report, uint32_t rid);
/* A finding in words. */
void summit_report_finding(json_t *statement, const char *token);

/* Add a statement that tells what one record says. */
json_t *summit_report_tell(
    struct summit_report *report, const struct summit_fact *fact);

/* The sections, in their order. */
void summit_report_told(struct summit_report *report);
void summit_report_parties(struct summit_report *report);
void summit_report_evidence(struct summit_report *report);
void summit_report_known(struct summit_report *report);
void summit_report_judged(struct summit_report *report);
void summit_report_ring(struct summit_report *report);
void summit_report_meetings(struct summit_report *report);
void summit_report_clocks(struct summit_report *report);
void summit_report_checks(struct summit_report *report);
void summit_report_actions(struct summit_report *report);
void summit_report_ended(struct summit_report *report);
void summit_report_uncounted(struct summit_report *report);

#endif
