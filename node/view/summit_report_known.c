/* Who was called, what it rests on, and who knew what when. */
#include "codec/canon.h"
#include "codec/text.h"
#include "domain/org.h"
#include "domain/summit_words.h"
#include "service/granting.h"
#include "service/peers.h"
#include "service/query.h"
#include "service/state.h"
#include "view/paper.h"
#include "view/summit_parts.h"
#include "view/summit_report_parts.h"

#include <stdlib.h>
#include <string.h>

/* What became of a record at an organisation in its audience. */
static enum err fate_of(struct summit_report *report, uint32_t rid,
    const struct id32 *reader, struct fate *out)
{
	const struct peer *peer = peers_by_id(report->node, reader);
	*out = (struct fate){ 0 };
	return peer == NULL ? ERR_OK
	                    : fates_first(report->fates, rid, peer->org, out);
}

static const struct id32 *id_of(struct summit_report *report, uint32_t rid)
{
	return &views_get(node_views(report->node), rid)->id;
}

static bool is_us(struct summit_report *report, const struct id32 *id)
{
	return id_equal(id, node_id(report->node));
}

/*
 * Parties.
 */

static const char *reason_of(const struct summit_side *side)
{
	const struct vocab_word *word =
	    vocab_find(summit_reasons(), span_text(side->reason));
	return word == NULL ? "" : word->help;
}

static void put_part(struct summit_report *report, json_t *statement,
    const struct summit_side *side)
{
	switch (side->part) {
	case SUMMIT_OUTSIDER:
		summit_report_own(statement, "was not called");
		break;
	case SUMMIT_INVITED:
		summit_report_own(statement, "was invited");
		if (side->invitation != NULL) {
			summit_report_own(statement, " by ");
			summit_report_org(
			    report, statement, &side->invitation->author);
		}
		break;
	case SUMMIT_ALERTED:
		summit_report_own(
		    statement, "was told as a member of the group");
		break;
	case SUMMIT_SUMMONED:
		summit_report_own(statement, "was summoned");
		if (reason_of(side)[0] != '\0') {
			summit_report_own(statement, ": %s", reason_of(side));
		} else {
			summit_report_own(statement, ": ");
			summit_report_theirs(statement, side->reason);
		}
		break;
	case SUMMIT_TRIGGERED:
		summit_report_own(statement, "triggered the summit");
		break;
	}
}

/* PROTOCOL.md M703: "A report MUST say of whoever has not answered whether it
 * is not reached, cannot read what told it, is reached without an answer yet,
 * or is one of whom no answer is held, as M678 has it, and none of these in the
 * words of another, or of holding nothing." */
static void put_answer(
    json_t *statement, const struct summit_side *side, const json_t *heard)
{
	static const char *const words[][2] = {
		{ "not-reached", "Not reached: no receipt of that is held" },
		{ "cannot-read", "Reached, and it cannot read that" },
		{ "no-answer-yet", "Reached; no answer yet" },
		{ "no-answer-held", "No answer is held here" },
	};
	const char *answer = paper_member(heard, "answer");
	if (side->response != NULL) {
		summit_report_own(statement, ". It answered: ");
		summit_report_word(statement, summit_answers(),
		    side->response->payload->summit_response->answer);
		summit_report_rests(statement, &side->response->record);
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (side->part != SUMMIT_TRIGGERED &&
		    strcmp(words[i][0], answer) == 0) {
			summit_report_own(statement, ". %s", words[i][1]);
		}
	}
}

static void put_side(struct summit_report *report,
    const struct summit_side *side, const json_t *heard)
{
	const struct id32 *called = side->invitation != NULL
	                                ? &side->invitation->record
	                                : &report->state->id;
	json_t *statement =
	    summit_report_say(report, called, &side->organisation, 0);
	if (side->party != NULL && side->party->kind != NULL) {
		summit_report_own(statement, "(%s) ", side->party->kind->label);
	}
	put_part(report, statement, side);
	put_answer(statement, side, heard);
}

void summit_report_parties(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	const struct summit_view view = { .node = report->node,
		.look = report->look,
		.state = state,
		.us = node_id(report->node),
		.fates = report->fates };
	json_t *sides = NULL;
	size_t at = 0;
	const json_t *heard = NULL;
	summit_report_section(report, "parties", "Who was called, and why",
	    "Kinds are those that the groups' rosters state.");
	report->err = summit_view_sides(&view, &sides);
	json_array_foreach(sides, at, heard)
	{
		for (size_t i = 0; i < state->side_count; i++) {
			const struct summit_side *side = &state->sides[i];
			const struct fingerprint is =
			    text_fingerprint(&side->organisation);
			if (strcmp(is.text,
				paper_member(heard, "fingerprint")) == 0) {
				put_side(report, side, heard);
			}
		}
	}
	json_decref(sides);
}

/*
 * Evidence.
 */

typedef void (*cited)(struct summit_report *report,
    const struct summit_fact *by, const struct id32 *evidence);

static void each_cited(struct summit_report *report, cited each)
{
	for (size_t i = 0; i < report->look->count; i++) {
		const struct summit_fact *fact = report->order[i];
		const Qsg__Payload *payload = fact->payload;
		for (size_t k = 0; k < payload->n_references; k++) {
			const Qsg__Reference *reference =
			    payload->references[k];
			struct id32 id;
			if (strcmp(reference->relation, "cites") == 0 &&
			    canon_take_id(&reference->record, &id)) {
				each(report, fact, &id);
			}
		}
	}
}

static const struct id32 *author_of(const struct query_item *item)
{
	return item->author == NULL ? NULL : &item->author->card.organisation;
}

static void put_evidence(struct summit_report *report,
    const struct summit_fact *by, const struct id32 *evidence)
{
	uint32_t rid = views_find(node_views(report->node), evidence);
	json_t *statement = NULL;
	if (summit_report_reads(report, rid)) {
		struct query_item item = query_item(report->node, rid, NULL);
		statement = summit_report_say(
		    report, evidence, author_of(&item), item.view->created_ms);
		summit_report_own(statement, "made a record of the type %s",
		    views_type_name((enum view_type)item.view->type));
	} else {
		statement = summit_report_say(report, evidence, NULL, 0);
		summit_report_own(
		    statement, "A record that cannot be read here");
	}
	summit_report_own(statement, ", cited by ");
	summit_report_org(report, statement, &by->author);
	summit_report_rests(statement, &by->record);
}

void summit_report_evidence(struct summit_report *report)
{
	summit_report_section(report, "evidence", "What it rests on",
	    "Named by their ids. What they say is read where they were "
	    "shared.");
	each_cited(report, put_evidence);
}

/*
 * Receipts.
 */

/* PROTOCOL.md M704: "A report MUST say that an organisation had a record of
 * another only by a receipt that counts, that it signed and that does not call
 * the record unreadable: the first of those held, at the time that it gives."
 */
static enum err put_reader(struct summit_report *report, uint32_t rid,
    const struct id32 *reader, const char *what)
{
	const struct view_record *view =
	    views_get(node_views(report->node), rid);
	struct fate fate = { 0 };
	json_t *statement = NULL;
	enum err err = fate_of(report, rid, reader, &fate);
	if (fate.receipt != 0) {
		statement = summit_report_say(report,
		    id_of(report, fate.receipt), reader, fate.receipted_ms);
		summit_report_own(statement, "signed for %s", what);
		if (fate.unreadable[0] != '\0') {
			summit_report_own(statement, " as not readable there");
		}
		summit_report_rests(statement, &view->id);
	} else if (is_us(report, reader)) {
		statement = summit_report_say(
		    report, &view->id, reader, view->received_ms);
		summit_report_own(statement, "received %s", what);
	} else {
		statement = summit_report_say(report, &view->id, reader, 0);
		summit_report_own(statement, "no receipt for %s is held", what);
	}
	summit_report_under(statement);
	return err;
}

static enum err put_readers(struct summit_report *report, uint32_t rid,
    const struct id32 *author, const char *what)
{
	struct id32 *readers = NULL;
	size_t count = 0;
	enum err err = query_audience(report->node, rid, &readers, &count);
	if (err == ERR_NOTFOUND) {
		return ERR_OK;
	}
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		if (!id_equal(&readers[i], author)) {
			err = put_reader(report, rid, &readers[i], what);
		}
	}
	free(readers);
	return err;
}

/* The grants that carry it, whoever made them. */
static void put_grants(struct summit_report *report, const struct id32 *record)
{
	size_t place = 0;
	uint32_t grant = 0;
	while (report->err == ERR_OK &&
	       (grant = granting_of(report->node, record, &place)) != 0) {
		struct query_item item = query_item(report->node, grant, NULL);
		json_t *statement = NULL;
		if (!summit_report_reads(report, grant) ||
		    author_of(&item) == NULL) {
			continue;
		}
		statement = summit_report_say(report, &item.view->id,
		    author_of(&item), item.view->created_ms);
		summit_report_own(statement, "granted it on");
		summit_report_rests(statement, record);
		summit_report_under(statement);
		report->err = put_readers(
		    report, grant, author_of(&item), "what was granted");
	}
}

/* Is it told of in this section? It may be cited more than once. */
static bool is_told(const struct summit_report *report, const struct id32 *id)
{
	const struct hex32 text = text_hex_id(id);
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(report->statements, at, each)
	{
		if (!paper_flag(each, "under") &&
		    strcmp(paper_member(each, "record"), text.text) == 0) {
			return true;
		}
	}
	return false;
}

/* Who had a record, and who had it by a grant; what is granted is in no stream
 * of its own here. */
static void put_knowing(struct summit_report *report, uint32_t rid,
    const struct id32 *record, const struct id32 *author)
{
	if (views_granted(node_views(report->node), rid) == NULL &&
	    author != NULL && report->err == ERR_OK) {
		report->err = put_readers(report, rid, author, "it");
	}
	put_grants(report, record);
}

static void know_evidence(struct summit_report *report,
    const struct summit_fact *by, const struct id32 *evidence)
{
	uint32_t rid = views_find(node_views(report->node), evidence);
	if (is_told(report, evidence) || !summit_report_reads(report, rid)) {
		return;
	}
	struct query_item item = query_item(report->node, rid, NULL);
	json_t *statement = summit_report_say(
	    report, evidence, author_of(&item), item.view->created_ms);
	summit_report_own(statement, "made the evidence");
	summit_report_rests(statement, &by->record);
	put_knowing(report, rid, evidence, author_of(&item));
}

void summit_report_known(struct summit_report *report)
{
	summit_report_section(report, "known", "Who knew what, and when",
	    "By receipts: an organisation that signed for a record had it by "
	    "then. A receipt does not say that a person has read it. Where no "
	    "receipt is held, nothing is known.");
	each_cited(report, know_evidence);
	for (size_t i = 0; i < report->look->count && report->err == ERR_OK;
	     i++) {
		const struct summit_fact *fact = report->order[i];
		uint32_t rid =
		    views_find(node_views(report->node), &fact->record);
		json_t *statement = summit_report_tell(report, fact);
		summit_report_text(statement, NULL);
		if (rid != 0) {
			put_knowing(report, rid, &fact->record, &fact->author);
		}
	}
}
