/*
 * client.h - ask a running node over its Unix socket (libcurl).
 *
 * Floor:   app
 * Threads: one at a time per client.
 */
#ifndef QSG_APP_CLIENT_H
#define QSG_APP_CLIENT_H

#include "base/bytes.h"

#include <jansson.h>

struct client;

/* ERR_NOTFOUND when there is no such home. The connection is made by the first
 * question, and kept. */
ERR_MUST_USE enum err client_open(const char *home, struct client **out);
/* Ask as this account, with its password. */
ERR_MUST_USE enum err client_as(
    struct client *client, const char *account, struct span password);
void client_close(struct client *client);

/* Ask for an operation. arguments is borrowed. *text is the answer as it came,
 * borrowed until the next question; also after an error that the node reported,
 * whose code and message become the result. ERR_NET: no node serves the home.
 */
ERR_MUST_USE enum err client_ask(struct client *client, const char *operation,
    const json_t *arguments, struct span *text);
/* The same, parsed; *out is NULL when there is nothing, else the caller's. */
ERR_MUST_USE enum err client_ask_json(struct client *client,
    const char *operation, const json_t *arguments, json_t **out);

#endif
