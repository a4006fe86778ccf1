/*
 * roles.h - which roles there are among the people of an organisation, and the
 * one table of what each may do. The local interface, the help of the command
 * line and the tests all read it.
 *
 * A role counts here alone: no other organisation hears of it. It is not the
 * role of the person who recorded something (vocab_role), which readers see.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: constant.
 */
#ifndef QSG_DOMAIN_ROLES_H
#define QSG_DOMAIN_ROLES_H

#include "domain/vocab.h"

/* Stored: numbers never change. */
enum roles_role {
	ROLES_VIEWER = 1,
	ROLES_CONTRIBUTOR = 2,
	ROLES_APPROVER = 4,
	ROLES_CHAIR_SUPPORT = 8,
	ROLES_CALDICOTT_GUARDIAN = 16,
	ROLES_ADMINISTRATOR = 32
};
#define ROLES_ALL 63u

const struct vocab *roles_vocab(void);
/* The role of this token; 0 for none. */
unsigned int roles_named(const char *token);
/* The token of the role with this place, from 0; NULL at the end. */
const char *roles_token(unsigned int place);

/* What an operation is, for the log of activity. */
enum roles_kind {
	ROLES_LOOKS,  /* at what is no record: not logged */
	ROLES_READS,  /* records: each that it opens is logged */
	ROLES_ACTS,   /* logged */
	ROLES_OUTSIDE /* works on files, or through other operations */
};

/* What an account that is scoped to groups or regions may do with it. */
enum roles_scope {
	ROLES_ANY,     /* it is of no group */
	ROLES_RECORD,  /* on records of these groups */
	ROLES_READERS, /* for these groups as readers, on their records */
	ROLES_GROUP,   /* on these groups */
	ROLES_LISTS,   /* it leaves out what is of others */
	ROLES_WHOLE    /* nothing: it is of all groups at once */
};

struct roles_rule {
	const char *operation; /* as the local interface calls it */
	unsigned int roles;    /* who may */
	enum roles_kind kind;
	enum roles_scope scope;
};

/* NULL: nobody may, as there is no such rule. */
const struct roles_rule *roles_rule(const char *operation);
/* By place, from 0; NULL at the end. */
const struct roles_rule *roles_at(size_t place);

/* May somebody with these roles do that? Not what no rule names. */
bool roles_may(unsigned int roles, const char *operation);

/* Append the roles for people: "contributor, approver or administrator". */
ERR_MUST_USE enum err roles_list(unsigned int roles, struct buf *out);

#endif
