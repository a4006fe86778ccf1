#include "service/replica.h"
#include "service/state.h"
#include "store/heads.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_BACK = 16 };

static unsigned minimum_of(const struct node *node)
{
	int minimum = node->witness.policy.minimum;

	if (minimum >= 0) {
		return (unsigned)minimum;
	}
	return node->peer_count > 1 ? 1 : 0;
}

/* When the first entry of our log from `leaf` on was made. */
static int64_t made_ms(const struct node *node, uint64_t leaf)
{
	int64_t made = 0;

	for (size_t rid = views_count(node->views); rid > 0; rid--) {
		const struct view_record *view =
		    views_get(node->views, (uint32_t)rid);

		if (node->streams[view->stream - 1].row.log != node->own_log) {
			continue;
		}
		if (view->leaf < leaf) {
			break;
		}
		made = view->received_ms;
	}
	return made;
}

enum err witness_status(struct node *node, struct witness_status *out)
{
	int64_t orgs[WITNESS_MOST];
	int64_t now = clock_wall_ms(node->options.clock);
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	out->head = state_own_log(node)->head.size;
	out->published = witness_published(node);
	out->published_ms = node->witness.published_ms;
	out->minimum = minimum_of(node);
	out->max_age_s = node->witness.policy.max_age_s;
	out->asked = witness_asked(node, orgs);
	for (size_t i = 0; i < out->asked && out->published; i++) {
		if (!witness_lacks(node, peers_get(node, orgs[i]))) {
			out->cosigned++;
		}
	}
	if (out->minimum) {
		err = heads_witnessed(
		    node->db, node->own_log, out->minimum, &out->witnessed);
	} else {
		out->witnessed = out->head;
	}
	if (!err && out->witnessed < out->head) {
		out->unwitnessed = out->head - out->witnessed;
		out->oldest_ms = made_ms(node, out->witnessed);
	}
	out->ok =
	    !out->unwitnessed || now - out->oldest_ms <= out->max_age_s * 1000;
	return err;
}

static enum err fill_word(void *context, const struct cosignature_row *row)
{
	struct witness_word *word = context;

	word->size = row->size;
	word->time_s = (int64_t)row->time_s;
	return ERR_OK;
}

static enum err look_up(
    struct node *node, int64_t log, int64_t org, struct witness_word *word)
{
	enum err err = heads_cosigned(node->db, log, org, fill_word, word);

	return err == ERR_NOTFOUND ? ERR_OK : err;
}

enum err witness_scan_asked(struct node *node, witness_each each, void *context)
{
	int64_t orgs[WITNESS_MOST];
	size_t count = witness_asked(node, orgs);
	enum err err = ERR_OK;

	for (size_t i = 1; i < node->peer_count && !err; i++) {
		struct witness_word word = { .peer = node->peers[i],
			.generation = state_own_log(node)->head.generation };

		for (size_t at = 0; at < count; at++) {
			word.asked = word.asked || orgs[at] == word.peer->org;
		}
		err = look_up(node, node->own_log, word.peer->org, &word);
		if (!err && (word.asked || word.size)) {
			err = each(context, &word);
		}
	}
	return err;
}

enum err witness_scan_cosigned(
    struct node *node, witness_each each, void *context)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < node->log_count && !err; i++) {
		const struct state_log *log = &node->logs[i];
		struct witness_word word = { .peer = peers_get(node, log->org),
			.generation = log->head.generation };

		if (log->org == 1) {
			continue;
		}
		err = look_up(node, log->log, 1, &word);
		if (!err && word.size) {
			err = each(context, &word);
		}
	}
	return err;
}

/*
 * The checkpoint to show.
 */

struct lines {
	struct buf items[WITNESS_MOST];
	size_t count;
};

static enum err add_line(void *context, const struct cosignature_row *row)
{
	struct lines *lines = context;

	return lines->count == WITNESS_MOST
	           ? ERR_OK
	           : buf_append(&lines->items[lines->count++], row->line);
}

/* By name: lines begin with it. */
static int compare_lines(const void *a, const void *b)
{
	const struct buf *one = a;
	const struct buf *two = b;
	size_t size = one->size < two->size ? one->size : two->size;

	return memcmp(one->data, two->data, size);
}

struct choosing {
	struct node *node;
	struct buf note;
	uint64_t size;
	size_t lines;
	bool any;
};

static enum err choose(void *context, const struct head_row *row)
{
	struct choosing *choosing = context;
	struct lines lines = { 0 };
	enum err err = heads_cosignatures(
	    choosing->node->db, row->log, row->size, add_line, &lines);

	for (size_t i = 0; i < lines.count; i++) {
		buf_clear(&lines.items[i]);
	}
	if (err || (choosing->any && lines.count <= choosing->lines)) {
		return err;
	}
	choosing->any = true;
	choosing->lines = lines.count;
	choosing->size = row->size;
	buf_reset(&choosing->note);
	return buf_append(&choosing->note, row->note);
}

static enum err append_lines(
    struct node *node, int64_t log, struct witness_checkpoint *out)
{
	struct lines lines = { 0 };
	enum err err =
	    heads_cosignatures(node->db, log, out->head.size, add_line, &lines);

	qsort(lines.items, lines.count, sizeof lines.items[0], compare_lines);
	for (size_t i = 0; i < lines.count; i++) {
		if (!err) {
			err = buf_append(&out->note, buf_span(&lines.items[i]));
			out->cosignatures++;
		}
		buf_clear(&lines.items[i]);
	}
	return err;
}

/* Fill in what the note says, and append its cosignatures. */
static enum err complete(
    struct node *node, int64_t log, struct witness_checkpoint *out)
{
	struct note note;
	enum err err = note_parse(buf_span(&out->note), &note);

	if (!err) {
		err = checkpoint_parse(&note, &out->head);
	}
	return err ? err : append_lines(node, log, out);
}

enum err witness_checkpoint(struct node *node, struct witness_checkpoint *out)
{
	struct state_log *own = state_own_log(node);
	struct choosing choosing = { .node = node };
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	if (!own->head.size) {
		return err_set(ERR_NOTFOUND, "the log is empty");
	}
	err = heads_newest(node->db, own->log, LOOK_BACK, choose, &choosing);
	if (!err) {
		err = buf_append(&out->note, choosing.any
						 ? buf_span(&choosing.note)
						 : buf_span(&own->note));
	}
	buf_clear(&choosing.note);
	return err ? err : complete(node, own->log, out);
}

static enum err keep_note(void *context, const struct head_row *row)
{
	return buf_append(context, row->note);
}

enum err witness_covering(struct node *node, int64_t log, uint64_t leaf,
    struct witness_checkpoint *out)
{
	uint64_t size = 0;
	enum err err = heads_witnessed(node->db, log, 1, &size);

	memset(out, 0, sizeof *out);
	if (!err && size <= leaf) {
		return err_set(
		    ERR_NOTFOUND, "no witness has signed such a head");
	}
	if (!err) {
		err = heads_get(node->db, log, size, keep_note, &out->note);
	}
	return err ? err : complete(node, log, out);
}
