#include "app/help.h"

#include "domain/format.h"
#include "domain/org.h"
#include "domain/roles.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 78, OPTION_WIDTH = 26, USAGE_INDENT = 10 };

static const char *const everywhere[][2] = {
	{ "--home DIR", "the node's home (or set QSG_HOME)" },
	{ "--json", "print JSON" },
	{ "--help", "print this help" },
	{ "--account NAME", "act as this account of the node" },
	{ "--password-file FILE",
	    "read that account's password from this file" },
	{ "--version", "print the version" },
};
enum { EVERYWHERE = 5 }; /* of them with each command */

static bool shown(const struct ops_arg *arg)
{
	return (arg->flags & (OPS_HIDDEN | OPS_API_ONLY)) == 0;
}

static bool positional(const struct ops_arg *arg)
{
	return (arg->flags & OPS_POSITIONAL) != 0;
}

/* Words wrapped at WIDTH, from a column on, further lines indented alike. */
static void wrap(struct paper *paper, const char *text, size_t indent)
{
	size_t column = indent;
	const char *at = text;
	while (*at != '\0') {
		size_t size = strcspn(at, " \n");
		if (column > indent && column + 1 + size > WIDTH) {
			paper_printf(paper, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			paper_put(paper, " ");
			column++;
		}
		paper_printf(paper, "%.*s", (int)size, at);
		column += size;
		at += size;
		if (strncmp(at, "\n\n", 2) == 0) {
			paper_printf(paper, "\n\n%*s", (int)indent, "");
			column = indent;
			at++;
		}
		at += *at == '\0' ? 0 : 1;
	}
	paper_put(paper, "\n");
}

static void option_line(
    struct paper *paper, const char *option, const char *text)
{
	paper_printf(paper, "  %-*s", OPTION_WIDTH - 2, option);
	if (strlen(option) > OPTION_WIDTH - 3) {
		paper_printf(paper, "\n%*s", OPTION_WIDTH, "");
	}
	wrap(paper, text, OPTION_WIDTH);
}

static void option_name(const struct ops_arg *arg, char *out, size_t size)
{
	if (positional(arg)) {
		(void)snprintf(out, size, "%s", arg->metavar);
	} else if (arg->metavar == NULL) {
		(void)snprintf(out, size, "--%s", arg->option);
	} else {
		(void)snprintf(out, size, "--%s %s", arg->option, arg->metavar);
	}
}

static void words_list(struct paper *paper, const struct vocab *vocab)
{
	paper_printf(paper, "\nEach %s:\n", vocab->name);
	for (size_t i = 0; i < vocab->count; i++) {
		option_line(paper, vocab->words[i].token, vocab->words[i].help);
	}
}

/* QSG 4: "Provider organisations are not included in the membership of QSGs."
 */
static void kinds_list(struct paper *paper, bool of_members)
{
	paper_put(paper, "\nKinds of organisation:\n");
	for (size_t i = 0; i < org_kind_count(); i++) {
		const struct org_kind *kind = org_kind_at(i);
		if (!of_members || kind->category != ORG_PROVIDER) {
			option_line(paper, kind->token, kind->label);
		}
	}
}

static void formats_list(struct paper *paper)
{
	paper_put(paper, "\nFormats:\n");
	for (size_t i = 0; i < format_count(); i++) {
		const struct format *format = format_at(i);
		option_line(paper, format->name, format->help);
		option_line(paper, "", format->columns);
	}
}

/* One more word of the usage, on a line of its own where it no longer fits. */
static void usage_word(struct paper *paper, const char *word, size_t *column)
{
	if (*column + 1 + strlen(word) > WIDTH) {
		paper_printf(paper, "\n%*s", USAGE_INDENT, "");
		*column = USAGE_INDENT;
	}
	paper_printf(paper, " %s", word);
	*column += 1 + strlen(word);
}

static void usage(struct paper *paper, const struct ops_op *op)
{
	static const char start[] = "usage: qsg [--home DIR]";
	size_t column = sizeof(start) - 1;
	bool options = false;
	paper_put(paper, start);
	usage_word(paper, op->words, &column);
	for (size_t i = 0; i < op->arg_count; i++) {
		const struct ops_arg *arg = &op->args[i];
		char name[80];
		char whole[88];
		if (!shown(arg)) {
			continue;
		}
		if ((arg->flags & OPS_REQUIRED) != 0) {
			option_name(arg, name, sizeof(name));
			(void)snprintf(whole, sizeof(whole), "%s%s", name,
			    positional(arg) && (arg->flags & OPS_REPEATED) != 0
				? "..."
				: "");
			usage_word(paper, whole, &column);
		} else if (positional(arg)) {
			(void)snprintf(
			    whole, sizeof(whole), "[%s]", arg->metavar);
			usage_word(paper, whole, &column);
		} else {
			options = true;
		}
	}
	if (options) {
		usage_word(paper, "[options]", &column);
	}
	paper_put(paper, "\n\n");
}

/* What only some commands have a list of. */
static void special_lists(struct paper *paper, const struct ops_op *op)
{
	bool kinds = false;
	for (size_t i = 0; i < op->arg_count; i++) {
		const char *metavar = op->args[i].metavar;
		kinds =
		    kinds || (metavar != NULL && strcmp(metavar, "KIND") == 0);
	}
	if (kinds) {
		kinds_list(paper, strncmp(op->name, "group-", 6) == 0);
	} else if (strcmp(op->name, "import") == 0) {
		formats_list(paper);
	}
	for (size_t i = 0; i < op->arg_count; i++) {
		if (op->args[i].words != NULL) {
			words_list(paper, op->args[i].words());
		}
	}
}

/* Of what not everybody may. */
static void who_may(struct paper *paper, const struct ops_op *op)
{
	const struct roles_rule *rule = roles_rule(op->name);
	struct buf text = { 0 };
	if (rule != NULL && rule->roles != ROLES_ALL &&
	    buf_append(&text,
		span_text("It takes an account with the role ")) == ERR_OK &&
	    roles_list(rule->roles, &text) == ERR_OK) {
		paper_put(paper, "\n");
		wrap(paper, buf_text(&text), 0);
	}
	buf_clear(&text);
}

void help_command(struct paper *paper, const struct ops_op *op)
{
	char name[80];
	usage(paper, op);
	wrap(paper, op->summary, 0);
	if (op->help != NULL) {
		paper_put(paper, "\n");
		wrap(paper, op->help, 0);
	}
	paper_put(paper, "\nOptions:\n");
	for (size_t i = 0; i < op->arg_count; i++) {
		if (shown(&op->args[i])) {
			option_name(&op->args[i], name, sizeof(name));
			option_line(paper, name, op->args[i].help);
		}
	}
	for (size_t i = 0; i < EVERYWHERE; i++) {
		option_line(paper, everywhere[i][0], everywhere[i][1]);
	}
	special_lists(paper, op);
	who_may(paper, op);
}

void help_group(struct paper *paper, const char *word)
{
	size_t size = strlen(word);
	paper_printf(paper, "usage: qsg [--home DIR] %s COMMAND\n\n", word);
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		if (op->words != NULL && strncmp(op->words, word, size) == 0 &&
		    op->words[size] == ' ') {
			option_line(paper, op->words, op->summary);
		}
	}
}

void help_overview(struct paper *paper)
{
	paper_put(paper,
	    "usage: qsg [--home DIR] COMMAND [options]\n\n"
	    "Signed records, sealed, shared with the organisations you "
	    "choose.\n\nCommands:\n");
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		if (op->words != NULL) {
			option_line(paper, op->words, op->summary);
		}
	}
	option_line(paper, "help COMMAND", "explain a command");
	paper_put(paper, "\nOptions:\n");
	for (size_t i = 0; i < 4; i++) {
		option_line(paper, everywhere[i][0], everywhere[i][1]);
	}
	paper_put(paper, "\nTo begin:\n"
			 "  qsg init --home A --name \"NHS Barnet CCG\" "
			 "--code 07M --kind ccg\n"
			 "  qsg serve --home A --listen tcp://127.0.0.1:7101\n"
			 "  qsg --home A card > a.card\n"
			 "  qsg --home A peer add b.card\n");
}
