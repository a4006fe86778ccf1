#include "keys/card_succession.h"

#include <string.h>

static bool same_bytes(
    const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

bool card_succession_lists(const Qsg__LogGeneration *generation, uint64_t size,
    const struct id32 *root)
{
	for (size_t i = 0; i < generation->n_accepted_heads; i++) {
		const Qsg__AcceptedHead *head = generation->accepted_heads[i];
		if (head->size == size &&
		    memcmp(head->root.data, root->b, sizeof(root->b)) == 0) {
			return true;
		}
	}
	return false;
}

/* Does the newer statement of one generation keep all that the older says? */
static bool keeps(
    const Qsg__LogGeneration *older, const Qsg__LogGeneration *newer)
{
	if (older->compromised && !newer->compromised) {
		return false;
	}
	for (size_t i = 0; i < older->n_accepted_heads; i++) {
		const Qsg__AcceptedHead *head = older->accepted_heads[i];
		struct id32 root;
		memcpy(root.b, head->root.data, sizeof(root.b));
		if (!card_succession_lists(newer, head->size, &root)) {
			return false;
		}
	}
	return true;
}

enum card_succession card_succession(
    const struct card *older, const struct card *newer)
{
	const Qsg__Card *a = older->fields;
	const Qsg__Card *b = newer->fields;
	size_t common = a->n_generations < b->n_generations ? a->n_generations
	                                                    : b->n_generations;
	for (size_t i = 0; i < common; i++) {
		if (!same_bytes(&a->generations[i]->generation,
			&b->generations[i]->generation) ||
		    !same_bytes(&a->generations[i]->log_key,
			&b->generations[i]->log_key)) {
			return CARD_DIVERGES;
		}
	}
	if (b->n_generations < a->n_generations) {
		return CARD_WITHDRAWS;
	}
	/* The older one's last was live: it says nothing of its end. */
	for (size_t i = 0; i + 1 < a->n_generations; i++) {
		if (!keeps(a->generations[i], b->generations[i])) {
			return CARD_WITHDRAWS;
		}
	}
	return CARD_CONTINUES;
}
