#include "app/manual.h"

#include "domain/action.h"
#include "domain/foi.h"
#include "domain/format.h"
#include "domain/ods.h"
#include "domain/org.h"
#include "domain/provider.h"
#include "domain/roles.h"
#include "domain/summit_words.h"

#include <string.h>

enum { DEPTH = 2 }; /* commands have three words at most */

static bool shown(const struct ops_arg *arg)
{
	return (arg->flags & (OPS_HIDDEN | OPS_API_ONLY)) == 0;
}

/* scdoc takes _ and * for mark-up. */
static void put(struct paper *paper, const char *text)
{
	for (; *text != '\0'; text++) {
		bool special = strchr("_*\\#<>~[]", *text) != NULL;
		paper_printf(paper, "%s%c", special ? "\\" : "", *text);
	}
}

static void option(struct paper *paper, const struct ops_arg *arg)
{
	if ((arg->flags & OPS_POSITIONAL) != 0) {
		paper_printf(paper, "_%s_", arg->metavar);
	} else if (arg->metavar == NULL) {
		paper_printf(paper, "*--%s*", arg->option);
	} else {
		paper_printf(paper, "*--%s* _%s_", arg->option, arg->metavar);
	}
	paper_put(paper, "\n\t");
	put(paper, arg->help);
	paper_put(paper, "\n\n");
}

static void command(struct paper *paper, const struct ops_op *op)
{
	paper_printf(paper, "## qsg %s\n\n", op->words);
	paper_printf(paper, "%c", op->summary[0] - ('a' - 'A'));
	put(paper, op->summary + 1);
	paper_put(paper, ".\n\n");
	if (op->help != NULL) {
		put(paper, op->help);
		paper_put(paper, "\n\n");
	}
	for (size_t i = 0; i < op->arg_count; i++) {
		if (shown(&op->args[i])) {
			option(paper, &op->args[i]);
		}
	}
	const struct roles_rule *rule = roles_rule(op->name);
	struct buf list = { 0 };
	if (rule != NULL && rule->roles != ROLES_ALL &&
	    roles_list(rule->roles, &list) == ERR_OK) {
		paper_put(paper, "It takes an account with the role ");
		put(paper, buf_text(&list));
		paper_put(paper, ".\n\n");
	}
	buf_clear(&list);
}

static void word(struct paper *paper, const char *token, const char *help)
{
	paper_put(paper, "*");
	put(paper, token);
	paper_put(paper, "*\n\t");
	put(paper, help);
	paper_put(paper, "\n\n");
}

static void words(
    struct paper *paper, const char *title, const struct vocab *vocab)
{
	paper_printf(paper, "## %s\n\n", title);
	for (size_t i = 0; i < vocab->count; i++) {
		word(paper, vocab->words[i].token, vocab->words[i].help);
	}
}

static const struct {
	const char *title;
	const struct vocab *(*words)(void);
} lists[] = {
	{ "Sources", vocab_source },
	{ "Kinds of intelligence", vocab_kind },
	{ "Stances", vocab_stance },
	{ "Dimensions of quality", vocab_dimension },
	{ "Certainty", vocab_certainty },
	{ "Capacities", vocab_capacity },
	{ "Markings", vocab_marking },
	{ "Onward rules", vocab_onward },
	{ "Roles", vocab_role },
	{ "Roles of accounts", roles_vocab },
	{ "Views of a provider", vocab_view },
	{ "Outcomes, in feedback", vocab_outcome },
	{ "Answers to a request", vocab_verdict },
	{ "Findings", vocab_finding },
	{ "Values of a rating", vocab_rating },
	{ "Questions of a rating", vocab_question },
	{ "Values of a finding", vocab_standard },
	{ "Values of an enforcement", vocab_enforcement },
	{ "Values of an intervention", vocab_intervention },
	{ "Values of a restriction", vocab_restriction },
	{ "Levels of a group", vocab_level },
	{ "How often a group meets", vocab_cadence },
	{ "What is said to an invitation", vocab_act },
	{ "Changes of a roster", vocab_change },
	{ "Aims of an action", action_aims },
	{ "Types of provider", provider_types },
	{ "Parts of a commissioner", provider_parts },
	{ "Rights to information", foi_kinds },
	{ "Decisions on a request", foi_verdicts },
	{ "Views of a disclosure", foi_views },
	{ "Urgencies of a risk summit", summit_urgencies },
	{ "Answers to a risk summit", summit_answers },
	{ "Findings in a risk summit", summit_findings },
	{ "Who holds the ring", summit_ring_acts },
	{ "Meetings of a risk summit", summit_purposes },
	{ "What is recorded of a meeting", summit_entry_acts },
	{ "Checks of a risk summit", summit_checks },
	{ "Answers to a check", summit_check_answers },
	{ "Clocks of a risk summit", summit_clocks },
	{ "Why somebody is summoned", summit_reasons },
};

static void vocabularies(struct paper *paper)
{
	paper_put(paper, "# WORDS\n\n## Kinds of organisation\n\n");
	for (size_t i = 0; i < org_kind_count(); i++) {
		word(paper, org_kind_at(i)->token, org_kind_at(i)->label);
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		words(paper, lists[i].title, lists[i].words());
	}
	paper_put(paper, "## Formats of import\n\n");
	for (size_t i = 0; i < format_count(); i++) {
		word(paper, format_at(i)->name, format_at(i)->help);
	}
	paper_put(paper, "## Registers of providers\n\n");
	for (size_t i = 0; i < ods_count(); i++) {
		word(paper, ods_at(i)->name, ods_at(i)->help);
	}
}

static void sharing_policy(struct paper *paper)
{
	paper_put(paper,
	    "# SHARING POLICY\n\n"
	    "An organisation's own rules for what it shares, as a text file "
	    "for *qsg policy set*. Rules are looked at in their order, for "
	    "each reader; the first whose conditions all fit decides.\n\n"
	    "```\n"
	    "# To a group, never: it might guess who it was.\n"
	    "[rule]\n"
	    "source = whistleblower\n"
	    "group = any\n"
	    "verdict = never\n"
	    "note = a group might guess who it was\n\n"
	    "# What a whistleblower says is seen by a second person.\n"
	    "[rule]\n"
	    "source = whistleblower\n"
	    "verdict = four eyes\n\n"
	    "[rule]\n"
	    "type = indicator\n"
	    "group = South London QSG\n"
	    "verdict = share\n"
	    "```\n\n"
	    "A line that begins with # is a comment.\n\n"
	    "A condition takes one or more values, with commas between them or "
	    "on lines of their own: it fits when one of them does. Conditions "
	    "are *type* (of content: intelligence, indicator, corroboration, "
	    "feedback, request, answer, judgement, finding, relation, "
	    "grant, retraction, action, action-step, and of a risk "
	    "summit summit-trigger, -request, -response, -judgement, "
	    "-impact, -ring, -invitation, -meeting, -entry, -check, "
	    "-stand-down and -objection), "
	    "*source*, "
	    "*marking*, *kind*, *stance* (see WORDS below), *sensitivity* "
	    "(significant or ordinary), *provider* (codes), *group* (the group "
	    "that a reader is reached through: its name, how its id begins, "
	    "or any) and *to* (a reader's name, code or fingerprint).\n\n"
	    "*share*\n\tNothing is asked.\n\n"
	    "*ask me*\n\tThe readers have to be confirmed. Whoever names "
	    "organisations one by one has done so; whoever names a group, or "
	    "speaks of a record whose readers they are, is asked, or says "
	    "*--yes*. This is also what happens where no rule "
	    "fits, and where there is no policy.\n\n"
	    "*four eyes*\n\tIt waits for a second person (*qsg release list*), "
	    "once the readers are confirmed as under *ask me*. *--asked-by* "
	    "says who asks; that stays in this organisation.\n\n"
	    "*never*\n\tIt is not shared. The node's log notes by which rule, "
	    "and "
	    "nothing of the content.\n\n"
	    "With several readers the strictest verdict counts for all of "
	    "them. A corroboration, feedback or an answer is judged by the "
	    "record that it speaks of wherever it says nothing itself "
	    "(provider, source, marking and so on), and by the group that the "
	    "record was for. A rule that can never decide, because an earlier "
	    "one with "
	    "another verdict fits all that it does, makes the policy "
	    "contradict itself, and it is refused. What decided is kept in a "
	    "record for the organisation alone; *qsg policy test* explains it "
	    "beforehand.\n\n");
}

static void groups(struct paper *paper)
{
	paper_put(paper,
	    "# GROUPS\n\n"
	    "A Quality Surveillance Group has no server and no owner. Its "
	    "*convenor*, an NHS England team, states its *roster*: the "
	    "*charter*, who is invited as what, and the cards of all. Each "
	    "organisation answers for itself (*group join*, *decline*, "
	    "*leave*), and every node works out the same group from the same "
	    "records (*state\\_hash* in *group show --json*).\n\n"
	    "Each roster has a number, its *epoch*, and each convenor's time a "
	    "*term*: \"epoch 3 of term 1\" is the third roster of the convenor "
	    "that founded the group, and the highest is in force. The "
	    "*mandate* "
	    "of a later convenor is *proven* where the votes that named it are "
	    "held here, or where it founded the group; a newcomer, who has "
	    "nothing of the past, compares the convenor's fingerprint "
	    "instead.\n\n"
	    "Whoever is invited adds the convenor's card (*peer add*), "
	    "comparing the fingerprint, and no other: to join is to enrol the "
	    "organisations in the roster by the cards in it. The kind that "
	    "counts is the one the roster states, never the card's. A card "
	    "that says otherwise waits for a person.\n\n"
	    "An organisation that drops out of every roster is *barred*, "
	    "unless a person had added its card: its sessions end, it is not "
	    "admitted again, nothing more is sealed to it. What it holds, it "
	    "keeps. Streams to the group end, and begin anew with its next "
	    "record, whenever the group's readers change; a newcomer has "
	    "nothing of the past. Any node may refuse any organisation (*peer "
	    "refuse*).\n\n"
	    "Core members that have joined cannot be expelled. A convenor that "
	    "is lost is succeeded once more than half of the members have "
	    "named another NHS England organisation in the roster (*group "
	    "succeed*), and that one takes over (*group convene*).\n\n"
	    "*qsg group charter* prints a charter with everything in it, to "
	    "start from: lines of *key = value*; a line that begins with # is "
	    "a comment.\n\n");
}

static void files(struct paper *paper)
{
	paper_put(paper,
	    "# FILES\n\n"
	    "*HOME/config*\n\tSettings of *qsg serve*: *listen*, "
	    "*advertise* (both may be repeated), *log* and "
	    "*receipts.interval* (seconds between two receipts to one author, "
	    "1 to 3600, usually 60), as key = value.\n\n"
	    "\t*start.wait* (seconds to wait for peers before signing after a "
	    "restart of the machine, 120, or majority).\n\n"
	    "\t*retention.at* (when retention rules are applied each day, as "
	    "03:00 in London, or off).\n\n"
	    "\t*witness.ask* (how many cosign the log, 0 to 15, default 7), "
	    "*witness.interval* (between published heads, 60s), "
	    "*witness.minimum* (cosignatures that are enough, 1) and "
	    "*witness.max\\_age* (1d): what *qsg status* calls too "
	    "long.\n\n"
	    "\t*activity.interval* (seconds until what was done is in a "
	    "record, 1 to 60, usually 60) and *activity.tell\\_authors* (yes "
	    "or no, usually no: tell an author, once a record, that it was "
	    "opened here).\n\n"
	    "\t*socket* (the absolute path of another socket, for users of "
	    "this machine that an account names: it is given as *--home*).\n\n"
	    "*HOME/keys*\n\tThe organisation's secret keys, under the "
	    "passphrase. Keep a copy elsewhere.\n\n"
	    "*HOME/records.db*, *HOME/mark*, *HOME/snapshot*, "
	    "*HOME/card.pub*\n\tSealed records; how far the log has been "
	    "signed; a sealed index, made again when it is missing; the "
	    "card. Never put back an old *mark*.\n\n"
	    "*HOME/api.sock*, *HOME/lock*\n\tThe running node's socket and "
	    "lock.\n\n# ENVIRONMENT\n\n"
	    "*QSG\\_HOME*\n\tThe home, where *--home* is not given.\n\n"
	    "*NO\\_COLOR*\n\tNo colours.\n\n"
	    "*CREDENTIALS\\_DIRECTORY*\n\tWhere systemd puts the credential "
	    "*qsg.passphrase*.\n\n# EXIT STATUS\n\n"
	    "0 done, 1 refused or failed, 2 not understood. *qsg status* exits "
	    "0 whenever the node answers, and 1 when none serves.\n");
}

void manual_page(struct paper *paper)
{
	paper_put(paper,
	    "qsg(1)\n\n# NAME\n\n"
	    "qsg - signed records, sealed, shared with the organisations you "
	    "choose\n\n# SYNOPSIS\n\n"
	    "*qsg* [--home _DIR_] _COMMAND_ [options]\n\n# DESCRIPTION\n\n"
	    "*qsg* is the node of one member organisation of a Quality "
	    "Surveillance Group. It keeps the organisation's own records in a "
	    "signed log, seals each for exactly the organisations it is "
	    "shared with, and exchanges them with their nodes. There is no "
	    "central server.\n\n"
	    "*qsg serve* is the node. *init*, *card* and *verify* work on a "
	    "home without it; every other command asks the running node over "
	    "a socket in the home.\n\n# OPTIONS\n\n"
	    "*--home* _DIR_\n\tThe node's home, before or after the command. "
	    "Default: the environment variable *QSG\\_HOME*.\n\n"
	    "*--account* _NAME_, *--password-file* _FILE_\n\tAct as this "
	    "account of the node. Its password is read from the file, or "
	    "asked for. Without it the account is that of the Unix user.\n\n"
	    "*--json*\n\tPrint JSON, wherever data is printed. The schemas in "
	    "_share/qsg/schemas_, beside this page's _share/man_, say what is "
	    "in it: one for each command, named after its words.\n\n"
	    "*--help*, *--version*\n\tExplain a command; print the "
	    "version.\n\n# COMMANDS\n\n");
	for (size_t i = 0; i < ops_count(); i++) {
		if (ops_at(i)->words != NULL) {
			command(paper, ops_at(i));
		}
	}
	groups(paper);
	sharing_policy(paper);
	vocabularies(paper);
	files(paper);
}

/*
 * Completion.
 */

static void options_of(struct paper *paper, const struct ops_op *op)
{
	paper_put(paper, "--home --account --password-file --json --help");
	for (size_t i = 0; i < op->arg_count; i++) {
		const struct ops_arg *arg = &op->args[i];
		if (shown(arg) && (arg->flags & OPS_POSITIONAL) == 0) {
			paper_printf(paper, " --%s", arg->option);
		}
	}
}

/* The values of options that take one of a few words. */
static void values_of(struct paper *paper, const struct ops_op *op)
{
	for (size_t i = 0; i < op->arg_count; i++) {
		const struct ops_arg *arg = &op->args[i];
		if (arg->words == NULL || !shown(arg)) {
			continue;
		}
		const struct vocab *vocab = arg->words();
		paper_printf(
		    paper, "\t'%s --%s') words='", op->words, arg->option);
		for (size_t j = 0; j < vocab->count; j++) {
			paper_printf(paper, "%s%s", j == 0 ? "" : " ",
			    vocab->words[j].token);
		}
		paper_put(paper, "' ;;\n");
	}
}

/* A provider is no member of a group. */
static void org_kinds(struct paper *paper, bool of_members)
{
	const char *between = "";
	for (size_t i = 0; i < org_kind_count(); i++) {
		const struct org_kind *kind = org_kind_at(i);
		if (!of_members || kind->category != ORG_PROVIDER) {
			paper_printf(paper, "%s%s", between, kind->token);
			between = " ";
		}
	}
	paper_put(paper, "' ;;\n");
}

static void kind_values(struct paper *paper)
{
	paper_put(paper, "\t'init --kind') words='");
	org_kinds(paper, false);
	paper_put(paper, "\t'group invite --as' | 'group amend --as') words='");
	org_kinds(paper, true);
	paper_put(paper, "\t'import --as') words='");
	for (size_t i = 0; i < format_count(); i++) {
		paper_printf(
		    paper, "%s%s", i == 0 ? "" : " ", format_at(i)->name);
	}
	paper_put(paper, "' ;;\n\t'provider import --as') words='");
	for (size_t i = 0; i < ods_count(); i++) {
		paper_printf(paper, "%s%s", i == 0 ? "" : " ", ods_at(i)->name);
	}
	paper_put(paper, "' ;;\n");
}

/* First words, each once. */
static void commands(struct paper *paper)
{
	const char *last = "";
	for (size_t i = 0; i < ops_count(); i++) {
		const char *name = ops_at(i)->words;
		if (name == NULL) {
			continue;
		}
		size_t size = strcspn(name, " ");
		if (strncmp(last, name, size) != 0 || last[size] != ' ') {
			paper_printf(paper, "%.*s ", (int)size, name);
		}
		last = name;
	}
}

/* Does the command begin with these whole words? */
static bool begins(const struct ops_op *op, const char *words, size_t size)
{
	return op->words != NULL && words != NULL &&
	       strncmp(op->words, words, size) == 0 &&
	       (op->words[size] == ' ' || op->words[size] == '\0');
}

/* Is it these words and more? Then they are a group. */
static bool goes_on(const struct ops_op *op, const char *words, size_t size)
{
	return begins(op, words, size) && op->words[size] == ' ';
}

/* The size of as many of its first words, 0 where no other follows them. */
static size_t group_of(const struct ops_op *op, size_t depth)
{
	const char *at = op->words;
	for (size_t i = 0; i < depth && at != NULL; i++) {
		at = strchr(i == 0 ? at : at + 1, ' ');
	}
	return at == NULL ? 0 : (size_t)(at - op->words);
}

/* Is it the first operation of the group of its first words? */
static bool begins_group(size_t index, size_t size)
{
	const struct ops_op *op = ops_at(index);
	for (size_t i = 0; i < index; i++) {
		if (goes_on(ops_at(i), op->words, size)) {
			return false;
		}
	}
	return size > 0;
}

static void each_group(
    struct paper *paper, void (*each)(struct paper *, size_t, size_t))
{
	for (size_t depth = 1; depth <= DEPTH; depth++) {
		for (size_t i = 0; i < ops_count(); i++) {
			size_t size = group_of(ops_at(i), depth);
			if (begins_group(i, size)) {
				each(paper, i, size);
			}
		}
	}
}

static void group_case(struct paper *paper, size_t index, size_t size)
{
	paper_printf(paper, "\t\t\t'%.*s') command=\"$command $word\" ;;\n",
	    (int)size, ops_at(index)->words);
}

/* The words that may come next, each once, and the options of the group where
 * it is a command, too. */
static void group_words(struct paper *paper, size_t index, size_t size)
{
	const char *group = ops_at(index)->words;
	const struct ops_op *alone = NULL;
	paper_printf(paper, "\t'%.*s') words='", (int)size, group);
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		if (!goes_on(op, group, size)) {
			alone = begins(op, group, size) ? op : alone;
			continue;
		}
		size_t next = strcspn(op->words + size + 1, " ");
		bool told = false;
		for (size_t j = 0; j < i && !told; j++) {
			told = begins(ops_at(j), op->words, size + 1 + next);
		}
		if (!told) {
			paper_printf(
			    paper, "%.*s ", (int)next, op->words + size + 1);
		}
	}
	if (alone != NULL) {
		options_of(paper, alone);
	} else {
		paper_put(paper, "--help");
	}
	paper_put(paper, "' ;;\n");
}

/* A command that is a group, too, has been told with its group. */
static void command_words(struct paper *paper, const struct ops_op *op)
{
	for (size_t i = 0; i < ops_count(); i++) {
		if (goes_on(ops_at(i), op->words, strlen(op->words))) {
			return;
		}
	}
	paper_printf(paper, "\t'%s') words='", op->words);
	options_of(paper, op);
	paper_put(paper, "' ;;\n");
}

void manual_completion(struct paper *paper)
{
	paper_put(paper,
	    "# Completion of qsg for bash. Written by `qsg help --bash`.\n"
	    "# shellcheck shell=bash\n"
	    "_qsg() {\n"
	    "\tlocal cur prev words='' command='' i word\n"
	    "\tcur=${COMP_WORDS[COMP_CWORD]}\n"
	    "\tprev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	    "\tCOMPREPLY=()\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tword=${COMP_WORDS[i]}\n"
	    "\t\tcase $word in\n"
	    "\t\t--home | --account | --password-file) ((i++)) ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*)\n"
	    "\t\t\tcase $command in\n"
	    "\t\t\t'') command=$word ;;\n");
	each_group(paper, group_case);
	paper_put(paper,
	    "\t\t\tesac\n"
	    "\t\t\t;;\n"
	    "\t\tesac\n"
	    "\tdone\n"
	    "\tcase $prev in\n"
	    "\t--home)\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
	    "\t\treturn\n"
	    "\t\t;;\n"
	    "\tesac\n"
	    "\tcase \"$command $prev\" in\n");
	for (size_t i = 0; i < ops_count(); i++) {
		if (ops_at(i)->words != NULL) {
			values_of(paper, ops_at(i));
		}
	}
	kind_values(paper);
	paper_put(paper, "\tesac\n"
			 "\t[ -n \"$words\" ] || case $command in\n"
			 "\t'') words='--home --json --help --version ");
	commands(paper);
	paper_put(paper, "help' ;;\n");
	each_group(paper, group_words);
	for (size_t i = 0; i < ops_count(); i++) {
		if (ops_at(i)->words != NULL) {
			command_words(paper, ops_at(i));
		}
	}
	paper_put(paper,
	    "\tesac\n"
	    "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	    "\t[ ${#COMPREPLY[@]} -gt 0 ] ||\n"
	    "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	    "}\n"
	    "complete -o filenames -F _qsg qsg\n");
}
