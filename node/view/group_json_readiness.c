#include "view/group_json.h"

#include "base/bytes.h"
#include "view/json_out.h"

#include <string.h>

/* QSG annex A, "Assurance pro-forma". What has no place in the records yet is
 * listed as such: a form that left it out would read as ready. */

enum state { READY, MISSING, VOLUNTARY, NOT_KEPT };

static const char *const states[] = {
	[READY] = "ok",
	[MISSING] = "missing",
	[VOLUNTARY] = "voluntary",
	[NOT_KEPT] = "not-kept",
};

struct form {
	json_t *lines;
	bool ready;
};

static void add_line(struct form *form, const char *point, const char *what,
    enum state state, const char *why)
{
	json_t *line = json_object();
	json_out_text(line, "point", point);
	json_out_text(line, "what", what);
	json_out_text(line, "state", states[state]);
	json_out_text(line, "why", why);
	json_out_append(form->lines, line);
	form->ready = form->ready && state != MISSING;
}

static bool is_regional(const struct group_state *group)
{
	return strcmp(group->stated->charter->level, "regional") == 0;
}

/* "1a. QSG Chair agreed: Name of Chair Person" */
static void add_chair(const struct group_state *group, struct form *form)
{
	const struct group_member *convenor =
	    group_member(group, &group->convenor);
	struct buf why = { 0 };
	bool agreed = convenor != NULL && convenor->entry->n_people > 0;
	enum err err = ERR_OK;
	if (agreed) {
		const Qsg__Representative *person = convenor->entry->people[0];
		err = buf_printf(&why, "%s%s%s, %s", person->name,
		    person->name[0] == '\0' ? "" : ", ", person->role,
		    convenor->entry->name);
	} else {
		err = buf_printf(&why,
		    "nobody is named: `group amend GROUP ORG --role ...`");
	}
	if (err == ERR_OK) {
		add_line(form, "1a", "chair agreed", agreed ? READY : MISSING,
		    buf_text(&why));
	}
	buf_clear(&why);
}

/* Names of those of one kind who stand so. */
static size_t list_standing(const struct group_state *group, const char *kind,
    enum group_standing standing, struct buf *out)
{
	size_t count = 0;
	for (size_t i = 0; i < group->member_count; i++) {
		const struct group_member *member = &group->members[i];
		if (member->standing != standing ||
		    member->entry->sender_only ||
		    strcmp(member->entry->kind, kind) != 0) {
			continue;
		}
		count++;
		if (count <= 4 && buf_printf(out, "%s%s", count > 1 ? ", " : "",
				      member->entry->name) != ERR_OK) {
			break;
		}
	}
	if (count > 4 &&
	    buf_printf(out, " and %zu more", count - 4) != ERR_OK) {
		buf_reset(out);
	}
	return count;
}

static void add_kind(const struct group_state *group,
    const struct org_kind *kind, struct form *form)
{
	struct buf joined = { 0 };
	struct buf invited = { 0 };
	struct buf why = { 0 };
	/* QSG 4: "Local government's involvement in QSGs is voluntary". */
	bool voluntary = strcmp(kind->token, "local-authority") == 0;
	size_t members =
	    list_standing(group, kind->token, GROUP_JOINED, &joined);
	size_t asked =
	    list_standing(group, kind->token, GROUP_INVITED, &invited);
	enum state state = members > 0 ? READY
	                   : voluntary ? VOLUNTARY
	                               : MISSING;
	enum err err = ERR_OK;
	if (members > 0) {
		err = buf_printf(&why, "%s%s%s", buf_text(&joined),
		    asked > 0 ? "; not answered yet: " : "",
		    asked > 0 ? buf_text(&invited) : "");
	} else if (asked > 0) {
		err = buf_printf(&why, "invited, and not answered yet: %s",
		    buf_text(&invited));
	} else {
		err = buf_printf(&why, "nobody is invited as %s", kind->token);
	}
	if (err == ERR_OK) {
		add_line(form, "1b", kind->label, state, buf_text(&why));
	}
	buf_clear(&joined);
	buf_clear(&invited);
	buf_clear(&why);
}

/* "1b. Core membership agreed". QSG 4: "Health Education England (via Local
 * Education and Training Board representative)". */
static void add_core(const struct group_state *group, struct form *form)
{
	for (size_t i = 0; i < org_kind_count(); i++) {
		const struct org_kind *kind = org_kind_at(i);
		if (strcmp(kind->token, "hee") != 0 &&
		    group_kind_is_core(group->stated->charter->level,
			span_text(kind->token))) {
			add_kind(group, kind, form);
		}
	}
}

static bool has_duty(const Qsg__Charter *charter, const char *kind)
{
	for (size_t i = 0; i < charter->n_information; i++) {
		if (strcmp(charter->information[i]->kind, kind) == 0) {
			return true;
		}
	}
	return false;
}

/* Is one of this kind before it? */
static bool told(const struct group_state *group, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (strcmp(group->members[i].entry->kind,
			group->members[at].entry->kind) == 0) {
			return true;
		}
	}
	return false;
}

/* "3b. Information framework agreed with QSG members: summary of information to
 * be supplied to QSG by members" */
static void add_framework(const struct group_state *group, struct form *form)
{
	const Qsg__Charter *charter = group->stated->charter;
	struct buf lacking = { 0 };
	enum err err = ERR_OK;
	for (size_t i = 0; i < group->member_count && err == ERR_OK; i++) {
		const char *kind = group->members[i].entry->kind;
		if (!told(group, i) && group->members[i].core &&
		    group->members[i].standing == GROUP_JOINED &&
		    !has_duty(charter, kind)) {
			err = buf_printf(&lacking, "%s%s",
			    lacking.size > 0 ? ", " : "nothing agreed for ",
			    kind);
		}
	}
	bool ready = charter->n_information > 0 && lacking.size == 0;
	if (err == ERR_OK) {
		add_line(form, "3b", "information framework agreed",
		    ready ? READY : MISSING,
		    ready                         ? "in the charter"
		    : charter->n_information == 0 ? "the charter has none"
						  : buf_text(&lacking));
	}
	buf_clear(&lacking);
}

static void add_meetings(const struct group_state *group, struct form *form)
{
	const Qsg__Charter *charter = group->stated->charter;
	struct buf why = { 0 };
	add_line(form, "3a", "outline agenda agreed", NOT_KEPT,
	    "agendas are not kept by this program yet");
	add_framework(group, form);
	add_line(form, "3c", "process for the team's report of quality",
	    NOT_KEPT, "reports are not kept by this program yet");
	if (buf_printf(&why,
		"the charter says %s; dates are not kept by this "
		"program yet",
		charter->cadence) == ERR_OK) {
		add_line(form, "3d", "schedule of meeting dates agreed",
		    NOT_KEPT, buf_text(&why));
	}
	buf_reset(&why);
	if (buf_printf(&why,
		charter->cycle_days > 0 ? "every provider within %u days"
					: "the charter names no period",
		charter->cycle_days) == ERR_OK) {
		add_line(form, "3e", "business cycle agreed",
		    charter->cycle_days > 0 ? READY : MISSING, buf_text(&why));
	}
	buf_clear(&why);
}

/* "3f. Meeting governance (paper submission & circulation, minutes, reporting
 * arrangements) agreed", "4. Governance". */
static void add_governance(const struct group_state *group, struct form *form)
{
	const Qsg__Charter *charter = group->stated->charter;
	bool ready = charter->quorum > 0 && charter->n_ground_rules > 0 &&
	             charter->admission[0] != '\0';
	bool protocol = charter->safeguarding[0] != '\0';
	add_line(form, "3f", "governance of meetings agreed",
	    ready ? READY : MISSING,
	    ready ? "quorum, ground rules and admission are in the charter"
		  : "the charter lacks quorum, ground rules or admission");
	add_line(form, "4a", "safeguarding protocol referred to",
	    protocol ? READY : MISSING,
	    protocol ? charter->safeguarding
		     : "the charter names none: `safeguarding = ...`");
}

json_t *group_json_readiness(struct node *node, const struct group_state *group)
{
	struct form form = { .lines = json_array(), .ready = true };
	json_t *object = group_json_brief(node, group);
	if (group->stated != NULL) {
		add_chair(group, &form);
		add_core(group, &form);
		add_line(&form, "2a", "guidance circulated to core members",
		    NOT_KEPT, "not kept by this program");
		add_line(&form, "2b", "dashboard training received", NOT_KEPT,
		    "not kept by this program");
		add_meetings(group, &form);
		add_governance(group, &form);
		json_out_bool(object, "regional", is_regional(group));
	}
	json_out_bool(object, "ready", group->stated != NULL && form.ready);
	json_out_set(object, "lines", form.lines);
	return object;
}
