#include "view/witness_report.h"

static long long number(const json_t *object, const char *key)
{
	return (long long)paper_number(object, key);
}

/* A time as the config file has it: in the largest unit that divides it. */
static void put_span(struct paper *paper, long long seconds)
{
	static const struct {
		long long seconds;
		char name;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds % units[i].seconds == 0) {
			paper_printf(paper, "%lld%c",
			    seconds / units[i].seconds, units[i].name);
			return;
		}
	}
}

/* What the config file calls enough. */
static void put_policy(struct paper *paper, const json_t *witnesses)
{
	long long minimum = number(witnesses, "minimum");
	if (minimum == 0) {
		paper_put(paper, "              none is wanted\n");
		return;
	}
	paper_printf(paper, "              wanted: %lld %s within ", minimum,
	    minimum == 1 ? "cosignature" : "cosignatures");
	put_span(paper, number(witnesses, "max_age_s"));
	if (minimum > number(witnesses, "asked")) {
		paper_put(paper, "; ");
		paper_styled(paper, PAPER_WARN, "fewer are asked");
	}
	paper_put(paper, "\n");
}

void witness_report_status(struct paper *paper, const json_t *witnesses)
{
	if (!json_is_object(witnesses)) {
		return;
	}
	paper_put(paper, "witnesses     ");
	if (number(witnesses, "published") == 0) {
		paper_put(paper, "no head published yet");
	} else {
		paper_printf(paper, "head %lld of %lld published ",
		    number(witnesses, "published"), number(witnesses, "head"));
		paper_time(paper, witnesses, "published_at");
		paper_printf(paper, ", cosigned by %lld of %lld asked",
		    number(witnesses, "cosigned"), number(witnesses, "asked"));
	}
	if (number(witnesses, "unwitnessed") > 0) {
		paper_printf(paper, "; %lld entries unwitnessed, since ",
		    number(witnesses, "unwitnessed"));
		paper_time(paper, witnesses, "oldest_unwitnessed_at");
	}
	if (!paper_flag(witnesses, "ok")) {
		paper_put(paper, ": ");
		paper_styled(paper, PAPER_WARN, "too long");
	}
	paper_put(paper, "\n");
	put_policy(paper, witnesses);
}

static void organisation(struct paper *paper, const json_t *object)
{
	paper_text(paper, paper_member(object, "name"));
	paper_put(paper, " (");
	paper_text(paper, paper_member(object, "code"));
	paper_put(paper, ")");
}

static void asked(struct paper *paper, const json_t *word)
{
	paper_put(paper,
	    paper_flag(word, "asked") ? "asked         " : "no longer     ");
	organisation(paper, word);
	if (number(word, "size") == 0) {
		paper_put(paper, ": has cosigned nothing yet\n");
		return;
	}
	paper_put(paper, ": ");
	if (paper_flag(word, "cosigned")) {
		paper_styled(paper, PAPER_GOOD, "cosigned it");
		paper_put(paper, ", ");
	} else {
		paper_printf(
		    paper, "cosigned head %lld last, ", number(word, "size"));
	}
	paper_time(paper, word, "cosigned_at");
	paper_put(paper, "\n");
}

void witness_report_witnesses(struct paper *paper, const json_t *value)
{
	const json_t *published = json_object_get(value, "published");
	const json_t *list = json_object_get(value, "asked");
	const json_t *others = json_object_get(value, "cosigned");
	size_t at = 0;
	const json_t *each = NULL;
	if (json_is_object(published)) {
		paper_printf(paper, "published     head %lld of %lld, ",
		    number(published, "size"), number(value, "head"));
		paper_time(paper, published, "at");
		paper_put(paper, "\n");
	} else {
		paper_put(paper, "published     no head yet\n");
	}
	if (json_array_size(list) == 0) {
		paper_put(paper, "asked         nobody\n");
	}
	json_array_foreach(list, at, each)
	{
		asked(paper, each);
	}
	json_array_foreach(others, at, each)
	{
		paper_put(paper, "cosigned      head ");
		paper_printf(paper, "%lld of ", number(each, "size"));
		organisation(paper, each);
		paper_put(paper, ", ");
		paper_time(paper, each, "cosigned_at");
		paper_put(paper, "\n");
	}
}

void witness_report_log(struct paper *paper, const json_t *value)
{
	const json_t *head = json_object_get(value, "head");
	paper_put(paper, "origin        ");
	paper_text(paper, paper_member(value, "origin"));
	paper_put(paper, "\nkey           ");
	paper_text(paper, paper_member(value, "vkey"));
	paper_printf(
	    paper, "\nlog           %lld entries now\n", number(head, "size"));
	if (paper_member(value, "checkpoint")[0] == '\0') {
		paper_put(paper, "checkpoint    none yet\n");
		return;
	}
	paper_printf(paper, "checkpoint    of %lld entries, %lld %s\n\n",
	    number(value, "size"), number(value, "cosignatures"),
	    number(value, "cosignatures") == 1 ? "cosignature"
					       : "cosignatures");
	/* Made by this node of verified lines: text without controls. */
	paper_put(paper, paper_member(value, "checkpoint"));
}
