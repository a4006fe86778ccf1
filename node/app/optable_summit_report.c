#include "app/optable.h"

#include "app/summit_report.h"
#include "view/summit_report_out.h"

static const struct ops_arg report_args[] = {
	{ "id", "id", "SUMMIT", "the summit's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "out", "out", "FILE", "write a page here, .html, to print", OPS_TEXT,
	    OPS_CLI_ONLY, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "summit-report",
	    .words = "summit report",
	    .summary = "tell a risk summit to somebody who was not there",
	    .help =
		"What happened in order, who was called and why, what it "
		"rests on, who knew what when, judgements side by side, who "
		"held the ring and how that came, meetings, the three checks, "
		"actions in their three aims, objections, how it ended, and "
		"what did not count, with the reason.\n\n"
		"Each statement names the record that it is taken from. That "
		"somebody knew of a record is said only by a receipt that it "
		"signed; where none is held, nothing is said to be known. "
		"\"Not reached\", \"no answer yet\" and \"nothing held\" are "
		"three things.\n\n"
		"With --out a page is written that needs nothing but itself: "
		"print it, or hand it out, as far as those who wrote in it "
		"agree. It proves nothing by itself: a bundle does, see `qsg "
		"audit export --summit`.",
	    OPTABLE_ARGS(report_args),
	    .handler = summit_report_handle,
	    .run = summit_report_run,
	    .render = summit_report_paper },
};

struct optable optable_summit_report(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
