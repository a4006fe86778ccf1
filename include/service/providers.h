/*
 * providers.h - who the providers are: the register that this organisation
 * imported, and what it and others note about them beside it.
 *
 * All of it is read off records, when it is first asked for after a start, and
 * then kept up with them.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Provider register and view"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_PROVIDERS_H
#define QSG_SERVICE_PROVIDERS_H

#include "service/node.h"

#include "payload.pb-c.h"

/* The newest relation of an author to a provider. */
struct providers_said {
	uint32_t rid;
	int64_t org; /* its author */
	const Qsg__Relation *relation;
};

/* An entry of the register, and which file told it. */
struct providers_listed {
	const Qsg__RegisteredProvider *entry; /* NULL: none */
	const char *set;
	const char *publisher;
};

/* One code of which the register or a relation says something. */
struct providers_one {
	const char *code;
	struct providers_listed named; /* with its name and type */
	struct providers_listed sites; /* with its sites alone */
	const char *site_of; /* the provider that has it as a site; NULL */
	const char *site_name;
	struct providers_said *said; /* by author: ascending by org */
	size_t said_count;
	size_t said_capacity;
};

/* What is borrowed here stays until the next record is taken or submitted. */

/* NULL when nothing is known of a code. */
ERR_MUST_USE enum err providers_find(
    struct node *node, const char *code, const struct providers_one **out);
/* All of them, in no order: places 0 to count - 1. */
ERR_MUST_USE enum err providers_count(struct node *node, size_t *count);
ERR_MUST_USE enum err providers_at(
    struct node *node, size_t place, const struct providers_one **out);
/* Is it in the register, a site of what is, in a relation held, or in any other
 * record held? */
ERR_MUST_USE enum err providers_known(
    struct node *node, const char *code, bool *known);

/* The relation of this author that counts, NULL for none. */
const struct providers_said *providers_newest(
    struct node *node, const struct providers_one *one, int64_t org);

/* How many relations are left out, of authors that have too many. */
ERR_MUST_USE enum err providers_left_out(struct node *node, size_t *count);

/* A commissioner, and whose word that is. */
struct providers_commissioner {
	const Qsg__Commissioner *said;
	int64_t org;
	uint32_t rid;
};

/* Who a provider is, all said put together: what this organisation states
 * itself, then the register, then what others state. Strings are "" for what
 * nobody says. Release with providers_about_clear. */
struct providers_about {
	const struct providers_one *one; /* NULL: nothing is known */
	const char *name;
	const char *type;
	struct id32 home_group; /* zero: none */
	int64_t home_said_by;
	struct providers_commissioner *commissioners; /* each once */
	size_t commissioner_count;
	const Qsg__ProviderSite **sites; /* each once, in order of code */
	size_t site_count;
};
ERR_MUST_USE enum err providers_about(
    struct node *node, const char *code, struct providers_about *out);
void providers_about_clear(struct providers_about *about);

/* Forget everything; it is read again when it is asked for. */
void providers_drop(struct node *node);

#endif
