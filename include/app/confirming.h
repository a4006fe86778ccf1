/*
 * confirming.h - what the node asks back before something is sealed: the very
 * readers, and why CQC is not among them.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: the program's first.
 */
#ifndef QSG_APP_CONFIRMING_H
#define QSG_APP_CONFIRMING_H

#include "app/cli.h"
#include "app/client.h"

/* As client_ask_json. Where the node asks back, the readers are shown on
 * standard error, and it is asked again with the answer: that of a person at
 * the terminal, or, with the flag `yes` in arguments, that the list shown is
 * confirmed. With `yes` and shown_after, whoever calls shows the readers with
 * the result, and they are not shown here: once is enough. What was answered
 * stays in arguments, for the next request. ERR_DENIED when nobody says yes.
 * *out is the last answer, also on error. */
ERR_MUST_USE enum err confirming_ask(struct cli *cli, struct client *client,
    const char *operation, bool shown_after, json_t *arguments, json_t **out);

#endif
