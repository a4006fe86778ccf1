#include "app/optable.h"

#include "app/erasures.h"
#include "app/share_args.h"
#include "view/erasure_json.h"
#include "view/retention_json.h"

#define RECORD_ARG                                                             \
	{                                                                      \
		"id", "id", "RECORD", "the record's id, or how it begins",     \
		    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL, NULL              \
	}

static const struct ops_arg hold_args[] = {
	RECORD_ARG,
	{ "reason", "reason", "TEXT",
	    "why it has to be kept; whoever asks for its erasure is told",
	    OPS_TEXT, OPS_REQUIRED, NULL },
	{ "until", "until", "DATE", "the last day on which it is kept",
	    OPS_TEXT, OPS_REQUIRED, NULL },
};

static const struct ops_arg release_args[] = { RECORD_ARG };

static const struct ops_arg erase_args[] = {
	RECORD_ARG,
	{ "reason", "reason", "TEXT",
	    "why; it is logged, and whoever is asked to erase it reads it",
	    OPS_TEXT, OPS_REQUIRED, NULL },
	{ "yes", "yes", NULL, "confirm it without being asked, for scripts",
	    OPS_FLAG, 0, NULL },
	SHARE_PERSON_ARGS,
	{ "all_versions", "all-versions", NULL,
	    "erase what it corrects and what corrects it, too", OPS_FLAG, 0,
	    NULL },
	{ "despite_request", "despite-request", NULL,
	    "erase it although an open request under the law is about it",
	    OPS_FLAG, 0, NULL },
	{ "dry_run", "dry-run", NULL,
	    "show who would be asked, and what it cannot promise", OPS_FLAG, 0,
	    NULL },
};

static const struct ops_arg set_args[] = {
	{ "file", "file", "FILE", "the rules' file, - for standard input",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL | OPS_CLI_ONLY, NULL },
	{ "text", "text", "TEXT", "the rules", OPS_TEXT,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
};

static const struct ops_arg run_args[] = {
	{ "dry_run", "dry-run", NULL, "show what would be erased, and why not",
	    OPS_FLAG, 0, NULL },
	{ "yes", "yes", NULL, "erase it", OPS_FLAG, 0, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "erase-hold",
	    .words = "erase hold",
	    .summary = "keep a record although its erasure is asked for",
	    .help =
		"For a reason of this organisation's own, such as an inquest "
		"or a request for information that it has to answer, and until "
		"a day: neither its author's erasure nor a retention rule "
		"takes the record before that is over. Whoever asks is told "
		"why and until when; when the hold ends, what was asked for "
		"is done and answered. Holding it again changes reason and "
		"day.",
	    OPTABLE_ARGS(hold_args),
	    .flags = OPS_WRITES,
	    .handler = erasures_hold,
	    .render = erasure_json_render_hold },
	{ .name = "erase-release-hold",
	    .words = "erase release-hold",
	    .summary = "hold a record no longer",
	    .help = "If its erasure was asked for meanwhile it is erased at "
		    "once, and whoever asked is told.",
	    OPTABLE_ARGS(release_args),
	    .flags = OPS_WRITES,
	    .handler = erasures_release,
	    .render = erasure_json_render_hold },
	{ .name = "erase-list",
	    .words = "erase list",
	    .summary = "list what is held, and erasures that are not done yet",
	    .help =
		"Each record that is held against erasure, until when and why; "
		"and each erasure that this organisation asked for and that "
		"somebody has not answered, or keeps, why and until when. "
		"Who has not answered may be switched off. `qsg audit record` "
		"shows all that became of one record.",
	    .handler = erasures_list,
	    .render = erasure_json_render_list },
	{ .name = "erase",
	    .words = "erase",
	    .summary = "delete a record's text, here and where it was shared",
	    .help =
		"Of a record of this organisation: its text and the key to it "
		"are deleted here, and everybody who reads it or was granted "
		"it is asked to do the same; each answers that it is done, or "
		"that it is kept, why and until when (`qsg audit record`). Of "
		"another organisation's record: it is disposed of here alone, "
		"and nobody is told. That there was a record stays in the "
		"log.\n\n"
		"What corrects it, or what it corrects, may say the same: "
		"those "
		"versions are listed, and erased with it by --all-versions.\n\n"
		"Where somebody has asked for it under the Freedom of "
		"Information Act or for what is held about them, and that is "
		"still open (`qsg foi list`), to delete it so that it is not "
		"given out is an offence: section 77 of the Freedom of "
		"Information Act 2000, section 173 of the Data Protection Act "
		"2018. You are told, and it is kept unless you say "
		"--despite-request.\n\n"
		"You are shown who is asked, what waits to be sent that has to "
		"do with it, and what erasing cannot promise, "
		"and are asked; a script says --yes. It cannot be undone. To "
		"say that a record was wrong, correct it or retract it: then "
		"it stays, and is shown so.",
	    OPTABLE_ARGS(erase_args),
	    .flags = OPS_WRITES,
	    .handler = erasures_erase,
	    .run = erasures_run,
	    .render = erasure_json_render },
	{ .name = "retention-show",
	    .words = "retention show",
	    .summary = "show what is kept for how long",
	    .help = "The rules as they were set, the record they stand in, and "
		    "since when. Without rules everything is kept.",
	    .handler = erasures_retention_show,
	    .render = retention_json_render },
	{ .name = "retention-set",
	    .words = "retention set",
	    .summary = "put retention rules in force",
	    .help =
		"A text file with rules in their order, each under a line "
		"[rule], with lines such as `source = complaint`, `verdict = "
		"erase` and `after = 365`; a line that begins with # is a "
		"comment. The first rule whose conditions all fit decides; "
		"where none fits, a record is kept.\n\n"
		"Conditions are type (intelligence, indicator, correction, "
		"corroboration, feedback, request, answer, judgement, finding, "
		"relation, source-identity), source, kind (hard, soft) and "
		"author (own, others); several words are parted by commas. "
		"Verdicts are keep, and erase with after: the days since this "
		"organisation has had the record.\n\n"
		"They are applied once a day, at `retention.at` (see `man "
		"qsg`, FILES); try them with `qsg retention run --dry-run` "
		"first.",
	    OPTABLE_ARGS(set_args),
	    .flags = OPS_WRITES,
	    .handler = erasures_retention_set,
	    .run = erasures_set_run,
	    .render = retention_json_render_set },
	{ .name = "retention-run",
	    .words = "retention run",
	    .summary = "erase what the retention rules say is over",
	    .help =
		"As the node does by itself once a day. Own records are erased "
		"as by `qsg erase`, with everybody who reads them asked to do "
		"the same; others' are disposed of here alone. What is held, "
		"and an information request that is still open or an answer "
		"to one, is kept, and listed with the reason.",
	    OPTABLE_ARGS(run_args),
	    .flags = OPS_WRITES,
	    .handler = erasures_retention_run,
	    .run = erasures_run,
	    .render = retention_json_render_run },
};

struct optable optable_erasure(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
