#include "domain/intel.h"

#include "base/limits.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/plain.h"
#include "domain/provider.h"
#include "domain/vocab.h"

#include <string.h>

#define DOMAIN_LAST 5u   /* NHS Outcomes Framework */
#define LIST_ENTRIES 16u /* dimensions or domains a reader takes */

static bool is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static size_t length(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

static size_t free_text_size(const Qsg__Intelligence *item)
{
	return length(item->text) + length(item->judgement) +
	       length(item->caveat);
}

/* A word that may be left out. */
static enum err check_optional(const struct vocab *vocab, const char *token)
{
	return is_set(token) ? vocab_require(vocab, span_text(token)) : ERR_OK;
}

static enum err check_date(const char *what, const char *date)
{
	if (!is_set(date) || when_is_date(span_text(date)))
		return ERR_OK;
	return err_set(ERR_INPUT,
	    "%s must be a date as YYYY-MM-DD, such as 2013-01-31", what);
}

static enum err check_subject(const Qsg__Intelligence *item)
{
	const struct {
		const char *what;
		const char *text;
	} lines[] = {
		{ "site", item->site },
		{ "service", item->service },
		{ "ward", item->ward },
		{ "theme", item->theme },
		{ "the provider group", item->provider_group },
	};

	if (!is_set(item->provider) && !is_set(item->theme) &&
	    !is_set(item->provider_group))
		return err_set(ERR_INPUT,
		    "a provider is needed: its ODS code, such as RAL (or a "
		    "theme, for an item about a pathway, or a group of "
		    "providers)");
	if (is_set(item->provider) &&
	    !provider_code_valid(span_text(item->provider)))
		return err_set(ERR_INPUT,
		    "provider must be an ODS code of 3 to 8 capital letters "
		    "and digits, such as RAL, or a local id such as "
		    "local:care-home/merton-1");
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		enum err err = plain_check_line(lines[i].what, lines[i].text);

		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static enum err check_words(const Qsg__Intelligence *item)
{
	enum err err = vocab_require(vocab_kind(), span_text(item->kind));

	if (err == ERR_OK)
		err = vocab_require(vocab_source(), span_text(item->source));
	if (err == ERR_OK)
		err = check_optional(vocab_stance(), item->stance);
	if (err == ERR_OK)
		err = check_optional(vocab_certainty(), item->certainty);
	if (err == ERR_OK)
		err = check_optional(vocab_capacity(), item->capacity);
	if (err == ERR_OK && item->significant && is_set(item->stance) &&
	    strcmp(item->stance, "concern") != 0)
		err = err_set(ERR_INPUT, "only a concern can be significant");
	return err;
}

static enum err check_dimensions(const Qsg__Intelligence *item)
{
	for (size_t i = 0; i < item->n_dimensions; i++) {
		enum err err = vocab_require(
		    vocab_dimension(), span_text(item->dimensions[i]));

		if (err != ERR_OK)
			return err;
		for (size_t j = 0; j < i; j++) {
			if (strcmp(item->dimensions[i], item->dimensions[j]) ==
			    0)
				return err_set(ERR_INPUT,
				    "a dimension may be given only once");
		}
	}
	return ERR_OK;
}

static enum err check_domains(const Qsg__Intelligence *item)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < item->n_domains; i++) {
		uint32_t number = item->domains[i];

		if (number < 1 || number > DOMAIN_LAST)
			return err_set(ERR_INPUT,
			    "a domain is a number from 1 to %u of the NHS "
			    "Outcomes Framework",
			    DOMAIN_LAST);
		if ((seen & (1u << number)) != 0)
			return err_set(
			    ERR_INPUT, "a domain may be given only once");
		seen |= 1u << number;
	}
	return ERR_OK;
}

static enum err check_dates(const Qsg__Intelligence *item)
{
	enum err err = check_date("the day observed", item->observed_on);

	if (err == ERR_OK)
		err = check_date("the day received", item->received_on);
	if (err != ERR_OK)
		return err;
	if (is_set(item->observed_on) && is_set(item->received_on) &&
	    strcmp(item->observed_on, item->received_on) > 0)
		return err_set(ERR_INPUT,
		    "the day received must not be before the day observed");
	return ERR_OK;
}

static enum err check_text(const Qsg__Intelligence *item)
{
	if (item->pointer_only && !plain_is_blank(item->text))
		return err_set(ERR_INPUT,
		    "an item that only points to intelligence held has no "
		    "text");
	if (!item->pointer_only && plain_is_blank(item->text))
		return err_set(ERR_INPUT,
		    "text is needed, unless the item only points to "
		    "intelligence held");
	if (free_text_size(item) > LIMIT_TEXT_BYTES)
		return err_set(ERR_LIMIT,
		    "text, judgement and caveat together may be %u bytes; "
		    "these are %zu",
		    LIMIT_TEXT_BYTES, free_text_size(item));
	enum err err = plain_check_text("the text", item->text);

	if (err == ERR_OK)
		err = plain_check_text("the judgement", item->judgement);
	return err ? err : plain_check_text("the caveat", item->caveat);
}

enum err intel_check(const Qsg__Intelligence *item)
{
	enum err err = check_subject(item);

	if (err == ERR_OK)
		err = check_words(item);
	if (err == ERR_OK)
		err = check_dimensions(item);
	if (err == ERR_OK)
		err = check_domains(item);
	if (err == ERR_OK)
		err = check_dates(item);
	if (err == ERR_OK)
		err = check_text(item);
	return err;
}

enum err intel_check_handling(const Qsg__Handling *handling)
{
	enum err err = ERR_OK;

	if (handling == NULL)
		return ERR_OK;
	err = check_optional(vocab_marking(), handling->marking);
	if (err == ERR_OK)
		err = check_optional(vocab_onward(), handling->onward);
	if (err == ERR_OK)
		err = check_date("the day of review", handling->review_on);
	if (err == ERR_OK)
		err = plain_check_line("the FOI note", handling->foi_note);
	return err;
}

static bool is_after(const char *date, const char *day)
{
	return is_set(date) && strcmp(date, day) > 0;
}

enum err intel_check_today(const Qsg__Intelligence *item,
    const Qsg__Handling *handling, const char *today)
{
	if (is_after(item->observed_on, today))
		return err_set(ERR_INPUT,
		    "the day observed must not be after today, %s", today);
	if (is_after(item->received_on, today))
		return err_set(ERR_INPUT,
		    "the day received must not be after today, %s", today);
	if (handling != NULL && is_set(handling->review_on) &&
	    is_after(today, handling->review_on))
		return err_set(ERR_INPUT,
		    "the day of review must not be before today, %s", today);
	return ERR_OK;
}

enum err intel_check_role(const char *role)
{
	return vocab_require(vocab_role(), span_text(role));
}

/* A word of some vocabulary, perhaps a later one, or nothing. Dates have the
 * form of tokens too. */
static bool token_or_empty(const char *token)
{
	return !is_set(token) || text_is_token(span_text(token));
}

static bool line_fits(const char *text)
{
	return length(text) <= LIMIT_NAME_BYTES;
}

static bool tokens_acceptable(const Qsg__Intelligence *item)
{
	const char *const tokens[] = { item->kind, item->stance, item->source,
		item->observed_on, item->received_on, item->certainty,
		item->capacity };

	if (!is_set(item->kind) || !is_set(item->source))
		return false;
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		if (!token_or_empty(tokens[i]))
			return false;
	}
	for (size_t i = 0; i < item->n_dimensions; i++) {
		if (!text_is_token(span_text(item->dimensions[i])))
			return false;
	}
	return true;
}

static bool sizes_acceptable(const Qsg__Intelligence *item)
{
	return item->n_dimensions <= LIST_ENTRIES &&
	       item->n_domains <= LIST_ENTRIES && line_fits(item->site) &&
	       line_fits(item->service) && line_fits(item->ward) &&
	       line_fits(item->theme) && line_fits(item->provider_group) &&
	       free_text_size(item) <= LIMIT_TEXT_BYTES;
}

enum err intel_acceptable(const Qsg__Intelligence *item)
{
	if (!sizes_acceptable(item))
		return err_set(
		    ERR_LIMIT, "intelligence with a field over its limit");
	if (!tokens_acceptable(item))
		return err_set(
		    ERR_FORMAT, "intelligence with a malformed token");
	if (is_set(item->provider)
		? !provider_code_acceptable(span_text(item->provider))
		: !is_set(item->theme) && !is_set(item->provider_group))
		return err_set(ERR_FORMAT,
		    "intelligence without a well-formed provider, theme or "
		    "group of providers");
	if (!item->pointer_only && !is_set(item->text))
		return err_set(ERR_FORMAT, "intelligence without text");
	return ERR_OK;
}

enum err intel_acceptable_handling(const Qsg__Handling *handling)
{
	if (handling == NULL)
		return ERR_OK;
	if (!line_fits(handling->foi_note))
		return err_set(ERR_LIMIT, "handling with too long a note");
	if (!token_or_empty(handling->marking) ||
	    !token_or_empty(handling->onward) ||
	    !token_or_empty(handling->review_on))
		return err_set(ERR_FORMAT, "handling with a malformed token");
	return ERR_OK;
}
