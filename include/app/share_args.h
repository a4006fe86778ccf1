/*
 * share_args.h - the arguments that operations have in common that record
 * something for others to read, and what they come to.
 *
 * Floor:   app
 * Threads: no shared state.
 */
#ifndef QSG_APP_SHARE_ARGS_H
#define QSG_APP_SHARE_ARGS_H

#include "app/ops.h"
#include "base/limits.h"
#include "service/share.h"

#include <protobuf-c/protobuf-c.h>

/* To whom: where readers do not follow from what it is about. */
#define SHARE_READER_ARGS                                                      \
	{ "to", "to", "WHO",                                                   \
		"a reader's name, code or fingerprint, or a group; may be "    \
		"repeated",                                                    \
		OPS_TEXT, OPS_REPEATED, NULL },                                \
	{                                                                      \
		"private", "private", NULL, "for this organisation alone",     \
		    OPS_FLAG, 0, NULL                                          \
	}

/* Where a group may be named, or readers follow from a record. */
#define SHARE_CONFIRM_ARGS                                                     \
	{ "yes", "yes", NULL,                                                  \
		"confirm the readers without being asked, for scripts",        \
		OPS_FLAG, 0, NULL },                                           \
	{                                                                      \
		"confirmed", "confirmed", "LIST", "the readers shown",         \
		    OPS_TEXT, OPS_API_ONLY, NULL                               \
	}

/* Who records it. */
#define SHARE_PERSON_ARGS                                                      \
	{ "role", "role", "WORD", "who records it (default administrator)",    \
		OPS_TEXT, 0, vocab_role },                                     \
	{                                                                      \
		"person", "person", "NAME",                                    \
		    "their name, if readers should see it", OPS_TEXT, 0, NULL  \
	}

/* Who asks for it, where a rule wants a second person. */
#define SHARE_ASKER_ARG                                                        \
	{                                                                      \
		"asked_by", "asked-by", "WHO",                                 \
		    "who asks, where a second person has to see it; kept "     \
		    "here, never shared",                                      \
		    OPS_TEXT, 0, NULL                                          \
	}

/* What the guard finds in it, and trying it. */
#define SHARE_GUARD_ARGS                                                       \
	{ "override", "override", "REASON",                                    \
		"go on although the guard found identifiers; the reason is "   \
		"logged",                                                      \
		OPS_TEXT, 0, NULL },                                           \
	{                                                                      \
		"dry_run", "dry-run", NULL,                                    \
		    "show who would read what, and what the guard finds; "     \
		    "record nothing",                                          \
		    OPS_FLAG, 0, NULL                                          \
	}

#define SHARE_RECORDER_ARGS SHARE_PERSON_ARGS, SHARE_ASKER_ARG, SHARE_GUARD_ARGS
#define SHARE_TERMS SHARE_CONFIRM_ARGS, SHARE_RECORDER_ARGS

/* The fields of an item of intelligence and of its handling rules: of `share`,
 * and of `correct`. */
#define SHARE_ITEM_ARGS                                                        \
	{ "text", "text", "TEXT", "what is known; - reads standard input",     \
		OPS_TEXT, OPS_CONTENT, NULL },                                 \
	    { "provider", "provider", "CODE", "about whom: an ODS code",       \
		    OPS_TEXT, OPS_CONTENT, NULL },                             \
	    { "site", "site", "TEXT", "which site", OPS_TEXT, OPS_CONTENT,     \
		    NULL },                                                    \
	    { "service", "service", "TEXT", "which service", OPS_TEXT,         \
		    OPS_CONTENT, NULL },                                       \
	    { "ward", "ward", "TEXT", "which ward", OPS_TEXT, OPS_CONTENT,     \
		    NULL },                                                    \
	    { "theme", "theme", "TEXT", "a pathway or theme", OPS_TEXT,        \
		    OPS_CONTENT, NULL },                                       \
	    { "provider_group", "provider-group", "NAME",                      \
		    "several providers together, by a name", OPS_TEXT,         \
		    OPS_CONTENT, NULL },                                       \
	    { "source", "source", "WORD", "where it is from", OPS_TEXT,        \
		    OPS_CONTENT, vocab_source },                               \
	    { "kind", "kind", "WORD", "data, or what people say", OPS_TEXT,    \
		    OPS_CONTENT, vocab_kind },                                 \
	    { "stance", "stance", "WORD", "what it speaks for", OPS_TEXT,      \
		    OPS_CONTENT, vocab_stance },                               \
	    { "significant", "significant", NULL,                              \
		    "it is a significant concern", OPS_FLAG, OPS_CONTENT,      \
		    NULL },                                                    \
	    { "dimensions", "dimension", "WORD",                               \
		    "of quality; may be repeated", OPS_TEXT,                   \
		    OPS_CONTENT | OPS_REPEATED, vocab_dimension },             \
	    { "domains", "domain", "1-5",                                      \
		    "of the NHS Outcomes Framework; may be repeated",          \
		    OPS_NUMBER, OPS_CONTENT | OPS_REPEATED, NULL },            \
	    { "observed_on", "observed", "DATE", "when it was observed",       \
		    OPS_TEXT, OPS_CONTENT, NULL },                             \
	    { "received_on", "received", "DATE", "when you heard of it",       \
		    OPS_TEXT, OPS_CONTENT, NULL },                             \
	    { "judgement", "judgement", "TEXT", "what you make of it",         \
		    OPS_TEXT, OPS_CONTENT, NULL },                             \
	    { "caveat", "caveat", "TEXT", "what it does not say", OPS_TEXT,    \
		    OPS_CONTENT, NULL },                                       \
	    { "certainty", "certainty", "WORD", "how sure it is", OPS_TEXT,    \
		    OPS_CONTENT, vocab_certainty },                            \
	    { "pointer_only", "pointer-only", NULL,                            \
		    "no text: \"we hold something on this; ask us\"",          \
		    OPS_FLAG, OPS_CONTENT, NULL },                             \
	    { "capacity", "capacity", "WORD", "the capacity you act in",       \
		    OPS_TEXT, OPS_CONTENT, vocab_capacity },                   \
	    { "marking", "marking", "WORD", "how readers should treat it",     \
		    OPS_TEXT, OPS_HANDLING, vocab_marking },                   \
	    { "onward", "onward", "WORD", "whether readers may pass it on",    \
		    OPS_TEXT, OPS_HANDLING, vocab_onward },                    \
	    { "review_on", "review-on", "DATE", "when to look at it again",    \
		    OPS_TEXT, OPS_HANDLING, NULL },                            \
	{                                                                      \
		"foi_note", "foi-note", "TEXT",                                \
		    "for a freedom of information request: may it be "         \
		    "published, or "                                           \
		    "which exemption, and why",                                \
		    OPS_TEXT, OPS_HANDLING, NULL                               \
	}

/* What these arguments come to, as far as they are given: who records it and on
 * what terms, without readers. Borrows from them. */
struct share_request share_args_terms(const json_t *arguments);
/* ... with the readers that are named; borrows from `to`, too. ERR_LIMIT: more
 * of them than there may be. */
ERR_MUST_USE enum err share_args_read(const json_t *arguments,
    const char *to[LIMIT_READERS], struct share_request *out);
/* Those arguments of an operation that have this flag, and the fields given
 * beside them (may be NULL), as a message; canon_wipe it. Errors of pbjson. */
ERR_MUST_USE enum err share_args_message(const struct ops_op *op,
    const json_t *arguments, unsigned int flag, json_t *fields,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out);

#endif
