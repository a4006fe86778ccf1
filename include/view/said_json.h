/*
 * said_json.h - what is said about intelligence and providers, as JSON.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SAID_JSON_H
#define QSG_VIEW_SAID_JSON_H

#include "service/query.h"
#include "service/requests.h"
#include "service/saying.h"

#include <jansson.h>

/* As share_json_result, and about (the record spoken about, or null) and
 * left_out (name, code, fingerprint, why). provider is what a warning names;
 * may be NULL. */
json_t *said_json_result(struct node *node, const struct saying_result *result,
    const char *provider);

/* A request: id, author, author_code, ours, to_us, provider, theme, purpose,
 * already_held, answer_by, created_at, received_at, age_days, open, overdue,
 * and addressees (name, code, fingerprint, state, reached_at, answer,
 * answered_at, text) and not_counted (answers that do not count: id, author,
 * author_code, why_not). */
ERR_MUST_USE enum err said_json_request(
    struct node *node, const struct requests_request *request, json_t **out);

/* Its addressees alone, as above. */
json_t *said_json_addressees(
    struct node *node, const struct requests_request *request);

/* What is known of a record by those that refer to it, into its own object:
 * corroborated_by, feedback, answers, cited_by, each a list of id, author,
 * author_code, created_at, text, counts and, where it does not, why_not; of
 * an answer whether a later one takes its place. Empty lists are left out. Of
 * each list no more than SAID_JSON_SHOWN are there, SAID_JSON_SHOWN_OF_ONE of
 * one author, the newest; left_out says how many others there are, by the
 * list's name; without it they are all there. And newest, of a
 * judgement: whether it is the one of its author that counts. */
#define SAID_JSON_SHOWN 256u
#define SAID_JSON_SHOWN_OF_ONE 16u
void said_json_add_relations(
    struct node *node, json_t *object, const struct query_item *item);
/* Of what is said_is: standing (standing_token), and standing_why. A no-op for
 * anything else. */
void said_json_add_standing(
    struct node *node, json_t *object, const struct query_item *item);

/* Who said it: author, author_code; and of one that nobody here has enrolled,
 * enrolled (false) and author_fingerprint. NULL: not known. */
void said_json_add_author(json_t *object, const struct peer *author);

#endif
