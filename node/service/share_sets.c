#include "service/share_parts.h"
#include "service/state.h"

#include <string.h>

/* Its payload, unless the same is shared already, and whether it may go. */
static enum err prepare(struct node *node, const struct share_request *request,
    const Qsg__IndicatorSet *set, struct importer_payload *whole,
    struct importer_result *imported, struct share_result *out)
{
	const struct submit_audience audience = { .readers = out->readers,
		.count = out->reader_count };
	enum err err = importer_judge(node, &audience, set, imported);

	if (err || imported->outcome == IMPORTER_SAME) {
		return err;
	}
	importer_payload(whole, set, &imported->record);
	memset(&imported->record, 0, sizeof imported->record);
	err = share_judge(node, request, &whole->payload, out);
	return err ? err : share_judge_allows(node, request, out);
}

static enum err stage(struct node *node, const struct share_request *request,
    const Qsg__IndicatorSet *set, struct importer_result *imported,
    struct share_result *out)
{
	struct importer_payload whole;
	enum err err = ERR_OK;

	memset(&out->record, 0, sizeof out->record);
	out->draft = out->release = 0;
	err = prepare(node, request, set, &whole, imported, out);
	if (err || request->dry_run) {
		return err;
	}
	if (imported->outcome == IMPORTER_SAME) {
		out->record = imported->record;
		return ERR_OK;
	}
	err = share_keep(node, request, &whole.payload, out);
	imported->record = out->record;
	return err;
}

static enum err resolve(struct node *node, const struct share_request *request,
    struct share_result *out)
{
	enum err err = share_check_words(request);

	memset(out, 0, sizeof *out);
	return err ? err : share_readers_resolve(node, request, out);
}

enum err share_set(struct node *node, const struct share_request *request,
    const Qsg__IndicatorSet *set, struct importer_result *imported,
    struct share_result *out)
{
	enum err err = resolve(node, request, out);

	return err ? err : stage(node, request, set, imported, out);
}

enum err share_sets(struct node *node, const struct share_request *request,
    const struct share_sets *sets, struct share_result *out)
{
	struct importer_payload whole;
	enum err err = resolve(node, request, out);

	for (size_t i = 0; i < sets->count && !err; i++) {
		err = prepare(node, request, sets->sets[i], &whole,
		    &sets->imported[i], out);
		err = err ? err_wrap(err, "set %zu", i + 1) : ERR_OK;
	}
	for (size_t i = 0; i < sets->count && !err; i++) {
		err = stage(
		    node, request, sets->sets[i], &sets->imported[i], out);
		sets->drafts[i] = out->draft;
		sets->releases[i] = out->release;
		/* Those before it must not stand alone. */
		err = err && i > 0 ? state_poison(node, err) : err;
	}
	return err;
}
