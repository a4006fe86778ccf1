#include "view/json_out.h"

#include "codec/text.h"
#include "codec/when.h"

#include <stdlib.h>
#include <string.h>

/* jansson's setters free the value and say no when anything is NULL. What is
 * lost for want of memory is missing in the answer, nothing worse. */
void json_out_set(json_t *object, const char *key, json_t *value)
{
	(void)json_object_set_new(object, key, value);
}

void json_out_append(json_t *array, json_t *value)
{
	(void)json_array_append_new(array, value);
}

void json_out_text(json_t *object, const char *key, const char *text)
{
	json_t *value = json_string(text == NULL ? "" : text);
	/* Not UTF-8: no such text gets this far, and none goes further. */
	json_out_set(object, key, value == NULL ? json_string("") : value);
}

void json_out_text_or_null(json_t *object, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0') {
		json_out_set(object, key, json_null());
	} else {
		json_out_text(object, key, text);
	}
}

void json_out_number(json_t *object, const char *key, uint64_t value)
{
	json_out_set(object, key,
	    json_integer((json_int_t)(value > INT64_MAX ? INT64_MAX : value)));
}

void json_out_bool(json_t *object, const char *key, bool value)
{
	json_out_set(object, key, json_boolean(value));
}

void json_out_id(json_t *object, const char *key, const struct id32 *id)
{
	json_out_text(object, key, text_hex_id(id).text);
}

void json_out_time(json_t *object, const char *key, int64_t wall_ms)
{
	if (wall_ms == 0) {
		json_out_set(object, key, json_null());
	} else {
		json_out_text(object, key, when_utc(wall_ms).text);
	}
}

/* jansson escapes everything but DEL. */
static int put(const char *text, size_t size, void *context)
{
	struct buf *out = context;
	size_t start = 0;
	for (size_t i = 0; i < size; i++) {
		if (text[i] != 0x7F) {
			continue;
		}
		if (buf_append(out, span_of(text + start, i - start)) !=
			ERR_OK ||
		    buf_append(out, span_text("\\u007f")) != ERR_OK) {
			return -1;
		}
		start = i + 1;
	}
	return buf_append(out, span_of(text + start, size - start)) == ERR_OK
	           ? 0
	           : -1;
}

enum err json_out_dump(const json_t *value, struct buf *out)
{
	if (value == NULL ||
	    json_dump_callback(value, put, out,
		JSON_ENSURE_ASCII | JSON_ENCODE_ANY | JSON_COMPACT) != 0) {
		return err_set(ERR_MEM, "out of memory");
	}
	return ERR_OK;
}
