#include "view/relation_paper.h"

static void label(struct paper *paper, const char *name, int width)
{
	paper_printf(paper, "%-*s", width, name);
}

static void line(
    struct paper *paper, const char *name, const char *text, int width)
{
	if (text[0] != '\0') {
		label(paper, name, width);
		paper_text(paper, text);
		paper_put(paper, "\n");
	}
}

/* One line for each: its code, and more where it says more. */
static void list(struct paper *paper, const char *name, const json_t *array,
    const char *more, int width)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(array, at, each)
	{
		label(paper, at == 0 ? name : "", width);
		paper_text(paper, paper_member(each, "code"));
		if (paper_member(each, more)[0] != '\0') {
			paper_put(paper, ", ");
			paper_text(paper, paper_member(each, more));
		}
		paper_put(paper, "\n");
	}
}

void relation_paper(struct paper *paper, const json_t *relation, int width)
{
	const char *home = paper_member(relation, "home_group_name");
	line(paper, "called", paper_member(relation, "name"), width);
	line(paper, "it is", paper_member(relation, "type"), width);
	list(paper, "commissioned", json_object_get(relation, "commissioners"),
	    "part", width);
	line(paper, "home group",
	    home[0] == '\0' ? paper_member(relation, "home_group") : home,
	    width);
	list(paper, "sites", json_object_get(relation, "sites"), "name", width);
}
