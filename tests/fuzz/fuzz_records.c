/* What a node takes from an enrolled peer: records, heads, Hellos and cards.
 * True records and heads of an author are changed as the input says; whatever
 * is then taken must be the author's own. Nothing stays taken: each input
 * begins from the same node. */
#include "base/log.h"
#include "codec/canon.h"
#include "fuzz/tool.h"
#include "service/load.h"
#include "service/replica.h"
#include "service/state.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(const int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AUTHOR, READER, NODES, RECORDS = 7, FIRST = 3 };

static struct node *nodes[NODES];
static struct rng_seeded seeded;
static struct rng rng;
static struct id32 known[RECORDS]; /* all that the author ever logged */
static size_t known_count;
static struct buf messages[2]; /* Records: the first few, and all */
static struct buf heads;       /* a Head joined to the reader's */

static int64_t now_ms(void *context)
{
	(void)context;
	return 1700000000000;
}

static const struct clock stopped = { now_ms, now_ms, NULL };

static struct passphrase *secret(void)
{
	uint8_t text[] = "secret\n";
	struct passphrase *passphrase = NULL;
	tool_ok(keystore_passphrase(text, sizeof(text) - 1, &passphrase));
	return passphrase;
}

static void make_node(size_t at, const char *name, const char *code)
{
	const char *home = tool_path(code);
	struct node_profile profile = {
		.name = name, .code = code, .kind = "ccg"
	};
	struct node_options options = {
		.home = home, .clock = &stopped, .rng = &rng
	};
	struct passphrase *passphrase = secret();
	struct buf keys = { 0 };
	tool_ok(node_create(
	    home, &profile, passphrase, KEYSTORE_CHEAP, &stopped, &rng));
	tool_ok(buf_printf(&keys, "%s/keys", home));
	tool_ok(keystore_open(buf_text(&keys), passphrase, &options.keystore));
	tool_ok(node_open(&options, &nodes[at]));
	passphrase_free(passphrase);
	buf_clear(&keys);
}

static void enrol(size_t at, size_t of)
{
	struct peers_decision decision = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	tool_ok(
	    peers_add(nodes[at], buf_span(&node_card(nodes[of])->signed_bytes),
		&decision, &outcome, &peer));
	tool_ok(node_commit(nodes[at]));
	tool_must(peer->org == 2);
}

static void share(const char *text)
{
	const int64_t readers[] = { 2 };
	Qsg__Payload payload;
	Qsg__Intelligence item;
	struct id32 record;
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend(text);
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	tool_ok(submit_payload(nodes[AUTHOR], readers, 1, &payload, &record));
	tool_ok(node_commit(nodes[AUTHOR]));
}

/* Ask the author for a range, as a message. */
static void supply(uint64_t first, uint64_t head_size, struct buf *out)
{
	struct replica_range range;
	Qsg__Records records;
	uint64_t next = 0;
	tool_must(replica_stream(nodes[AUTHOR], 1, &range));
	range.first = first;
	range.head_size = head_size;
	tool_ok(replica_supply(nodes[AUTHOR], peers_get(nodes[AUTHOR], 2),
	    &range, LIMIT_BATCH_BYTES, &records, &next));
	for (size_t i = 0; i < records.n_records; i++) {
		const ProtobufCBinaryData *header = &records.records[i]->header;
		merkle_leaf(
		    span_of(header->data, header->len), &known[first - 1 + i]);
		known_count = first + i;
	}
	tool_ok(canon_encode(&records.base, out));
	replica_free_records(&records);
}

static void supply_head(uint64_t from, struct buf *out)
{
	const struct checkpoint *head = node_head(nodes[AUTHOR]);
	struct generation generation = head->generation;
	struct id32 author = head->author;
	Qsg__HeadWant want = QSG__HEAD_WANT__INIT;
	Qsg__Head answer;
	want.author.data = author.b;
	want.author.len = sizeof(author.b);
	want.generation.data = generation.b;
	want.generation.len = sizeof(generation.b);
	want.n_sizes = 1;
	want.sizes = &from;
	tool_ok(replica_supply_head(
	    nodes[AUTHOR], peers_get(nodes[AUTHOR], 2), &want, &answer));
	tool_ok(canon_encode(&answer.base, out));
	replica_free_head(&answer);
}

static enum err take(struct span bytes, struct replica_taken *taken)
{
	ProtobufCMessage *message = NULL;
	enum err err = canon_decode_message(
	    &qsg__records__descriptor, bytes, LIMIT_MESSAGE_BYTES, &message);
	memset(taken, 0, sizeof(*taken));
	if (err == ERR_OK) {
		err = replica_take(nodes[READER], peers_get(nodes[READER], 2),
		    (const Qsg__Records *)message, bytes, taken);
	}
	canon_free(message);
	return err;
}

int LLVMFuzzerInitialize(const int *argc, char ***argv)
{
	struct replica_taken taken;
	(void)argc;
	(void)argv;
	tool_ok(keystore_process_init());
	log_set_level(LOG_ERROR);
	rng = rng_seed(&seeded, 1);
	make_node(AUTHOR, "Northton", "07M");
	make_node(READER, "Westton", "08R");
	enrol(AUTHOR, READER);
	enrol(READER, AUTHOR);
	share("one");
	share("two");
	/* The reader holds these; what is changed builds on them. */
	supply(1, 0, &messages[0]);
	tool_ok(take(buf_span(&messages[0]), &taken));
	tool_must(taken.taken == FIRST);
	tool_ok(node_commit(nodes[READER]));
	share("three");
	share("four");
	share("five");
	share("six");
	buf_reset(&messages[0]);
	supply(FIRST + 1, FIRST, &messages[0]);
	supply(1, 0, &messages[1]);
	supply_head(FIRST, &heads);
	tool_must(known_count == RECORDS);
	return 0;
}

/* Flip, cut, double or drop bytes of a message as the input says. */
static void change(struct buf *message, struct reader *in)
{
	while (in->left.size >= 4 && message->size > 0) {
		size_t at = reader_u16(in) % message->size;
		uint8_t what = reader_u8(in);
		uint8_t with = reader_u8(in);
		size_t left = message->size - at;
		size_t size = with < left ? with : left;
		if (what < 200) {
			message->data[at] ^= with;
		} else if (what < 220) {
			memmove(message->data + at, message->data + at + size,
			    left - size);
			message->size -= size;
		} else if (what < 240) {
			struct buf copy = { 0 };
			tool_ok(buf_append(
			    &copy, span_of(message->data + at, left)));
			message->size = at + size;
			tool_ok(buf_append(message, buf_span(&copy)));
			buf_clear(&copy);
		} else {
			message->size = at;
		}
	}
}

static bool is_known(const struct id32 *id)
{
	for (size_t i = 0; i < known_count; i++) {
		if (id_equal(&known[i], id)) {
			return true;
		}
	}
	return false;
}

/* Everything held is the author's, and one head is. */
static void check_held(void)
{
	struct node *node = nodes[READER];
	const struct checkpoint *truth = node_head(nodes[AUTHOR]);
	for (uint32_t rid = 1; rid <= views_count(node->views); rid++) {
		tool_must(is_known(&views_get(node->views, rid)->id));
	}
	const struct state_log *log =
	    state_log_of(node, &truth->author, &truth->generation);
	struct id32 root;
	if (log == NULL) {
		abort();
	}
	tool_must(log->head.size <= truth->size && !log->split);
	tool_ok(merkle_tree_root(
	    state_log(nodes[AUTHOR], 1)->tree, log->head.size, &root));
	tool_must(id_equal(&root, &log->head.root));
}

/* As before the input: what was staged is undone in memory and on disk. */
static void forget(void)
{
	struct node *node = nodes[READER];
	if (node_staged(node)) {
		db_rollback(node->db);
		load_drop(node);
		tool_ok(load_memory(node, false));
	}
	tool_must(views_count(node->views) == FIRST);
}

static void check_records(struct span bytes)
{
	struct replica_taken taken;
	enum err err = take(bytes, &taken);
	tool_must(err == ERR_OK || taken.taken < RECORDS);
	tool_must(strlen(taken.code) < sizeof(taken.code));
	check_held();
}

static void check_head(struct span bytes)
{
	ProtobufCMessage *message = NULL;
	if (canon_decode_message(&qsg__head__descriptor, bytes,
		LIMIT_MESSAGE_BYTES, &message) == ERR_OK) {
		(void)replica_take_head(nodes[READER],
		    peers_get(nodes[READER], 2), (const Qsg__Head *)message);
		check_held();
	}
	canon_free(message);
}

static void check_hello(struct span bytes)
{
	ProtobufCMessage *message = NULL;
	uint64_t cursor = 0;
	const char *why = NULL;
	if (canon_decode_message(&qsg__hello__descriptor, bytes,
		LIMIT_MESSAGE_BYTES, &message) == ERR_OK) {
		(void)replica_hello(nodes[READER], peers_get(nodes[READER], 2),
		    (const Qsg__Hello *)message, &cursor);
		/* Nobody but us can sign what would end our signing. */
		tool_must(node_may_sign(nodes[READER], &why));
	}
	canon_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf message = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	if (size == 0 || size > LIMIT_MESSAGE_BYTES) {
		return 0;
	}
	struct span rest = span_of(data + 1, size - 1);
	struct reader in = reader_of(rest);
	switch (data[0] % 7) {
	case 0:
	case 1:
		tool_ok(buf_append(&message, buf_span(&messages[data[0] % 7])));
		change(&message, &in);
		check_records(buf_span(&message));
		break;
	case 2:
		tool_ok(buf_append(&message, buf_span(&heads)));
		change(&message, &in);
		check_head(buf_span(&message));
		break;
	case 3:
		check_records(rest);
		break;
	case 4:
		check_head(rest);
		break;
	case 5:
		check_hello(rest);
		break;
	default:
		(void)peers_take_card(nodes[READER], rest, &outcome);
		break;
	}
	buf_clear(&message);
	forget();
	return 0;
}
