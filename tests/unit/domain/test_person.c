#include "domain/person.h"

#include <check.h>
#include <string.h>

Suite *test_person_suite(void);

static bool same(const char *a, const char *b)
{
	bool out = false;

	ck_assert_int_eq(person_same(span_text(a), span_text(b), &out), ERR_OK);
	return out;
}

START_TEST(case_spaces_and_accents_do_not_make_another_person)
{
	ck_assert(same("Director of Quality", "director  of quality"));
	ck_assert(same("Director of Quality", "DirectorOfQuality"));
	ck_assert(same("Director of\xc2\xa0Quality", "director of quality"));
	ck_assert(same("Chef m\xc3\xa9"
		       "decin",
	    "chef me\xcc\x81"
	    "decin"));
	ck_assert(!same("Director of Quality", "Director of Nursing"));
	ck_assert(!same("Nurse 1", "Nurse 2"));
}
END_TEST

START_TEST(what_cannot_be_seen_is_no_part_of_a_name)
{
	static const char *const names[] = { "", " ", " Director", "Director ",
		"D\xe2\x80\x8birector", "Dir\nector", "\xff",
		"\xe2\x80\xaerotceriD\xe2\x80\xac" };
	bool out = true;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		ck_assert(!person_name_valid(span_text(names[i])));
		ck_assert_int_eq(person_same(span_text(names[i]),
				     span_text("Director"), &out),
		    ERR_INPUT);
		ck_assert(!out);
	}
	ck_assert(person_name_valid(span_text("Director of Quality")));
}
END_TEST

Suite *test_person_suite(void)
{
	Suite *suite = suite_create("person");
	TCase *tcase = tcase_create("person");

	tcase_add_test(
	    tcase, case_spaces_and_accents_do_not_make_another_person);
	tcase_add_test(tcase, what_cannot_be_seen_is_no_part_of_a_name);
	suite_add_tcase(suite, tcase);
	return suite;
}
