#include "app/optable.h"

#include "app/api.h"
#include "app/commands.h"
#include "app/grouping.h"
#include "app/importing.h"
#include "app/keysops.h"
#include "app/saving.h"
#include "app/share_args.h"
#include "app/sharing.h"
#include "view/render.h"
#include "view/report.h"
#include "view/signing_json.h"

static const struct ops_arg passphrase_only[] = {
	{ "passphrase_file", "passphrase-file", "FILE",
	    "read the passphrase from this file", OPS_TEXT, OPS_CLI_ONLY,
	    NULL },
};

static const struct ops_arg init_args[] = {
	{ "name", "name", "NAME", "the organisation's name", OPS_TEXT,
	    OPS_REQUIRED, NULL },
	{ "code", "code", "CODE", "its ODS code, or local:something", OPS_TEXT,
	    OPS_REQUIRED, NULL },
	{ "kind", "kind", "KIND", "what it is: a word of the list below",
	    OPS_TEXT, OPS_REQUIRED, NULL },
	{ "endpoint", "endpoint", "ENDPOINT",
	    "where peers will reach it, tcp://HOST:PORT", OPS_TEXT, 0, NULL },
	{ "passphrase_file", "passphrase-file", "FILE",
	    "read the passphrase from this file", OPS_TEXT, 0, NULL },
	{ "cheap_keystore", "cheap-keystore", NULL,
	    "for tests: a keystore that is quick to open", OPS_FLAG, OPS_HIDDEN,
	    NULL },
};

static const struct ops_arg serve_args[] = {
	{ "listen", "listen", "ENDPOINT",
	    "listen here, tcp://HOST:PORT; may be repeated", OPS_TEXT,
	    OPS_REPEATED, NULL },
	{ "advertise", "advertise", "ENDPOINT",
	    "tell peers to come here instead; may be repeated", OPS_TEXT,
	    OPS_REPEATED, NULL },
	{ "passphrase_file", "passphrase-file", "FILE",
	    "read the passphrase from this file", OPS_TEXT, 0, NULL },
	{ "log", "log", "LEVEL", "error, warn, info or debug", OPS_TEXT, 0,
	    NULL },
	{ "accept_head", "accept-head", NULL,
	    "sign without waiting for peers to say which heads they hold",
	    OPS_FLAG, 0, NULL },
};

static const struct ops_arg rotate_log_args[] = {
	{ "compromised", "compromised", NULL,
	    "somebody else may have had the log key", OPS_FLAG, 0, NULL },
	{ "passphrase_file", "passphrase-file", "FILE",
	    "read the passphrase from this file", OPS_TEXT, OPS_CLI_ONLY,
	    NULL },
};

static const struct ops_arg peer_add_args[] = {
	{ "file", "file", "FILE", "the card's file, - for standard input",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL | OPS_CLI_ONLY, NULL },
	{ "card", "card", "TEXT", "the card", OPS_TEXT,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
	{ "fingerprint", "fingerprint", "FINGERPRINT",
	    "what they read to you; case and spaces do not matter", OPS_TEXT, 0,
	    NULL },
	{ "accept_code", "accept-code", NULL,
	    "accept a code that another organisation has already", OPS_FLAG, 0,
	    NULL },
};

static const struct ops_arg peer_refuse_args[] = {
	{ "who", "who", "ORG", "its name, code or fingerprint", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "reason", "reason", "TEXT", "why; it stays in this organisation",
	    OPS_TEXT, OPS_REQUIRED, NULL },
};

static const struct ops_arg peer_admit_args[] = {
	{ "who", "who", "ORG", "its name, code or fingerprint", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
};

static const struct ops_arg share_args[] = {
	SHARE_READER_ARGS,
	SHARE_CONFIRM_ARGS,
	SHARE_ITEM_ARGS,
	SHARE_PERSON_ARGS,
	SHARE_ASKER_ARG,
	{ "source_identity", "source-identity", "TEXT",
	    "who the source was: kept here, never shared", OPS_TEXT, 0, NULL },
	{ "without_cqc", "without-cqc", "REASON",
	    "why a significant concern leaves CQC out; the reason is logged",
	    OPS_TEXT, 0, NULL },
	SHARE_GUARD_ARGS,
};

static const struct ops_arg batch_args[] = {
	SHARE_READER_ARGS,
	SHARE_CONFIRM_ARGS,
	SHARE_PERSON_ARGS,
	SHARE_ASKER_ARG,
	{ "items", NULL, NULL, "items of intelligence", OPS_OBJECTS,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
};

static const struct ops_arg import_set_args[] = {
	SHARE_READER_ARGS,
	SHARE_CONFIRM_ARGS,
	SHARE_ASKER_ARG,
	{ "sets", NULL, NULL, "indicator sets", OPS_OBJECTS,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
	{ "dry_run", "dry-run", NULL, "only say what would be done", OPS_FLAG,
	    0, NULL },
};

static const struct ops_arg records_args[] = {
	{ "provider", "provider", "CODE",
	    "only what concerns this provider, and what was said of it",
	    OPS_TEXT, 0, NULL },
	{ "author", "author", "WHO", "only this organisation's", OPS_TEXT, 0,
	    NULL },
	{ "type", "type", "TYPE",
	    "only intelligence, indicator, correction, ...", OPS_TEXT, 0,
	    NULL },
	{ "since", "since", "TIME",
	    "only received since this date or RFC 3339 time", OPS_TEXT, 0,
	    NULL },
	{ "all", "all", NULL, "housekeeping records too", OPS_FLAG, 0, NULL },
};

static const struct ops_arg record_args[] = {
	{ "id", "id", "ID", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "history", "history", NULL,
	    "each step too: as shared, as corrected, as retracted", OPS_FLAG, 0,
	    NULL },
	{ "wait_ms", "wait-ms", "MS", "wait for it to arrive, at most 30000",
	    OPS_NUMBER, 0, NULL },
};

static const struct ops_arg import_args[] = {
	{ "file", "file", "FILE", "the file, - for standard input", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "as", "as", "FORMAT", "what it is: a format of the list below",
	    OPS_TEXT, OPS_REQUIRED, NULL },
	SHARE_READER_ARGS,
	SHARE_CONFIRM_ARGS,
	SHARE_ASKER_ARG,
	{ "dry_run", "dry-run", NULL, "only say what would be done", OPS_FLAG,
	    0, NULL },
	{ "skip_bad", "skip-bad", NULL, "leave bad rows out and go on",
	    OPS_FLAG, 0, NULL },
};

static const struct ops_arg quarantine_list_args[] = {
	{ "limit", "limit", "N", "only the newest N items", OPS_NUMBER, 0,
	    NULL },
};

static const struct ops_arg quarantine_show_args[] = {
	{ "item", "item", "ITEM", "the item's number", OPS_NUMBER,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "out", "out", "FILE", "write its bytes into this new file", OPS_TEXT,
	    OPS_REQUIRED | OPS_CLI_ONLY, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "init",
	    .words = "init",
	    .summary = "make a home for a new organisation",
	    .help = "Makes the home's folder, the organisation's keys under a "
		    "passphrase, and its first card.",
	    OPTABLE_ARGS(init_args),
	    .flags = OPS_NO_API,
	    .run = commands_init },
	{ .name = "serve",
	    .words = "serve",
	    .summary = "run the node",
	    .help =
		"Serves the home until it is told to stop (SIGTERM, or "
		"Ctrl-C). "
		"The passphrase comes from --passphrase-file, the systemd "
		"credential qsg.passphrase, or the terminal.\n\n"
		"Without --listen it listens at the endpoints of its card; "
		"without those it only dials. A new address to listen on makes "
		"a new version of the card. With --advertise the card names "
		"those endpoints instead. An address like 0.0.0.0 is never "
		"advertised.\n\n"
		"After a restart of the machine nothing is signed before more "
		"than half of the peers met in the last 30 days have answered, "
		"or two minutes have passed (start.wait in the config file: "
		"seconds, or `majority`); what is recorded meanwhile is kept "
		"as drafts. --accept-head does not wait.",
	    OPTABLE_ARGS(serve_args),
	    .flags = OPS_NO_API,
	    .run = commands_serve },
	{ .name = "card",
	    .words = "card",
	    .summary = "print this organisation's card",
	    .help = "Hand the card to those you want to share with, and read "
		    "them its fingerprint.",
	    .handler = api_card,
	    .run = commands_card,
	    .render = render_card },
	{ .name = "peer-add",
	    .words = "peer add",
	    .summary = "accept another organisation's card",
	    .help =
		"Compare the fingerprint with what they read to you over a "
		"telephone number you knew before. Without --fingerprint it is "
		"shown, and you are asked.\n\n"
		"Adding a card again accepts a changed name, code or kind.",
	    OPTABLE_ARGS(peer_add_args),
	    .flags = OPS_WRITES,
	    .handler = api_peer_add,
	    .run = commands_peer_add,
	    .render = render_peer_added },
	{ .name = "peer-list",
	    .words = "peer list",
	    .summary = "list the organisations you know",
	    .handler = api_peer_list,
	    .render = render_peers,
	    .when_empty = "no peers yet; add one with `qsg peer add CARD`" },
	{ .name = "peer-refuse",
	    .words = "peer refuse",
	    .summary = "have nothing to do with an organisation",
	    .help =
		"It is not connected to, nothing is sealed or sent to it, and "
		"none of its records is taken from anybody, whatever a roster "
		"says. What it says in a group does not count here then, so "
		"that this organisation may see another state of the group "
		"than others do.",
	    OPTABLE_ARGS(peer_refuse_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_refuse,
	    .render = render_peer },
	{ .name = "peer-admit",
	    .words = "peer admit",
	    .summary = "refuse an organisation no longer, or let it be renamed",
	    .help =
		"Takes back `qsg peer refuse`. It is connected to again, what "
		"it shared with this organisation in the meantime is fetched, "
		"and what it says in groups counts here again. An organisation "
		"that is barred, since it is in the roster of no group any "
		"more, is not let in by this: add its card (`qsg peer "
		"add`).\n\n"
		"Of one that is not refused: takes the name, code and kind "
		"that the roster of a group states of it by now, and that "
		"`qsg peer list` shows as waiting. Where rosters differ, its "
		"own card must be added.",
	    OPTABLE_ARGS(peer_admit_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_admit,
	    .render = render_peer },
	{ .name = "share",
	    .words = "share",
	    .summary = "record intelligence and share it with those you name",
	    .help =
		"Seals one item so that only the readers named can open it, "
		"and prints its id. Naming organisations is the decision to "
		"share with them. A group comes to the organisations that are "
		"its members now: they are listed, with those who have a duty "
		"to act on it, and you are asked before anything is sealed; a "
		"script says --yes. If the list has changed in between, "
		"nothing is sealed.\n\n"
		"The organisation's own policy decides first (see `qsg policy "
		"show`): a rule may share without asking, ask, never share, "
		"or have it wait for a second person; then --asked-by says "
		"who asks, to this organisation alone; --person is what "
		"readers see. Where a rule decided, a group was named or a "
		"reason was asked for, that is kept in a record of its own."
		"\n\n"
		"A significant concern of a commissioner that leaves CQC out "
		"asks why. --source-identity is kept at home, in a record "
		"that refers to what was shared.",
	    OPTABLE_ARGS(share_args),
	    .flags = OPS_WRITES,
	    .handler = sharing_share,
	    .run = commands_share,
	    .render = report_shared },
	{ .name = "share-batch",
	    .summary = "share many items with one audience",
	    OPTABLE_ARGS(batch_args),
	    .flags = OPS_WRITES,
	    .handler = sharing_batch },
	{ .name = "records",
	    .words = "records",
	    .summary = "list what is held, own and received",
	    OPTABLE_ARGS(records_args),
	    .handler = api_records,
	    .render = render_records,
	    .when_empty = "no records" },
	{ .name = "record",
	    .words = "record",
	    .summary = "show one record: content, readers, place in the log",
	    .help = "First how it stands: what was retracted is shown as that, "
		    "with the reason, and what was corrected with the record "
		    "that is in force in its place. --history shows every "
		    "step, the oldest first.",
	    OPTABLE_ARGS(record_args),
	    .handler = api_record,
	    .render = render_record },
	{ .name = "import",
	    .words = "import",
	    .summary = "share an indicator file",
	    .help =
		"One record for each publisher and period, with all its rows. "
		"The same file again adds nothing; changed values make a "
		"correction. With bad rows nothing is imported unless "
		"--skip-bad is given.",
	    OPTABLE_ARGS(import_args),
	    .flags = OPS_NO_API,
	    .run = importing_run,
	    .render = report_import },
	{ .name = "import-set",
	    .summary = "share indicator sets with one audience",
	    OPTABLE_ARGS(import_set_args),
	    .flags = OPS_WRITES,
	    .handler = sharing_import_set },
	{ .name = "keys-rotate-log",
	    .words = "keys rotate log",
	    .summary = "end the log's generation and begin a new one",
	    .help =
		"A new log key, a new and empty log, and a new version of the "
		"card that says which head of the old log counts. Records stay "
		"as they are; streams begin anew with their next record. With "
		"--compromised others are told that the old key may sign for "
		"anybody: what is in none of the heads accepted here is shown "
		"as disowned.",
	    OPTABLE_ARGS(rotate_log_args),
	    .flags = OPS_WRITES,
	    .handler = keysops_rotate_log,
	    .run = keysops_rotate_log_run,
	    .render = signing_report_rotated },
	{ .name = "status",
	    .words = "status",
	    .summary = "show how the node and its peers are doing",
	    .handler = api_status,
	    .render = report_status },
	{ .name = "quarantine-list",
	    .words = "quarantine list",
	    .summary = "list what was refused, newest first",
	    .help = "For each item its number, when it came and from whom, the "
		    "code and the reason, its size, and whether its bytes are "
		    "kept. `qsg quarantine` alone does the same.",
	    OPTABLE_ARGS(quarantine_list_args),
	    .flags = OPS_ALONE,
	    .handler = api_quarantine_list,
	    .render = report_quarantine,
	    .when_empty = "nothing was refused" },
	{ .name = "quarantine-show",
	    .words = "quarantine show",
	    .summary = "save what was refused, as it came",
	    .help =
		"Whoever sent it may have made it to do harm: look at it with "
		"care. Exits 1 when the bytes are not kept.",
	    OPTABLE_ARGS(quarantine_show_args),
	    .handler = api_quarantine_show,
	    .run = saving_run,
	    .render = report_saved },
	{ .name = "verify",
	    .words = "verify",
	    .summary = "check everything held against hashes and signatures",
	    .help = "Asks the running node, or opens the home itself. Exits 1 "
		    "when anything is wrong.",
	    OPTABLE_ARGS(passphrase_only),
	    .handler = api_verify,
	    .run = commands_verify,
	    .render = report_verify },
};

struct optable optable_main(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
