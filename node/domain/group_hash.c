#include "domain/group.h"

#include <sodium.h>

#include <string.h>

static const char id_label[] = "\x0cqsg/group/v1";
static const char state_label[] = "\x12qsg/group-state/v1";

struct hashing {
	crypto_generichash_state state;
	int failed;
};

static void begin(struct hashing *hashing, const char *label)
{
	hashing->failed = crypto_generichash_init(
	    &hashing->state, NULL, 0, sizeof(struct id32));
	hashing->failed |= crypto_generichash_update(
	    &hashing->state, (const uint8_t *)label, strlen(label));
}

static void put(struct hashing *hashing, const void *data, size_t size)
{
	hashing->failed |=
	    crypto_generichash_update(&hashing->state, data, size);
}

static void put_id(struct hashing *hashing, const struct id32 *id)
{
	put(hashing, id->b, sizeof id->b);
}

static void put_number(struct hashing *hashing, uint64_t number)
{
	uint8_t bytes[8];

	bytes_put_u64(bytes, number);
	put(hashing, bytes, sizeof bytes);
}

static enum err end(struct hashing *hashing, struct id32 *out)
{
	hashing->failed |=
	    crypto_generichash_final(&hashing->state, out->b, sizeof out->b);
	return hashing->failed == 0 ? ERR_OK
	                            : err_set(ERR_CRYPTO, "hashing failed");
}

enum err group_id(
    const struct id32 *founder, const struct id32 *nonce, struct id32 *out)
{
	struct hashing hashing;

	begin(&hashing, id_label);
	put_id(&hashing, founder);
	put_id(&hashing, nonce);
	return end(&hashing, out);
}

static void put_notices(
    struct hashing *hashing, const struct group_notice *notices, size_t count)
{
	put_number(hashing, count);
	for (size_t i = 0; i < count; i++) {
		put_id(hashing, &notices[i].record);
		put_id(hashing, &notices[i].organisation);
		put_number(hashing, (uint64_t)notices[i].why);
	}
}

/* PROTOCOL.md M412: "The state hash of a group MUST be BLAKE2b-256 over the
 * bytes given below, and nothing that depends on a node's program or on the
 * order in which records came." What the roster in force says is in its id. */
enum err group_hash(const struct group_state *state, struct id32 *out)
{
	struct hashing hashing;

	begin(&hashing, state_label);
	put_id(&hashing, &state->id);
	put_id(&hashing, &state->roster);
	put_id(&hashing, &state->convenor);
	put_id(&hashing, &state->succeeded);
	put_number(&hashing, state->term);
	put_number(&hashing, state->epoch);
	put_number(&hashing, state->mandate_proven ? 1 : 0);
	put_number(&hashing, state->member_count);
	for (size_t i = 0; i < state->member_count; i++) {
		put_id(&hashing, &state->members[i].organisation);
		put_number(&hashing, (uint64_t)state->members[i].standing);
	}
	put_number(&hashing, state->voices_needed);
	put_number(&hashing, state->candidate_count);
	for (size_t i = 0; i < state->candidate_count; i++) {
		put_id(&hashing, &state->candidates[i].roster);
		put_id(&hashing, &state->candidates[i].organisation);
		put_number(&hashing, state->candidates[i].voices);
		put_number(&hashing, state->candidates[i].needed);
	}
	put_number(&hashing, state->claim_count);
	for (size_t i = 0; i < state->claim_count; i++)
		put_id(&hashing, &state->claims[i].record);
	put_notices(&hashing, state->refused, state->refused_count);
	put_notices(&hashing, state->alarms, state->alarm_count);
	return end(&hashing, out);
}
