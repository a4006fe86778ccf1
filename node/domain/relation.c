#include "domain/relation.h"

#include "base/limits.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/org.h"
#include "domain/provider.h"

#include <string.h>

static enum err check_words(const Qsg__Relation *relation)
{
	if (!provider_code_valid(span_text(relation->provider)))
		return err_set(ERR_INPUT, "a relation is to one provider");
	if (relation->name[0] != '\0' &&
	    !org_name_valid(span_text(relation->name)))
		return err_set(ERR_INPUT,
		    "a name is one line of at most %u bytes", LIMIT_NAME_BYTES);
	return relation->type[0] == '\0'
	           ? ERR_OK
	           : vocab_require(provider_types(), span_text(relation->type));
}

static enum err check_commissioners(const Qsg__Relation *relation)
{
	if (relation->n_commissioners > RELATION_COMMISSIONERS)
		return err_set(ERR_LIMIT,
		    "a provider may have %u commissioners",
		    RELATION_COMMISSIONERS);
	for (size_t i = 0; i < relation->n_commissioners; i++) {
		const Qsg__Commissioner *each = relation->commissioners[i];
		enum err err =
		    vocab_require(provider_parts(), span_text(each->part));

		if (err != ERR_OK)
			return err;
		if (!org_code_valid(span_text(each->code)))
			return err_set(ERR_INPUT,
			    "a commissioner is an organisation you know, or an "
			    "ODS code");
		for (size_t j = 0; j < i; j++) {
			if (strcmp(relation->commissioners[j]->code,
				each->code) == 0)
				return err_set(ERR_INPUT,
				    "%s is named twice as a commissioner",
				    each->code);
		}
	}
	return ERR_OK;
}

static enum err check_sites(const Qsg__Relation *relation)
{
	if (relation->n_sites > RELATION_SITES)
		return err_set(ERR_LIMIT, "a provider may have %u sites here",
		    RELATION_SITES);
	for (size_t i = 0; i < relation->n_sites; i++) {
		const Qsg__ProviderSite *site = relation->sites[i];

		if (!provider_code_valid(span_text(site->code)) ||
		    !org_name_valid(span_text(site->name)))
			return err_set(ERR_INPUT,
			    "a site is CODE=NAME, with an ODS code or local "
			    "id");
		for (size_t j = 0; j < i; j++) {
			if (strcmp(relation->sites[j]->code, site->code) == 0)
				return err_set(ERR_INPUT,
				    "site %s is named twice", site->code);
		}
	}
	return ERR_OK;
}

enum err relation_check(const Qsg__Relation *relation)
{
	enum err err = check_words(relation);

	if (err == ERR_OK)
		err = check_commissioners(relation);
	if (err == ERR_OK)
		err = check_sites(relation);
	if (err == ERR_OK && relation->name[0] == '\0' &&
	    relation->type[0] == '\0' && relation->home_group.len == 0 &&
	    relation->n_commissioners == 0 && relation->n_sites == 0)
		return err_set(ERR_INPUT,
		    "say what to note: --commissioner, --home-group, --type, "
		    "--name or --site");
	return err;
}

/*
 * Reader side.
 */

static bool name_fits(const char *name)
{
	return strlen(name) <= LIMIT_NAME_BYTES;
}

static bool token_fits(const char *token)
{
	return token[0] == '\0' || text_is_token(span_text(token));
}

static bool code_fits(const char *code)
{
	return provider_code_acceptable(span_text(code));
}

static bool id_fits(const ProtobufCBinaryData *id)
{
	return id->len == 0 || id->len == sizeof(struct id32);
}

static bool date_fits(const char *date)
{
	return date[0] == '\0' || when_is_date(span_text(date));
}

static bool sites_fit(Qsg__ProviderSite *const *sites, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!code_fits(sites[i]->code) || !name_fits(sites[i]->name) ||
		    !date_fits(sites[i]->closed_on))
			return false;
	}
	return true;
}

bool relation_acceptable(const Qsg__Relation *relation)
{
	/* PROTOCOL.md M497: "A relation with more than 256 commissioners or
	 * 1,024 sites MUST be kept as unreadable." */
	if (relation->n_commissioners > RELATION_COMMISSIONERS ||
	    relation->n_sites > RELATION_SITES_TAKEN)
		return false;
	for (size_t i = 0; i < relation->n_commissioners; i++) {
		const Qsg__Commissioner *each = relation->commissioners[i];

		if ((each->code[0] != '\0' && !code_fits(each->code)) ||
		    (each->code[0] == '\0' && each->organisation.len == 0) ||
		    !id_fits(&each->organisation) || !token_fits(each->part))
			return false;
	}
	return code_fits(relation->provider) && name_fits(relation->name) &&
	       token_fits(relation->type) && id_fits(&relation->home_group) &&
	       sites_fit(relation->sites, relation->n_sites);
}

bool relation_register_acceptable(const Qsg__ProviderRegister *registered)
{
	for (size_t i = 0; i < registered->n_entries; i++) {
		const Qsg__RegisteredProvider *entry = registered->entries[i];

		if (!code_fits(entry->code) || !name_fits(entry->name) ||
		    !token_fits(entry->type) || !date_fits(entry->opened_on) ||
		    !date_fits(entry->closed_on) ||
		    (entry->area[0] != '\0' && !code_fits(entry->area)) ||
		    (entry->region[0] != '\0' && !code_fits(entry->region)) ||
		    (entry->commissioner[0] != '\0' &&
			!code_fits(entry->commissioner)) ||
		    !sites_fit(entry->sites, entry->n_sites))
			return false;
	}
	return text_is_token(span_text(registered->set)) &&
	       name_fits(registered->publisher);
}
