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
