#include "view/report.h"

#include "domain/guard.h"
#include "view/evidence_view.h"
#include "view/signing_json.h"
#include "view/witness_report.h"

#include <string.h>

static long long number(const json_t *object, const char *key)
{
	return (long long)paper_number(object, key);
}

static void organisation(struct paper *paper, const json_t *object)
{
	paper_text(paper, paper_member(object, "name"));
	paper_put(paper, " (");
	paper_text(paper, paper_member(object, "code"));
	paper_put(paper, ")");
}

void report_findings(struct paper *paper, const json_t *findings)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(findings, at, each)
	{
		paper_styled(paper, PAPER_WARN, "found");
		paper_put(paper, " what looks like ");
		paper_text(paper, paper_member(each, "label"));
		paper_printf(paper, ", line %lld, column %lld\n",
		    number(each, "line"), number(each, "column"));
	}
	if (json_array_size(findings) > 0) {
		paper_printf(paper, "%s\n", guard_caveat());
	}
}

static const char *will_be(const json_t *value)
{
	/* Of several grants all are made, or none. */
	const json_t *grant =
	    json_array_get(json_object_get(value, "grants"), 0);
	if (json_is_string(json_object_get(value, "record")) ||
	    json_is_string(json_object_get(grant, "grant"))) {
		return "read by";
	}
	return json_is_integer(json_object_get(value, "draft")) ||
	               json_is_integer(json_object_get(grant, "draft"))
	           ? "will be read by"
	           : "would be read by";
}

/* NQB 4.2 and QSG: who has to act on it is said before anything is sealed. */
static void reader(struct paper *paper, const json_t *each, const char *will)
{
	const char *duty = paper_member(each, "duty");
	paper_printf(paper, "%s ", will);
	organisation(paper, each);
	paper_put(paper, ", ");
	paper_text(paper, paper_member(each, "kind"));
	if (json_is_false(json_object_get(each, "kind_stated"))) {
		paper_put(paper, " (as it says itself)");
	}
	if (duty[0] != '\0') {
		paper_put(paper, ": has a duty to act: ");
		paper_text(paper, duty);
	}
	paper_put(paper, "\n");
}

void report_verdict(struct paper *paper, const char *token)
{
	char verdict[40] = "";
	strncpy(verdict, token, sizeof(verdict) - 1);
	for (char *at = strchr(verdict, '-'); at != NULL;
	     at = strchr(at, '-')) {
		*at = ' ';
	}
	paper_styled(paper, PAPER_BOLD, verdict);
}

void report_rule(struct paper *paper, const json_t *match)
{
	paper_put(paper, "the policy says ");
	report_verdict(paper, paper_member(match, "verdict"));
	if (json_is_integer(json_object_get(match, "line"))) {
		paper_printf(paper, " in line %lld: ", number(match, "line"));
		paper_text(paper, paper_member(match, "rule"));
	} else {
		paper_put(paper, ": no rule fits");
	}
	paper_put(paper, "\n");
}

static void left_out(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "left_out"), at, each)
	{
		paper_put(paper, "not read by ");
		paper_styled(paper, PAPER_BOLD, paper_member(each, "name"));
		paper_put(paper, " (");
		paper_text(paper, paper_member(each, "code"));
		paper_put(paper, "), of this group: ");
		paper_text(paper, paper_member(each, "why"));
		paper_put(paper, "\n");
	}
}

void report_readers(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *readers = json_object_get(value, "readers");
	const json_t *group = json_object_get(value, "group");
	const json_t *policy = json_object_get(value, "policy");
	const char *will = will_be(value);
	if (json_is_object(group)) {
		paper_put(paper, "the group ");
		paper_text(paper, paper_member(group, "name"));
		paper_printf(
		    paper, ", at epoch %lld:\n", number(group, "epoch"));
	}
	if (json_array_size(readers) == 0) {
		paper_printf(paper, "%s nobody but this organisation\n", will);
	}
	json_array_foreach(readers, at, each)
	{
		reader(paper, each, will);
	}
	left_out(paper, value);
	if (json_is_object(policy)) {
		report_rule(paper, policy);
	}
}

void report_shared(struct paper *paper, const json_t *value)
{
	report_readers(paper, value);
	const char *verdict =
	    paper_member(json_object_get(value, "policy"), "verdict");
	report_findings(paper, json_object_get(value, "findings"));
	if (json_is_integer(json_object_get(value, "release"))) {
		paper_printf(paper,
		    "waits for a second person, who sees all of it with `qsg "
		    "release show %lld` and shares it with `qsg release "
		    "approve %lld --person NAME`\n",
		    number(value, "release"), number(value, "release"));
	} else if (strcmp(verdict, "four-eyes") == 0 &&
		   strcmp(will_be(value), "would be read by") == 0) {
		paper_put(paper, "it would wait for a second person\n");
	}
}

void report_import(struct paper *paper, const json_t *value)
{
	paper_printf(paper,
	    "%s%lld sets with %lld rows: %lld new, %lld unchanged, "
	    "%lld corrections\n",
	    paper_flag(value, "dry_run") ? "would import " : "",
	    number(value, "sets"), number(value, "rows"), number(value, "new"),
	    number(value, "same"), number(value, "corrections"));
	if (number(value, "drafts") > 0) {
		paper_printf(paper,
		    "%lld of them are drafts: sealed and sent once the node "
		    "may sign\n",
		    number(value, "drafts"));
	}
	if (number(value, "releases") > 0) {
		paper_printf(paper,
		    "%lld of them wait for a second person: see `qsg release "
		    "list`\n",
		    number(value, "releases"));
	}
	if (number(value, "bad_rows") > 0) {
		paper_printf(paper, "%lld bad rows left out\n",
		    number(value, "bad_rows"));
	}
}

static void status_head(struct paper *paper, const json_t *value)
{
	const json_t *org = json_object_get(value, "organisation");
	const json_t *serving = json_object_get(value, "serving");
	const json_t *signing = json_object_get(value, "signing");
	const json_t *listening = json_object_get(serving, "endpoints");
	size_t at = 0;
	const json_t *each = NULL;
	paper_styled(paper, PAPER_BOLD, paper_member(org, "name"));
	paper_put(paper, " (");
	paper_text(paper, paper_member(org, "code"));
	paper_put(paper, "), ");
	paper_text(paper, paper_member(org, "kind"));
	paper_put(paper, "\nfingerprint   ");
	paper_text(paper, paper_member(org, "fingerprint"));
	paper_printf(paper,
	    "\ncard          version %lld\nserving       since ",
	    number(org, "card_version"));
	paper_time(paper, serving, "since");
	paper_printf(paper, ", process %lld", number(serving, "pid"));
	json_array_foreach(listening, at, each)
	{
		paper_put(paper, at == 0 ? ", at " : ", ");
		paper_text(paper, json_string_value(each));
	}
	paper_put(paper, "\n");
	if (json_is_string(json_object_get(value, "disk_full_at"))) {
		paper_put(paper, "disk          ");
		paper_styled(paper, PAPER_WARN, "full");
		paper_put(paper, " at ");
		paper_time(paper, value, "disk_full_at");
		paper_put(
		    paper, ": nothing new is kept until there is room again\n");
	}
	if (paper_number(value, "accounts") == 0) {
		paper_put(paper,
		    "accounts      none: the node's own user and root act as "
		    "administrators; see `qsg account add --help`\n");
	}
	signing_report(paper, signing);
}

static void status_records(struct paper *paper, const json_t *value)
{
	const json_t *records = json_object_get(value, "records");
	const json_t *log = json_object_get(value, "log");
	const json_t *quarantine = json_object_get(value, "quarantine");
	long long ended =
	    number(json_object_get(value, "signing"), "generations") - 1;
	paper_printf(paper, "log           %lld entries, root %s\n",
	    number(log, "size"), paper_member(log, "root"));
	if (ended > 0) {
		paper_printf(paper,
		    "              generation %s, after %lld that ended\n",
		    paper_member(log, "generation"), ended);
	}
	paper_printf(paper,
	    "records       %lld: %lld own, %lld received, %lld unreadable, "
	    "%lld without body\n",
	    number(records, "records"), number(records, "own"),
	    number(records, "received"), number(records, "unreadable"),
	    number(records, "bodyless"));
	paper_printf(paper, "streams       %lld, %lld of them broken\n",
	    number(records, "streams"), number(records, "broken_streams"));
	if (number(records, "erased") > 0) {
		paper_printf(paper, "erased        %lld records\n",
		    number(records, "erased"));
	}
	if (number(records, "erased_unseen") > 0) {
		paper_printf(paper,
		    "              %lld of those without body, too, by their "
		    "authors' word; asked for now and then\n",
		    number(records, "erased_unseen"));
	}
	if (number(records, "disowned") > 0) {
		paper_printf(paper,
		    "disowned      %lld records of ended logs, which their "
		    "authors do not stand by\n",
		    number(records, "disowned"));
	}
	if (number(quarantine, "items") > 0) {
		paper_printf(paper, "quarantine    %lld items, %lld bytes\n",
		    number(quarantine, "items"), number(quarantine, "bytes"));
	}
}

static void status_peer(struct paper *paper, const json_t *peer)
{
	paper_put(paper, "peer          ");
	organisation(paper, peer);
	if (paper_flag(peer, "connected")) {
		paper_put(paper, ": ");
		paper_styled(paper, PAPER_GOOD, "connected");
	} else if (paper_member(peer, "refused")[0] != '\0' ||
		   paper_flag(peer, "barred")) {
		paper_put(paper, ": ");
		paper_styled(paper, PAPER_WARN,
		    paper_flag(peer, "barred") ? "barred" : "refused here");
	} else {
		paper_put(paper, ": not connected, last seen ");
		paper_time(paper, peer, "last_seen");
	}
	if (number(peer, "refused_here") + number(peer, "refused_there") > 0) {
		paper_printf(paper, ", refused %lld here and %lld there",
		    number(peer, "refused_here"),
		    number(peer, "refused_there"));
	}
	if (number(peer, "unsigned_for") > 0) {
		paper_printf(paper, ", has not signed for %lld records",
		    number(peer, "unsigned_for"));
	}
	if (paper_flag(peer, "card_conflict")) {
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN,
		    "signed cards that contradict each other");
	}
	if (json_is_object(json_object_get(peer, "waiting"))) {
		paper_put(paper, ", a changed card waits");
	}
	if (json_is_object(json_object_get(peer, "stated"))) {
		paper_put(paper, ", what a roster states of it waits");
	}
	paper_put(paper, "\n");
	if (paper_member(peer, "problem")[0] != '\0') {
		paper_put(paper, "              ");
		paper_styled(paper, PAPER_WARN, paper_member(peer, "problem"));
		paper_put(paper, "\n");
	}
}

static void status_trouble(struct paper *paper, const json_t *trouble)
{
	paper_put(paper, "trouble       a stream of ");
	paper_text(paper, paper_member(trouble, "author"));
	paper_put(paper, " is ");
	paper_styled(paper, PAPER_WARN, paper_member(trouble, "status"));
	paper_printf(paper, " after %lld records", number(trouble, "taken"));
	if (paper_member(trouble, "reason")[0] != '\0') {
		paper_put(paper, ": ");
		paper_text(paper, paper_member(trouble, "reason"));
	}
	paper_put(paper, "\n");
}

static void status_passed_over(struct paper *paper, const json_t *author)
{
	paper_put(paper, "passed over   ");
	paper_text(paper, paper_member(author, "author"));
	paper_printf(paper,
	    ": %lld records of groups, more than count, or of groups whose "
	    "rosters here do not list it\n",
	    number(author, "records"));
}

static void status_withheld(struct paper *paper, const json_t *withheld)
{
	paper_put(paper, "withheld      ");
	paper_text(paper, paper_member(withheld, "author"));
	paper_printf(paper,
	    " did not give us %lld records that it shares with us: others "
	    "did\n",
	    number(withheld, "records"));
}

static void group_waits(struct paper *paper, const json_t *group)
{
	static const struct {
		const char *what;
		const char *text;
	} waits[] = {
		{ "invitation",
		    "invited: see `qsg group show`, then `qsg group "
		    "join` or `decline`" },
		{ "succession", "named by the members to convene: `qsg group "
				"convene` takes over" },
		{ "convenor-left", "its convenor has left: name another with "
				   "`qsg group succeed`" },
	};
	const char *what = paper_member(group, "waits");
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		if (strcmp(what, waits[i].what) == 0) {
			paper_put(paper, "group         ");
			paper_text(paper, paper_member(group, "name"));
			paper_put(paper, ": ");
			paper_styled(paper, PAPER_WARN, waits[i].text);
			paper_put(paper, "\n");
		}
	}
}

static void status_group(struct paper *paper, const json_t *group)
{
	size_t at = 0;
	const json_t *alarm = NULL;
	group_waits(paper, group);
	json_array_foreach(json_object_get(group, "alarms"), at, alarm)
	{
		paper_put(paper, "group         ");
		paper_text(paper, paper_member(group, "name"));
		paper_put(paper, ": ");
		organisation(paper, json_object_get(alarm, "organisation"));
		paper_put(paper, ": ");
		paper_styled(paper, PAPER_WARN, paper_member(alarm, "text"));
		paper_put(paper, "\n");
	}
}

void report_status(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *peers = json_object_get(value, "peers");
	const json_t *troubles = json_object_get(value, "troubles");
	status_head(paper, value);
	status_records(paper, value);
	witness_report_status(paper, json_object_get(value, "witnesses"));
	evidence_view_render_summary(paper, json_object_get(value, "evidence"));
	json_array_foreach(peers, at, each)
	{
		status_peer(paper, each);
	}
	json_array_foreach(troubles, at, each)
	{
		status_trouble(paper, each);
	}
	json_array_foreach(json_object_get(value, "withheld"), at, each)
	{
		status_withheld(paper, each);
	}
	json_array_foreach(json_object_get(value, "passed_over"), at, each)
	{
		status_passed_over(paper, each);
	}
	json_array_foreach(json_object_get(value, "groups"), at, each)
	{
		status_group(paper, each);
	}
}

void report_verify(struct paper *paper, const json_t *value)
{
	paper_printf(paper,
	    "checked %lld records (%lld opened), %lld logs, %lld streams, "
	    "%lld cards: ",
	    number(value, "records"), number(value, "opened"),
	    number(value, "logs"), number(value, "streams"),
	    number(value, "cards"));
	if (number(value, "faults") == 0) {
		paper_styled(paper, PAPER_GOOD, "no faults");
	} else {
		paper_styled(paper, PAPER_WARN, "faults");
		paper_printf(paper, " %lld\nfirst: ", number(value, "faults"));
		paper_text(paper, paper_member(value, "first_fault"));
	}
	paper_put(paper, "\n");
	if (number(value, "unproven") > 0) {
		paper_printf(paper,
		    "not proven yet: %lld hashes in logs of others, told by "
		    "relays under heads that were never joined to the newest; "
		    "no fault\n",
		    number(value, "unproven"));
	}
}

static void refused(struct paper *paper, const json_t *item)
{
	const char *name = paper_member(item, "peer_name");
	paper_printf(paper, "%6lld  ", number(item, "item"));
	paper_time(paper, item, "received_at");
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_BOLD,
	    name[0] == '\0' ? paper_member(item, "peer") : name);
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_WARN, paper_member(item, "code"));
	paper_put(paper, ": ");
	paper_text(paper, paper_member(item, "reason"));
	paper_printf(paper, "  %lld bytes, %s\n", number(item, "size"),
	    paper_flag(item, "kept") ? "kept" : "not kept");
}

void report_quarantine(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		refused(paper, each);
	}
}

void report_saved(struct paper *paper, const json_t *value)
{
	paper_printf(paper, "%lld bytes of item %lld are in ",
	    number(value, "size"), number(value, "item"));
	paper_text(paper, paper_member(value, "file"));
	paper_put(paper, "\n");
}
