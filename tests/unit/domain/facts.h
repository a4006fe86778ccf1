/*
 * facts.h - records about a provider for tests of its picture, made without a
 * node: small numbers stand for organisations and records.
 */
#ifndef QSG_TESTS_DOMAIN_FACTS_H
#define QSG_TESTS_DOMAIN_FACTS_H

#include "domain/picture.h"

#include <check.h>

#define FACTS_MOST 10240u
#define FACTS_ORGS 8u
#define FACTS_EVERYBODY ((1u << FACTS_ORGS) - 1u)
#define FACTS_NOW_MS 1700000000000LL

struct facts {
	struct picture_fact items[FACTS_MOST];
	size_t count;
	uint64_t leaves[FACTS_ORGS]; /* of each author's log, so far */
};

/* Organisation n, from 0; record n, from 0. */
struct id32 facts_org(size_t org);
struct id32 facts_record(size_t number);

/* Add a record of this author for these readers (by bits; the author too), with
 * a payload of this content about RAL, whose texts may be lent. Its number. */
size_t facts_add(struct facts *facts, size_t author, unsigned readers,
    Qsg__Payload__ContentCase content);
/* The payload of a record, to be filled in. */
Qsg__Payload *facts_payload(struct facts *facts, size_t number);
void facts_refer(struct facts *facts, size_t number, const char *relation,
    const struct id32 *to);
/* Intelligence of this stance and dimension (NULL: none), for everybody. */
size_t facts_item(struct facts *facts, size_t author, const char *stance,
    const char *dimension);
size_t facts_judgement(struct facts *facts, size_t author, const char *view);
/* A record of this kind that refers so to another, for everybody. */
size_t facts_about(struct facts *facts, size_t author,
    Qsg__Payload__ContentCase content, const char *relation, size_t to);

struct picture facts_picture(const struct facts *facts);
struct id32 facts_hash(const struct facts *facts);
/* The entry of a record; the test fails where there is none. */
const struct picture_entry *facts_entry(
    const struct picture *picture, size_t number);
void facts_clear(struct facts *facts);

#endif
