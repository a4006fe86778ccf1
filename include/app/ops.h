/*
 * ops.h - the one table of operations. The command line, its help, the man
 * page, shell completion and the local API are all read off it.
 *
 * Floor:   app (may include everything below)
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: the table is constant; handlers run in the node's thread.
 */
#ifndef QSG_APP_OPS_H
#define QSG_APP_OPS_H

#include "domain/vocab.h"
#include "service/node.h"
#include "view/paper.h"
#include "view/status_json.h"

#include <jansson.h>

enum ops_type {
	OPS_TEXT,
	OPS_FLAG,
	OPS_NUMBER, /* a whole number that is not negative */
	OPS_OBJECT, /* API only */
	OPS_OBJECTS /* API only: an array of objects */
};

enum {
	/* Of arguments. */
	OPS_REQUIRED = 1,
	OPS_REPEATED = 2,   /* an array in JSON */
	OPS_POSITIONAL = 4, /* on the command line */
	OPS_API_ONLY = 8,   /* not on the command line */
	OPS_CLI_ONLY = 16,  /* not in the API */
	OPS_HIDDEN = 32,    /* not in help */
	OPS_CONTENT = 64,   /* a field of the intelligence itself */
	OPS_HANDLING = 128, /* a field of its handling rules */
	/* Of operations. */
	OPS_WRITES = 256, /* answered only once it is durable */
	OPS_NO_API = 512, /* works on files, or is the node itself */
	OPS_ALONE = 1024  /* the word of its group alone means it, too */
};

struct ops_arg {
	const char *key;     /* in JSON */
	const char *option;  /* on the command line, without dashes */
	const char *metavar; /* NULL for a flag */
	const char *help;    /* one line */
	enum ops_type type;
	unsigned int flags;
	const struct vocab *(*words)(void); /* listed by help; may be NULL */
};

/* What a handler gives back. */
struct ops_answer {
	json_t *json; /* the result, or beside an error what is known of it */
	struct buf text; /* instead of json: the result as JSON text */
	/* A long text is given piece by piece: where this one begins, 0 for
	 * the first, and where the next will; 0: this was the last. */
	uint64_t from;
	uint64_t next;
	/* Nothing yet: ask again after the next commit, until this time on the
	 * steady clock. 0: done. */
	int64_t again_until_ms;
};

/* What handlers work on. */
struct ops_caller;
struct sock_users;
struct ops_core {
	struct node *node;
	const struct ops_caller *caller; /* while a handler runs: acting.h */
	struct sock_users *users;        /* who may connect; may be NULL */
	unsigned int alarm_repeat_s;     /* between two times of one alarm */
	struct status_json_serving serving;
};

struct cli;
struct ops_op {
	const char *name;    /* in the API */
	const char *words;   /* on the command line; NULL: API only */
	const char *summary; /* one line */
	const char *help;    /* paragraphs, wrapped; may be NULL */
	const struct ops_arg *args;
	size_t arg_count;
	unsigned int flags;
	/* In the node's thread; arguments have been checked against args. NULL
	 * with OPS_NO_API. */
	enum err (*handler)(struct ops_core *core, const json_t *arguments,
	    struct ops_answer *answer);
	/* On the command line. NULL: ask the API and render. */
	int (*run)(struct cli *cli, const struct ops_op *op, json_t *arguments);
	void (*render)(struct paper *paper, const json_t *value);
	/* Said on standard error when the result is an empty array. */
	const char *when_empty;
};

size_t ops_count(void);
const struct ops_op *ops_at(size_t index);
/* By name in the API; NULL. */
const struct ops_op *ops_find(struct span name);
/* By the words of a command, e.g. {"peer", "add"}: *used says how many words
 * it took. A group's word alone finds the group's OPS_ALONE. NULL. */
const struct ops_op *ops_find_words(
    char *const *words, size_t count, size_t *used);
/* Is there a command that begins with this word and needs another? */
bool ops_is_group(const char *word);
/* The command whose words are nearest to what was typed, or NULL when nothing
 * is near. */
const struct ops_op *ops_nearest(const char *typed);

/* Check the arguments of a request: an object, no unknown keys, required ones
 * there, right types. ERR_INPUT naming the key. */
ERR_MUST_USE enum err ops_check(const struct ops_op *op, json_t *arguments);
/* One of arguments that were checked: a text, lent, NULL where it is not given;
 * and whether a flag is given. */
const char *ops_text(const json_t *arguments, const char *key);
bool ops_flag(const json_t *arguments, const char *key);
/* Repeated texts, lent; ERR_LIMIT, which says what they are ("readers"), when
 * there are more than `room`. */
ERR_MUST_USE enum err ops_texts(const json_t *arguments, const char *key,
    const char *what, const char **out, size_t room, size_t *count);

/* How an error is told in HTTP, and how a command ends after it. */
unsigned int ops_http_status(enum err err);
int ops_exit_status(enum err err);
/* Back from err_name; ERR_IO for an unknown name. */
ERR_MUST_USE enum err ops_err_named(const char *name);

#endif
