#define _POSIX_C_SOURCE 200809L

#include "service/vetting.h"

#include "codec/canon.h"
#include "codec/utf8.h"
#include "domain/intel.h"
#include "domain/plain.h"
#include "service/drafting.h"

#include <stdlib.h>
#include <string.h>

static const char *role_of(const struct vetting_recorder *recorder)
{
	return recorder->role ? recorder->role : "administrator";
}

enum err vetting_check_recorder(const struct vetting_recorder *recorder)
{
	enum err err = intel_check_role(role_of(recorder));

	if (!err) {
		err = plain_check_line("--person", recorder->person);
	}
	if (!err) {
		err =
		    plain_check_reason("--override", recorder->override_reason);
	}
	return err;
}

void vetting_name_recorder(
    const struct vetting_recorder *recorder, Qsg__Payload *payload)
{
	payload->role = canon_lend(role_of(recorder));
	if (recorder->person) {
		payload->person = canon_lend(recorder->person);
	}
}

enum err vetting_normalise(char **const *texts, size_t count)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !err; i++) {
		struct buf nfc = { 0 };
		char *copy = NULL;

		if (!(*texts[i])[0]) {
			continue;
		}
		err = utf8_nfc(span_text(*texts[i]), &nfc);
		if (!err) {
			copy = nfc.size ? strdup(buf_text(&nfc)) : NULL;
			err = copy ? ERR_OK : err_set(ERR_MEM, "out of memory");
		}
		if (!err) {
			free(*texts[i]);
			*texts[i] = copy;
		}
		buf_wipe(&nfc);
	}
	return err;
}

enum err vetting_scan(
    char **const *texts, size_t count, struct guard_findings *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !err; i++) {
		err = guard_scan(span_text(*texts[i]), out);
	}
	return err;
}

enum err vetting_judge(const struct vetting_recorder *recorder,
    const struct guard_findings *findings)
{
	const struct guard_finding *first = findings->items;

	if (!findings->count || recorder->override_reason ||
	    recorder->dry_run) {
		return ERR_OK;
	}
	return err_set(ERR_DENIED,
	    "the text seems to hold %s (line %u, column %u): remove it, or "
	    "give --override \"reason\"",
	    guard_kind_label(first->kind), (unsigned)first->line,
	    (unsigned)first->column);
}

/* "an NHS number and a phone number" */
static enum err put_labels(
    const struct guard_findings *findings, struct buf *out)
{
	bool found[GUARD_KIND_COUNT] = { false };
	enum err err = ERR_OK;

	for (size_t i = 0; i < findings->count && !err; i++) {
		enum guard_kind kind = findings->items[i].kind;

		if (!found[kind]) {
			err = buf_printf(out, "%s%s", out->size ? " and " : "",
			    guard_kind_label(kind));
		}
		found[kind] = true;
	}
	return err;
}

enum err vetting_refuse(const char *what, const char *text)
{
	struct guard_findings findings = { 0 };
	struct buf labels = { 0 };
	enum err err = text ? guard_scan(span_text(text), &findings) : ERR_OK;

	if (!err) {
		err = put_labels(&findings, &labels);
	}
	if (!err && findings.count) {
		err = err_set(ERR_DENIED, "%s seems to hold %s: leave it out",
		    what, buf_text(&labels));
	}
	guard_findings_clear(&findings);
	buf_clear(&labels);
	return err;
}

enum err vetting_refuse_charter(const Qsg__Charter *charter)
{
	const char *const texts[] = { charter->name, charter->region,
		charter->purpose, charter->footprint, charter->admission,
		charter->safeguarding };
	static const char what[] = "the charter";
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !err; i++) {
		err = vetting_refuse(what, texts[i]);
	}
	for (size_t i = 0; i < charter->n_ground_rules && !err; i++) {
		err = vetting_refuse(what, charter->ground_rules[i]);
	}
	for (size_t i = 0; i < charter->n_information && !err; i++) {
		err = vetting_refuse(what, charter->information[i]->brings);
		if (!err) {
			err = vetting_refuse(
			    what, charter->information[i]->how_often);
		}
	}
	return err;
}

/* Each kind of finding once. */
static size_t kinds_of(
    const struct guard_findings *findings, char *kinds[static GUARD_KIND_COUNT])
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const char *kind = guard_kind_token(findings->items[i].kind);
		bool listed = false;

		for (size_t j = 0; j < count; j++) {
			listed = listed || strcmp(kinds[j], kind) == 0;
		}
		if (!listed && count < GUARD_KIND_COUNT) {
			kinds[count++] = canon_lend(kind);
		}
	}
	return count;
}

enum err vetting_log_override(struct node *node,
    const struct vetting_recorder *recorder,
    const struct guard_findings *findings, const struct id32 *record,
    int64_t draft, struct id32 *override_record)
{
	char *kinds[GUARD_KIND_COUNT];
	struct id32 of = *record;
	Qsg__Payload payload;
	Qsg__Override why;
	Qsg__Reference reference;
	Qsg__Reference *references[1] = { &reference };

	qsg__payload__init(&payload);
	qsg__override__init(&why);
	qsg__reference__init(&reference);
	reference.relation = canon_lend("overrides");
	reference.record.data = of.b;
	reference.record.len = sizeof of.b;
	why.n_findings = kinds_of(findings, kinds);
	why.findings = kinds;
	why.reason = canon_lend(recorder->override_reason);
	payload.role = canon_lend(role_of(recorder));
	payload.references = references;
	payload.n_references = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_OVERRIDE;
	payload.override = &why;
	return draft ? drafting_attach(node, draft, &payload)
	             : submit_payload(node, NULL, 0, &payload, override_record);
}
