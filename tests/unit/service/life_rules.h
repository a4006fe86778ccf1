/*
 * life_rules.h - who may grant, ask, answer, correct, retract and erase what:
 * PROTOCOL.md's rules written down once more, over facts that are held by
 * everybody to whom they were sealed.
 */
#ifndef QSG_TESTS_SERVICE_LIFE_RULES_H
#define QSG_TESTS_SERVICE_LIFE_RULES_H

#include "base/bytes.h"

#define LIFE_NODES 5u
#define LIFE_FACTS 512u
#define LIFE_BIT(n) (1u << (n))

enum life_kind {
	LIFE_ITEM,
	LIFE_GRANT,
	LIFE_REQUEST,
	LIFE_ANSWER,
	LIFE_ERASURE,
	LIFE_RETRACTION,
	LIFE_NOTHING
};
struct life_fact {
	struct id32 id;
	size_t author;
	size_t about; /* the fact that it is about */
	size_t root;  /* an item: the first of its chain */
	enum life_kind kind;
	unsigned readers; /* its author too; nodes are bits */
	unsigned to;      /* an answer: whom it allows */
	/* An answer to another request than one about its record. */
	bool mismatched;
};
extern struct life_fact facts[LIFE_FACTS];
extern size_t fact_count;
extern unsigned held[LIFE_FACTS]; /* nodes that hold it against erasure */

bool life_can_read(size_t at, size_t fact);
bool life_may_grant(size_t at, size_t fact, size_t to);
bool life_may_ask(size_t at, size_t fact, size_t to);
bool life_may_answer(size_t at, size_t fact);
bool life_may_correct(size_t at, size_t fact);
bool life_may_erase(size_t at, size_t fact);
/* Whom an erasure and a correction by node `at` go to, itself aside. */
unsigned life_told_of_erasure(size_t at, size_t fact);
unsigned life_told_of_correction(size_t at, size_t fact);

#endif
