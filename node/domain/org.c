#include "domain/org.h"

#include "base/limits.h"
#include "codec/text.h"

#include <string.h>
#include <utf8proc.h>

/* Not statutory: Royal Colleges and "other" by the guidance; local Healthwatch,
 * whose standing the sources leave open; providers, since independent and
 * voluntary ones share the kind with trusts. */
static const struct org_kind kinds[] = {
	{ "nhs-england-region", "NHS England regional team", ORG_COMMISSIONER,
	    true },
	{ "nhs-england-area-team", "NHS England area team", ORG_COMMISSIONER,
	    true },
	{ "ccg", "clinical commissioning group", ORG_COMMISSIONER, true },
	{ "local-authority", "local authority", ORG_COMMISSIONER, true },
	{ "cqc", "Care Quality Commission", ORG_REGULATOR, true },
	{ "monitor", "Monitor", ORG_REGULATOR, true },
	{ "professional-regulator", "professional regulator", ORG_REGULATOR,
	    true },
	{ "nhs-tda", "NHS Trust Development Authority", ORG_OVERSIGHT, true },
	{ "phe", "Public Health England", ORG_OVERSIGHT, true },
	{ "hee", "Health Education England", ORG_OVERSIGHT, true },
	{ "letb", "local education and training board", ORG_OVERSIGHT, true },
	{ "ombudsman", "ombudsman", ORG_OVERSIGHT, true },
	{ "nice", "National Institute for Health and Care Excellence",
	    ORG_OVERSIGHT, true },
	{ "healthwatch-local", "local Healthwatch", ORG_PATIENT_VOICE, false },
	{ "healthwatch-england", "Healthwatch England", ORG_PATIENT_VOICE,
	    true },
	{ "provider", "provider", ORG_PROVIDER, false },
	{ "police", "police", ORG_OTHER, true },
	{ "safeguarding-board", "safeguarding board", ORG_OTHER, true },
	{ "lsamo", "local supervising authority midwifery officer", ORG_OTHER,
	    true },
	{ "royal-college", "Royal College", ORG_OTHER, false },
	{ "overview-and-scrutiny", "overview and scrutiny committee", ORG_OTHER,
	    true },
	{ "other", "other", ORG_OTHER, false },
};

#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

const struct org_kind *org_kind_find(struct span token)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (span_equal(token, span_text(kinds[i].token)))
			return &kinds[i];
	}
	return NULL;
}

bool org_kind_valid(struct span token)
{
	return org_kind_find(token) != NULL;
}

bool org_kind_statutory(struct span token)
{
	const struct org_kind *kind = org_kind_find(token);

	return kind != NULL && kind->statutory;
}

size_t org_kind_count(void)
{
	return KIND_COUNT;
}

const struct org_kind *org_kind_at(size_t index)
{
	return &kinds[index];
}

bool org_code_valid(struct span code)
{
	return text_is_ods(code) || text_is_local_code(code);
}

/* Unassigned code points pass: another node's library may know them. */
static bool name_character(utf8proc_int32_t code)
{
	switch ((int)utf8proc_category(code)) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_CF:
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CO:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return false;
	default:
		return true;
	}
}

bool org_name_valid(struct span name)
{
	bool space = true; /* so that a leading one is refused */

	if (name.size == 0 || name.size > LIMIT_NAME_BYTES)
		return false;
	for (size_t at = 0; at < name.size;) {
		utf8proc_int32_t code = 0;
		utf8proc_ssize_t size = utf8proc_iterate(
		    name.data + at, (utf8proc_ssize_t)(name.size - at), &code);

		if (size <= 0 || !name_character(code))
			return false;
		space = utf8proc_category(code) == UTF8PROC_CATEGORY_ZS;
		if (space && at == 0)
			return false;
		at += (size_t)size;
	}
	return !space;
}
