#include "view/bundle_check.h"

#include "codec/text.h"
#include "view/bundle_parts.h"
#include "view/json_out.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAULTS_SHOWN = 200 };

void bundle_parts_wrong(
    struct bundle_checking *checking, const char *path, const char *what)
{
	if (checking->fault_count++ >= FAULTS_SHOWN) {
		return;
	}
	json_t *fault = json_object();
	json_out_text_or_null(fault, "file", path);
	json_out_text(fault, "what", what);
	json_out_append(checking->faults, fault);
}

void bundle_parts_wrong_file(struct bundle_checking *checking,
    const struct bundle_name *name, const char *what)
{
	bundle_parts_wrong(checking, bundle_name_path(name).text, what);
}

static void manifest_wrong(void *context, const char *path, const char *what)
{
	bundle_parts_wrong(context, path, what);
}

static enum err check_all(struct bundle_checking *checking)
{
	enum err err =
	    bundle_read_manifests(&checking->files, manifest_wrong, checking);
	if (err == ERR_OK) {
		err = seal_worker_bare(&checking->worker);
	}
	if (err == ERR_OK) {
		err = bundle_parts_orgs(checking);
	}
	if (err == ERR_OK) {
		err = bundle_parts_logs(checking);
	}
	if (err == ERR_OK) {
		err = bundle_parts_records(checking);
	}
	if (err == ERR_OK) {
		err = bundle_parts_chains(checking);
	}
	if (err == ERR_OK) {
		err = bundle_parts_evidence(checking);
	}
	if (err == ERR_OK) {
		err = bundle_parts_seal(checking);
	}
	if (err == ERR_OK) {
		bundle_parts_erased(checking);
		err = bundle_parts_activity(checking);
	}
	return err == ERR_OK ? bundle_parts_receipts(checking) : err;
}

/*
 * Trust.
 */

static bool trusted(
    const struct bundle_checking *checking, const struct id32 *id)
{
	for (size_t i = 0; i < checking->trusts->count; i++) {
		if (id_equal(&checking->trusts->items[i].organisation, id)) {
			return true;
		}
	}
	return false;
}

/* Somebody trusted who is not here, or here under another card: a bundle made
 * up under their name. */
static void check_trusts(struct bundle_checking *checking)
{
	for (size_t i = 0; i < checking->trusts->count; i++) {
		const struct bundle_trust *trust = &checking->trusts->items[i];
		const struct bundle_org *org =
		    bundle_parts_org(checking, &trust->organisation);
		char what[160];
		if (org == NULL) {
			(void)snprintf(what, sizeof(what),
			    "it holds no card of %s, whom you trust",
			    text_fingerprint(&trust->organisation).text);
			bundle_parts_wrong(checking, NULL, what);
		} else if (trust->card != NULL &&
			   card_compare(trust->card, &org->card) ==
			       CARD_CONFLICT) {
			const struct bundle_name name = { .kind = BUNDLE_CARD,
				.id = trust->organisation };
			bundle_parts_wrong_file(checking, &name,
			    "it is another card of the same version as the "
			    "one you trust");
		}
	}
}

static bool relied_on(const struct bundle_org *org)
{
	return org->exporter || org->witness || org->records > 0;
}

/*
 * The report.
 */

static void report_orgs(struct bundle_checking *checking)
{
	json_t *array = json_array();
	for (size_t i = 0; i < checking->org_count; i++) {
		const struct bundle_org *org = &checking->orgs[i];
		const Qsg__Card *card = org->card.fields;
		json_t *json = json_object();
		json_out_text(json, "name", card->name);
		json_out_text(json, "code", card->code);
		json_out_text(json, "kind", card->kind);
		json_out_text(json, "fingerprint",
		    text_fingerprint(&org->card.organisation).text);
		json_out_number(json, "card_version", card->version);
		json_out_number(json, "records", org->records);
		json_out_bool(json, "exporter", org->exporter);
		json_out_bool(json, "witness", org->witness);
		json_out_bool(json, "relied_on", relied_on(org));
		json_out_bool(json, "verified",
		    trusted(checking, &org->card.organisation));
		json_out_append(array, json);
	}
	json_out_set(checking->report, "organisations", array);
}

static void report_logs(struct bundle_checking *checking)
{
	json_t *array = json_array();
	for (size_t i = 0; i < checking->log_count; i++) {
		struct bundle_log *log = &checking->logs[i];
		json_out_number(log->json, "records", log->records);
		json_out_append(array, json_incref(log->json));
	}
	json_out_set(checking->report, "logs", array);
}

static void report_totals(struct bundle_checking *checking)
{
	json_t *totals = json_object();
	json_out_number(totals, "records", checking->records);
	json_out_number(totals, "opened", checking->opened);
	json_out_number(totals, "sealed", checking->sealed);
	json_out_number(totals, "no_body", checking->bodyless);
	json_out_number(totals, "erased", checking->erased);
	json_out_number(totals, "later_version", checking->newer);
	json_out_number(totals, "evidence", checking->evidence);
	json_out_number(totals, "disclosures", checking->disclosures);
	json_out_number(totals, "signed_for", checking->signed_for);
	json_out_set(checking->report, "totals", totals);
}

static void say(json_t *array, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void say(json_t *array, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	json_out_append(array, json_string(text));
}

enum { LOG_NAME = 512 };

static bool is_log_of(const struct bundle_checking *checking, size_t i,
    const struct bundle_org *org)
{
	return i < checking->log_count && checking->logs[i].org == org;
}

/* Whose log it is; and which, of one that has several: they lie side by side.
 */
static void name_log(
    const struct bundle_checking *checking, size_t i, char out[LOG_NAME])
{
	const struct bundle_log *log = &checking->logs[i];
	bool several = is_log_of(checking, i + 1, log->org) ||
	               (i > 0 && is_log_of(checking, i - 1, log->org));
	(void)snprintf(out, LOG_NAME, "%s%s%s%s", log->org->card.fields->name,
	    several ? " (generation " : "",
	    several
		? json_string_value(json_object_get(log->json, "generation"))
		: "",
	    several ? ")" : "");
}

/* Fifteen names may be long. */
static void say_witnesses(
    const struct bundle_log *log, const char *name, json_t *proven)
{
	const json_t *array = json_object_get(log->json, "witnesses");
	struct buf text = { 0 };
	size_t at = 0;
	const json_t *each = NULL;
	enum err err = buf_printf(
	    &text, "that root of %s is cosigned by %zu", name, log->witnesses);
	json_array_foreach(array, at, each)
	{
		if (err == ERR_OK) {
			err = buf_printf(&text, "%s %s", at == 0 ? ":" : ",",
			    json_string_value(json_object_get(each, "name")));
		}
	}
	if (err == ERR_OK) {
		json_out_append(proven, json_string(buf_text(&text)));
	}
	buf_clear(&text);
}

static void say_seal(
    const struct bundle_checking *checking, json_t *proven, json_t *open)
{
	const char *name = json_string_value(json_object_get(
	    json_object_get(checking->report, "exporter"), "name"));
	if (checking->seal_stands == BUNDLE_DISOWNED) {
		say(open,
		    "that %s exported it: its card has ended the log that says "
		    "so, and does not accept its head",
		    name);
	} else {
		say(proven,
		    "nothing was changed, added or left out since %s "
		    "exported the bundle and logged that",
		    name);
	}
}

static void say_logs(
    const struct bundle_checking *checking, json_t *proven, json_t *open)
{
	for (size_t i = 0; i < checking->log_count; i++) {
		const struct bundle_log *log = &checking->logs[i];
		char name[LOG_NAME];
		name_log(checking, i, name);
		if (log->stands == BUNDLE_DISOWNED) {
			say(open,
			    "that %s signed these %" PRIu64 " records: its "
			    "card has ended their log, and does not accept its "
			    "head of %" PRIu64 " entries",
			    name, log->records, log->head.size);
			continue;
		}
		say(proven,
		    "%s signed %" PRIu64 " of these records: each stands in "
		    "its log, under one signed root of %" PRIu64 " entries",
		    name, log->records, log->head.size);
		if (log->stands == BUNDLE_BELOW) {
			say(open,
			    "that %s stands by them: its card has ended their "
			    "log with a larger head, which is not joined to "
			    "this one here",
			    name);
		}
		if (log->witnesses > 0) {
			say_witnesses(log, name, proven);
		} else {
			say(open,
			    "that %s showed others the same log: no witness "
			    "has signed this root",
			    name);
		}
		if (log->records < log->head.size) {
			say(open,
			    "what the other %" PRIu64 " entries of the log of "
			    "%s are",
			    log->head.size - log->records, name);
		}
	}
}

static void say_rest(
    const struct bundle_checking *checking, json_t *proven, json_t *open)
{
	if (checking->opened > 0) {
		say(proven,
		    "the texts of %" PRIu64 " records are those that the "
		    "logs commit to, alike for every reader",
		    checking->opened);
		say(open, "when a record was made: its time is its author's "
			  "claim, and no later than a witness's");
	}
	if (checking->sealed > 0) {
		say(open, "what %" PRIu64 " sealed records say",
		    checking->sealed);
	}
	if (checking->erased > 0) {
		say(proven,
		    "of %" PRIu64 " records without their bytes their author, "
		    "or the exporter, says in its own log that they are erased",
		    checking->erased);
	}
	if (checking->bodyless - checking->erased + checking->newer > 0) {
		say(open,
		    "what %" PRIu64 " records say whose bytes the exporter "
		    "did not hold, or that are of a later version",
		    checking->bodyless - checking->erased + checking->newer);
	}
	if (checking->evidence_newer > 0) {
		say(open,
		    "what %" PRIu64 " files of evidence show: a newer program "
		    "made them",
		    checking->evidence_newer);
	}
}

static void say_evidence(const struct bundle_checking *checking, json_t *proven)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(
	    json_object_get(checking->report, "evidence"), at, each)
	{
		/* Anybody can make up one of another's name. */
		say(proven, "against %s (%s%s), by its own signatures: %s",
		    json_string_value(json_object_get(each, "against")),
		    json_string_value(json_object_get(each, "fingerprint")),
		    json_is_true(json_object_get(each, "verified"))
			? ""
			: "; identity not verified",
		    json_string_value(json_object_get(each, "says")));
	}
}

static void say_receipts(
    const struct bundle_checking *checking, json_t *proven, json_t *open)
{
	uint64_t missing = checking->disclosures - checking->signed_for;
	if (checking->signed_for > 0) {
		say(proven,
		    "for %" PRIu64 " of %" PRIu64 " disclosures (a record to "
		    "a reader) the reader has signed that it holds the record",
		    checking->signed_for, checking->disclosures);
	}
	if (checking->unlinked > 0) {
		say(open,
		    "for %" PRIu64 " of these, that the reader holds this very "
		    "record: its receipt names the number, and the records "
		    "up to the one it names by id are not all here",
		    checking->unlinked);
	}
	if (missing > 0) {
		say(open,
		    "whether the reader got it, for %" PRIu64 " disclosures: "
		    "no receipt is in this bundle",
		    missing);
	}
}

/* How many are relied on, and how many of them the reader trusts. */
static void count_trusted(
    const struct bundle_checking *checking, size_t *relied, size_t *verified)
{
	*relied = 0;
	*verified = 0;
	for (size_t i = 0; i < checking->org_count; i++) {
		const struct bundle_org *org = &checking->orgs[i];
		if (relied_on(org)) {
			(*relied)++;
			*verified +=
			    trusted(checking, &org->card.organisation) ? 1 : 0;
		}
	}
}

static void report_verdict(struct bundle_checking *checking)
{
	char verdict[96] = "not consistent";
	size_t relied = 0;
	size_t verified = 0;
	count_trusted(checking, &relied, &verified);
	if (checking->fault_count > 0) {
		/* Nothing is said of whom it comes from. */
	} else if (verified == 0) {
		(void)snprintf(verdict, sizeof(verdict),
		    "consistent; identities not verified");
	} else if (verified == relied) {
		(void)snprintf(verdict, sizeof(verdict),
		    "consistent; identities verified");
	} else {
		(void)snprintf(verdict, sizeof(verdict),
		    "consistent; %zu of %zu identities verified", verified,
		    relied);
	}
	json_out_bool(
	    checking->report, "consistent", checking->fault_count == 0);
	json_out_text(checking->report, "verdict", verdict);
}

static void finish(struct bundle_checking *checking)
{
	json_t *proven = json_array();
	json_t *open = json_array();
	report_verdict(checking);
	report_orgs(checking);
	report_logs(checking);
	report_totals(checking);
	if (checking->fault_count == 0) {
		say_seal(checking, proven, open);
		say_logs(checking, proven, open);
		say_rest(checking, proven, open);
		say_receipts(checking, proven, open);
		bundle_parts_say_activity(checking, proven, open);
		say_evidence(checking, proven);
	}
	json_out_set(checking->report, "proven", proven);
	json_out_set(checking->report, "not_proven", open);
	json_out_set(checking->report, "faults", json_incref(checking->faults));
	json_out_number(checking->report, "fault_count", checking->fault_count);
}

static void clear(struct bundle_checking *checking)
{
	for (size_t i = 0; i < checking->org_count; i++) {
		card_clear(&checking->orgs[i].card);
	}
	for (size_t i = 0; i < checking->log_count; i++) {
		json_decref(checking->logs[i].json);
	}
	free(checking->orgs);
	free(checking->logs);
	free(checking->entries);
	bundle_parts_forget(checking);
	seal_worker_free(checking->worker);
	buf_wipe(&checking->scratch);
	bundle_read_clear(&checking->files);
	json_decref(checking->faults);
}

enum err bundle_check(
    struct span archive, const struct bundle_trusts *trusts, json_t **report)
{
	struct bundle_checking checking = { .trusts = trusts,
		.report = json_object(),
		.faults = json_array() };
	json_out_set(checking.report, "records", json_array());
	enum err err = bundle_read(archive, &checking.files);
	if (err == ERR_FORMAT || err == ERR_LIMIT) {
		bundle_parts_wrong(&checking, NULL, err_text());
		err = ERR_OK;
	} else if (err == ERR_OK) {
		err = check_all(&checking);
		if (err == ERR_OK) {
			check_trusts(&checking);
		}
	}
	if (err == ERR_OK) {
		finish(&checking);
		*report = checking.report;
	} else {
		json_decref(checking.report);
	}
	clear(&checking);
	return err;
}
