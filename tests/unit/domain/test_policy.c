#include "domain/policy.h"

#include "domain/content.h"

#include "base/limits.h"
#include "base/rng.h"
#include "codec/text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_policy_suite(void);

#define OK(call) ck_assert_msg((call) == ERR_OK, "%s", err_text())

static struct policy policy;
static struct policy_subject subject;
static const struct id32 reader = { { 1, 2, 3 } };
static const struct id32 group = { { 0xab, 0xcd, 0xef, 0x01, 0x23 } };

static void setup(void)
{
	subject = (struct policy_subject){ .type = "intelligence",
		.source = "complaint",
		.marking = "",
		.kind = "soft",
		.stance = "concern",
		.provider = "RAL",
		.group_name = "",
		.reader_name = "NHS Merton CCG",
		.reader_code = "08R",
		.reader = &reader };
}

static void teardown(void)
{
	policy_clear(&policy);
}

static void read_policy(const char *text)
{
	policy_clear(&policy);
	OK(policy_parse(span_text(text), &policy));
}

static void refused(const char *text, enum err want, const char *words)
{
	policy_clear(&policy);
	ck_assert_int_eq(policy_parse(span_text(text), &policy), want);
	ck_assert_msg(strstr(err_text(), words) != NULL, "%s", err_text());
	ck_assert_ptr_null(policy.rules);
	ck_assert_uint_eq(policy.rule_count, 0);
}

/* The line of the rule that decides; 0: none does. */
static size_t decides(void)
{
	const struct policy_rule *rule = NULL;

	OK(policy_match(&policy, &subject, &rule));
	return rule == NULL ? 0 : rule->line;
}

/* The verdict for a reader whose name others have, too. */
static enum policy_verdict verdict_of(const char *text)
{
	const struct policy_rule *rule = NULL;

	read_policy(text);
	OK(policy_match(&policy, &subject, &rule));
	return rule == NULL ? POLICY_ASK_ME : rule->verdict;
}

#define TO_NAME "[rule]\nto = NHS Merton CCG\nverdict = "
#define TO_CODE "[rule]\nto = 08r\nverdict = "
#define TO_ALL "[rule]\nverdict = "

/* M396 */
START_TEST(of_a_shared_name_the_stricter_counts)
{
	static const struct {
		const char *text;
		enum policy_verdict verdict;
	} cases[] = {
		{ TO_NAME "share\n", POLICY_ASK_ME },
		{ TO_NAME "never\n", POLICY_NEVER },
		{ TO_NAME "ask me\n" TO_ALL "never\n", POLICY_NEVER },
		{ TO_NAME "never\n" TO_ALL "share\n", POLICY_NEVER },
		{ TO_NAME "share\n" TO_ALL "four eyes\n", POLICY_FOUR_EYES },
		{ TO_NAME "share\n" TO_CODE "never\n" TO_ALL "share\n",
		    POLICY_NEVER },
		{ TO_NAME "share\n" TO_ALL "share\n", POLICY_SHARE },
	};

	subject.name_shared = true;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_int_eq(verdict_of(cases[i].text), cases[i].verdict);
	/* Its code is its own. */
	ck_assert_int_eq(
	    verdict_of(TO_CODE "share\n" TO_ALL "never\n"), POLICY_SHARE);
	subject.name_shared = false;
	ck_assert_int_eq(
	    verdict_of(TO_NAME "share\n" TO_ALL "never\n"), POLICY_SHARE);
	subject.code_shared = true;
	ck_assert_int_eq(
	    verdict_of(TO_CODE "share\n" TO_ALL "never\n"), POLICY_NEVER);
}
END_TEST

/* M396: a fingerprint stands for one. */
START_TEST(a_fingerprint_is_never_shared)
{
	char text[200];

	subject.name_shared = true;
	subject.code_shared = true;
	(void)snprintf(text, sizeof text,
	    "[rule]\nto = NHS Merton CCG, %s\nverdict = share\n",
	    text_fingerprint(&reader).text);
	ck_assert_int_eq(verdict_of(text), POLICY_SHARE);
}
END_TEST

START_TEST(a_rule_is_read_as_it_stands)
{
	read_policy("; for whistleblowers\n"
		    "[rule] ; first\n"
		    "  source = whistleblower, patient ; alternatives\n"
		    "\tsource= trainee-feedback\n"
		    "provider =ral\n"
		    "verdict = four eyes\n"
		    "note = ask the director\n"
		    "\n"
		    "# all else\r\n"
		    "[rule]\r\n"
		    "verdict = share");
	ck_assert_uint_eq(policy.rule_count, 2);
	ck_assert_uint_eq(policy.rules[0].line, 2);
	ck_assert_uint_eq(policy.rules[0].value_count, 4);
	ck_assert_int_eq(policy.rules[0].verdict, POLICY_FOUR_EYES);
	ck_assert_str_eq(policy.rules[0].note, "ask the director");
	ck_assert_str_eq(policy.rules[0].values[3].text, "RAL");
	ck_assert_str_eq(policy.rules[0].text,
	    "source = whistleblower, patient; source = trainee-feedback; "
	    "provider = ral; verdict = four eyes; note = ask the director");
	ck_assert_uint_eq(policy.rules[1].line, 10);
	ck_assert_str_eq(policy.rules[1].note, "");
	ck_assert_uint_eq(policy.warnings.size, 0);
}
END_TEST

static const struct {
	const char *text;
	const char *words;
} bad[] = {
	{ "", "no [rule]" },
	{ "; nothing\n", "no [rule]" },
	{ "source = media\n[rule]\nverdict = share\n",
	    "line 1: source stands" },
	{ "[rule]\nsource = media\n", "line 1: the rule has no verdict" },
	{ "[rule]\n[rule]\nverdict = share\n", "line 1: the rule has no" },
	{ "[rule]\nverdict = maybe\n", "share, ask me, four eyes, never" },
	{ "[rule]\nverdict = share\nverdict = never\n", "line 3: a rule has" },
	{ "[rule]\nnote = a\nnote = b\n", "line 3: a rule has one note" },
	{ "[rules]\nverdict = share\n", "line 1: a section" },
	{ "[rule]\nverdict = share\n[rule] x\n", "line 3: a section" },
	{ "[rule]\ncolour = red\n", "line 2: colour is no condition" },
	{ "[rule]\nsource = gossip\n", "line 2: source must be one of comm" },
	{ "[rule]\nsource = media,\n", "line 2: source lacks a value" },
	{ "[rule]\nsource =\n", "line 2: source lacks a value" },
	{ "[rule]\nmarking = secret\n", "line 2: marking must be" },
	{ "[rule]\nkind = medium\n", "line 2: kind must be" },
	{ "[rule]\nstance = doubt\n", "line 2: stance must be" },
	{ "[rule]\nsensitivity = yes\n", "significant, ordinary" },
	{ "[rule]\ntype = roster\n", "line 2: type must be one of intell" },
	{ "[rule]\nprovider = no code\n", "line 2: " },
	{ "[rule]\nto = a\xe2\x80\x8b"
	  "b\n",
	    "line 2: to must be" },
	{ "[rule]\ngroup = \xe2\x80\xae\n", "line 2: group must be" },
	{ "[rule]\nverdict = share\nhello\n", "line 3: not `condition" },
	{ "[rule]\nnote = a\x01\n", "line 2 holds a control" },
	{ "[rule]\nnote = \xff\n", "UTF-8" },
};

/* M343 */
/* Whatever one organisation may share with another by its own choice. */
START_TEST(every_content_that_is_shared_has_a_type)
{
	for (int which = 16; which < 64; which++) {
		Qsg__Payload payload;
		const struct content_kind *kind = NULL;
		struct buf normal = { 0 };

		qsg__payload__init(&payload);
		payload.content_case = (Qsg__Payload__ContentCase)which;
		kind = content_kind(&payload);
		if (kind == NULL ||
		    (kind->housekeeping &&
			which != QSG__PAYLOAD__CONTENT_RELATION))
			continue;
		ck_assert_msg(policy_normalise(POLICY_TYPE,
				  span_text(kind->token), &normal) == ERR_OK,
		    "%s", kind->token);
		buf_clear(&normal);
	}
}
END_TEST

START_TEST(what_is_not_understood_is_refused_with_its_line)
{
	refused(bad[_i].text, ERR_INPUT, bad[_i].words);
}
END_TEST

START_TEST(what_is_too_long_is_refused)
{
	struct buf text = { 0 };

	OK(buf_printf(&text, "[rule]\nnote = %0300d\n", 1));
	refused(buf_text(&text), ERR_LIMIT, "line 2 is longer than 197 bytes");
	buf_reset(&text);
	for (unsigned i = 0; i <= LIMIT_POLICY_RULES; i++)
		OK(buf_printf(&text,
		    "[rule]\nprovider = R%u\nverdict = share\n", 10 + i));
	refused(buf_text(&text), ERR_LIMIT, "at most 256 rules");
	buf_reset(&text);
	while (text.size <= LIMIT_TEXT_BYTES)
		OK(buf_printf(&text, "; much ado\n"));
	refused(buf_text(&text), ERR_LIMIT, "16384 bytes");
	buf_clear(&text);
}
END_TEST

/* M341 */
START_TEST(the_first_rule_that_fits_decides)
{
	read_policy("[rule]\nsource = media\nverdict = share\n"
		    "[rule]\nsource = complaint\nkind = hard\nverdict = never\n"
		    "[rule]\nsource = complaint\nverdict = four eyes\n"
		    "[rule]\nverdict = ask me\n");
	ck_assert_uint_eq(decides(), 8);
	subject.kind = "hard";
	ck_assert_uint_eq(decides(), 4);
	subject.source = "media";
	ck_assert_uint_eq(decides(), 1);
	subject.source = "";
	ck_assert_uint_eq(decides(), 11);
}
END_TEST

/* M340 */
START_TEST(each_condition_asks_about_its_own_part)
{
	static const char *const conditions[] = { "type = intelligence",
		"source = complaint", "marking = official", "kind = soft",
		"stance = concern", "sensitivity = significant",
		"provider = RAL", "group = surrey qsg",
		"to = nhs  merton ccg" };

	for (size_t i = 0; i < POLICY_KEYS; i++) {
		struct buf text = { 0 };

		if (i == POLICY_TO)
			OK(buf_printf(&text, "[rule]\nto = NHS MERTON ccg\n"
					     "verdict = share\n"));
		else
			OK(buf_printf(&text, "[rule]\n%s\nverdict = share\n",
			    conditions[i]));
		setup();
		subject.marking = "official";
		subject.significant = true;
		subject.group_name = "Surrey QSG";
		subject.group = &group;
		read_policy(buf_text(&text));
		buf_clear(&text);
		ck_assert_uint_eq(decides(), 1);
		ck_assert(policy_asks(&policy, (enum policy_key)i));
		ck_assert(!policy_asks(
		    &policy, (enum policy_key)((i + 1) % POLICY_KEYS)));
		subject = (struct policy_subject){ .type = "",
			.source = "",
			.marking = "",
			.kind = "",
			.stance = "",
			.provider = "",
			.group_name = "",
			.reader_name = "",
			.reader_code = "",
			.reader = &group };
		ck_assert_uint_eq(decides(), 0);
	}
}
END_TEST

START_TEST(a_reader_and_a_group_have_several_names)
{
	struct buf text = { 0 };

	read_policy("[rule]\nto = 08r\nverdict = share\n");
	ck_assert_uint_eq(decides(), 1);
	OK(buf_printf(&text, "[rule]\nto = %s\nverdict = share\n",
	    text_fingerprint(&reader).text));
	read_policy(buf_text(&text));
	buf_clear(&text);
	ck_assert_uint_eq(decides(), 1);
	subject.reader = &group;
	ck_assert_uint_eq(decides(), 0);
	read_policy("[rule]\ngroup = any\nverdict = share\n");
	ck_assert_uint_eq(decides(), 0);
	subject.group = &group;
	subject.group_name = "Surrey QSG";
	ck_assert_uint_eq(decides(), 1);
	read_policy("[rule]\ngroup = ABCDEF0123000000\nverdict = share\n");
	ck_assert_uint_eq(decides(), 1);
	/* So short it may be a name. */
	read_policy("[rule]\ngroup = abcdef0\nverdict = share\n");
	ck_assert_uint_eq(decides(), 0);
}
END_TEST

/* M494: how often a group named in the first of two rules is it surely; then
 * the second never counts. */
static void is_sure(const char *value, bool want)
{
	struct buf text = { 0 };

	OK(buf_printf(&text,
	    "[rule]\ngroup = %s\nverdict = share\n"
	    "[rule]\nverdict = never\n",
	    value));
	read_policy(buf_text(&text));
	ck_assert_msg(decides() == (want ? 1 : 4), "%s", value);
	buf_clear(&text);
	/* And what is strict stays so. */
	OK(buf_printf(&text,
	    "[rule]\ngroup = %s\nverdict = never\n"
	    "[rule]\nverdict = share\n",
	    value));
	read_policy(buf_text(&text));
	ck_assert_uint_eq(decides(), 1);
	buf_clear(&text);
}

/* M494 */
START_TEST(a_group_that_may_be_another_is_none_to_share_with)
{
	struct hex32 id = text_hex_id(&group);
	struct hex32 other = id;

	subject.group = &group;
	subject.group_name = "Surrey QSG";
	for (int shared = 0; shared < 2; shared++) {
		subject.group_name_shared = shared == 1;
		is_sure("SURREY QSG", !shared);
		is_sure("any", true);
		is_sure(id.text, true);
		is_sure("abcdef0123000000", true);
		is_sure("abcdef012300000", false);
		is_sure("abcdef01", false);
	}
	subject.group_name_shared = false;
	subject.group_id_shared = true;
	is_sure("abcdef0123000000", false);
	is_sure("Surrey QSG", true);
	is_sure(id.text, true);
	/* Nobody takes an id by calling itself so. */
	other.text[63] = other.text[63] == '0' ? '1' : '0';
	subject.group_name = other.text;
	read_policy("[rule]\nverdict = never\n");
	is_sure(id.text, true);
	{
		struct buf text = { 0 };

		OK(buf_printf(&text, "[rule]\ngroup = %s\nverdict = share\n",
		    other.text));
		read_policy(buf_text(&text));
		ck_assert_uint_eq(decides(), 0);
		buf_clear(&text);
	}
}
END_TEST

/* M342 */
START_TEST(a_policy_that_contradicts_itself_is_refused)
{
	refused("[rule]\nsource = media\nverdict = share\n"
		"[rule]\nsource = media\nverdict = never\n",
	    ERR_INPUT, "lines 1 and 4 have the same conditions");
	refused("[rule]\nsource = media, pals\nverdict = never\n"
		"[rule]\nkind = soft\nsource = media\nverdict = share\n",
	    ERR_INPUT,
	    "line 4: the rule can never decide, as the rule of line 1 before "
	    "it fits all of that and says never");
	refused("[rule]\nverdict = ask me\n"
		"[rule]\ngroup = Surrey QSG\nverdict = share\n",
	    ERR_INPUT, "line 3: the rule can never decide");
	refused("[rule]\ngroup = any\nverdict = ask me\n"
		"[rule]\ngroup = Surrey QSG\nverdict = share\n",
	    ERR_INPUT, "line 4: the rule can never decide");
	refused("[rule]\nsensitivity = significant, ordinary\nverdict = never\n"
		"[rule]\nkind = soft\nverdict = share\n",
	    ERR_INPUT, "line 4: the rule can never decide");
	/* The other way round it is what people mean. */
	read_policy("[rule]\ngroup = Surrey QSG\nverdict = share\n"
		    "[rule]\ngroup = any\nverdict = ask me\n");
}
END_TEST

START_TEST(a_rule_without_effect_is_a_warning)
{
	read_policy("[rule]\nsource = media\nverdict = share\n"
		    "[rule]\nsource = media\nkind = soft\nverdict = share\n"
		    "[rule]\nverdict = share\n");
	ck_assert_str_eq(buf_text(&policy.warnings),
	    "line 4: the rule changes nothing, as the rule of line 1 says the "
	    "same before it\n");
}
END_TEST

/*
 * A model, written without the program's own words: each condition is a set of
 * what it takes, as bits, and 0 asks nothing.
 */

#define KINDS 3 /* hard, soft, none */
#define SOURCES 3
#define GROUPS 3 /* a, b, none */

struct model {
	unsigned kind;   /* 0 to 3 */
	unsigned source; /* 0 to 3 */
	unsigned group;  /* 0, 1: a, 2: b, 3: any */
	unsigned verdict;
};
#define MODELS (4u * 4u * 4u * 4u)

static struct model model_of(unsigned n)
{
	return (struct model){ n % 4, n / 4 % 4, n / 16 % 4, n / 64 % 4 };
}

static void put_model(const struct model *model, struct buf *out)
{
	static const char *const kind[] = { "", "kind = hard\n",
		"kind = soft\n", "kind = soft, hard\n" };
	static const char *const source[] = { "", "source = media\n",
		"source = pals\n", "source = media\nsource = pals\n" };
	static const char *const of_group[] = { "", "group = a\n",
		"group = b\n", "group = any\n" };
	static const char *const verdict[] = { "share", "ask me", "four eyes",
		"never" };

	OK(buf_printf(out, "[rule]\n%s%s%sverdict = %s\n", kind[model->kind],
	    source[model->source], of_group[model->group],
	    verdict[model->verdict]));
}

/* Value 2 is none: a condition never takes it. */
static bool takes(unsigned condition, unsigned value)
{
	return condition == 0 || (value < 2 && (condition >> value & 1) != 0);
}

static bool fits(const struct model *model, unsigned n)
{
	return takes(model->kind, n % KINDS) &&
	       takes(model->source, n / KINDS % SOURCES) &&
	       takes(model->group, n / KINDS / SOURCES);
}

#define SUBJECTS (KINDS * SOURCES * GROUPS)

static void set_subject(unsigned n)
{
	static const char *const kind[] = { "hard", "soft", "" };
	static const char *const source[] = { "media", "pals", "" };
	static const char *const of_group[] = { "A", "B", "" };

	subject.kind = kind[n % KINDS];
	subject.source = source[n / KINDS % SOURCES];
	subject.group_name = of_group[n / KINDS / SOURCES];
	subject.group = n / KINDS / SOURCES < 2 ? &group : NULL;
}

/* Group "any" takes more groups than the model has. */
static bool all_of(const struct model *first, const struct model *second)
{
	for (unsigned n = 0; n < SUBJECTS; n++) {
		if (fits(second, n) && !fits(first, n))
			return false;
	}
	return true;
}

static void check_models(const struct model *models, size_t count)
{
	struct buf text = { 0 };
	bool contradicts = false;

	for (size_t i = 0; i < count; i++) {
		put_model(&models[i], &text);
		for (size_t j = 0; j < i; j++) {
			if (all_of(&models[j], &models[i])) {
				contradicts |=
				    models[j].verdict != models[i].verdict;
				break; /* said once, of the first */
			}
		}
	}
	policy_clear(&policy);
	if (contradicts) {
		ck_assert_msg(
		    policy_parse(buf_span(&text), &policy) == ERR_INPUT, "%s",
		    buf_text(&text));
		buf_clear(&text);
		return;
	}
	OK(policy_parse(buf_span(&text), &policy));
	for (unsigned n = 0; n < SUBJECTS; n++) {
		const struct policy_rule *rule = NULL;
		size_t want = 0;

		while (want < count && !fits(&models[want], n))
			want++;
		set_subject(n);
		OK(policy_match(&policy, &subject, &rule));
		ck_assert_msg(
		    want == count ? rule == NULL : rule == &policy.rules[want],
		    "subject %u of\n%s", n, buf_text(&text));
		if (rule != NULL)
			ck_assert_int_eq(rule->verdict, models[want].verdict);
	}
	buf_clear(&text);
}

/* M340 M341 M342 */
START_TEST(every_policy_of_two_rules_does_as_the_model)
{
	for (unsigned a = 0; a < MODELS / 4; a++) {
		for (unsigned b = 0; b < MODELS / 2; b++) {
			struct model models[] = { model_of(a), model_of(b) };

			check_models(models, 2);
		}
	}
}
END_TEST

START_TEST(longer_policies_do_as_the_model)
{
	uint64_t seed = 0;
	struct rng_seeded state;
	struct rng rng;

	rng_fill(rng_system(), &seed, sizeof seed);
	printf("policy seed %llu\n", (unsigned long long)seed);
	rng = rng_seed(&state, seed);
	for (unsigned i = 0; i < 3000; i++) {
		struct model models[6];

		for (size_t j = 0; j < 6; j++)
			models[j] = model_of((unsigned)rng_below(&rng, MODELS));
		check_models(models, 2 + rng_below(&rng, 5));
	}
}
END_TEST

Suite *test_policy_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("policy");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_rule_is_read_as_it_stands);
	tcase_add_test(tcase, of_a_shared_name_the_stricter_counts);
	tcase_add_test(tcase, a_fingerprint_is_never_shared);
	tcase_add_loop_test(tcase,
	    what_is_not_understood_is_refused_with_its_line, 0,
	    (int)(sizeof bad / sizeof bad[0]));
	tcase_add_test(tcase, what_is_too_long_is_refused);
	tcase_add_test(tcase, the_first_rule_that_fits_decides);
	tcase_add_test(tcase, each_condition_asks_about_its_own_part);
	tcase_add_test(tcase, a_reader_and_a_group_have_several_names);
	tcase_add_test(
	    tcase, a_group_that_may_be_another_is_none_to_share_with);
	tcase_add_test(tcase, a_policy_that_contradicts_itself_is_refused);
	tcase_add_test(tcase, a_rule_without_effect_is_a_warning);
	tcase_add_test(tcase, every_policy_of_two_rules_does_as_the_model);
	tcase_add_test(tcase, every_content_that_is_shared_has_a_type);
	tcase_add_test(tcase, longer_policies_do_as_the_model);
	suite_add_tcase(suite, tcase);
	return suite;
}
