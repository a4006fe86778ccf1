#include "domain/provider.h"

#include "codec/text.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* QSG 4: Monitor looks after foundation trusts, the NHS Trust Development
 * Authority after NHS trusts, NHS England after primary care. */
static const struct vocab_word types[] = {
	{ "nhs-trust", "NHS trust", "overseen by the NHS TDA" },
	{ "foundation-trust", "NHS foundation trust", "licensed by Monitor" },
	{ "primary-care", "primary care",
	    "a general practice or the like, commissioned by NHS England" },
	{ "independent", "independent provider",
	    "of the independent sector, for NHS patients" },
	{ "voluntary", "voluntary provider", "a charity or social enterprise" },
	{ "other", "other provider", "none of these" },
};

static const struct vocab_word parts[] = {
	{ "host", "host commissioner",
	    "leads for all who commission this provider" },
	{ "associate", "associate commissioner",
	    "commissions beside the host" },
};

const struct vocab *provider_types(void)
{
	static const struct vocab vocab = { "type of provider", types,
		COUNT(types) };

	return &vocab;
}

const struct vocab *provider_parts(void)
{
	static const struct vocab vocab = { "part of a commissioner", parts,
		COUNT(parts) };

	return &vocab;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static uint8_t upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

static struct span trim(struct span text)
{
	while (text.size > 0 && is_space(text.data[0])) {
		text.data++;
		text.size--;
	}
	while (text.size > 0 && is_space(text.data[text.size - 1]))
		text.size--;
	return text;
}

static bool has_local_prefix(struct span text)
{
	static const char prefix[] = "local:";
	const size_t size = sizeof prefix - 1;

	if (text.size < size)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (lower(text.data[i]) != (uint8_t)prefix[i])
			return false;
	}
	return true;
}

bool provider_code_valid(struct span code)
{
	return text_is_ods(code) || text_is_local_code(code);
}

bool provider_code_acceptable(struct span code)
{
	if (code.size == 0 || code.size > PROVIDER_CODE_BYTES)
		return false;
	for (size_t i = 0; i < code.size; i++) {
		uint8_t c = lower(code.data[i]);
		bool letter = c >= 'a' && c <= 'z';
		bool digit = c >= '0' && c <= '9';

		if (!letter && !digit && c != ':' && c != '/' && c != '-')
			return false;
	}
	return true;
}

enum err provider_code_normalise(struct span text, struct provider_code *out)
{
	struct span code = trim(text);
	bool local = has_local_prefix(code);

	memset(out, 0, sizeof *out);
	if (code.size <= PROVIDER_CODE_BYTES) {
		for (size_t i = 0; i < code.size; i++)
			out->text[i] = (char)(local ? lower(code.data[i])
						    : upper(code.data[i]));
		if (provider_code_valid(span_of(out->text, code.size)))
			return ERR_OK;
	}
	memset(out, 0, sizeof *out);
	return err_set(ERR_INPUT,
	    "a provider is an ODS code of 3 to 8 letters and digits, such as "
	    "RAL, or a local id such as local:care-home/merton-1");
}
