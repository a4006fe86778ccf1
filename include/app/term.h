/*
 * term.h - the terminal: what it can show, what is asked on it.
 *
 * Floor:   app
 * Threads: the program's first.
 * Secrets: a typed passphrase is read without echo and wiped by its taker.
 */
#ifndef QSG_APP_TERM_H
#define QSG_APP_TERM_H

#include "base/bytes.h"
#include "keys/keystore.h"
#include "view/paper.h"

struct term {
	bool ascii;      /* the locale's character set is not UTF-8 */
	bool colour_out; /* standard output is a terminal and NO_COLOR is unset
	                  */
	bool colour_err;
	bool asks;     /* somebody can be asked: standard input and error are
	                  terminals */
	bool progress; /* standard error is a terminal */
};

/* Look at the locale, the environment and the descriptors. */
void term_init(struct term *term);
/* An empty paper for standard output, or standard error. */
struct paper term_paper(const struct term *term, bool for_error);
/* Write a paper out and clear it. ERR_IO. */
ERR_MUST_USE enum err term_print(struct paper *paper, bool to_error);
/* One line `qsg: ...` on standard error, escaped. */
void term_complain(const struct term *term, const char *text);
/* The same with `warning: `. */
void term_warn(const struct term *term, const char *text);

/* Ask a question whose answer is y or n (default). ERR_STATE without a
 * terminal. */
ERR_MUST_USE enum err term_confirm(
    const struct term *term, const char *question, bool *yes);
/* Ask for one line, without its end. ERR_STATE without a terminal, ERR_LIMIT.
 */
ERR_MUST_USE enum err term_line(
    const struct term *term, const char *question, char *out, size_t size);
/* Read a passphrase without echo; twice is for a new one. ERR_STATE without
 * a terminal, ERR_INPUT when the two differ. */
ERR_MUST_USE enum err term_passphrase(
    const struct term *term, bool twice, struct passphrase **out);

/* A bar on a terminal's standard error, nothing elsewhere. done == total ends
 * it. */
void term_progress(
    const struct term *term, const char *what, uint64_t done, uint64_t total);

#endif
