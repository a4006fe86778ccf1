#include "asking.h"

#include "codec/canon.h"
#include "store/heads.h"

#include <string.h>

struct fixture asking_fixture;

struct node *asking_author(void)
{
	return asking_fixture.nodes[0];
}

void asking_write_one(const char *text)
{
	struct id32 record;

	OK(fixture_share(&asking_fixture, 0, 1u << 1 | 1u << 2, text, &record));
	OK(node_commit(asking_author()));
}

/* The tick publishes, or does not. */
bool asking_publishes(void)
{
	struct node_event event;
	bool said = false;

	witness_tick(asking_author());
	OK(node_commit(asking_author()));
	while (node_next_event(asking_author(), &event)) {
		said = said || event.kind == NODE_HEAD_PUBLISHED;
	}
	return said;
}

void asking_publish(const char *text)
{
	asking_write_one(text);
	asking_fixture.now_ms += WITNESS_INTERVAL_S * 1000;
	ck_assert(asking_publishes());
}

/* What the author tells, joined to that size; to be tampered with. */
Qsg__Head *asking_head_from(uint64_t from)
{
	struct witness_head head;
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };

	OK(witness_make_head(asking_author(), from, &head));
	OK(canon_encode(&head.head.base, &bytes));
	OK(canon_decode_message(&qsg__head__descriptor, buf_span(&bytes),
	    LIMIT_MESSAGE_BYTES, &message));
	witness_clear_head(&head);
	buf_clear(&bytes);
	return (Qsg__Head *)message;
}

enum err asking_hear(size_t at, Qsg__Head *head, struct witness_heard *heard)
{
	return witness_take_head(asking_fixture.nodes[at],
	    fixture_peer(&asking_fixture, at, 0), head, heard);
}

/* Node `at` is told of the newest published head and commits. */
enum err asking_tell(size_t at, uint64_t from, struct witness_heard *heard)
{
	Qsg__Head *head = asking_head_from(from);
	enum err err = asking_hear(at, head, heard);

	canon_free(&head->base);
	OK(node_commit(asking_fixture.nodes[at]));
	return err;
}

enum err asking_read_back(
    size_t at, const struct witness_heard *heard, struct buf *line)
{
	buf_reset(line);
	return witness_read(asking_fixture.nodes[at],
	    fixture_peer(&asking_fixture, at, 0), &heard->generation,
	    heard->size, line);
}

void asking_say(
    size_t at, const struct witness_heard *heard, struct asking_said *out)
{
	memset(out, 0, sizeof *out);
	qsg__cosignature__init(&out->message);
	out->author = *node_id(asking_author());
	out->witness = *node_id(asking_fixture.nodes[at]);
	out->generation = heard->generation;
	OK(asking_read_back(at, heard, &out->line));
	out->message.author.data = out->author.b;
	out->message.author.len = sizeof out->author.b;
	out->message.generation.data = out->generation.b;
	out->message.generation.len = sizeof out->generation.b;
	out->message.witness.data = out->witness.b;
	out->message.witness.len = sizeof out->witness.b;
	out->message.size = heard->size;
	out->message.line.data = out->line.data;
	out->message.line.len = out->line.size;
}

enum err asking_take(size_t from, const struct asking_said *saying)
{
	enum err err = witness_take(asking_author(),
	    fixture_peer(&asking_fixture, 0, from), &saying->message,
	    span_text("the message"));

	OK(node_commit(asking_author()));
	return err;
}

/* All the way: told, cosigned, answered. */
void asking_cosign(size_t at, uint64_t from)
{
	struct witness_heard heard;
	struct asking_said saying;

	OK(asking_tell(at, from, &heard));
	ck_assert(heard.cosigned);
	asking_say(at, &heard, &saying);
	OK(asking_take(at, &saying));
	buf_clear(&saying.line);
}

static enum err count_row(void *context, const struct cosignature_row *row)
{
	size_t *count = context;

	(void)row;
	(*count)++;
	return ERR_OK;
}

/* Cosignatures that node `at` holds on a head of node 0's log. */
size_t asking_lines_at(size_t at, uint64_t size)
{
	struct node *node = asking_fixture.nodes[at];
	const struct state_log *log = state_log_of(node,
	    node_id(asking_author()), &node_head(asking_author())->generation);
	size_t count = 0;

	if (log) {
		OK(heads_cosignatures(
		    node->db, log->log, size, count_row, &count));
	}
	return count;
}

struct state_log *asking_log_at(size_t at)
{
	return state_log_of(asking_fixture.nodes[at], node_id(asking_author()),
	    &node_head(asking_author())->generation);
}
