/*
 * utf8.h - Unicode text: validation, NFC, and escaping for a terminal.
 *
 * Floor:   codec (may include base)
 * Threads: no shared state.
 */
#ifndef QSG_CODEC_UTF8_H
#define QSG_CODEC_UTF8_H

#include "base/bytes.h"

/* Well-formed UTF-8 without NUL. */
bool utf8_valid(struct span text);

/* Append text in Normalization Form C. ERR_INPUT when it is not UTF-8 or holds
 * a NUL. */
ERR_MUST_USE enum err utf8_nfc(struct span text, struct buf *out);

/* Append text made safe for a terminal: control characters (C0 but line feed
 * and tab where keep_lines, C1, DEL), bidirectional controls, zero-width and
 * other invisible format characters, line and paragraph separators, private
 * use, and malformed bytes become \xNN or \u{NNNN}; a backslash that could be
 * read as such an escape is doubled. ascii: everything outside ASCII is
 * escaped too (LC_ALL=C). */
ERR_MUST_USE enum err utf8_escape(
    struct span text, bool keep_lines, bool ascii, struct buf *out);

/* Case-folded NFC copy, for comparing names a person typed. */
ERR_MUST_USE enum err utf8_fold(struct span text, struct buf *out);

/* A copy to search in: the compatibility form without case, accents and
 * invisible characters, of dashes, quotes and spaces of all kinds one.
 * Appended; not for showing. ERR_INPUT. */
ERR_MUST_USE enum err utf8_search(struct span text, struct buf *out);

/* What a name looks like, for finding another that could be taken for it: the
 * compatibility form without case, accents, spaces, punctuation and invisible
 * characters, Cyrillic and Greek letters (and 0 and 1) as the Latin ones they
 * look like. Appended; not for showing. ERR_INPUT. */
ERR_MUST_USE enum err utf8_skeleton(struct span text, struct buf *out);

#endif
