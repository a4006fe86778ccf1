#define _POSIX_C_SOURCE 200809L

#include "app/term.h"

#include "base/limits.h"
#include "codec/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

void term_init(struct term *term)
{
	const char *no_colour = getenv("NO_COLOR");
	bool plain = no_colour != NULL && no_colour[0] != '\0';
	const char *kind = getenv("TERM");
	bool dumb = kind == NULL || strcmp(kind, "dumb") == 0;
	(void)setlocale(LC_CTYPE, "");
	memset(term, 0, sizeof(*term));
	term->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	term->progress = isatty(STDERR_FILENO) == 1;
	term->asks = term->progress && isatty(STDIN_FILENO) == 1;
	term->colour_err = term->progress && !plain && !dumb;
	term->colour_out = isatty(STDOUT_FILENO) == 1 && !plain && !dumb;
}

struct paper term_paper(const struct term *term, bool for_error)
{
	struct paper paper = { .ascii = term->ascii,
		.colour = for_error ? term->colour_err : term->colour_out };
	return paper;
}

static bool write_all(int fd, struct span bytes)
{
	size_t done = 0;
	while (done < bytes.size) {
		ssize_t put = write(fd, bytes.data + done, bytes.size - done);
		if (put < 0 && errno != EINTR) {
			return false;
		}
		done += put < 0 ? 0u : (size_t)put;
	}
	return true;
}

enum err term_print(struct paper *paper, bool to_error)
{
	enum err err = ERR_OK;
	if (paper->failed) {
		err = err_set(ERR_MEM, "out of memory");
	} else if (!write_all(to_error ? STDERR_FILENO : STDOUT_FILENO,
		       buf_span(&paper->out))) {
		err = err_errno("cannot write");
	}
	buf_wipe(&paper->out);
	return err;
}

static void say(const struct term *term, const char *lead, const char *text)
{
	struct paper paper = term_paper(term, true);
	paper_put(&paper, lead);
	paper_text(&paper, text);
	paper_put(&paper, "\n");
	/* Nobody is left to be told. */
	(void)!term_print(&paper, true);
}

void term_complain(const struct term *term, const char *text)
{
	say(term, "qsg: ", text);
}

void term_warn(const struct term *term, const char *text)
{
	say(term, "qsg: warning: ", text);
}

/* The signal that came while a passphrase was asked for, or 0. */
static volatile sig_atomic_t ended_by;

static void note_end(int number)
{
	ended_by = number;
}

static enum err read_line(char *out, size_t size)
{
	size_t used = 0;
	for (;;) {
		char c = '\0';
		ssize_t got = read(STDIN_FILENO, &c, 1);
		if (got < 0 && errno == EINTR && ended_by == 0) {
			continue;
		}
		if (got <= 0 || c == '\n') {
			break;
		}
		if (used + 1 == size) {
			return err_set(ERR_LIMIT, "that is too long");
		}
		out[used++] = c;
	}
	out[used] = '\0';
	return ERR_OK;
}

enum err term_confirm(const struct term *term, const char *question, bool *yes)
{
	char answer[16];
	if (!term->asks) {
		return err_set(ERR_STATE, "nobody can be asked");
	}
	struct paper paper = term_paper(term, true);
	paper_text(&paper, question);
	paper_put(&paper, " [y/N] ");
	enum err err = term_print(&paper, true);
	if (err == ERR_OK) {
		err = read_line(answer, sizeof(answer));
	}
	*yes = err == ERR_OK && (answer[0] == 'y' || answer[0] == 'Y');
	return err;
}

/* What ends us while the echo is off would leave the terminal so: it has to
 * wait until the echo is on again. */
static const int ends[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

static void catch_ends(struct sigaction before[ENDS])
{
	/* Without SA_RESTART, so that the read comes back. */
	struct sigaction ours = { .sa_handler = note_end };
	(void)sigemptyset(&ours.sa_mask);
	ended_by = 0;
	for (size_t i = 0; i < ENDS; i++) {
		(void)sigaction(ends[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN) {
			(void)sigaction(ends[i], &ours, NULL);
		}
	}
}

static void release_ends(const struct sigaction before[ENDS])
{
	for (size_t i = 0; i < ENDS; i++) {
		(void)sigaction(ends[i], &before[i], NULL);
	}
	if (ended_by != 0) {
		(void)!write_all(STDERR_FILENO, span_text("\n"));
		(void)raise(ended_by);
	}
}

enum err term_line(
    const struct term *term, const char *question, char *out, size_t size)
{
	if (!term->asks) {
		return err_set(ERR_STATE, "nobody can be asked");
	}
	struct paper paper = term_paper(term, true);
	paper_text(&paper, question);
	paper_put(&paper, " ");
	enum err err = term_print(&paper, true);
	return err == ERR_OK ? read_line(out, size) : err;
}

static enum err read_hidden(const char *prompt, char *out, size_t size)
{
	struct termios old;
	struct sigaction before[ENDS];
	if (tcgetattr(STDIN_FILENO, &old) != 0) {
		return err_errno("cannot ask for a passphrase");
	}
	struct termios quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= (tcflag_t)ECHONL;
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
	catch_ends(before);
	enum err err = ERR_OK;
	/* Prompt last: what is typed before the echo is off is thrown away. */
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) != 0) {
		err = err_errno("cannot ask for a passphrase");
	} else {
		err = write_all(STDERR_FILENO, span_text(prompt))
		          ? read_line(out, size)
		          : err_errno("cannot ask for a passphrase");
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	}
	release_ends(before);
	return err;
}

static void wipe(char *text, size_t size)
{
	volatile char *at = text;
	while (size-- > 0) {
		*at++ = '\0';
	}
}

enum err term_passphrase(
    const struct term *term, bool twice, struct passphrase **out)
{
	char first[LIMIT_PASSPHRASE_BYTES + 2] = "";
	char second[LIMIT_PASSPHRASE_BYTES + 2] = "";
	if (!term->asks) {
		return err_set(ERR_STATE,
		    "no passphrase: use --passphrase-file, or a terminal");
	}
	enum err err = read_hidden("Passphrase: ", first, sizeof(first));
	if (err == ERR_OK && first[0] == '\0') {
		err = err_set(ERR_INPUT, "an empty passphrase is none");
	}
	if (err == ERR_OK && twice) {
		err = read_hidden("The same again: ", second, sizeof(second));
		if (err == ERR_OK && strcmp(first, second) != 0) {
			err = err_set(ERR_INPUT, "the two passphrases differ");
		}
	}
	if (err == ERR_OK) {
		err = keystore_passphrase((uint8_t *)first, strlen(first), out);
	}
	wipe(first, sizeof(first));
	wipe(second, sizeof(second));
	return err;
}

void term_progress(
    const struct term *term, const char *what, uint64_t done, uint64_t total)
{
	enum { WIDTH = 30 };
	char line[160];
	if (!term->progress || total == 0) {
		return;
	}
	int full = (int)(done >= total ? WIDTH : done * WIDTH / total);
	int size = snprintf(line, sizeof(line), "\r%.40s [%.*s%*s] %llu/%llu%s",
	    what, full, "##############################", WIDTH - full, "",
	    (unsigned long long)done, (unsigned long long)total,
	    done >= total ? "\n" : "");
	if (size > 0) {
		(void)!write_all(
		    STDERR_FILENO, span_of(line, (size_t)size < sizeof(line)
						     ? (size_t)size
						     : sizeof(line) - 1));
	}
}
