#include "app/config_witness.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 9, MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* Decimal digits alone, at most nine of them; *rest is what follows. */
static bool read_digits(const char *text, int64_t *value, const char **rest)
{
	size_t count = strspn(text, "0123456789");
	if (count == 0 || count > DIGITS_MAX) {
		return false;
	}
	*value = strtoll(text, NULL, 10);
	*rest = text + count;
	return true;
}

static bool read_number(const char *text, int64_t *value)
{
	const char *rest = NULL;
	return read_digits(text, value, &rest) && *rest == '\0';
}

/* Seconds, or with a unit: 90s, 15m, 36h, 2d. */
static bool read_span(const char *text, int64_t *seconds)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", MINUTE }, { "h", HOUR },
		{ "d", DAY } };
	const char *rest = NULL;
	if (!read_digits(text, seconds, &rest)) {
		return false;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(rest, units[i].name) == 0) {
			*seconds *= units[i].seconds;
			return true;
		}
	}
	return false;
}

enum err config_witness(
    const char *name, const char *value, struct witness_policy *out)
{
	int64_t number = 0;
	if (strcmp(name, "witness.ask") == 0) {
		if (!read_number(value, &number) || number > WITNESS_MOST) {
			return err_set(ERR_INPUT,
			    "witness.ask must be a number from 0 to %u",
			    WITNESS_MOST);
		}
		out->ask = (unsigned)number;
	} else if (strcmp(name, "witness.minimum") == 0) {
		if (!read_number(value, &number) || number > WITNESS_MOST) {
			return err_set(ERR_INPUT,
			    "witness.minimum must be a number from 0 to %u",
			    WITNESS_MOST);
		}
		out->minimum = (int)number;
	} else if (strcmp(name, "witness.max_age") == 0) {
		if (!read_span(value, &number) || number < 1) {
			return err_set(ERR_INPUT,
			    "witness.max_age must be a time like 12h or 1d");
		}
		out->max_age_s = number;
	} else if (strcmp(name, "witness.interval") == 0) {
		if (!read_span(value, &number) || number < 1 || number > DAY) {
			return err_set(ERR_INPUT,
			    "witness.interval must be a time from 1s to 1d");
		}
		out->interval_s = number;
	} else {
		return err_set(ERR_INPUT,
		    "%.60s is not a setting: witness.ask, witness.minimum, "
		    "witness.max_age, witness.interval",
		    name);
	}
	return ERR_OK;
}
