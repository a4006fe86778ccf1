#include "app/argv.h"

#include "codec/utf8.h"
#include "view/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 16 + LIMIT_GROUP_MEMBERS, COMMAND_WORDS = 3 };

/* argv on its way to an operation. */
struct words {
	int argc;
	char **argv;
	char *plain[WORDS]; /* what is no option, in order */
	size_t plain_count;
};

/*
 * Options.
 */

struct option {
	char name[64];
	const char *value; /* after =, or NULL */
};

static bool split(const char *text, struct option *out)
{
	const char *equals = strchr(text, '=');
	size_t size = equals == NULL ? strlen(text) : (size_t)(equals - text);
	if (size < 3 || size - 2 >= sizeof(out->name)) {
		return false;
	}
	memcpy(out->name, text + 2, size - 2);
	out->name[size - 2] = '\0';
	out->value = equals == NULL ? NULL : equals + 1;
	return true;
}

static enum err take_value(
    struct words *words, int *at, struct option *option, const char **value)
{
	*value = option->value;
	if (*value == NULL && *at + 1 < words->argc) {
		*value = words->argv[++*at];
	}
	if (*value == NULL) {
		return err_set(ERR_USAGE, "--%s needs a value", option->name);
	}
	if (!utf8_valid(span_text(*value))) {
		return err_set(
		    ERR_INPUT, "the value of --%s is not UTF-8", option->name);
	}
	return ERR_OK;
}

static enum err no_value(const struct option *option)
{
	if (option->value != NULL) {
		return err_set(ERR_USAGE, "--%s takes no value", option->name);
	}
	return ERR_OK;
}

/* Options that every command has. */
static enum err take_common(struct cli *cli, struct words *words, int *at,
    struct option *option, bool *taken)
{
	bool *flag = NULL;
	*taken = true;
	if (strcmp(option->name, "home") == 0) {
		return take_value(words, at, option, &cli->home);
	}
	if (strcmp(option->name, "account") == 0) {
		return take_value(words, at, option, &cli->account);
	}
	if (strcmp(option->name, "password-file") == 0) {
		return take_value(words, at, option, &cli->password_file);
	}
	if (strcmp(option->name, "json") == 0) {
		flag = &cli->json;
	} else if (strcmp(option->name, "help") == 0) {
		flag = &cli->help;
	} else if (strcmp(option->name, "version") == 0) {
		flag = &cli->version;
	}
	*taken = flag != NULL;
	if (flag != NULL) {
		*flag = true;
		return no_value(option);
	}
	return ERR_OK;
}

static json_t *number_of(const char *text)
{
	char *end = NULL;
	long long value = strtoll(text, &end, 10);
	bool bad = text[0] < '0' || text[0] > '9' || *end != '\0';
	return bad ? NULL : json_integer(value);
}

static enum err add_value(
    const struct ops_arg *arg, const char *value, json_t *arguments)
{
	json_t *json =
	    arg->type == OPS_NUMBER ? number_of(value) : json_string(value);
	if (json == NULL) {
		return err_set(arg->type == OPS_NUMBER ? ERR_USAGE : ERR_INPUT,
		    "%s: not %s", arg->option,
		    arg->type == OPS_NUMBER ? "a whole number" : "UTF-8");
	}
	if ((arg->flags & OPS_REPEATED) != 0) {
		json_t *list = json_object_get(arguments, arg->key);
		if (list == NULL) {
			list = json_array();
			json_out_set(arguments, arg->key, list);
		}
		json_out_append(list, json);
		return ERR_OK;
	}
	if (json_object_get(arguments, arg->key) != NULL) {
		json_decref(json);
		return err_set(ERR_USAGE, "%s is given twice", arg->option);
	}
	json_out_set(arguments, arg->key, json);
	return ERR_OK;
}

static const struct ops_arg *find_option(
    const struct ops_op *op, const char *name)
{
	for (size_t i = 0; i < op->arg_count; i++) {
		const struct ops_arg *arg = &op->args[i];
		if ((arg->flags & (OPS_POSITIONAL | OPS_API_ONLY)) == 0 &&
		    strcmp(arg->option, name) == 0) {
			return arg;
		}
	}
	return NULL;
}

static enum err take_option(struct words *words, int *at, struct option *option,
    const struct cli_parsed *parsed)
{
	const char *value = NULL;
	const struct ops_arg *arg =
	    parsed->op == NULL ? NULL : find_option(parsed->op, option->name);
	if (arg == NULL) {
		return err_set(ERR_USAGE,
		    "%s%shas no option --%s; see `qsg%s%s "
		    "--help`",
		    parsed->op == NULL ? "qsg" : parsed->op->words, " ",
		    option->name, parsed->op == NULL ? "" : " ",
		    parsed->op == NULL ? "" : parsed->op->words);
	}
	if (arg->type == OPS_FLAG) {
		enum err err = no_value(option);
		json_out_bool(parsed->arguments, arg->key, true);
		return err;
	}
	enum err err = take_value(words, at, option, &value);
	return err == ERR_OK ? add_value(arg, value, parsed->arguments) : err;
}

/* Called for each option: all of one pass, or only to step over its value. */
static bool is_flag(const struct ops_op *op, const char *name)
{
	static const char *const flags[] = { "json", "help", "version", "man",
		"bash" };
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(flags[i], name) == 0) {
			return true;
		}
	}
	const struct ops_arg *arg = op == NULL ? NULL : find_option(op, name);
	return arg != NULL && arg->type == OPS_FLAG;
}

static bool is_option(const char *word)
{
	return strncmp(word, "--", 2) == 0 && word[2] != '\0';
}

/* The plain words, given that options belong to op. Before the command is
 * known only --home takes a value, so the command's words are found first. */
static enum err gather(
    const struct ops_op *op, bool to_command, struct words *words)
{
	words->plain_count = 0;
	bool only_plain = false;
	for (int i = 0; i < words->argc; i++) {
		char *word = words->argv[i];
		struct option option;
		if (!only_plain && strcmp(word, "--") == 0) {
			only_plain = true;
			continue;
		}
		if (!only_plain && strcmp(word, "-h") == 0) {
			continue;
		}
		if (!only_plain && is_option(word)) {
			bool known = split(word, &option);
			if (known && option.value == NULL &&
			    !is_flag(op, option.name)) {
				i++;
			}
			continue;
		}
		if (words->plain_count == WORDS) {
			return err_set(ERR_USAGE, "too many words");
		}
		words->plain[words->plain_count++] = word;
		if (to_command && words->plain_count == COMMAND_WORDS) {
			break;
		}
	}
	return ERR_OK;
}

enum err argv_unknown(char *const *plain, size_t count)
{
	char typed[80];
	bool two = count > 1 && ops_is_group(plain[0]);
	(void)snprintf(typed, sizeof(typed), "%.38s%s%.38s", plain[0],
	    two ? " " : "", two ? plain[1] : "");
	const struct ops_op *near = ops_nearest(typed);
	if (near != NULL) {
		return err_set(ERR_USAGE,
		    "there is no command %s; did you mean `qsg %s`?", typed,
		    near->words);
	}
	return err_set(ERR_USAGE,
	    "there is no command %s; `qsg --help` lists them", typed);
}

static enum err take_positional(
    const struct words *words, size_t used, const struct cli_parsed *parsed)
{
	size_t next = used;
	for (size_t i = 0; i < parsed->op->arg_count; i++) {
		const struct ops_arg *arg = &parsed->op->args[i];
		if ((arg->flags & OPS_POSITIONAL) == 0) {
			continue;
		}
		/* One that may be repeated takes all that are left. */
		bool all = (arg->flags & OPS_REPEATED) != 0;
		for (size_t end = all ? words->plain_count : next + 1;
		     next < end && next < words->plain_count;) {
			enum err err = add_value(
			    arg, words->plain[next++], parsed->arguments);
			if (err != ERR_OK) {
				return err;
			}
		}
	}
	if (next < words->plain_count) {
		return err_set(ERR_USAGE, "what is %.80s? see `qsg %s --help`",
		    words->plain[next], parsed->op->words);
	}
	return ERR_OK;
}

static enum err require(const struct cli_parsed *parsed)
{
	for (size_t i = 0; i < parsed->op->arg_count; i++) {
		const struct ops_arg *arg = &parsed->op->args[i];
		if ((arg->flags & OPS_REQUIRED) != 0 &&
		    (arg->flags & OPS_API_ONLY) == 0 &&
		    json_object_get(parsed->arguments, arg->key) == NULL) {
			bool plain = (arg->flags & OPS_POSITIONAL) != 0;
			return err_set(ERR_USAGE, "%s needs %s%s",
			    parsed->op->words, plain ? "" : "--",
			    plain ? arg->metavar : arg->option);
		}
	}
	return ERR_OK;
}

static enum err take_options(
    struct cli *cli, struct words *words, const struct cli_parsed *parsed)
{
	for (int i = 0; i < words->argc; i++) {
		const char *word = words->argv[i];
		struct option option;
		bool taken = false;
		if (strcmp(word, "--") == 0) {
			break;
		}
		if (strcmp(word, "-h") == 0) {
			cli->help = true;
			continue;
		}
		if (!is_option(word)) {
			if (word[0] == '-' && word[1] != '\0') {
				return err_set(ERR_USAGE,
				    "there is no option %.40s", word);
			}
			continue;
		}
		if (!split(word, &option)) {
			return err_set(ERR_USAGE, "there is no such option");
		}
		enum err err = take_common(cli, words, &i, &option, &taken);
		if (err == ERR_OK && !taken) {
			err = take_option(words, &i, &option, parsed);
		}
		if (err != ERR_OK) {
			return err;
		}
	}
	return ERR_OK;
}

enum err argv_parse(
    struct cli *cli, int argc, char **argv, struct cli_parsed *out)
{
	struct words words = { .argc = argc, .argv = argv };
	size_t used = 0;
	out->op = NULL;
	out->arguments = json_object();
	enum err err = gather(NULL, true, &words);
	if (err == ERR_OK && words.plain_count > 0) {
		out->op = ops_find_words(words.plain, words.plain_count, &used);
	}
	if (err == ERR_OK) {
		err = gather(out->op, false, &words);
	}
	if (err == ERR_OK && words.plain_count > 0 && out->op == NULL &&
	    !ops_is_group(words.plain[0])) {
		err = argv_unknown(words.plain, words.plain_count);
	}
	if (err == ERR_OK) {
		err = take_options(cli, &words, out);
	}
	if (err != ERR_OK || cli->help || cli->version) {
		return err;
	}
	if (out->op == NULL) {
		if (words.plain_count > 1) {
			return argv_unknown(words.plain, words.plain_count);
		}
		if (words.plain_count == 1) {
			return err_set(ERR_USAGE,
			    "which of its commands? see `qsg %.38s --help`",
			    words.plain[0]);
		}
		return err_set(ERR_USAGE,
		    "what is to be done? `qsg --help` lists the commands");
	}
	err = take_positional(&words, used, out);
	return err == ERR_OK ? require(out) : err;
}
