#define _GNU_SOURCE

#include "app/alarm_bell.h"

#include "codec/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A program that has not ended by then is of no use any more. */
#define CHILD_MS 60000

enum { MESSAGE_BYTES = 1024 };

#define TEXT "qsg: an alarm waits for somebody to look at it: qsg alarm list"

/*
 * When.
 */

void alarm_bell_clear(struct alarm_bell *bell)
{
	free(bell->items);
	*bell = (struct alarm_bell){ 0 };
}

void alarm_bell_begin(struct alarm_bell *bell)
{
	for (size_t i = 0; i < bell->count; i++) {
		bell->items[i].stands = false;
	}
}

void alarm_bell_end(struct alarm_bell *bell)
{
	size_t kept = 0;
	for (size_t i = 0; i < bell->count; i++) {
		if (bell->items[i].stands) {
			bell->items[kept++] = bell->items[i];
		}
	}
	bell->count = kept;
}

static enum err add(struct alarm_bell *bell, const struct alarm_rung *rung)
{
	size_t more = bell->capacity == 0 ? 8 : bell->capacity * 2;
	struct alarm_rung *grown = NULL;
	if (bell->count == bell->capacity) {
		grown = realloc(bell->items, more * sizeof(*grown));
		if (grown == NULL) {
			return err_set(ERR_MEM, "out of memory");
		}
		bell->items = grown;
		bell->capacity = more;
	}
	bell->items[bell->count++] = *rung;
	return ERR_OK;
}

enum err alarm_bell_name(struct alarm_bell *bell, const struct id32 *record,
    int64_t now_ms, int64_t repeat_ms, struct alarm_ring *ring)
{
	const struct alarm_rung first = { *record, now_ms, true };
	*ring = (struct alarm_ring){ .now = true };
	for (size_t i = 0; i < bell->count; i++) {
		struct alarm_rung *rung = &bell->items[i];
		if (!id_equal(&rung->record, record)) {
			continue;
		}
		rung->stands = true;
		ring->again = true;
		ring->now = now_ms - rung->at_ms >= repeat_ms;
		if (ring->now) {
			rung->at_ms = now_ms;
		}
		return ERR_OK;
	}
	return add(bell, &first);
}

int64_t alarm_bell_next(const struct alarm_bell *bell, int64_t repeat_ms)
{
	int64_t next_ms = INT64_MAX;
	for (size_t i = 0; i < bell->count; i++) {
		int64_t due_ms = bell->items[i].at_ms + repeat_ms;
		next_ms = due_ms < next_ms ? due_ms : next_ms;
	}
	return next_ms;
}

/*
 * Programs.
 */

/* A place for one more; ALARM_CHILDREN: there is none. */
static size_t free_place(const struct alarm_bell *bell)
{
	size_t at = 0;
	while (at < ALARM_CHILDREN && bell->children[at] != 0) {
		at++;
	}
	return at;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none;
	sigset_t usual;
	(void)sigemptyset(&none);
	(void)sigemptyset(&usual);
	(void)sigaddset(&usual, SIGPIPE);
	(void)sigaddset(&usual, SIGHUP);
	(void)sigaddset(&usual, SIGINT);
	(void)sigaddset(&usual, SIGTERM);
	int bad = posix_spawnattr_setsigmask(attributes, &none);
	bad =
	    bad != 0 ? bad : posix_spawnattr_setsigdefault(attributes, &usual);
	return bad != 0 ? bad
	                : posix_spawnattr_setflags(attributes,
			      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

/* PROTOCOL.md M694: "A program that is told of an alarm MUST be started with
 * those arguments alone, with nothing of the environment of whoever starts it,
 * and with no file of its open but where errors are written." */
static int start(char *const *arguments, int input, pid_t *child)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char language[] = "LANG=C.UTF-8";
	char *const environment[] = { path, language, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int bad = posix_spawn_file_actions_init(&files);
	if (bad != 0) {
		return bad;
	}
	bad = posix_spawnattr_init(&attributes);
	if (bad != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return bad;
	}
	bad = set_attributes(&attributes);
	bad = bad != 0     ? bad
	      : input >= 0 ? posix_spawn_file_actions_adddup2(&files, input, 0)
	                   : posix_spawn_file_actions_addopen(
				 &files, 0, "/dev/null", O_RDONLY, 0);
	bad = bad != 0 ? bad : posix_spawn_file_actions_adddup2(&files, 2, 1);
	bad = bad != 0 ? bad
	               : posix_spawn_file_actions_addclosefrom_np(&files, 3);
	bad = bad != 0 ? bad
	               : posix_spawn(child, arguments[0], &files, &attributes,
			     arguments, environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&files);
	return bad;
}

static enum err run(
    struct alarm_bell *bell, char *const *arguments, int input, int64_t now_ms)
{
	size_t at = free_place(bell);
	if (at == ALARM_CHILDREN) {
		return err_set(ERR_BUSY,
		    "%s is not started: %u that were told of alarms have not "
		    "ended",
		    arguments[0], ALARM_CHILDREN);
	}
	int bad = start(arguments, input, &bell->children[at]);
	if (bad != 0) {
		bell->children[at] = 0;
		return err_set(
		    bad == ENOENT || bad == EACCES ? ERR_INPUT : ERR_IO,
		    "cannot start %s: %s", arguments[0], strerror(bad));
	}
	bell->since_ms[at] = now_ms;
	return ERR_OK;
}

/* PROTOCOL.md M693: "What is given out about an alarm, to a program or by mail,
 * MUST be a text that is always the same and the id of the record, and nothing
 * of the summit." */
enum err alarm_bell_hook(struct alarm_bell *bell, const char *program,
    const struct id32 *record, int64_t now_ms)
{
	struct hex32 hex = text_hex_id(record);
	char text[] = TEXT;
	char *arguments[] = { NULL, text, hex.text, NULL };
	char *name = strdup(program);
	if (name == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	arguments[0] = name;
	enum err err = run(bell, arguments, -1, now_ms);
	free(name);
	return err;
}

/* It is small: a pipe takes all of it before anybody reads. */
static enum err message(
    const struct alarm_post *post, const struct id32 *record, int *input)
{
	char text[MESSAGE_BYTES];
	int ends[2];
	int size = snprintf(text, sizeof(text),
	    "To: %s\nSubject: qsg: an alarm\nAuto-Submitted: auto-generated\n"
	    "Content-Type: text/plain; charset=utf-8\n\n%s\nRecord %s\n",
	    post->address, TEXT, text_hex_id(record).text);
	if (size < 0 || (size_t)size >= sizeof(text)) {
		return err_set(ERR_LIMIT, "the address is too long");
	}
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return err_errno("cannot make a pipe");
	}
	ssize_t written = write(ends[1], text, (size_t)size);
	(void)close(ends[1]);
	if (written != size) {
		(void)close(ends[0]);
		return err_set(ERR_IO, "cannot write to a pipe");
	}
	*input = ends[0];
	return ERR_OK;
}

enum err alarm_bell_mail(struct alarm_bell *bell, const struct alarm_post *post,
    const struct id32 *record, int64_t now_ms)
{
	char dots[] = "-i";
	char *sendmail = strdup(post->sendmail);
	char *address = strdup(post->address);
	char *arguments[] = { sendmail, dots, address, NULL };
	int input = -1;
	enum err err = sendmail == NULL || address == NULL
	                   ? err_set(ERR_MEM, "out of memory")
	                   : message(post, record, &input);
	if (err == ERR_OK) {
		err = run(bell, arguments, input, now_ms);
		(void)close(input);
	}
	free(sendmail);
	free(address);
	return err;
}

void alarm_bell_reap(struct alarm_bell *bell, int64_t now_ms)
{
	for (size_t i = 0; i < ALARM_CHILDREN; i++) {
		int status = 0;
		if (bell->children[i] == 0) {
			continue;
		}
		if (waitpid(bell->children[i], &status, WNOHANG) != 0) {
			bell->children[i] = 0;
		} else if (now_ms - bell->since_ms[i] >= CHILD_MS) {
			(void)kill(bell->children[i], SIGKILL);
		}
	}
}
