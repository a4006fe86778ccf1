#include "app/optable.h"

#include "app/alarming.h"
#include "domain/vocab.h"
#include "view/alarm_paper.h"

static const struct ops_arg list_args[] = {
	{ "all", "all", NULL, "those that somebody saw, too", OPS_FLAG, 0,
	    NULL },
};

static const struct ops_arg seen_args[] = {
	{ "id", "id", "RECORD", "the alarm's record, or how its id begins",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "role", "role", "WORD", "who saw it (default administrator)",
	    OPS_TEXT, 0, vocab_role },
	{ "person", "person", "NAME", "their name", OPS_TEXT, 0, NULL },
};

static const struct ops_arg wait_args[] = {
	{ "mark", "mark", "MARK", "what stands as far as it is known", OPS_TEXT,
	    0, NULL },
	{ "wait_ms", "wait-ms", "MS",
	    "wait for anything else to stand, at most 30000", OPS_NUMBER, 0,
	    NULL },
};

static const struct ops_arg watch_args[] = {
	{ "hook", "hook", "PROGRAM",
	    "run this program for each alarm, by its path", OPS_TEXT, 0, NULL },
	{ "once", "once", NULL, "only those that stand now, and end", OPS_FLAG,
	    0, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "alarm-list",
	    .words = "alarm list",
	    .summary = "list alarms: what somebody here has to look at now",
	    .help = "An alarm is raised by a risk summit that calls this "
		    "organisation or invites it, and by each of its clocks "
		    "that this node saw missed. It stands until a person "
		    "answers the summit (`qsg summit respond`) or says that it "
		    "was seen (`qsg alarm seen`).",
	    OPTABLE_ARGS(list_args),
	    .flags = OPS_ALONE,
	    .handler = alarming_list,
	    .render = alarm_paper_list,
	    .when_empty = "no alarm stands" },
	{ .name = "alarm-seen",
	    .words = "alarm seen",
	    .summary = "say that somebody saw an alarm",
	    .help = "It is given no longer. That it was seen is recorded for "
		    "this organisation alone: a risk summit waits for its "
		    "answer all the same.",
	    OPTABLE_ARGS(seen_args),
	    .flags = OPS_WRITES,
	    .handler = alarming_seen,
	    .render = alarm_paper_saw },
	{ .name = "alarm-wait",
	    .summary = "wait for an alarm",
	    OPTABLE_ARGS(wait_args),
	    .handler = alarming_wait },
	{ .name = "watch",
	    .words = "watch",
	    .summary = "wait for alarms, and give each until it was seen",
	    .help =
		"Prints a line for each alarm that stands, and again each ten "
		"minutes (alarm.repeat in the config file) until somebody has "
		"seen it. Ends when it is told to.\n\n"
		"With --hook it runs a program, too, that may ring a bell or "
		"send a message: it is given a text that is always the same, "
		"and the id of a record. Nothing of the summit leaves by it. "
		"alarm.hook in the config file names one that the node itself "
		"runs, and alarm.mail an address that it writes to through "
		"alarm.sendmail (/usr/sbin/sendmail).",
	    OPTABLE_ARGS(watch_args),
	    .flags = OPS_NO_API,
	    .run = alarming_watch },
};

struct optable optable_alarms(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
