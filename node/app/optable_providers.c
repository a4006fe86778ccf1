#include "app/optable.h"

#include "app/commands.h"
#include "app/providing.h"
#include "app/share_args.h"
#include "domain/provider.h"
#include "view/provider_paper.h"
#include "view/report.h"

static const struct ops_arg import_args[] = {
	{ "file", "file", "FILE", "the file, - for standard input", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "as", "as", "REGISTER",
	    "what it is: ods-trusts, ods-sites or "
	    "ods-practices",
	    OPS_TEXT, OPS_REQUIRED, NULL },
	{ "dry_run", "dry-run", NULL, "only say what would be done", OPS_FLAG,
	    0, NULL },
	{ "skip_bad", "skip-bad", NULL, "leave bad rows out and go on",
	    OPS_FLAG, 0, NULL },
};

static const struct ops_arg register_args[] = {
	{ "set", NULL, NULL, "which register", OPS_TEXT,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
	{ "entries", NULL, NULL, "its entries", OPS_OBJECTS,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
	{ "dry_run", NULL, NULL, "only say what would be done", OPS_FLAG,
	    OPS_API_ONLY, NULL },
};

static const struct ops_arg list_args[] = {
	{ "group", "group", "GROUP", "only those whose home group it is",
	    OPS_TEXT, 0, NULL },
	{ "all", "all", NULL, "those too of which only the register tells",
	    OPS_FLAG, 0, NULL },
};

static const struct ops_arg show_args[] = {
	{ "code", "code", "CODE", "an ODS code, or a local id", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
};

static const struct ops_arg relate_args[] = {
	{ "code", "code", "CODE", "an ODS code, or a local id", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "commissioner", "commissioner", "WHO",
	    "who commissions it: name, code or fingerprint, or any ODS code",
	    OPS_TEXT, 0, NULL },
	{ "host", "host", NULL, "it leads for all who commission", OPS_FLAG, 0,
	    NULL },
	{ "associate", "associate", NULL, "it commissions beside the host",
	    OPS_FLAG, 0, NULL },
	{ "neither", "neither", NULL, "it does not commission (any more)",
	    OPS_FLAG, 0, NULL },
	{ "home_group", "home-group", "GROUP",
	    "the group that looks after it; \"\" for none", OPS_TEXT, 0, NULL },
	{ "type", "type", "WORD", "what it is, beside the register", OPS_TEXT,
	    0, provider_types },
	{ "name", "name", "NAME", "its name, beside the register", OPS_TEXT, 0,
	    NULL },
	{ "site", "site", "CODE=NAME",
	    "a site of it, CODE= to drop one; may be repeated", OPS_TEXT,
	    OPS_REPEATED, NULL },
	{ "to", "to", "WHO",
	    "who may read this note, too: name, code, fingerprint or a group; "
	    "may be repeated (default: nobody)",
	    OPS_TEXT, OPS_REPEATED, NULL },
	SHARE_CONFIRM_ARGS,
	SHARE_PERSON_ARGS,
	SHARE_ASKER_ARG,
	{ "dry_run", "dry-run", NULL, "show what would be noted, note nothing",
	    OPS_FLAG, 0, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "provider-list",
	    .words = "provider list",
	    .summary = "list the providers of which anything is known",
	    .help = "One entry for each provider that anything is held about, "
		    "or that has a relation: what is said for and against it, "
		    "when it was last heard of, and what each member judges. "
		    "`qsg provider show` leads to everything behind it.",
	    OPTABLE_ARGS(list_args),
	    .flags = OPS_ALONE,
	    .handler = providing_list,
	    .render = provider_paper_list,
	    .when_empty = "no providers; `qsg provider import` reads a "
			  "register, `--all` shows it" },
	{ .name = "provider-show",
	    .words = "provider show",
	    .summary = "show everything held about one provider, together",
	    .help =
		"Who it is, and what is held about it, by whom, and who else "
		"can read it. Concerns that share a dimension stand together: "
		"each may be weak, and their sum is not. Under each item "
		"stands who bears it out and what became of it; then what "
		"each member judges, side by side, marked where they differ "
		"on safety; findings, and whether they count; requests, and "
		"how long they have been open; indicators.\n\n"
		"Only what this node holds is shown: what others keep to "
		"themselves is not known here. Two nodes that hold the same "
		"shared records about a provider print the same state. With "
		"--json every count has the ids behind it.",
	    OPTABLE_ARGS(show_args),
	    .handler = providing_show,
	    .render = provider_paper_show },
	{ .name = "provider-relate",
	    .words = "provider relate",
	    .summary = "note who commissions a provider, and who looks after "
		       "it",
	    .help =
		"What is given is put to what was noted before; the whole is "
		"recorded anew, and the newest counts. It is for this "
		"organisation alone unless --to names readers. Your own notes "
		"stand before the register, and that before what others note.",
	    OPTABLE_ARGS(relate_args),
	    .flags = OPS_WRITES,
	    .handler = providing_relate,
	    .run = commands_share,
	    .render = report_shared },
	{ .name = "provider-import",
	    .words = "provider import",
	    .summary = "read a file of the register of providers",
	    .help =
		"Reads a file of the Organisation Data Service: CSV of 27 "
		"columns without a header. Name, type, region, area, sites "
		"and dates are kept for this organisation alone; addresses "
		"are not. The same file again adds nothing; what changed "
		"takes the place of what was. Bad rows are listed with their "
		"lines, and nothing is imported unless --skip-bad is given.\n\n"
		"ods-trusts: NHS trusts (etr). ods-sites: their sites (ets). "
		"ods-practices: general practices (epraccur).",
	    OPTABLE_ARGS(import_args),
	    .flags = OPS_NO_API,
	    .run = providing_run,
	    .render = provider_paper_import },
	{ .name = "provider-register",
	    .summary = "put entries into the register of providers",
	    OPTABLE_ARGS(register_args),
	    .flags = OPS_WRITES,
	    .handler = providing_register },
};

struct optable optable_providers(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
