#include "app/confirming.h"

#include "codec/utf8.h"
#include "view/json_out.h"
#include "view/report.h"

#include <stdio.h>
#include <string.h>

enum { ANSWERS = 4, LINE_BYTES = 1024 };

static bool asks_for(const json_t *answer, const char *what)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(answer, "asks"), at, each)
	{
		if (strcmp(json_string_value(each), what) == 0) {
			return true;
		}
	}
	return false;
}

/* NQB 4.2: "Where commissioners have significant concerns about the quality of
 * care provided they should inform the CQC." */
static enum err ask_why(const struct cli *cli, json_t *arguments)
{
	char line[LINE_BYTES] = "";
	enum err err = term_line(&cli->term,
	    "A significant concern should reach CQC, which is not among the "
	    "readers. Why?",
	    line, sizeof(line));
	if (err == ERR_OK && line[strspn(line, " \t")] == '\0') {
		err = err_set(ERR_DENIED, "no reason given: nothing shared");
	}
	if (err == ERR_OK && !utf8_valid(span_text(line))) {
		err = err_set(ERR_INPUT, "the reason is not UTF-8");
	}
	if (err == ERR_OK) {
		json_out_text(arguments, "without_cqc", line);
	}
	return err;
}

static enum err show(const struct cli *cli, const json_t *answer)
{
	struct paper paper = term_paper(&cli->term, true);
	report_readers(&paper, answer);
	return term_print(&paper, true);
}

/* To seal it, or to have a second person look at it first. */
static enum err confirm(
    const struct cli *cli, const json_t *answer, size_t count, bool *yes)
{
	static const char *const ones[] = { "Share it with this one?",
		"Put it before a second person, for this one?" };
	const char *verdict = json_string_value(
	    json_object_get(json_object_get(answer, "policy"), "verdict"));
	size_t which =
	    verdict != NULL && strcmp(verdict, "four-eyes") == 0 ? 1 : 0;
	char question[80];
	(void)snprintf(question, sizeof(question),
	    which == 0 ? "Share it with these %zu?"
		       : "Put it before a second person, for these %zu?",
	    count);
	return term_confirm(
	    &cli->term, count == 1 ? ones[which] : question, yes);
}

static enum err ask_readers(
    const struct cli *cli, const json_t *answer, bool yes, json_t *arguments)
{
	size_t count = json_array_size(json_object_get(answer, "readers"));
	if (!yes && cli->term.asks) {
		enum err err = confirm(cli, answer, count, &yes);
		if (err != ERR_OK) {
			return err;
		}
		if (!yes) {
			return err_set(ERR_DENIED, "nothing shared");
		}
	}
	if (!yes) {
		return count == 1
		           ? err_set(ERR_DENIED,
				 "this reader has to be confirmed: use --yes")
		           : err_set(ERR_DENIED,
				 "these %zu readers have to be confirmed: use "
				 "--yes",
				 count);
	}
	json_out_set(arguments, "confirmed",
	    json_incref(json_object_get(answer, "list")));
	return ERR_OK;
}

static enum err answer_back(const struct cli *cli, const json_t *answer,
    bool yes, bool shown_after, json_t *arguments)
{
	enum err err = ERR_OK;
	if (asks_for(answer, "readers") && !(yes && shown_after)) {
		err = show(cli, answer);
	}
	if (err == ERR_OK && asks_for(answer, "without-cqc")) {
		if (!cli->term.asks) {
			return err_set(ERR_DENIED,
			    "a significant concern that leaves CQC out needs a "
			    "reason: --without-cqc \"REASON\"");
		}
		err = ask_why(cli, arguments);
	}
	if (err == ERR_OK && asks_for(answer, "readers")) {
		err = ask_readers(cli, answer, yes, arguments);
	}
	return err;
}

enum err confirming_ask(struct cli *cli, struct client *client,
    const char *operation, bool shown_after, json_t *arguments, json_t **out)
{
	bool yes = json_is_true(json_object_get(arguments, "yes"));
	enum err err = ERR_OK;
	/* So that what is confirmed is what was shown. */
	(void)json_object_del(arguments, "yes");
	*out = NULL;
	for (int i = 0; i < ANSWERS; i++) {
		json_decref(*out);
		*out = NULL;
		err = client_ask_json(client, operation, arguments, out);
		if (err != ERR_DENIED ||
		    json_array_size(json_object_get(*out, "asks")) == 0) {
			break;
		}
		err = answer_back(cli, *out, yes, shown_after, arguments);
		if (err != ERR_OK) {
			break;
		}
	}
	if (yes) {
		json_out_bool(arguments, "yes", true);
	}
	return err;
}
