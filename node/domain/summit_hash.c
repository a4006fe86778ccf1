#include "domain/summit.h"

#include <sodium.h>

#include <string.h>

static const char label[] = "\x13qsg/summit-state/v1";

struct hashing {
	crypto_generichash_state state;
	int failed;
};

static void put_id(struct hashing *hashing, const struct id32 *id)
{
	hashing->failed |=
	    crypto_generichash_update(&hashing->state, id->b, sizeof id->b);
}

static void put_number(struct hashing *hashing, uint64_t number)
{
	uint8_t bytes[8];

	bytes_put_u64(bytes, number);
	hashing->failed |=
	    crypto_generichash_update(&hashing->state, bytes, sizeof bytes);
}

static void put_fact(struct hashing *hashing, const struct summit_fact *fact)
{
	static const struct id32 none;

	put_id(hashing, fact == NULL ? &none : &fact->record);
}

static void put_facts(struct hashing *hashing,
    const struct summit_fact *const *facts, size_t count)
{
	put_number(hashing, count);
	for (size_t i = 0; i < count; i++)
		put_fact(hashing, facts[i]);
}

static void put_sides(struct hashing *hashing, const struct summit_state *state)
{
	put_number(hashing, state->side_count);
	for (size_t i = 0; i < state->side_count; i++) {
		const struct summit_side *side = &state->sides[i];

		put_id(hashing, &side->organisation);
		put_number(hashing, (uint64_t)side->part);
		put_number(hashing, side->circle);
		put_number(hashing, side->votes);
		put_fact(hashing, side->response);
		put_fact(hashing, side->judgement);
	}
}

static void put_ring(struct hashing *hashing, const struct summit_state *state)
{
	put_number(hashing, state->votes_needed);
	put_number(hashing, state->candidate_count);
	for (size_t i = 0; i < state->candidate_count; i++) {
		const struct summit_candidate *candidate =
		    &state->candidates[i];

		put_number(hashing, candidate->term);
		put_id(hashing, &candidate->organisation);
		put_number(hashing, candidate->nominated);
		put_number(hashing, candidate->accepted);
		put_number(hashing, candidate->voices);
		put_number(hashing, candidate->handed);
		put_number(hashing, candidate->took);
	}
	put_number(hashing, state->holder_count);
	for (size_t i = 0; i < state->holder_count; i++) {
		put_number(hashing, state->holders[i].term);
		put_id(hashing, &state->holders[i].organisation);
		put_id(hashing, &state->holders[i].record);
	}
}

static void put_meetings(
    struct hashing *hashing, const struct summit_state *state)
{
	put_number(hashing, state->meeting_count);
	for (size_t i = 0; i < state->meeting_count; i++) {
		const struct summit_meeting *meeting = &state->meetings[i];

		put_fact(hashing, meeting->called);
		put_fact(hashing, meeting->replaced_by);
		put_fact(hashing, meeting->note);
		put_facts(hashing, meeting->entries, meeting->entry_count);
	}
}

static void put_actions(
    struct hashing *hashing, const struct summit_state *state)
{
	put_number(hashing, state->action_count);
	for (size_t i = 0; i < state->action_count; i++) {
		const struct summit_action *action = &state->actions[i];

		put_fact(hashing, action->set);
		put_id(hashing, &action->owner);
		put_number(hashing, action->done);
		put_number(hashing, action->dropped);
		put_number(hashing, action->holds);
	}
}

/* PROTOCOL.md M637: "The state hash of a summit MUST be BLAKE2b-256 over the
 * bytes given below, and nothing that depends on a node, on its clock or on the
 * order in which records came." So the request that the trigger answers is no
 * part of it: those alone hold that who were asked. */
enum err summit_hash(const struct summit_state *state, struct id32 *out)
{
	struct hashing hashing;

	hashing.failed =
	    crypto_generichash_init(&hashing.state, NULL, 0, sizeof out->b);
	hashing.failed |= crypto_generichash_update(
	    &hashing.state, (const uint8_t *)label, strlen(label));
	put_id(&hashing, &state->id);
	put_fact(&hashing, state->trigger);
	put_number(&hashing, (uint64_t)state->phase);
	put_number(&hashing, state->reopened);
	put_number(&hashing, state->opposed);
	put_number(&hashing, state->breach_open);
	put_sides(&hashing, state);
	put_ring(&hashing, state);
	put_meetings(&hashing, state);
	for (size_t i = 0; i < SUMMIT_CHECKS; i++) {
		put_number(&hashing, state->checks[i].open);
		put_fact(&hashing, state->checks[i].answer);
	}
	put_actions(&hashing, state);
	put_facts(&hashing, state->impacts, state->impact_count);
	put_facts(&hashing, state->objections, state->objection_count);
	put_facts(&hashing, state->stand_downs, state->stand_down_count);
	put_facts(&hashing, state->missed, state->missed_count);
	put_number(&hashing, state->refused_count);
	for (size_t i = 0; i < state->refused_count; i++) {
		put_id(&hashing, &state->refused[i].record);
		put_number(&hashing, (uint64_t)state->refused[i].why);
	}
	hashing.failed |=
	    crypto_generichash_final(&hashing.state, out->b, sizeof out->b);
	return hashing.failed == 0 ? ERR_OK
	                           : err_set(ERR_CRYPTO, "hashing failed");
}
