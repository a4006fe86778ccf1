#include "view/bundle_check.h"
#include "view/bundle_parts.h"

#include <string.h>

static void list(struct paper *paper, const json_t *report, const char *key,
    const char *heading)
{
	const json_t *array = json_object_get(report, key);
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(array) == 0) {
		return;
	}
	paper_printf(paper, "\n%s\n", heading);
	json_array_foreach(array, at, each)
	{
		paper_put(paper, "  - ");
		paper_text(paper, json_string_value(each));
		paper_put(paper, "\n");
	}
}

static void faults(struct paper *paper, const json_t *report)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *array = json_object_get(report, "faults");
	json_array_foreach(array, at, each)
	{
		const char *file = paper_member(each, "file");
		paper_put(paper, "  ");
		if (file[0] != '\0') {
			paper_text(paper, file);
			paper_put(paper, ": ");
		}
		paper_text(paper, paper_member(each, "what"));
		paper_put(paper, "\n");
	}
	json_int_t more = paper_number(report, "fault_count") - (json_int_t)at;
	if (more > 0) {
		paper_printf(paper, "  and %lld more\n", (long long)more);
	}
}

/* Every fingerprint that anything rests on. */
static void identities(struct paper *paper, const json_t *report)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *array = json_object_get(report, "organisations");
	paper_put(paper, "\nIt rests on these identities:\n");
	json_array_foreach(array, at, each)
	{
		if (!paper_flag(each, "relied_on")) {
			continue;
		}
		paper_put(paper, "  ");
		paper_text(paper, paper_member(each, "fingerprint"));
		paper_put(paper, "\n    ");
		paper_text(paper, paper_member(each, "name"));
		paper_put(paper, " (");
		paper_text(paper, paper_member(each, "code"));
		paper_put(paper, ")");
		paper_put(paper, paper_flag(each, "verified")
				     ? ", verified by you"
				     : ", not verified");
		paper_put(
		    paper, paper_flag(each, "exporter") ? "; exported it" : "");
		paper_put(
		    paper, paper_flag(each, "witness") ? "; a witness" : "");
		if (paper_number(each, "records") > 0) {
			paper_printf(paper, "; %lld records",
			    (long long)paper_number(each, "records"));
		}
		paper_put(paper, "\n");
	}
}

static void totals(struct paper *paper, const json_t *report)
{
	const json_t *all = json_object_get(report, "totals");
	const json_t *exporter = json_object_get(report, "exporter");
	paper_printf(paper,
	    "%lld records: %lld opened, %lld sealed, %lld without their "
	    "bytes (%lld of them erased)\nexported by ",
	    (long long)paper_number(all, "records"),
	    (long long)paper_number(all, "opened"),
	    (long long)paper_number(all, "sealed"),
	    (long long)(paper_number(all, "no_body") +
			paper_number(all, "later_version")),
	    (long long)paper_number(all, "erased"));
	paper_text(paper, paper_member(exporter, "name"));
	paper_put(paper, ", ");
	paper_time(paper, report, "exported_at");
	paper_put(paper, " (its claim); chosen: ");
	paper_text(paper, paper_member(report, "what"));
	paper_put(paper, "\n");
}

enum { SHOWN = 500 };

/* Each record and reader, and what the reader signed. */
static void disclosures(struct paper *paper, const json_t *report)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *array = json_object_get(report, "disclosures");
	json_int_t all =
	    paper_number(json_object_get(report, "totals"), "disclosures");
	if (json_array_size(array) == 0) {
		return;
	}
	paper_put(paper, "\nShared with:\n");
	json_array_foreach(array, at, each)
	{
		const char *name = paper_member(each, "reader_name");
		const char *receipt = paper_member(each, "receipt");
		if (at == SHOWN) {
			break;
		}
		paper_printf(
		    paper, "  %.12s to ", paper_member(each, "record"));
		paper_text(paper,
		    name[0] != '\0' ? name : paper_member(each, "reader"));
		if (receipt[0] == '\0') {
			paper_put(paper, ": no receipt in this bundle\n");
			continue;
		}
		paper_printf(paper, ": receipt %.12s, ", receipt);
		paper_time(paper, each, "signed_at");
		if (paper_member(each, "unreadable")[0] != '\0') {
			paper_put(paper, ", unreadable there: ");
			paper_text(paper, paper_member(each, "unreadable"));
		}
		paper_put(paper, paper_flag(each, "linked")
				     ? "\n"
				     : ", by its number alone\n");
	}
	if (all > (json_int_t)at) {
		paper_printf(paper, "  and %lld more; see --json\n",
		    (long long)(all - (json_int_t)at));
	}
}

/* Of a file of evidence. */
static void evidence(struct paper *paper, const json_t *report)
{
	const json_t *each =
	    json_array_get(json_object_get(report, "evidence"), 0);
	paper_put(paper, "against       ");
	paper_text(paper, paper_member(each, "against"));
	paper_put(paper, "\nfingerprint   ");
	paper_text(paper, paper_member(each, "fingerprint"));
	paper_put(paper, "\nproves        ");
	paper_text(paper, paper_member(each, "says"));
	paper_put(paper, "\n");
}

void bundle_check_render(struct paper *paper, const json_t *report)
{
	bool good = paper_flag(report, "consistent");
	paper_styled(paper, good ? PAPER_GOOD : PAPER_WARN,
	    paper_member(report, "verdict"));
	paper_put(paper, "\n");
	if (!good) {
		faults(paper, report);
		return;
	}
	if (strcmp(paper_member(report, "checked"), "evidence") == 0) {
		evidence(paper, report);
		return;
	}
	totals(paper, report);
	list(paper, report, "proven", "Proven:");
	list(paper, report, "not_proven", "Not proven:");
	disclosures(paper, report);
	bundle_activity_render(paper, report, SHOWN);
	identities(paper, report);
}
