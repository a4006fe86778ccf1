/*
 * Every record of a risk summit, tried at every kind of party: between real
 * homes, each of which takes all that every other gives it.
 */
#include "grouped.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/actions_say.h"
#include "service/alarms.h"
#include "service/query.h"
#include "service/summits_say.h"

#include <string.h>

Suite *test_summits_read_suite(void);

#define HOME (&grouped_fixture)

enum party {
	AREA,     /* convenes the group, triggers, holds the ring */
	CCG,      /* a member */
	COLLEGE,  /* a member that is not statutory */
	COUNCIL,  /* summoned, and no member */
	PROVIDER, /* invited, and granted two records */
	POLICE,   /* invited, and granted nothing */
	LEAVER,   /* a member that left once the summit was triggered */
	OUTSIDER, /* known to all, and in nothing */
	PARTIES
};

#define BIT(party) (1u << (party))
/* As long as the leaver is in, and after it. */
#define TOLD (BIT(AREA) | BIT(CCG) | BIT(COLLEGE) | BIT(COUNCIL) | BIT(LEAVER))
#define CIRCLE (BIT(AREA) | BIT(CCG) | BIT(COLLEGE) | BIT(COUNCIL))

/* One record, and who is to read it, by bits. */
struct said {
	const char *what;
	struct id32 record;
	unsigned readers;
	uint8_t type;
};

#define MOST 64u
static struct said all[MOST];
static size_t count;
static Qsg__Payload payload;
static struct summits_request asked;
static char summit[65];

static void spread(void)
{
	struct replica_taken taken;

	/* What one round brings may be granted on in the next. */
	for (size_t round = 0; round < 2; round++) {
		for (size_t to = 0; to < PARTIES; to++) {
			for (size_t from = 0; from < PARTIES; from++) {
				if (to != from) {
					OK(fixture_pull(
					    HOME, to, from, &taken));
				}
			}
		}
	}
}

static void setup(void)
{
	static const char *const kinds[] = { "nhs-england-area-team", "ccg",
		"royal-college", "local-authority", "provider", "police",
		"letb", "ccg" };

	fixture_open_strangers(HOME, kinds, PARTIES);
	for (size_t i = 0; i < PARTIES; i++) {
		for (size_t j = 0; j < PARTIES; j++) {
			if (i != j) {
				fixture_meet(HOME, i, j);
			}
		}
	}
	grouped_found();
	OK(grouped_invite(CCG, "ccg"));
	OK(grouped_invite(COLLEGE, "royal-college"));
	OK(grouped_invite(LEAVER, "letb"));
	spread();
	OK(grouped_join(CCG));
	OK(grouped_join(COLLEGE));
	OK(grouped_join(LEAVER));
	spread();
	count = 0;
	asked = (struct summits_request){
		.content = &payload, .summit = summit, .share = { .yes = true }
	};
}

static void keep(
    size_t at, const char *what, const struct id32 *record, unsigned readers)
{
	const struct view_record *view = NULL;

	OK(node_commit(grouped_node(at)));
	ck_assert_msg(!id_is_zero(record), "%s is not recorded", what);
	view = fixture_view(HOME, at, record);
	ck_assert_uint_lt(count, MOST);
	all[count++] = (struct said){
		.what = what,
		.record = *record,
		.readers = readers | BIT(at),
		.type = view->type,
	};
}

static const char *last_id(void)
{
	static struct hex32 hex;

	hex = text_hex_id(&all[count - 1].record);
	return hex.text;
}

/* What is said in the summit, with the content set. */
static void say(size_t at, Qsg__Payload__ContentCase which, void *content,
    const char *what, unsigned readers)
{
	struct summits_result result;

	qsg__payload__init(&payload);
	payload.content_case = which;
	payload.summit_trigger = content; /* the union's, whichever it is */
	ck_assert_msg(summits_say(grouped_node(at), &asked, &result) == ERR_OK,
	    "%s: %s", what, err_text());
	keep(at, what, &result.said.share.record, readers);
	summits_result_clear(&result);
	asked.names = NULL;
	asked.organisation = NULL;
	asked.grant_count = 0;
	spread();
}

#define SAY(at, which, content, what, readers)                                 \
	say(at, QSG__PAYLOAD__CONTENT_##which, content, what, readers)

/* Held by its author and the CCG. */
static struct id32 evidence(const char *text)
{
	struct id32 record;

	OK(fixture_share(HOME, AREA, BIT(CCG), text, &record));
	OK(node_commit(grouped_node(AREA)));
	return record;
}

/* Who is granted more of what was kept. */
static void also(const struct id32 *record, unsigned readers)
{
	for (size_t i = 0; i < count; i++) {
		if (id_equal(&all[i].record, record)) {
			all[i].readers |= readers;
			return;
		}
	}
	ck_abort_msg("no such record");
}

static void ask(void)
{
	const char *to[] = { "00X" };
	Qsg__SummitRequest content;
	struct summits_result result;

	qsg__summit_request__init(&content);
	content.provider = canon_lend("RAL");
	content.concern = canon_lend("we may not trigger");
	content.urgency = canon_lend("24h");
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST;
	payload.summit_request = &content;
	asked.share.to = to;
	asked.share.to_count = 1;
	OK(summits_ask(grouped_node(COLLEGE), &asked, &result));
	asked.share.to = NULL;
	asked.share.to_count = 0;
	keep(COLLEGE, "the request", &result.said.share.record, BIT(AREA));
	summits_result_clear(&result);
	spread();
}

/* Citing the record kept last. */
static void trigger(void)
{
	const char *cites[] = { last_id() };
	const char *invited[] = { "03X" };
	struct id32 cited = all[count - 1].record;
	Qsg__SummitTrigger content;
	struct summits_result result;

	qsg__summit_trigger__init(&content);
	content.provider = canon_lend("RAL");
	content.concern = canon_lend("deaths at night are not looked into");
	content.urgency = canon_lend("24h");
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	payload.summit_trigger = &content;
	asked.cites = cites;
	asked.cite_count = 1;
	asked.calling = (struct summits_calling){ .provider = "RAL",
		.group = GROUPED_NAME,
		.invited = invited,
		.invited_count = 1 };
	OK(summits_trigger(grouped_node(AREA), &asked, &result));
	asked.cite_count = 0;
	keep(AREA, "the trigger", &result.said.share.record, TOLD);
	also(&cited, TOLD);
	for (size_t i = 0; i < result.granted_count; i++) {
		ck_assert_str_eq(result.granted[i].why_not, "");
	}
	summits_result_clear(&result);
	memcpy(summit, last_id(), sizeof summit);
	spread();
}

static void judge(void)
{
	Qsg__SummitResponse response;
	Qsg__SummitJudgement judgement;
	Qsg__SummitImpact impact;

	qsg__summit_response__init(&response);
	response.answer = canon_lend("attending");
	SAY(CCG, SUMMIT_RESPONSE, &response, "a response", CIRCLE);
	qsg__summit_judgement__init(&judgement);
	judgement.finding = canon_lend("serious-failing");
	judgement.text = canon_lend("nobody is told at night");
	SAY(CCG, SUMMIT_JUDGEMENT, &judgement, "a judgement", CIRCLE);
	qsg__summit_impact__init(&impact);
	impact.considered = canon_lend("closing the ward");
	impact.text = canon_lend("where would they go?");
	SAY(AREA, SUMMIT_IMPACT, &impact, "a question", CIRCLE);
	impact.considered = canon_lend("");
	impact.text = canon_lend("forty beds are free");
	asked.names = last_id();
	SAY(COLLEGE, SUMMIT_IMPACT, &impact, "an answer", CIRCLE);
}

static void choose(void)
{
	Qsg__SummitRing ring;

	qsg__summit_ring__init(&ring);
	ring.act = canon_lend("nominate");
	asked.organisation = "00X";
	SAY(CCG, SUMMIT_RING, &ring, "a nomination", CIRCLE);
	ring.act = canon_lend("accept");
	SAY(AREA, SUMMIT_RING, &ring, "an acceptance", CIRCLE);
	ring.act = canon_lend("agree");
	asked.organisation = "00X";
	SAY(CCG, SUMMIT_RING, &ring, "a voice", CIRCLE);
	asked.organisation = "00X";
	SAY(AREA, SUMMIT_RING, &ring, "another voice", CIRCLE);
}

/* The provider is granted what was cited, and one record beside it. */
static void invite(const struct id32 *cited, const struct id32 *beside)
{
	struct hex32 first = text_hex_id(cited);
	struct hex32 second = text_hex_id(beside);
	const char *grants[] = { first.text, second.text };
	Qsg__SummitInvitation invitation;
	Qsg__SummitResponse response;

	qsg__summit_invitation__init(&invitation);
	invitation.text = canon_lend("please come");
	asked.organisation = "04X";
	asked.grants = grants;
	asked.grant_count = 2;
	SAY(AREA, SUMMIT_INVITATION, &invitation, "an invitation",
	    CIRCLE | BIT(PROVIDER));
	also(cited, BIT(PROVIDER));
	also(beside, BIT(PROVIDER));
	asked.organisation = "05X";
	SAY(CCG, SUMMIT_INVITATION, &invitation, "another invitation",
	    CIRCLE | BIT(POLICE));
	/* Those invited are told nothing of each other. */
	qsg__summit_response__init(&response);
	response.answer = canon_lend("sending-information");
	response.text = canon_lend("our own review");
	SAY(PROVIDER, SUMMIT_RESPONSE, &response, "a response of the provider",
	    CIRCLE);
	response.answer = canon_lend("nothing-held");
	SAY(POLICE, SUMMIT_RESPONSE, &response, "a response of the police",
	    CIRCLE);
}

static void meet(void)
{
	Qsg__SummitMeeting meeting;
	Qsg__SummitEntry entry;
	Qsg__SummitPerson person;
	Qsg__SummitPerson *people[] = { &person };

	qsg__summit_meeting__init(&meeting);
	meeting.purpose = canon_lend("response");
	meeting.place = canon_lend("by telephone");
	meeting.at_ms = HOME->now_ms + FIXTURE_HOUR_MS;
	SAY(AREA, SUMMIT_MEETING, &meeting, "a meeting", CIRCLE);
	HOME->now_ms += 2 * FIXTURE_HOUR_MS;
	qsg__summit_person__init(&person);
	person.role = canon_lend("director");
	qsg__summit_entry__init(&entry);
	entry.act = canon_lend("attend");
	entry.people = people;
	entry.n_people = 1;
	SAY(CCG, SUMMIT_ENTRY, &entry, "attendance", CIRCLE);
	entry.n_people = 0;
	entry.act = canon_lend("note");
	entry.text = canon_lend("a rota is agreed");
	SAY(AREA, SUMMIT_ENTRY, &entry, "a note", CIRCLE);
	entry.act = canon_lend("dissent");
	entry.text = canon_lend("not enough");
	asked.names = last_id();
	SAY(COLLEGE, SUMMIT_ENTRY, &entry, "dissent", CIRCLE);
}

static void act(void)
{
	Qsg__Action action;
	Qsg__ActionStep step;
	struct saying_result result;
	struct actions_request request = { .content = &payload,
		.owner = "01X",
		.summit = summit,
		.share = { .yes = true } };

	qsg__action__init(&action);
	action.what = canon_lend("review the rota at night");
	action.aim = canon_lend("safeguard");
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTION;
	payload.action = &action;
	OK(actions_add(grouped_node(AREA), &request, &result));
	keep(AREA, "an action", &result.share.record, CIRCLE);
	saying_clear(&result);
	spread();
	request = (struct actions_request){ .content = &payload,
		.action = last_id(),
		.share = { .yes = true } };
	for (size_t i = 0; i < 2; i++) {
		struct hex32 set = text_hex_id(&all[count - 1 - i].record);

		qsg__action_step__init(&step);
		step.act = canon_lend(i ? "close" : "accept");
		step.text = canon_lend("as we said");
		qsg__payload__init(&payload);
		payload.content_case = QSG__PAYLOAD__CONTENT_ACTION_STEP;
		payload.action_step = &step;
		request.action = set.text;
		OK(actions_step(grouped_node(CCG), &request, &result));
		keep(CCG, "a step", &result.share.record, CIRCLE);
		saying_clear(&result);
		spread();
	}
}

static void end(void)
{
	static const char *const checks[][2] = { { "professional-standards",
						     "nothing-arises" },
		{ "adult-safeguarding", "protocol-followed" },
		{ "child-safeguarding", "board-engaged" } };
	Qsg__SummitCheck check;
	Qsg__SummitStandDown down;
	Qsg__SummitObjection objection;

	for (size_t i = 0; i < 3; i++) {
		qsg__summit_check__init(&check);
		check.check = canon_lend(checks[i][0]);
		check.answer = canon_lend(checks[i][1]);
		check.text = canon_lend("the board was told on Monday");
		SAY(AREA, SUMMIT_CHECK, &check, checks[i][0], CIRCLE);
	}
	qsg__summit_stand_down__init(&down);
	down.reason = canon_lend("nights are safe again");
	SAY(AREA, SUMMIT_STAND_DOWN, &down, "standing down", CIRCLE);
	qsg__summit_objection__init(&objection);
	objection.text = canon_lend("too early");
	SAY(COLLEGE, SUMMIT_OBJECTION, &objection, "an objection", CIRCLE);
}

/* What the node says by itself: that it saw a clock missed. */
static void miss(void)
{
	struct views *views = grouped_node(CCG)->views;
	size_t before = count;
	uint32_t most = (uint32_t)views_count(views);

	HOME->now_ms += 20 * FIXTURE_DAY_MS;
	alarms_tick(grouped_node(CCG));
	OK(node_commit(grouped_node(CCG)));
	for (uint32_t rid = most + 1; rid <= views_count(views); rid++) {
		if (views_get(views, rid)->type == VIEW_SUMMIT_MISSED) {
			keep(CCG, "a missed clock", &views_get(views, rid)->id,
			    CIRCLE);
		}
	}
	ck_assert_uint_gt(count, before);
	spread();
}

static void see(void)
{
	const struct alarms_seeing seeing = { .about = summit };
	struct alarms_saw saw;

	OK(alarms_seen(grouped_node(CCG), &seeing, &saw));
	keep(CCG, "a seen alarm", &saw.record, 0);
	spread();
}

static bool reads(size_t at, const struct id32 *record)
{
	struct node *node = grouped_node(at);
	uint32_t rid = views_find(node->views, record);
	Qsg__Payload *opened = NULL;

	if (!rid || views_get(node->views, rid)->state != RECORD_READABLE) {
		return false;
	}
	OK(query_take(node, rid, &opened));
	if (!opened) {
		return false;
	}
	canon_wipe(&opened->base);
	return true;
}

static void check_all(void)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t at = 0; at < PARTIES; at++) {
			bool may = (all[i].readers & BIT(at)) != 0;

			ck_assert_msg(reads(at, &all[i].record) == may,
			    "%s: party %zu %s read it", all[i].what, at,
			    may ? "cannot" : "can");
		}
	}
}

/* Of each type that a summit is made of one was tried. */
static void check_types(void)
{
	for (unsigned type = VIEW_SUMMIT_TRIGGER; type <= VIEW_ACTION_STEP;
	     type++) {
		bool found = false;

		for (size_t i = 0; i < count; i++) {
			found = found || all[i].type == type;
		}
		ck_assert_msg(found, "no %s was tried",
		    views_type_name((enum view_type)type));
	}
}

/* M601, M602, M603, M650, M662, M663, M664, M666, M675, M689 */
START_TEST(each_record_of_a_summit_is_read_by_whom_it_is_for_and_nobody_else)
{
	struct id32 cited;
	struct id32 beside;

	ask();
	beside = evidence("a letter");
	keep(AREA, "what is granted to one", &beside, BIT(CCG));
	cited = evidence("never granted");
	keep(AREA, "what is granted to nobody", &cited, BIT(CCG));
	cited = evidence("a whistleblower's word");
	keep(AREA, "the evidence", &cited, BIT(CCG));
	trigger();
	see();
	check_all();
	OK(grouped_leave(LEAVER));
	spread();
	judge();
	choose();
	invite(&cited, &beside);
	meet();
	act();
	miss();
	end();
	check_types();
	check_all();
	for (size_t at = 0; at < PARTIES; at++) {
		fixture_restart(HOME, at, at % 2 == 0);
	}
	spread();
	check_all();
}
END_TEST

Suite *test_summits_read_suite(void)
{
	Suite *suite = suite_create("summits_read");
	TCase *tests = tcase_create("summits_read");

	tcase_add_checked_fixture(tests, setup, grouped_close);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests,
	    each_record_of_a_summit_is_read_by_whom_it_is_for_and_nobody_else);
	suite_add_tcase(suite, tests);
	return suite;
}
