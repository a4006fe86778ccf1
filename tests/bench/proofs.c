#define _POSIX_C_SOURCE 200809L

/*
 * What proofs cost, in one process and on one core: bench/proofs FOLDER
 *
 * Portable proofs of a record (with the author's signature on the checkpoint)
 * and consistency proofs of two sizes, in logs of growing size; and what a
 * witness has to do for each head of a log: verify its signature and its proof
 * from the head held before, learn the nodes, and cosign. FOLDER takes a
 * keystore for a moment.
 */

#include "bench/bench.h"
#include "codec/text.h"
#include "keys/note.h"
#include "ledger/subtree.h"
#include "ledger/tlogproof.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum {
	SAMPLES = 1000,
	LOGS = 600,       /* peers, each with one log */
	LOG_LEAVES = 997, /* in each before its heads */
	HEAD_LEAVES = 5,  /* what each new head adds */
	HEADS = 3,        /* of each log, one after the other */
	INTERVAL_S = 60   /* between two heads of a log */
};

static void need(enum err err)
{
	if (err != ERR_OK) {
		bench_die("%s", err_text());
	}
}

/*
 * A log whose author signs it.
 */

struct author {
	struct id32 id;
	struct generation generation;
	struct id32 key;
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	struct merkle_tree *tree;
	uint64_t size;
};

static void leaf_at(uint64_t index, struct id32 *out)
{
	merkle_leaf(span_of(&index, sizeof(index)), out);
}

static void author_open(struct author *author)
{
	randombytes_buf(author->id.b, sizeof(author->id.b));
	randombytes_buf(author->generation.b, sizeof(author->generation.b));
	bench_need(crypto_sign_keypair(author->key.b, author->secret) == 0,
	    "cannot make a key");
	need(merkle_tree_new(&author->tree));
}

static void author_grow(struct author *author, uint64_t size)
{
	for (; author->size < size; author->size++) {
		struct id32 leaf;
		leaf_at(author->size, &leaf);
		need(merkle_tree_add(author->tree, 0, author->size, &leaf));
	}
}

/* Signs the head. */
static void author_note(const struct author *author, struct buf *out)
{
	struct checkpoint head = { .author = author->id,
		.generation = author->generation,
		.size = author->size };
	struct note_key key;
	unsigned char blob[sizeof(key.id) + crypto_sign_BYTES];
	need(merkle_tree_root(author->tree, author->size, &head.root));
	note_log_key(&author->id, &author->generation, &author->key, &key);
	need(checkpoint_text(&head, out));
	memcpy(blob, key.id, sizeof(key.id));
	bench_need(crypto_sign_detached(blob + sizeof(key.id), NULL, out->data,
		       out->size, author->secret) == 0,
	    "cannot sign");
	need(buf_printf(out, "\n\xe2\x80\x94 %s ", key.name));
	need(text_base64(span_of(blob, sizeof(blob)), out));
	need(buf_printf(out, "\n"));
}

/*
 * One record, and two sizes.
 */

static void sized_result(const char *what, uint64_t size, double value)
{
	char key[64];
	(void)snprintf(
	    key, sizeof(key), "%s_%llu", what, (unsigned long long)size);
	bench_result(key, value);
}

/* Of one sample; the median of all is told. */
static double times_us[SAMPLES];

static void time_result(const char *what, uint64_t size)
{
	sized_result(what, size, bench_percentile(times_us, SAMPLES, 0.5));
}

static void note_time(size_t sample, double begun)
{
	times_us[sample] = (bench_now() - begun) * 1e6;
}

static void check_proof(
    const struct author *author, uint64_t index, struct span bytes)
{
	struct tlogproof proof;
	struct checkpoint head;
	struct id32 leaf;
	leaf_at(index, &leaf);
	need(tlogproof_parse(bytes, &proof));
	need(tlogproof_check(&proof, &leaf, &author->key, &head));
}

static void measure_proof(const struct author *author)
{
	static struct buf made[SAMPLES];
	static uint64_t indexes[SAMPLES];
	struct buf note = { 0 };
	double bytes = 0;
	author_note(author, &note);
	for (size_t i = 0; i < SAMPLES; i++) {
		indexes[i] = randombytes_uniform((uint32_t)author->size);
	}
	for (size_t i = 0; i < SAMPLES; i++) {
		double begun = bench_now();
		need(tlogproof_write(author->tree, indexes[i], author->size,
		    buf_span(&note), &made[i]));
		note_time(i, begun);
	}
	time_result("proof_make_us", author->size);
	for (size_t i = 0; i < SAMPLES; i++) {
		double begun = bench_now();
		check_proof(author, indexes[i], buf_span(&made[i]));
		note_time(i, begun);
	}
	time_result("proof_check_us", author->size);
	for (size_t i = 0; i < SAMPLES; i++) {
		bytes += (double)made[i].size;
		buf_clear(&made[i]);
	}
	sized_result("proof_bytes", author->size, bytes / SAMPLES);
	buf_clear(&note);
}

static void check_consistency(uint64_t before, uint64_t size,
    const struct id32 *old_root, const struct id32 *root,
    const struct merkle_nodes *nodes)
{
	struct id32 path[2 * TLOGPROOF_HASHES];
	bench_need(
	    nodes->count <= 2 * (size_t)TLOGPROOF_HASHES, "a long proof");
	for (size_t i = 0; i < nodes->count; i++) {
		path[i] = nodes->items[i].hash;
	}
	need(merkle_check_consistency(
	    before, size, old_root, root, path, nodes->count));
}

static void measure_consistency(const struct author *author)
{
	static struct merkle_nodes made[SAMPLES];
	static uint64_t sizes[SAMPLES];
	static struct id32 roots[SAMPLES];
	struct id32 root;
	double bytes = 0;
	need(merkle_tree_root(author->tree, author->size, &root));
	for (size_t i = 0; i < SAMPLES; i++) {
		sizes[i] = 1 + randombytes_uniform((uint32_t)author->size - 1);
		need(merkle_tree_root(author->tree, sizes[i], &roots[i]));
	}
	for (size_t i = 0; i < SAMPLES; i++) {
		double begun = bench_now();
		need(merkle_tree_consistency(
		    author->tree, sizes[i], author->size, &made[i]));
		note_time(i, begun);
	}
	time_result("consistency_make_us", author->size);
	for (size_t i = 0; i < SAMPLES; i++) {
		double begun = bench_now();
		check_consistency(
		    sizes[i], author->size, &roots[i], &root, &made[i]);
		note_time(i, begun);
	}
	time_result("consistency_check_us", author->size);
	for (size_t i = 0; i < SAMPLES; i++) {
		bytes += (double)(made[i].count * sizeof(struct id32));
		merkle_nodes_clear(&made[i]);
		made[i] = (struct merkle_nodes){ 0 };
	}
	sized_result("consistency_bytes", author->size, bytes / SAMPLES);
}

static void proofs_sizes(void)
{
	struct author author = { 0 };
	author_open(&author);
	for (uint64_t size = 1000; size <= 1000000; size *= 10) {
		author_grow(&author, size);
		measure_proof(&author);
		measure_consistency(&author);
	}
	merkle_tree_free(author.tree);
}

/*
 * A witness of many logs.
 */

/* A log as its author and as its witness hold it, and a Head on its way. */
struct watched {
	struct author author;
	struct merkle_tree *seen;
	uint64_t seen_size;
	struct buf note;
	struct merkle_nodes proof;
};

static void learn(struct merkle_tree *tree, const struct merkle_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		need(merkle_tree_add(tree, nodes->items[i].level,
		    nodes->items[i].index, &nodes->items[i].hash));
	}
}

static void watched_open(struct watched *watched)
{
	struct merkle_nodes peaks = { 0 };
	author_open(&watched->author);
	author_grow(&watched->author, LOG_LEAVES);
	need(merkle_tree_new(&watched->seen));
	need(subtree_peaks(watched->author.tree, LOG_LEAVES, &peaks));
	learn(watched->seen, &peaks);
	watched->seen_size = LOG_LEAVES;
	merkle_nodes_clear(&peaks);
}

static void watched_close(struct watched *watched)
{
	merkle_tree_free(watched->author.tree);
	merkle_tree_free(watched->seen);
	merkle_nodes_clear(&watched->proof);
	buf_clear(&watched->note);
}

/* The author's part, which the witness's time does not hold. */
static void publish(struct watched *watched)
{
	struct author *author = &watched->author;
	author_grow(author, author->size + HEAD_LEAVES);
	buf_reset(&watched->note);
	author_note(author, &watched->note);
	merkle_nodes_reset(&watched->proof);
	need(merkle_tree_prove(author->tree, NULL, 0, watched->seen_size,
	    author->size, &watched->proof));
}

static void witness_one(
    struct watched *watched, const struct keystore *keystore, struct buf *line)
{
	struct span bytes = buf_span(&watched->note);
	struct merkle_nodes none = { 0 };
	struct merkle_nodes learned = { 0 };
	struct checkpoint head;
	struct note note;
	struct note_key key;
	need(checkpoint_verify(bytes, &watched->author.key, &head));
	need(merkle_tree_check(watched->seen, &none, &watched->proof,
	    watched->seen_size, head.size, &head.root, &learned));
	learn(watched->seen, &learned);
	watched->seen_size = head.size;
	need(note_parse(bytes, &note));
	note_witness_key(&keystore_public(keystore)->organisation,
	    &keystore_public(keystore)->cosigning, &key);
	buf_reset(line);
	need(
	    note_cosign(keystore, &key, note.text, (uint64_t)time(NULL), line));
	merkle_nodes_clear(&learned);
}

static struct keystore *make_keystore(const char *folder)
{
	uint8_t text[] = "a passphrase of the benchmark";
	struct passphrase *passphrase = NULL;
	struct keystore *keystore = NULL;
	char path[4096];
	(void)snprintf(path, sizeof(path), "%s/proofs.keys", folder);
	need(keystore_passphrase(text, sizeof(text) - 1, &passphrase));
	need(keystore_create(
	    path, passphrase, KEYSTORE_MODERATE, rng_system(), &keystore));
	passphrase_free(passphrase);
	(void)unlink(path);
	return keystore;
}

static void proofs_cosign(const char *folder)
{
	struct keystore *keystore = make_keystore(folder);
	struct watched *watched = bench_alloc(LOGS, sizeof(*watched));
	struct buf line = { 0 };
	double taken = 0;
	for (size_t i = 0; i < LOGS; i++) {
		watched_open(&watched[i]);
	}
	for (size_t round = 0; round < HEADS; round++) {
		for (size_t i = 0; i < LOGS; i++) {
			publish(&watched[i]);
		}
		double begun = bench_now();
		for (size_t i = 0; i < LOGS; i++) {
			witness_one(&watched[i], keystore, &line);
		}
		taken += bench_now() - begun;
	}
	double rate = (double)LOGS * HEADS / taken;
	bench_result("cosign_per_s", rate);
	bench_result("cosign_600_peers_core_percent",
	    (double)LOGS / INTERVAL_S / rate * 100);
	for (size_t i = 0; i < LOGS; i++) {
		watched_close(&watched[i]);
	}
	free(watched);
	buf_clear(&line);
	keystore_close(keystore);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		bench_die("usage: proofs FOLDER");
	}
	need(keystore_process_init());
	proofs_sizes();
	proofs_cosign(argv[1]);
	return 0;
}
