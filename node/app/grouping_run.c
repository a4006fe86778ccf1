#include "app/grouping.h"

#include "app/charter.h"
#include "app/cli.h"
#include "app/commands.h"
#include "base/fs.h"
#include "base/limits.h"
#include "codec/text.h"
#include "domain/vocab.h"
#include "keys/card.h"
#include "view/group_paper.h"
#include "view/json_out.h"

#include <string.h>
#include <unistd.h>

/*
 * Charters.
 */

static enum err read_charter(json_t *arguments)
{
	json_t *file = json_incref(json_object_get(arguments, "file"));
	const char *path = json_string_value(file);
	struct buf text = { 0 };
	json_t *charter = NULL;
	if (path == NULL) {
		return ERR_OK;
	}
	(void)json_object_del(arguments, "file");
	enum err err = strcmp(path, "-") == 0
	                   ? fs_read_fd(STDIN_FILENO, CHARTER_FILE_BYTES, &text)
	                   : fs_read(path, CHARTER_FILE_BYTES, &text);
	if (err == ERR_OK) {
		err = charter_parse(buf_text(&text), &charter);
	}
	if (err != ERR_OK) {
		err = err_wrap(err, "%s", path);
	} else {
		json_out_set(arguments, "charter", charter);
	}
	json_decref(file);
	buf_clear(&text);
	return err;
}

int grouping_run_create(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	enum err err = read_charter(arguments);
	return err == ERR_OK ? commands_ask(cli, op, arguments)
	                     : cli_fail(cli, err);
}

int grouping_run_charter(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	const char *level = ops_text(arguments, "level");
	struct paper paper = term_paper(&cli->term, false);
	struct buf text = { 0 };
	(void)op;
	level = level == NULL ? "local" : level;
	enum err err = vocab_require(vocab_level(), span_text(level));
	if (err == ERR_OK) {
		err = charter_example(level, &text);
	}
	if (err == ERR_OK && cli->json) {
		json_t *object = json_object();
		json_out_text(object, "charter", buf_text(&text));
		err = json_out_dump(object, &paper.out);
		json_decref(object);
		paper_put(&paper, "\n");
	} else if (err == ERR_OK) {
		paper_put(&paper, buf_text(&text));
	}
	buf_clear(&text);
	if (err == ERR_OK) {
		err = term_print(&paper, false);
	} else {
		buf_clear(&paper.out);
	}
	return err == ERR_OK ? 0 : cli_fail(cli, err);
}

/*
 * Inviting: what names a file is a card.
 */

static bool was_given(const json_t *arguments)
{
	return json_array_size(json_object_get(arguments, "fingerprint")) > 0;
}

static enum err add_card(
    const struct cli *cli, const char *path, json_t *cards, json_t *compared)
{
	struct card card = { 0 };
	struct buf text = { 0 };
	struct buf armour = { 0 };
	enum err err = fs_read(path, (size_t)4 * LIMIT_CARD_BYTES, &text);
	if (err == ERR_OK) {
		err = card_read(buf_span(&text), &card);
	}
	if (err != ERR_OK) {
		err = err_wrap(err, "%s", path);
	}
	if (err == ERR_OK && compared != NULL) {
		err = commands_compare(cli, &card);
	}
	if (err == ERR_OK && compared != NULL) {
		json_out_append(compared,
		    json_string(text_fingerprint(&card.organisation).text));
	}
	if (err == ERR_OK) {
		err = card_armour(&card, &armour);
	}
	if (err == ERR_OK) {
		json_out_append(cards, json_string(buf_text(&armour)));
	}
	card_clear(&card);
	buf_clear(&text);
	buf_clear(&armour);
	return err;
}

/* Without a terminal the node says which fingerprint is missing. */
static enum err sort_out(const struct cli *cli, json_t *arguments)
{
	json_t *who = json_incref(json_object_get(arguments, "who"));
	json_t *names = json_array();
	json_t *cards = json_array();
	json_t *compared =
	    !was_given(arguments) && cli->term.asks ? json_array() : NULL;
	size_t at = 0;
	const json_t *each = NULL;
	enum err err = ERR_OK;
	json_array_foreach(who, at, each)
	{
		const char *text = json_string_value(each);
		if (err == ERR_OK && fs_exists(text)) {
			err = add_card(cli, text, cards, compared);
		} else if (err == ERR_OK) {
			json_out_append(names, json_string(text));
		}
	}
	json_decref(who);
	json_out_set(arguments, "who", names);
	json_out_set(arguments, "cards", cards);
	if (compared != NULL) {
		json_out_set(arguments, "fingerprint", compared);
	}
	return err;
}

int grouping_run_invite(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	enum err err = sort_out(cli, arguments);
	return err == ERR_OK ? commands_ask(cli, op, arguments)
	                     : cli_fail(cli, err);
}

/*
 * Joining: the invitation is shown first.
 */

static enum err show_invitation(const struct cli *cli, json_t *arguments)
{
	struct paper paper = term_paper(&cli->term, true);
	json_t *question = json_object();
	json_t *group = NULL;
	bool yes = false;
	json_out_text(question, "group", ops_text(arguments, "group"));
	enum err err = cli_ask(cli, "group-show", question, &group);
	json_decref(question);
	if (err == ERR_OK) {
		group_paper_whole(&paper, group);
		paper_put(&paper,
		    "To join is to enrol the organisations in this roster, by "
		    "their cards in it.\n");
		err = term_print(&paper, true);
	}
	json_decref(group);
	if (err == ERR_OK) {
		err = term_confirm(
		    &cli->term, "Shall this organisation join?", &yes);
	}
	return err == ERR_OK && !yes ? err_set(ERR_DENIED, "not joined") : err;
}

/* Once a convenor has left it has no voice in who comes next; and of anybody a
 * new invitation alone takes it back. */
static enum err confirm_leave(const struct cli *cli, json_t *arguments)
{
	json_t *question = json_object();
	json_t *group = NULL;
	bool yes = false;
	struct paper paper = term_paper(&cli->term, true);
	json_out_text(question, "group", ops_text(arguments, "group"));
	enum err err = cli_ask(cli, "group-show", question, &group);
	json_decref(question);
	bool convenes = err == ERR_OK && group_paper_last_word(&paper, group);
	json_decref(group);
	if (err == ERR_OK && convenes) {
		err = term_print(&paper, true);
	} else {
		buf_clear(&paper.out);
	}
	if (err == ERR_OK && cli->term.asks) {
		err = term_confirm(&cli->term,
		    convenes ? "Shall it leave all the same?"
			     : "Shall this organisation leave? Only a new "
			       "invitation brings it back.",
		    &yes);
		return err == ERR_OK && !yes ? err_set(ERR_DENIED, "not left")
		                             : err;
	}
	return err == ERR_OK && convenes
	           ? err_set(ERR_DENIED,
			 "not left: whoever convenes confirms it, with --yes")
	           : err;
}

int grouping_run_leave(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	bool yes = json_is_true(json_object_get(arguments, "yes"));
	(void)json_object_del(arguments, "yes");
	enum err err = yes ? ERR_OK : confirm_leave(cli, arguments);
	return err == ERR_OK ? commands_ask(cli, op, arguments)
	                     : cli_fail(cli, err);
}

int grouping_run_join(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	bool yes = json_is_true(json_object_get(arguments, "yes"));
	enum err err = ERR_OK;
	(void)json_object_del(arguments, "yes");
	/* Without a terminal the command is the decision. */
	if (!yes && cli->term.asks) {
		err = show_invitation(cli, arguments);
	}
	return err == ERR_OK ? commands_ask(cli, op, arguments)
	                     : cli_fail(cli, err);
}
