/*
 * err.h - one list of error codes, one message per thread.
 *
 * Floor:   base
 * Threads: the message belongs to the calling thread.
 */
#ifndef QSG_BASE_ERR_H
#define QSG_BASE_ERR_H

#define ERR_MUST_USE __attribute__((warn_unused_result))

enum err {
	ERR_OK = 0,
	ERR_USAGE,     /* the caller's words are off: exit 2 */
	ERR_INPUT,     /* a value from a user or file is not acceptable */
	ERR_FORMAT,    /* bytes from a peer, file or disk do not parse */
	ERR_VERSION,   /* well-formed, but of a version we do not know */
	ERR_VERIFY,    /* a signature, proof, commitment or MAC is wrong */
	ERR_LIMIT,     /* larger or more than limits.h allows */
	ERR_NOTFOUND,  /* no such thing here */
	ERR_AMBIGUOUS, /* more than one thing fits */
	ERR_EXISTS,    /* already there */
	ERR_DENIED,    /* not allowed */
	ERR_STATE,     /* not in the state this needs */
	ERR_BUSY,      /* in use by another process */
	ERR_FULL,      /* disk or quota full */
	ERR_IO,        /* the operating system failed us */
	ERR_CORRUPT,   /* our own disk content is damaged */
	ERR_NET,       /* a peer or address cannot be reached */
	ERR_MEM,       /* out of memory */
	ERR_CRYPTO,    /* libsodium reported a failure it should not */
	ERR_COUNT
};

/* Record a message for this thread and return code, so that a caller can
 * write `return err_set(ERR_NOTFOUND, "no record %s", hex);`. The message is
 * one line without a final full stop and is cut at 511 bytes. */
enum err err_set(enum err code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Put `context: ` before the message of the last err_set and return code. */
enum err err_wrap(enum err code, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* err_set with strerror(errno) appended; ENOSPC, EDQUOT and EFBIG become
 * ERR_FULL, everything else ERR_IO. */
enum err err_errno(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The calling thread's last message; never NULL. Borrowed until the next
 * err_set of the same thread. */
const char *err_text(void);

/* A code's stable lower-case name, e.g. "not-found" (used in JSON). */
const char *err_name(enum err code);

/* The static analyser sees one file at a time and could not know otherwise
 * that err_set returns its code. */
#ifdef __clang_analyzer__
/* NOLINTNEXTLINE(readability-identifier-naming): stands in for a function */
#define err_set(code, ...) (err_set((code), __VA_ARGS__), (code))
/* NOLINTNEXTLINE(readability-identifier-naming): the same */
#define err_wrap(code, ...) (err_wrap((code), __VA_ARGS__), (code))
#endif

#endif
