#include "domain/reference.h"

#include <string.h>

static const char *const tokens[REFERENCES] = {
	[REFERENCE_UNKNOWN] = "",
	[REFERENCE_CORRECTS] = "corrects",
	[REFERENCE_OVERRIDES] = "overrides",
	[REFERENCE_CORROBORATES] = "corroborates",
	[REFERENCE_FEEDBACK_ON] = "feedback-on",
	[REFERENCE_ANSWERS] = "answers",
	[REFERENCE_CITES] = "cites",
	[REFERENCE_DECIDES] = "decides",
	[REFERENCE_SOURCE_OF] = "source-of",
	[REFERENCE_GRANTS] = "grants",
	[REFERENCE_GRANTED_BY] = "granted-by",
	[REFERENCE_ASKS_ONWARD] = "asks-onward",
	[REFERENCE_RETRACTS] = "retracts",
	[REFERENCE_ERASES] = "erases",
	[REFERENCE_PASSES_ON] = "passes-on",
	[REFERENCE_CONSULTS] = "consults",
	[REFERENCE_FOI] = "foi",
	[REFERENCE_OPENED] = "opened",
	[REFERENCE_ANSWERS_ONWARD] = "answers-onward",
	[REFERENCE_ANSWERS_ERASURE] = "answers-erasure",
	[REFERENCE_ANSWERS_CONSULTATION] = "answers-consultation",
	[REFERENCE_CONSIDERS] = "considers",
};

const char *reference_token(enum reference reference)
{
	return (unsigned)reference < REFERENCES ? tokens[reference] : "";
}

enum reference reference_named(const char *token)
{
	for (unsigned i = 1; i < REFERENCES; i++) {
		if (strcmp(tokens[i], token) == 0)
			return (enum reference)i;
	}
	return REFERENCE_UNKNOWN;
}
