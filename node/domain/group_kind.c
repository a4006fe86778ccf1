#include "domain/group.h"

#include "base/limits.h"

#include <string.h>

#define LOCAL 1u
#define REGIONAL 2u

/* QSG 4: "There are certain organisations which will need to be represented –
 * as listed below – in all QSGs across the network." Health Education England
 * comes "via Local Education and Training Board representative". */
static const struct {
	const char *kind;
	unsigned core; /* to groups of these levels */
	bool national;
	bool convenes;
} kinds[] = {
	{ "nhs-england-region", REGIONAL, false, true },
	{ "nhs-england-area-team", LOCAL | REGIONAL, false, true },
	{ "ccg", LOCAL, false, false },
	{ "local-authority", LOCAL | REGIONAL, false, false },
	{ "cqc", LOCAL | REGIONAL, true, false },
	{ "monitor", LOCAL | REGIONAL, true, false },
	{ "professional-regulator", REGIONAL, false, false },
	{ "nhs-tda", LOCAL | REGIONAL, true, false },
	{ "phe", LOCAL | REGIONAL, true, false },
	{ "hee", REGIONAL, true, false },
	{ "letb", LOCAL | REGIONAL, false, false },
	{ "ombudsman", REGIONAL, true, false },
	{ "nice", 0, true, false },
	{ "healthwatch-local", LOCAL | REGIONAL, false, false },
	{ "healthwatch-england", 0, true, false },
};

#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

static size_t find(struct span kind)
{
	size_t at = 0;

	while (at < KIND_COUNT && !span_equal(kind, span_text(kinds[at].kind)))
		at++;
	return at;
}

bool group_kind_is_core(const char *level, struct span kind)
{
	size_t at = find(kind);

	if (at == KIND_COUNT)
		return false;
	if (strcmp(level, "local") == 0)
		return (kinds[at].core & LOCAL) != 0;
	return strcmp(level, "regional") == 0 &&
	       (kinds[at].core & REGIONAL) != 0;
}

bool group_kind_is_national(struct span kind)
{
	size_t at = find(kind);

	return at < KIND_COUNT && kinds[at].national;
}

/* QSG 5: "The NHS Commissioning Board will provide the chair for QSG meetings
 * regionally and locally." */
bool group_kind_convenes(struct span kind)
{
	size_t at = find(kind);

	return at < KIND_COUNT && kinds[at].convenes;
}

/* QSG 5: "The NHSCB Area Teams will provide this support at a local level, and
 * the Regional Teams will provide the function for the QSGs in each of the four
 * regions." A local group has one area team: should it be lost, the regional
 * team is who is left. */
bool group_kind_convenes_at(const char *level, uint64_t term, struct span kind)
{
	bool region = span_equal(kind, span_text("nhs-england-region"));

	if (strcmp(level, "regional") == 0)
		return region;
	return strcmp(level, "local") == 0 && group_kind_convenes(kind) &&
	       (term > 1 || !region);
}
