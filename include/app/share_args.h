/*
 * share_args.h - the arguments that are fields of an item of intelligence and
 * of its handling rules: of `share`, and of `correct`.
 *
 * Floor:   app
 * Threads: constant.
 */
#ifndef QSG_APP_SHARE_ARGS_H
#define QSG_APP_SHARE_ARGS_H

#include "app/ops.h"

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

#endif
