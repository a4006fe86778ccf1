#define _GNU_SOURCE

#include "app/bundles.h"

#include "app/bundling.h"
#include "app/client.h"
#include "base/fs.h"
#include "codec/text.h"
#include "view/bundle_check.h"
#include "view/json_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Checking.
 */

struct mapped {
	void *data;
	size_t size;
};

/* The whole file, to be read only. */
static enum err map(const char *path, struct mapped *out)
{
	struct stat info;
	*out = (struct mapped){ 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		return errno == ENOENT
		           ? err_set(ERR_NOTFOUND, "there is no file %s", path)
		           : err_errno("cannot open %s", path);
	}
	enum err err = ERR_OK;
	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
		err = err_set(ERR_INPUT, "%s is no file", path);
	} else if ((uint64_t)info.st_size > LIMIT_BUNDLE_BYTES) {
		err = err_set(
		    ERR_LIMIT, "%s is larger than any bundle may be", path);
	} else if (info.st_size > 0) {
		out->size = (size_t)info.st_size;
		out->data =
		    mmap(NULL, out->size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (out->data == MAP_FAILED) {
			*out = (struct mapped){ 0 };
			err = err_errno("cannot read %s", path);
		}
	}
	(void)close(fd);
	return err;
}

static void unmap(struct mapped *mapped)
{
	if (mapped->data != NULL) {
		(void)munmap(mapped->data, mapped->size);
	}
}

/* Those whom the reader trusts, and cards that were given for them. */
struct trusting {
	struct bundle_trust *items;
	struct card *cards;
	size_t count;
};

static enum err trust(struct trusting *trusting, const char *given)
{
	struct bundle_trust *item = &trusting->items[trusting->count];
	struct card *card = &trusting->cards[trusting->count];
	struct buf text = { 0 };
	if (text_unfingerprint(span_text(given), &item->organisation) ==
	    ERR_OK) {
		trusting->count++;
		return ERR_OK;
	}
	enum err err = fs_read(given, (size_t)4 * LIMIT_CARD_BYTES, &text);
	if (err == ERR_OK) {
		err = card_read(buf_span(&text), card);
	}
	buf_clear(&text);
	if (err != ERR_OK) {
		return err_set(ERR_INPUT,
		    "--trust %.80s is neither a fingerprint nor a card's file",
		    given);
	}
	item->organisation = card->organisation;
	item->card = card;
	trusting->count++;
	return ERR_OK;
}

static enum err read_trusts(const json_t *arguments, struct trusting *out)
{
	const json_t *given = json_object_get(arguments, "trust");
	size_t count = json_array_size(given);
	enum err err = ERR_OK;
	out->items = calloc(count + 1, sizeof(*out->items));
	out->cards = calloc(count + 1, sizeof(*out->cards));
	if (out->items == NULL || out->cards == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = trust(out, json_string_value(json_array_get(given, i)));
	}
	return err;
}

static void clear_trusts(struct trusting *trusting)
{
	for (size_t i = 0; i < trusting->count; i++) {
		card_clear(&trusting->cards[i]);
	}
	free(trusting->items);
	free(trusting->cards);
}

static enum err check_file(
    const char *path, const struct trusting *trusting, json_t **report)
{
	const struct bundle_trusts trusts = { .items = trusting->items,
		.count = trusting->count };
	struct mapped mapped;
	enum err err = map(path, &mapped);
	if (err == ERR_OK) {
		struct span file = span_of(mapped.data, mapped.size);
		err = bundle_check_is_evidence(file)
		          ? bundle_check_evidence(file, &trusts, report)
		          : bundle_check(file, &trusts, report);
		unmap(&mapped);
	}
	return err;
}

int bundles_check(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	struct trusting trusting = { 0 };
	json_t *report = NULL;
	enum err err = read_trusts(arguments, &trusting);
	if (err == ERR_OK) {
		err =
		    check_file(ops_text(arguments, "file"), &trusting, &report);
	}
	int status =
	    err == ERR_OK ? cli_show(cli, op, report) : cli_fail(cli, err);
	if (status == 0 &&
	    !json_is_true(json_object_get(report, "consistent"))) {
		status = 1;
	}
	clear_trusts(&trusting);
	json_decref(report);
	return status;
}

/*
 * Exporting.
 */

static enum err ask_node(
    void *context, const char *operation, const json_t *arguments, json_t **out)
{
	return client_ask_json(context, operation, arguments, out);
}

static void say_progress(void *context, uint64_t done, uint64_t total)
{
	const struct cli *cli = context;
	term_progress(&cli->term, "exporting", done, total);
}

static enum err put(void *context, struct span bytes)
{
	FILE *file = context;
	if (fwrite(bytes.data, 1, bytes.size, file) != bytes.size) {
		return err_errno("cannot write the bundle");
	}
	return ERR_OK;
}

static enum err open_part(const char *path, FILE **out)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		return errno == EEXIST
		           ? err_set(ERR_EXISTS,
				 "%s is there already: another export, or "
				 "what is left of one",
				 path)
		           : err_errno("cannot write %s", path);
	}
	*out = fdopen(fd, "w");
	if (*out == NULL) {
		(void)close(fd);
		return err_errno("cannot write %s", path);
	}
	return ERR_OK;
}

static enum err close_part(FILE *file, enum err err)
{
	if (err == ERR_OK && (fflush(file) != 0 || fsync(fileno(file)) != 0)) {
		err = err_errno("cannot write the bundle");
	}
	if (fclose(file) != 0 && err == ERR_OK) {
		err = err_errno("cannot write the bundle");
	}
	return err;
}

/* What was written is checked as its reader will. */
static enum err check_part(const char *path)
{
	static const struct trusting nobody;
	json_t *report = NULL;
	enum err err = check_file(path, &nobody, &report);
	if (err == ERR_OK &&
	    !json_is_true(json_object_get(report, "consistent"))) {
		const json_t *fault =
		    json_array_get(json_object_get(report, "faults"), 0);
		const char *file = ops_text(fault, "file");
		err = err_set(ERR_CORRUPT,
		    "the bundle does not hold; run `qsg verify`: %s: %s",
		    file == NULL ? "bundle" : file, ops_text(fault, "what"));
	}
	json_decref(report);
	return err;
}

static enum err give_name(const char *part, const char *path)
{
	if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
		return ERR_OK;
	}
	/* Not every file system can do it in one step. */
	if (errno == EINVAL && !fs_exists(path) && rename(part, path) == 0) {
		return ERR_OK;
	}
	return errno == EEXIST || fs_exists(path)
	           ? err_set(ERR_EXISTS, "%s is there already", path)
	           : err_errno("cannot write %s", path);
}

/* The arguments that choose, as the node takes them. */
static json_t *choice_of(const json_t *arguments)
{
	static const char *const keys[] = { "all", "provider", "record",
		"summit", "since", "with_activity" };
	json_t *choice = json_object();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_object_get(arguments, keys[i]);
		if (value != NULL) {
			(void)json_object_set(choice, keys[i], value);
		}
	}
	return choice;
}

static enum err write_part(struct cli *cli, const json_t *arguments,
    struct client *client, const char *part, json_t **out)
{
	FILE *file = NULL;
	enum err err = open_part(part, &file);
	if (err != ERR_OK) {
		return err;
	}
	const struct bundling bundling = { .ask = ask_node,
		.ask_context = client,
		.progress = say_progress,
		.progress_context = cli,
		.sink = put,
		.sink_context = file };
	json_t *choice = choice_of(arguments);
	err = bundling_compose(&bundling, choice,
	    json_is_true(json_object_get(arguments, "open")), out);
	json_decref(choice);
	return close_part(file, err);
}

static enum err export_to(struct cli *cli, const json_t *arguments,
    struct client *client, const char *path, json_t **out)
{
	struct buf part = { 0 };
	char why[512];
	enum err err = buf_printf(&part, "%s.part", path);
	if (err == ERR_OK && fs_exists(path)) {
		err = err_set(ERR_EXISTS, "%s is there already", path);
	}
	if (err != ERR_OK) {
		buf_clear(&part);
		return err;
	}
	err = write_part(cli, arguments, client, buf_text(&part), out);
	bool ours = err != ERR_EXISTS;
	if (err == ERR_OK) {
		err = check_part(buf_text(&part));
	}
	if (err == ERR_OK) {
		err = give_name(buf_text(&part), path);
	}
	if (err != ERR_OK && ours) {
		(void)snprintf(why, sizeof(why), "%s", err_text());
		(void)unlink(buf_text(&part));
		err = err_set(err, "%s", why);
	}
	buf_clear(&part);
	return err;
}

int bundles_export(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	const char *home = NULL;
	const char *path = ops_text(arguments, "out");
	struct client *client = NULL;
	json_t *result = NULL;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = cli_client(cli, home, &client);
	}
	if (err == ERR_OK) {
		err = export_to(cli, arguments, client, path, &result);
	}
	if (err == ERR_OK) {
		json_out_text(result, "file", path);
	}
	int status =
	    err == ERR_OK ? cli_show(cli, op, result) : cli_fail(cli, err);
	client_close(client);
	json_decref(result);
	return status;
}

void bundles_render(struct paper *paper, const json_t *value)
{
	paper_text(paper, paper_member(value, "file"));
	paper_printf(paper, ": %lld records, %lld opened",
	    (long long)paper_number(value, "records"),
	    (long long)paper_number(value, "opened"));
	if (paper_number(value, "opened") > 0) {
		paper_printf(paper, ", %lld of them private",
		    (long long)paper_number(value, "opened_private"));
	}
	paper_put(paper, "\n");
	if (paper_number(value, "left_out") > 0) {
		paper_printf(paper,
		    "%lld left out: not yet joined to a head of their "
		    "author's log\n",
		    (long long)paper_number(value, "left_out"));
	}
	if (paper_number(value, "evidence") > 0) {
		paper_printf(paper, "%lld pieces of evidence\n",
		    (long long)paper_number(value, "evidence"));
	}
	paper_put(paper, "logged as ");
	paper_text(paper, paper_member(value, "seal"));
	paper_put(paper, "\n");
}
