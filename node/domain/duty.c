#include "domain/duty.h"

#include <string.h>

static bool is(const struct org_kind *kind, const char *token)
{
	return strcmp(kind->token, token) == 0;
}

/* By trust type, as NQB 4 divides the two between Monitor and the NHS TDA. */
static const char *overseer(const struct duty_provider *provider,
    const char *type, const char *surely, const char *perhaps)
{
	if (provider->type[0] == '\0')
		return perhaps;
	return strcmp(provider->type, type) == 0 ? surely : NULL;
}

/* NQB 4.2: "They must assure themselves of the quality of the services that
 * they have commissioned." */
static const char *commissioner(const struct duty_provider *provider)
{
	if (provider->commissions)
		return "commissions services from the provider";
	return provider->commissioners_known
	           ? NULL
	           : "must assure itself of services that it commissions from "
	             "the provider, if any";
}

const char *duty_reason(
    const struct org_kind *kind, const struct duty_provider *provider)
{
	static const char *const reasons[][2] = {
		{ "cqc", "regulates the provider" },
		/* NQB 4.2: "Local Authorities also have a particular role to
		 * play in safeguarding adults in vulnerable circumstances" */
		{ "local-authority", "safeguards adults and children at risk" },
		{ "professional-regulator",
		    "regulates the professionals who work there" },
		{ "phe", "protects the health of the public" },
		{ "hee", "answers for education and training there" },
		{ "letb", "answers for education and training there" },
		{ "ombudsman", "investigates complaints that stay unresolved" },
		{ "nice", "sets the standards of care" },
		{ "healthwatch-england", "advises CQC of what patients say" },
		{ "police", "investigates crime" },
		{ "safeguarding-board",
		    "safeguards adults or children at risk" },
		{ "lsamo", "supervises the practice of midwives" },
		{ "overview-and-scrutiny", "scrutinises local services" },
	};

	if (kind == NULL)
		return NULL;
	if (is(kind, "monitor"))
		return overseer(provider, "foundation-trust",
		    "oversees the provider, a foundation trust",
		    "oversees the provider, if it is a foundation trust");
	if (is(kind, "nhs-tda"))
		return overseer(provider, "nhs-trust",
		    "oversees the provider, an NHS trust",
		    "oversees the provider, if it is an NHS trust");
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		if (is(kind, reasons[i][0]))
			return reasons[i][1];
	}
	return kind->category == ORG_COMMISSIONER ? commissioner(provider)
	                                          : NULL;
}
