/*
 * call.h - one request of the local API on its way through the node.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: handed from the HTTP thread to the node's and back.
 */
#ifndef QSG_APP_CALL_H
#define QSG_APP_CALL_H

#include "app/ops.h"
#include "keys/password.h"

struct call {
	const struct ops_op *op;
	json_t *arguments;
	/* Who asks, as the kernel says, and as whom. */
	uint32_t user;
	char account[LIMIT_ACCOUNT_NAME + 1]; /* "" as that user */
	/* Set by the node: the password that came has to be compared with this
	 * hash, and the call to be sent again. */
	bool wants_check;
	char hash[PASSWORD_HASH_BYTES]; /* "": of nobody */
	bool checked;                   /* it is the one of that hash */
	bool failed;                    /* it is not */
	/* Filled by whoever answers. */
	unsigned int status;
	struct buf body;
	uint64_t next; /* where the next piece of the answer begins, for which
	                  the call is to be sent again; 0: there is none */
	/* The node's. */
	int64_t until_ms; /* waits until then; 0: does not */
	/* Tells the HTTP thread that it is answered. */
	void (*answered)(void *context);
	void *context;
};

/* A request's method, path and body as a call. ERR_NOTFOUND, ERR_INPUT,
 * ERR_LIMIT. */
struct call_request {
	const char *method;
	const char *path;
	struct span body;
};
ERR_MUST_USE enum err call_decode(
    const struct call_request *request, struct call **out);
void call_free(struct call *call);

/* Fill in status and body: the answer, or the error with its message and what
 * the answer holds of it. Takes over what is in answer. */
void call_fill(struct call *call, enum err err, struct ops_answer *answer);
/* The body of an error alone. */
ERR_MUST_USE enum err call_error_body(
    enum err code, const char *message, struct buf *out);

#endif
