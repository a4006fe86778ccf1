#include "domain/person.h"

#include "codec/utf8.h"
#include "domain/org.h"

#include <utf8proc.h>

bool person_name_valid(struct span name)
{
	return org_name_valid(name);
}

/* Folded, without anything that separates. */
static enum err reduce(struct span name, struct buf *out)
{
	struct buf folded = { 0 };
	enum err err = ERR_OK;

	if (!person_name_valid(name))
		return err_set(ERR_INPUT,
		    "a person's name is one line without invisible "
		    "characters");
	err = utf8_fold(name, &folded);
	for (size_t at = 0; at < folded.size && err == ERR_OK;) {
		utf8proc_int32_t code = 0;
		utf8proc_ssize_t size = utf8proc_iterate(folded.data + at,
		    (utf8proc_ssize_t)(folded.size - at), &code);

		if (size <= 0)
			break; /* folding gives UTF-8 */
		if (utf8proc_category(code) != UTF8PROC_CATEGORY_ZS)
			err = buf_append(
			    out, span_of(folded.data + at, (size_t)size));
		at += (size_t)size;
	}
	buf_clear(&folded);
	return err;
}

enum err person_same(struct span a, struct span b, bool *same)
{
	struct buf first = { 0 };
	struct buf second = { 0 };
	enum err err = reduce(a, &first);

	if (err == ERR_OK)
		err = reduce(b, &second);
	*same =
	    err == ERR_OK && span_equal(buf_span(&first), buf_span(&second));
	buf_clear(&first);
	buf_clear(&second);
	return err;
}
