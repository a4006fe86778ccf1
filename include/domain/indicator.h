/*
 * indicator.h - sets of indicator values: one set is one publisher, one
 * period, many providers.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Payload"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_INDICATOR_H
#define QSG_DOMAIN_INDICATOR_H

#include "base/bytes.h"
#include "payload.pb-c.h"

#define INDICATOR_COLUMNS 64u /* values a row, at most */
#define INDICATOR_DECIMALS 9u /* decimals a value, at most */

/* mantissa / 10^decimals. Suppressed ("*", withheld) is not zero, and holds
 * no number: both are 0 then. */
struct indicator_value {
	int64_t mantissa;
	uint32_t decimals;
	bool suppressed;
};

/* Author side: set, period and columns are tokens, publisher a name, no
 * column twice, at least one row and at most LIMIT_INDICATOR_ROWS, each with a
 * well-formed provider, a category that is a token or empty, as many values
 * as columns, and at most INDICATOR_DECIMALS decimals; no (provider,
 * category) twice. ERR_INPUT or ERR_LIMIT saying what is acceptable. */
ERR_MUST_USE enum err indicator_check(const Qsg__IndicatorSet *set);

/* Reader side: the same form, with provider codes of any acceptable shape and
 * without the need for rows. ERR_FORMAT or ERR_LIMIT; the message holds
 * nothing of what the peer sent. */
ERR_MUST_USE enum err indicator_acceptable(const Qsg__IndicatorSet *set);

/* Whether two sets say the same: order of rows does not matter, nor how a
 * number is scaled (1.5 is 1.50). ERR_MEM. */
ERR_MUST_USE enum err indicator_equal(
    const Qsg__IndicatorSet *a, const Qsg__IndicatorSet *b, bool *equal);

/* Read "123", "-0.5" or "*" (suppressed). Exactly that: no spaces, no
 * thousands separators, no exponent. ERR_INPUT. */
ERR_MUST_USE enum err indicator_parse(
    struct span text, struct indicator_value *out);

#endif
