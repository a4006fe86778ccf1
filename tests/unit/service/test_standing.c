#include "grouped.h"

#include "codec/canon.h"
#include "service/relations.h"
#include "service/standing.h"

#include <stdlib.h>
#include <string.h>

Suite *test_standing_suite(void);

static Qsg__Payload payload;
static Qsg__Finding finding;
static Qsg__Judgement judgement;

static void setup(void)
{
	grouped_open();
	qsg__finding__init(&finding);
	finding.provider = canon_lend("RAL");
	finding.what = canon_lend("rating");
	finding.value = canon_lend("good");
	finding.text = canon_lend("an inspection");
	qsg__judgement__init(&judgement);
	judgement.provider = canon_lend("RAL");
	judgement.view = canon_lend("none");
	judgement.text = canon_lend("why");
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_FINDING;
	payload.finding = &finding;
}

/* How node `at` sees what is set up, said by node `of`. */
static void stands(
    size_t at, size_t of, enum authority_verdict want, const char *hint)
{
	struct standing standing =
	    standing_of(grouped_node(at), node_id(grouped_node(of)), &payload);

	ck_assert_msg((int)standing.verdict == (int)want, "%zu of %zu: %s", at,
	    of, standing_token(standing.verdict));
	ck_assert_msg(
	    strstr(standing.why, hint) != NULL, "%s: %s", hint, standing.why);
}

/* The roster states what the card of none of them does. */
static void join_as_cqc(void)
{
	grouped_found();
	OK(grouped_invite(1, "cqc"));
	OK(grouped_invite(2, "ccg"));
	grouped_spread();
	OK(grouped_join(1));
	OK(grouped_join(2));
	grouped_spread();
}

/* M323 */
START_TEST(a_finding_counts_as_the_roster_states_its_author)
{
	stands(0, 1, AUTHORITY_UNCONFIRMED, "no roster");
	join_as_cqc();
	stands(0, 1, AUTHORITY_COUNTS, "");
	stands(2, 1, AUTHORITY_COUNTS, "");
	stands(1, 1, AUTHORITY_COUNTS, "");
	stands(0, 2, AUTHORITY_REFUSED, "ratings are CQC's alone");
	stands(1, 2, AUTHORITY_REFUSED, "ratings are CQC's alone");
	stands(2, 2, AUTHORITY_REFUSED, "ratings are CQC's alone");
	/* One outside the group. */
	stands(0, 3, AUTHORITY_UNCONFIRMED, "no roster");
	stands(3, 1, AUTHORITY_UNCONFIRMED, "no roster");
	finding.what = canon_lend("of-a-later-version");
	stands(0, 1, AUTHORITY_UNCONFIRMED, "does not know");
}
END_TEST

/* M362 */
START_TEST(one_s_own_finding_goes_by_the_roster_and_before_it_by_the_card)
{
	/* Its card calls 1 a CCG. */
	FAILS(standing_may(grouped_node(1), &payload), ERR_DENIED);
	ck_assert_ptr_nonnull(
	    strstr(err_text(), "CQC's alone, and this organisation is of the "
			       "kind ccg: cite it"));
	join_as_cqc();
	OK(standing_may(grouped_node(1), &payload));
	FAILS(standing_may(grouped_node(2), &payload), ERR_DENIED);
	finding.what = canon_lend("intervention");
	FAILS(standing_may(grouped_node(1), &payload), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "Monitor"));
	payload.content_case = QSG__PAYLOAD__CONTENT_JUDGEMENT;
	payload.judgement = &judgement;
	OK(standing_may(grouped_node(2), &payload));
	OK(standing_may(grouped_node(3), &payload));
}
END_TEST

START_TEST(a_judgement_stands_among_the_members_while_its_author_is_one)
{
	payload.content_case = QSG__PAYLOAD__CONTENT_JUDGEMENT;
	payload.judgement = &judgement;
	stands(0, 1, AUTHORITY_UNCONFIRMED, "no joined member");
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	grouped_spread();
	stands(0, 0, AUTHORITY_COUNTS, "");
	stands(0, 1, AUTHORITY_UNCONFIRMED, "no joined member");
	OK(grouped_join(1));
	grouped_spread();
	stands(0, 1, AUTHORITY_COUNTS, "");
	stands(1, 0, AUTHORITY_COUNTS, "");
	OK(grouped_leave(1));
	grouped_spread();
	stands(0, 1, AUTHORITY_UNCONFIRMED, "no joined member");
}
END_TEST

Suite *test_standing_suite(void)
{
	Suite *suite = suite_create("standing");
	TCase *tcase = tcase_create("standing");

	tcase_add_checked_fixture(tcase, setup, grouped_close);
	tcase_add_test(tcase, a_finding_counts_as_the_roster_states_its_author);
	tcase_add_test(tcase,
	    one_s_own_finding_goes_by_the_roster_and_before_it_by_the_card);
	tcase_add_test(tcase,
	    a_judgement_stands_among_the_members_while_its_author_is_one);
	suite_add_tcase(suite, tcase);
	return suite;
}
