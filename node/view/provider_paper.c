#include "view/provider_paper.h"

#include "domain/picture.h"
#include "domain/provider.h"
#include "view/provider_judged.h"
#include "view/provider_lines.h"

#include <stdio.h>
#include <string.h>

enum { SITES_SHOWN = 6 };

static long long number(const json_t *object, const char *key)
{
	return (long long)paper_number(object, key);
}

static bool is_set(const json_t *object, const char *key)
{
	return paper_member(object, key)[0] != '\0';
}

/*
 * Lists.
 */

static void put_name(struct paper *paper, const json_t *value)
{
	paper_styled(paper, PAPER_BOLD, paper_member(value, "provider"));
	if (is_set(value, "name")) {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_BOLD, paper_member(value, "name"));
	}
	if (is_set(value, "type")) {
		const struct vocab_word *type = vocab_find(
		    provider_types(), span_text(paper_member(value, "type")));
		paper_put(paper, ", ");
		paper_text(paper,
		    type == NULL ? paper_member(value, "type") : type->label);
	}
	if (is_set(value, "closed_on")) {
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN, "closed");
		paper_put(paper, " ");
		paper_text(paper, paper_member(value, "closed_on"));
	}
	paper_put(paper, "\n");
}

static void put_counts(struct paper *paper, const json_t *counts)
{
	provider_line_plural(
	    paper, number(counts, "concerns"), "concern", "concerns");
	paper_put(paper, ", ");
	provider_line_plural(
	    paper, number(counts, "assurances"), "assurance", "assurances");
	paper_printf(
	    paper, ", %lld good practice", number(counts, "good_practice"));
	if (number(counts, "unstated") > 0) {
		paper_printf(
		    paper, ", %lld of no stance", number(counts, "unstated"));
	}
}

static void brief_judgements(struct paper *paper, const json_t *judgements)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(judgements, at, each)
	{
		paper_put(paper, at == 0 ? "  judged " : ", ");
		provider_line_words(paper, paper_member(each, "view"));
		paper_put(paper, " (");
		paper_text(paper, paper_member(each, "author_code"));
		paper_put(paper, ")");
	}
	paper_put(paper, at == 0 ? "" : "\n");
}

void provider_paper_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		const json_t *home = json_object_get(each, "home_group");
		put_name(paper, each);
		if (number(each, "records") > 0) {
			paper_put(paper, "  ");
			put_counts(paper, each);
			paper_put(paper, "; last heard of ");
			paper_time(paper, each, "heard_at");
			paper_put(paper, "\n");
		}
		brief_judgements(paper, json_object_get(each, "judgements"));
		if (json_is_object(home)) {
			paper_put(paper, "  home group ");
			paper_text(paper, is_set(home, "name")
					      ? paper_member(home, "name")
					      : paper_member(home, "id"));
			paper_put(paper, "\n");
		}
	}
}

/*
 * Who it is.
 */

static void put_commissioners(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		paper_put(paper, at == 0 ? "commissioned by " : ", ");
		if (is_set(each, "name")) {
			paper_text(paper, paper_member(each, "name"));
			paper_put(paper, " (");
			paper_text(paper, paper_member(each, "code"));
		} else {
			paper_text(paper, paper_member(each, "code"));
			paper_put(paper, " (of no name here");
		}
		if (is_set(each, "part")) {
			paper_put(paper, ", ");
			paper_text(paper, paper_member(each, "part"));
		}
		paper_put(paper, ")");
	}
	paper_put(paper, at == 0 ? "" : "\n");
}

static void put_sites(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	size_t count = json_array_size(list);
	json_array_foreach(list, at, each)
	{
		if (at == SITES_SHOWN) {
			paper_printf(paper, " and %zu more", count - at);
			break;
		}
		paper_put(paper, at == 0 ? "sites " : ", ");
		paper_text(paper, paper_member(each, "name"));
		paper_put(paper, " (");
		paper_text(paper, paper_member(each, "code"));
		paper_put(paper, ")");
	}
	paper_put(paper, count == 0 ? "" : "\n");
}

static void put_who(struct paper *paper, const json_t *value)
{
	const json_t *home = json_object_get(value, "home_group");
	put_name(paper, value);
	if (!paper_flag(value, "known")) {
		paper_put(paper, "in no register here; `qsg provider import` "
				 "and `qsg provider relate` would say who it "
				 "is\n");
	}
	if (is_set(value, "site_of")) {
		paper_put(paper, "a site of ");
		paper_text(paper, paper_member(value, "site_of"));
		paper_put(paper, "\n");
	}
	put_commissioners(paper, json_object_get(value, "commissioners"));
	if (json_is_object(home)) {
		paper_put(paper, "home group ");
		paper_text(paper, is_set(home, "name")
				      ? paper_member(home, "name")
				      : paper_member(home, "id"));
		paper_put(paper, "\n");
	}
	put_sites(paper, json_object_get(value, "sites"));
}

/*
 * Items.
 */

static void put_item(struct paper *paper, const json_t *item)
{
	paper_put(paper, "  ");
	provider_line_id(paper, item);
	paper_put(paper, "  ");
	provider_line_author(paper, item);
	paper_put(paper, ", ");
	provider_line_day(paper, item);
	if (is_set(item, "source")) {
		paper_put(paper, ", ");
		provider_line_words(paper, paper_member(item, "source"));
	}
	if (paper_flag(item, "significant")) {
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN, "significant");
	}
	provider_line_readers(paper, item);
	paper_put(paper, "\n");
	if (paper_flag(item, "pointer_only")) {
		paper_put(paper, "    they hold something on this: ask them\n");
	}
	provider_line_text(paper, paper_member(item, "text"), 4);
	if (is_set(item, "foi_note")) {
		paper_put(paper, "    FOI advice: ");
		paper_text(paper, paper_member(item, "foi_note"));
		paper_put(paper, "\n");
	}
	provider_line_said(paper, item);
}

/* Has this id been in the items of a signal before this one? */
static bool was_told(const json_t *signals, size_t before, const char *id)
{
	for (size_t i = 0; i < before; i++) {
		size_t at = 0;
		const json_t *each = NULL;
		const json_t *items =
		    json_object_get(json_array_get(signals, i), "items");
		json_array_foreach(items, at, each)
		{
			if (strcmp(json_string_value(each), id) == 0) {
				return true;
			}
		}
	}
	return false;
}

static bool is_in(const json_t *ids, const char *id)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(ids, at, each)
	{
		if (strcmp(json_string_value(each), id) == 0) {
			return true;
		}
	}
	return false;
}

static const char *dimension_words(const json_t *signal)
{
	if (!is_set(signal, "dimension")) {
		return "of no dimension";
	}
	return strcmp(paper_member(signal, "dimension"), PICTURE_OTHER) == 0
	           ? "of dimensions that this version does not know"
	           : paper_member(signal, "dimension");
}

/* One dimension with the concerns that share it; each in full but once. */
static void put_signal(struct paper *paper, const json_t *value, size_t place)
{
	const json_t *signals = json_object_get(value, "signals");
	const json_t *signal = json_array_get(signals, place);
	const json_t *items = json_object_get(value, "items");
	size_t at = 0;
	const json_t *each = NULL;
	size_t again = 0;
	paper_put(paper, "\n");
	paper_styled(paper, PAPER_BOLD, dimension_words(signal));
	paper_put(paper, ": ");
	provider_line_plural(
	    paper, number(signal, "concerns"), "concern", "concerns");
	paper_put(paper, ", ");
	provider_line_plural(paper, number(signal, "organisations"),
	    "organisation", "organisations");
	paper_put(paper, ", ");
	provider_line_plural(
	    paper, number(signal, "sources"), "source", "sources");
	paper_put(paper, "\n");
	json_array_foreach(items, at, each)
	{
		const char *id = paper_member(each, "id");
		if (!is_in(json_object_get(signal, "items"), id)) {
			continue;
		}
		if (was_told(signals, place, id)) {
			again++;
		} else {
			put_item(paper, each);
		}
	}
	if (again > 0) {
		paper_printf(paper, "  and %zu of those above\n", again);
	}
}

static void put_stance(struct paper *paper, const json_t *value,
    const char *key, const char *title)
{
	const json_t *ids = json_object_get(json_object_get(value, "ids"), key);
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(ids) == 0) {
		return;
	}
	provider_line_heading(paper, title);
	json_array_foreach(json_object_get(value, "items"), at, each)
	{
		if (is_in(ids, paper_member(each, "id"))) {
			put_item(paper, each);
		}
	}
}

static void put_end(struct paper *paper, const json_t *value)
{
	const json_t *counted = json_object_get(value, "counts");
	char hash[17] = "";
	strncpy(hash, paper_member(value, "state_hash"), sizeof(hash) - 1);
	paper_put(paper, "\nlast discussed: not yet recorded\n");
	if (number(counted, "not_counted") > 0) {
		provider_line_plural(
		    paper, number(counted, "not_counted"), "record", "records");
		paper_put(paper,
		    " held and not counted: corrected, older, or "
		    "not their author's to say; --json has them\n");
	}
	if (number(value, "left_out") > 0) {
		provider_line_plural(paper, number(value, "left_out"),
		    "older record", "older records");
		paper_put(paper,
		    " left out: their authors have said more than a picture "
		    "holds\n");
	}
	if (number(value, "relations_left_out") > 0) {
		provider_line_plural(paper, number(value, "relations_left_out"),
		    "relation", "relations");
		paper_put(paper,
		    " to some provider left out: their authors relate to more "
		    "than count\n");
	}
	paper_printf(paper,
	    "what others keep to themselves is not known here\n"
	    "state %s of %lld shared records: alike wherever the same is "
	    "held\n",
	    hash, number(value, "state_records"));
}

void provider_paper_show(struct paper *paper, const json_t *value)
{
	const json_t *counted = json_object_get(value, "counts");
	size_t signals = json_array_size(json_object_get(value, "signals"));
	put_who(paper, value);
	paper_put(paper, "\n");
	put_counts(paper, counted);
	if (number(counted, "open_requests") > 0) {
		paper_put(paper, "; ");
		provider_line_plural(paper, number(counted, "open_requests"),
		    "open request", "open requests");
	}
	paper_put(paper, "; last heard of ");
	paper_time(paper, value, "heard_at");
	paper_put(paper, "\n");
	for (size_t i = 0; i < signals; i++) {
		put_signal(paper, value, i);
	}
	put_stance(paper, value, "assurances", "assurance");
	put_stance(paper, value, "good_practice", "good practice");
	put_stance(paper, value, "unstated", "of no stance");
	provider_judged_paper(paper, value);
	put_end(paper, value);
}

void provider_paper_import(struct paper *paper, const json_t *value)
{
	paper_printf(paper,
	    "%s%lld providers from %lld rows: %lld new, %lld changed, %lld "
	    "unchanged\n",
	    paper_flag(value, "dry_run") ? "would import " : "",
	    number(value, "entries"), number(value, "rows"),
	    number(value, "new"), number(value, "changed"),
	    number(value, "same"));
	if (number(value, "drafts") > 0) {
		paper_printf(paper,
		    "%lld records are drafts: kept until the node may sign\n",
		    number(value, "drafts"));
	}
	if (number(value, "bad_rows") > 0) {
		paper_printf(paper, "%lld bad rows left out\n",
		    number(value, "bad_rows"));
	}
}
