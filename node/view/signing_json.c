#include "view/signing_json.h"

#include "service/recovery.h"
#include "service/release.h"
#include "view/json_out.h"

#include <string.h>

static json_t *silent_json(struct node *node)
{
	json_t *array = json_array();
	for (size_t org = 2; org <= peers_count(node); org++) {
		const struct peer *peer = peers_get(node, (int64_t)org);
		if (peer == NULL || !recovery_silent(node, peer)) {
			continue;
		}
		json_t *object = json_object();
		json_out_text(object, "name", peer->card.fields->name);
		json_out_text(object, "code", peer->card.fields->code);
		json_out_append(array, object);
	}
	return array;
}

enum err signing_json_write(struct node *node, json_t **out)
{
	struct recovery_status status;
	const char *why = NULL;
	bool allowed = node_may_sign(node, &why);
	enum err err = recovery_describe(node, &status);
	if (err != ERR_OK) {
		return err;
	}
	json_t *object = json_object();
	json_out_bool(object, "allowed", allowed);
	json_out_text(object, "state", status.state);
	json_out_text_or_null(object, "reason", allowed ? NULL : why);
	json_out_bool(object, "without_waiting", status.accepted);
	json_out_set(object, "seconds_left", json_null());
	if (status.left_ms >= 0) {
		json_out_number(object, "seconds_left",
		    (uint64_t)(status.left_ms + 999) / 1000);
	}
	json_out_number(object, "awaited", status.awaited);
	json_out_number(object, "answered", status.answered);
	json_out_set(object, "silent", silent_json(node));
	json_out_number(object, "drafts", status.drafts);
	json_out_number(object, "releases", release_waiting(node));
	json_out_number(
	    object, "generations", node_card(node)->fields->n_generations);
	*out = object;
	return ERR_OK;
}

static void who_is_silent(struct paper *paper, const json_t *signing)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *silent = json_object_get(signing, "silent");
	paper_printf(paper, "              %lld of %lld peers have answered",
	    (long long)paper_number(signing, "answered"),
	    (long long)paper_number(signing, "awaited"));
	json_array_foreach(silent, at, each)
	{
		paper_put(paper, at == 0 ? "; silent: " : ", ");
		paper_text(paper, paper_member(each, "name"));
	}
	paper_put(paper, "\n");
}

void signing_report(struct paper *paper, const json_t *signing)
{
	const char *state = paper_member(signing, "state");
	bool waits =
	    strcmp(state, "waiting") == 0 || strcmp(state, "recovering") == 0;
	paper_put(paper, "signing       ");
	if (paper_flag(signing, "allowed")) {
		paper_put(paper, "yes\n");
	} else {
		paper_styled(paper, PAPER_WARN, waits ? state : "no");
		paper_put(paper, ": ");
		paper_text(paper, paper_member(signing, "reason"));
		paper_put(paper, "\n");
	}
	if (waits &&
	    json_is_integer(json_object_get(signing, "seconds_left"))) {
		paper_printf(paper, "              for %lld seconds at most\n",
		    (long long)paper_number(signing, "seconds_left"));
	}
	if (waits) {
		who_is_silent(paper, signing);
	}
	if (paper_flag(signing, "without_waiting")) {
		paper_put(paper, "              ");
		paper_styled(paper, PAPER_WARN,
		    "since its start without waiting for peers "
		    "(--accept-head)");
		paper_put(paper, "\n");
		who_is_silent(paper, signing);
	}
	if (paper_number(signing, "drafts") > 0) {
		paper_printf(paper, "drafts        %lld\n",
		    (long long)paper_number(signing, "drafts"));
	}
	if (paper_number(signing, "releases") > 0) {
		paper_printf(paper,
		    "waiting       %lld for a person: see `qsg release list`\n",
		    (long long)paper_number(signing, "releases"));
	}
}

void signing_report_rotated(struct paper *paper, const json_t *value)
{
	paper_printf(paper,
	    "a new log begins: generation %s, by version %lld of the card\n",
	    paper_member(value, "generation"),
	    (long long)paper_number(value, "card_version"));
	if (paper_flag(value, "compromised")) {
		paper_put(paper,
		    "the old log key is marked as compromised; what it signs "
		    "from now on is shown as disowned\n");
	}
}
