#include "ending.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "store/records.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct fixture ending_fixture;

void ending_setup(void)
{
	fixture_open(&ending_fixture, 4);
}

void ending_teardown(void)
{
	fixture_close(&ending_fixture);
}

struct node *ending_node(size_t at)
{
	return ending_fixture.nodes[at];
}

struct id32 ending_shared(unsigned readers, const char *text)
{
	struct id32 record;

	OK(fixture_share(&ending_fixture, 0, readers, text, &record));
	OK(node_commit(ending_node(0)));
	return record;
}

void ending_pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&ending_fixture, to, from, &taken));
}

void ending_tick(size_t at)
{
	ending_fixture.now_ms += 61000;
	erasing_tick(ending_node(at));
	OK(node_commit(ending_node(at)));
}

/* Everybody hears everybody, and answers, until nothing is new. */
void ending_spread(void)
{
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < FIXTURE_NODES; i++) {
			for (size_t k = 0; k < FIXTURE_NODES; k++) {
				if (i != k) {
					ending_pull(i, k);
				}
			}
			ending_tick(i);
		}
	}
}

enum err ending_erase(size_t at, const struct id32 *record, const char *why,
    struct erasing_result *out)
{
	struct hex32 hex = text_hex_id(record);
	struct erasing_request request = { .record = hex.text, .reason = why };
	enum err err = erasing_erase(ending_node(at), &request, out);

	if (!err) {
		OK(node_commit(ending_node(at)));
	}
	return err;
}

struct id32 ending_erased(size_t at, const struct id32 *record)
{
	struct erasing_result result;
	struct id32 made;

	OK(ending_erase(at, record, "shared by mistake", &result));
	made = result.record;
	erasing_clear(&result);
	return made;
}

void ending_assert_erased(size_t at, const struct id32 *record)
{
	fixture_assert_state(
	    &ending_fixture, at, record, RECORD_BODYLESS, RECORD_ERASED);
	ck_assert(erasing_is_erased(ending_node(at), record));
	fixture_assert_text(&ending_fixture, at, record, "");
}

void ending_assert_held(size_t at, const struct id32 *record, const char *text)
{
	fixture_assert_text(&ending_fixture, at, record, text);
	ck_assert(!erasing_is_erased(ending_node(at), record));
}

/* What `at` knows of the only erasure of a record. */
struct erasing_found ending_look(size_t at, const struct id32 *record,
    size_t count, size_t readers, struct erasing_account *account)
{
	OK(erasing_look(ending_node(at), record, account));
	ck_assert_uint_eq(account->erasure_count, count);
	ck_assert_uint_eq(account->erasures[0].reader_count, readers);
	return account->erasures[0];
}

enum erasing_answered ending_answered(
    size_t at, const struct id32 *record, size_t by, char until[16])
{
	struct erasing_account account;
	enum erasing_answered is = ERASING_OPEN;
	bool found = false;

	OK(erasing_look(ending_node(at), record, &account));
	for (size_t i = 0; i < account.erasure_count; i++) {
		for (size_t k = 0; k < account.erasures[i].reader_count; k++) {
			const struct erasing_reader *reader =
			    &account.erasures[i].readers[k];

			if (id_equal(&reader->organisation,
				node_id(ending_node(by)))) {
				found = true;
				is = reader->answered;
				memcpy(until, reader->until, 16);
			}
		}
	}
	ck_assert(found);
	erasing_account_clear(&account);
	return is;
}

/*
 * Grants, as bytes.
 */

static enum err keep_header(void *context, const struct record_row *row)
{
	return buf_append(context, row->header);
}

static size_t orgs_of(size_t at, unsigned readers, int64_t *orgs)
{
	size_t count = 0;

	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		if (i != at && (readers & (1u << i))) {
			orgs[count++] = fixture_org(&ending_fixture, at, i);
		}
	}
	return count;
}

/* Node `at` says this with a reference. */
static struct id32 say_to(size_t at, const int64_t *orgs, size_t count,
    Qsg__Payload__ContentCase which, void *content, const char *relation,
    const struct id32 *about)
{
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *list[1] = { &reference };
	struct id32 target = *about;
	struct id32 record;

	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	reference.relation = canon_lend(relation);
	reference.record.data = target.b;
	reference.record.len = sizeof target.b;
	payload.references = list;
	payload.n_references = 1;
	payload.role = canon_lend("administrator");
	payload.content_case = which;
	payload.grant = content;
	OK(submit_payload(ending_node(at), orgs, count, &payload, &record));
	OK(node_commit(ending_node(at)));
	return record;
}

struct id32 ending_say(size_t at, unsigned readers,
    Qsg__Payload__ContentCase which, void *content, const char *relation,
    const struct id32 *about)
{
	int64_t orgs[FIXTURE_NODES];

	return say_to(at, orgs, orgs_of(at, readers, orgs), which, content,
	    relation, about);
}

struct id32 ending_granted(
    size_t at, unsigned readers, const struct id32 *original)
{
	return ending_granted_of(at, at, readers, original);
}

static struct id32 grant_to(size_t at, size_t of, const int64_t *orgs,
    size_t count, const struct id32 *original)
{
	struct buf header = { 0 };
	uint8_t body[64] = "the body that goes on";
	Qsg__Grant grant;
	struct id32 record;

	qsg__grant__init(&grant);
	OK(records_get(ending_node(of)->db,
	    views_find(ending_node(of)->views, original), keep_header,
	    &header));
	grant.header.data = header.data;
	grant.header.len = header.size;
	grant.body.data = body;
	grant.body.len = sizeof body;
	grant.reason = canon_lend("they have to know");
	record = say_to(at, orgs, count, QSG__PAYLOAD__CONTENT_GRANT, &grant,
	    "grants", original);
	buf_clear(&header);
	return record;
}

struct id32 ending_granted_of(
    size_t at, size_t of, unsigned readers, const struct id32 *original)
{
	int64_t orgs[FIXTURE_NODES];

	return grant_to(
	    at, of, orgs, orgs_of(at, readers | 1u, orgs), original);
}

struct id32 ending_granted_to(
    size_t at, const int64_t *orgs, size_t count, const struct id32 *original)
{
	return grant_to(at, at, orgs, count, original);
}

struct id32 ending_erasure_by(
    size_t at, unsigned readers, const struct id32 *target)
{
	Qsg__Erasure content;

	qsg__erasure__init(&content);
	content.reason = canon_lend("because");
	return ending_say(at, readers, QSG__PAYLOAD__CONTENT_ERASURE, &content,
	    "erases", target);
}

struct id32 ending_erasure_citing(size_t at, unsigned readers,
    const struct id32 *target, const struct id32 *cited)
{
	struct id32 ids[2] = { *target, *cited };
	Qsg__Reference items[2];
	Qsg__Reference *list[2] = { &items[0], &items[1] };
	Qsg__Erasure content;
	Qsg__Payload payload;
	int64_t orgs[FIXTURE_NODES];
	size_t count = orgs_of(at, readers, orgs);
	struct id32 record;

	qsg__erasure__init(&content);
	qsg__payload__init(&payload);
	content.reason = canon_lend("because");
	for (size_t i = 0; i < 2; i++) {
		qsg__reference__init(&items[i]);
		items[i].relation = canon_lend(i ? "cites" : "erases");
		items[i].record.data = ids[i].b;
		items[i].record.len = sizeof ids[i].b;
	}
	payload.references = list;
	payload.n_references = 2;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	OK(submit_payload(ending_node(at), orgs, count, &payload, &record));
	OK(node_commit(ending_node(at)));
	return record;
}

void ending_enrol(size_t at, size_t count, int64_t *orgs)
{
	uint8_t secret[] = "a passphrase";
	const char *path = fixture_path(&ending_fixture, at, "other-keys");
	struct passphrase *passphrase = NULL;

	OK(keystore_passphrase(secret, sizeof secret - 1, &passphrase));
	for (size_t i = 0; i < count; i++) {
		struct keystore *keys = NULL;
		struct peers_decision decision = { 0 };
		enum peers_outcome outcome = PEERS_SAME;
		struct buf armour = { 0 };
		struct peer *peer = NULL;
		struct card card = { 0 };
		char name[32];
		char code[8];
		const struct card_profile profile = {
			.name = name, .code = code, .kind = "ccg", .version = 1
		};

		(void)snprintf(name, sizeof name, "Other %zu", i);
		(void)snprintf(
		    code, sizeof code, "%uZ", (unsigned)(100 + i % 900));
		OK(keystore_create(path, passphrase, KEYSTORE_CHEAP,
		    &ending_fixture.rng, &keys));
		OK(card_make(keys, &profile, &card));
		OK(card_armour(&card, &armour));
		OK(peers_add(ending_node(at), buf_span(&armour), &decision,
		    &outcome, &peer));
		orgs[i] = peer->org;
		ck_assert_int_eq(unlink(path), 0);
		keystore_close(keys);
		card_clear(&card);
		buf_clear(&armour);
	}
	OK(node_commit(ending_node(at)));
	passphrase_free(passphrase);
}

void ending_hold(size_t at, const struct id32 *record, int days)
{
	struct hex32 hex = text_hex_id(record);
	struct erasing_named named;
	char until[11];

	(void)snprintf(until, sizeof until, "%.10s",
	    when_date(ending_fixture.now_ms + days * FIXTURE_DAY_MS).text);
	OK(erasing_set_hold(
	    ending_node(at), hex.text, "an inquest needs it", until, &named));
	OK(node_commit(ending_node(at)));
}
