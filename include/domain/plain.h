/*
 * plain.h - words that a person typed: are they what they look like?
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_PLAIN_H
#define QSG_DOMAIN_PLAIN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Nothing but white space; NULL too. */
bool plain_is_blank(const char *text);

/* Author side; `what` names the field in the message, e.g. "the theme". Both
 * take the empty text. */

/* One line of at most LIMIT_NAME_BYTES: no control, direction-changing or
 * other invisible character. ERR_INPUT, ERR_LIMIT. */
ERR_MUST_USE enum err plain_check_line(const char *what, const char *text);
/* Lines of UTF-8: tabs and line ends are the only control characters, and
 * nothing changes the direction of what follows, so that people read what was
 * written. Its size is the caller's to judge. ERR_INPUT saying where. */
ERR_MUST_USE enum err plain_check_text(const char *what, const char *text);
/* Such a text that says something, of at most LIMIT_TEXT_BYTES; or NULL.
 * ERR_INPUT, ERR_LIMIT. */
ERR_MUST_USE enum err plain_check_reason(const char *what, const char *text);
/* A date, and not one that is over at this time. ERR_INPUT. */
ERR_MUST_USE enum err plain_check_coming(
    const char *what, const char *date, int64_t now_ms);
/* A date, and not one that is still to come. ERR_INPUT. */
ERR_MUST_USE enum err plain_check_past(
    const char *what, const char *date, int64_t now_ms);

#endif
