/*
 * duty.h - which of those who read something have a duty to act on it, and why.
 *
 * "This needs to be set within the context of some statutory organisations
 * having a duty to act on information that may raise patient safety issues."
 * (QSG, "Holding a meeting")
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_DUTY_H
#define QSG_DOMAIN_DUTY_H

#include "domain/org.h"

/* What is known here of the provider that an item is about. */
struct duty_provider {
	const char *type; /* nhs-trust, foundation-trust, ...; "" not known */
	bool commissioners_known;
	bool commissions; /* the reader is one of them */
};

/* Why a body of this kind has a duty to act on what concerns that provider:
 * static text that goes on after its name, such as "regulates the provider";
 * NULL when its kind gives it none. kind NULL: not known. */
const char *duty_reason(
    const struct org_kind *kind, const struct duty_provider *provider);

#endif
