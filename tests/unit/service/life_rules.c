#include "life_rules.h"

struct life_fact facts[LIFE_FACTS];
size_t fact_count;
unsigned held[LIFE_FACTS];

/*
 * The rules.
 */

static bool reads_fact(size_t at, size_t fact)
{
	return facts[fact].readers & LIFE_BIT(at);
}

/* M424 */
static bool may_be_granted(enum life_kind kind)
{
	return kind == LIFE_ITEM || kind == LIFE_RETRACTION;
}

/* Was it sealed or granted to it? */
static bool was_given(size_t at, size_t fact)
{
	bool given = reads_fact(at, fact);

	for (size_t i = 0; i < fact_count && !given; i++) {
		given = facts[i].kind == LIFE_GRANT && facts[i].about == fact &&
		        reads_fact(at, i);
	}
	return given;
}

/* M444: its author's, or its own. */
static bool was_erased(size_t at, size_t fact)
{
	for (size_t i = 0; i < fact_count; i++) {
		if (facts[i].kind == LIFE_ERASURE && facts[i].about == fact &&
		    reads_fact(at, i) &&
		    (facts[i].author == facts[fact].author ||
			facts[i].author == at)) {
			return true;
		}
	}
	return false;
}

/* M444: whoever granted it takes its own grants back, and no more. */
static bool was_taken_back(size_t at, size_t grant)
{
	for (size_t i = 0; i < fact_count; i++) {
		if (facts[i].kind == LIFE_ERASURE &&
		    facts[i].about == facts[grant].about &&
		    facts[i].author == facts[grant].author &&
		    reads_fact(at, i)) {
			return true;
		}
	}
	return false;
}

bool life_can_read(size_t at, size_t fact)
{
	bool has = reads_fact(at, fact);

	for (size_t i = 0; i < fact_count && !has; i++) {
		has = facts[i].kind == LIFE_GRANT && facts[i].about == fact &&
		      reads_fact(at, i) && !was_taken_back(at, i);
	}
	return has && (!was_erased(at, fact) || (held[fact] & LIFE_BIT(at)));
}

/* M428: as far as this one can know. */
static bool knows_reader(size_t at, size_t fact, size_t who)
{
	if (who == facts[fact].author ||
	    (reads_fact(at, fact) && reads_fact(who, fact))) {
		return true;
	}
	for (size_t i = 0; i < fact_count; i++) {
		if (facts[i].kind == LIFE_GRANT && facts[i].about == fact &&
		    reads_fact(at, i) && reads_fact(who, i)) {
			return true;
		}
	}
	return false;
}

/* M426, M427 */
static bool is_allowed(size_t at, size_t fact, size_t to)
{
	bool allowed = false;

	for (size_t i = 0; i < fact_count; i++) {
		if (facts[i].kind == LIFE_ANSWER && !facts[i].mismatched &&
		    facts[i].about == fact &&
		    facts[i].author == facts[fact].author &&
		    reads_fact(at, i)) {
			allowed = facts[i].to & LIFE_BIT(to);
		}
	}
	return allowed;
}

/* M420, M426, M428, M445 */
bool life_may_grant(size_t at, size_t fact, size_t to)
{
	return may_be_granted(facts[fact].kind) && life_can_read(at, fact) &&
	       !was_erased(at, fact) && to != at &&
	       !knows_reader(at, fact, to) &&
	       (facts[fact].author == at || is_allowed(at, fact, to));
}

bool life_may_ask(size_t at, size_t fact, size_t to)
{
	return may_be_granted(facts[fact].kind) && life_can_read(at, fact) &&
	       facts[fact].author != at && to != at &&
	       !knows_reader(at, fact, to);
}

/* M427 */
bool life_may_answer(size_t at, size_t fact)
{
	return facts[fact].kind == LIFE_REQUEST && reads_fact(at, fact) &&
	       facts[facts[fact].about].author == at;
}

static bool is_in_force(size_t at, size_t fact)
{
	for (size_t i = 0; i < fact_count; i++) {
		bool newer = facts[i].kind == LIFE_ITEM && i > fact &&
		             facts[i].root == facts[fact].root &&
		             life_can_read(at, i);
		bool back = facts[i].kind == LIFE_RETRACTION &&
		            facts[i].author == facts[fact].author &&
		            facts[facts[i].about].root == facts[fact].root;

		if (newer || back) {
			return false;
		}
	}
	return true;
}

/* M472, M473, M476 */
bool life_may_correct(size_t at, size_t fact)
{
	return facts[fact].kind == LIFE_ITEM && facts[fact].author == at &&
	       life_can_read(at, fact) && is_in_force(at, fact);
}

/* M441, M447 */
bool life_may_erase(size_t at, size_t fact)
{
	return facts[fact].kind == LIFE_ITEM && was_given(at, fact) &&
	       !was_erased(at, fact) && !(held[fact] & LIFE_BIT(at));
}

static bool has_granted(size_t at, size_t fact)
{
	for (size_t i = 0; i < fact_count; i++) {
		if (facts[i].kind == LIFE_GRANT && facts[i].about == fact &&
		    facts[i].author == at) {
			return true;
		}
	}
	return false;
}

/* M451 */
unsigned life_told_of_erasure(size_t at, size_t fact)
{
	unsigned told = facts[fact].readers;

	for (size_t i = 0; i < fact_count; i++) {
		told |= facts[i].kind == LIFE_GRANT && facts[i].about == fact
		            ? facts[i].readers
		            : 0;
	}
	if (facts[fact].author != at) {
		return has_granted(at, fact) ? LIFE_BIT(facts[fact].author) : 0;
	}
	return told & ~LIFE_BIT(at);
}

/* M470 */
unsigned life_told_of_correction(size_t at, size_t fact)
{
	unsigned told = 0;

	for (size_t i = 0; i < fact_count; i++) {
		size_t of = facts[i].kind == LIFE_GRANT ? facts[i].about : i;

		if ((facts[i].kind == LIFE_ITEM ||
			facts[i].kind == LIFE_GRANT) &&
		    facts[of].kind == LIFE_ITEM &&
		    facts[of].root == facts[fact].root &&
		    life_can_read(at, of)) {
			told |= facts[i].readers;
		}
	}
	return told & ~LIFE_BIT(at);
}
