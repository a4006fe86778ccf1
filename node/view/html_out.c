#include "view/html_out.h"

#include "codec/utf8.h"

enum err html_out_text(const char *text, struct buf *out)
{
	struct buf safe = { 0 };
	enum err err = utf8_escape(span_text(text), true, false, &safe);
	for (size_t i = 0; err == ERR_OK && i < safe.size; i++) {
		switch (safe.data[i]) {
		case '&':
			err = buf_append(out, span_text("&amp;"));
			break;
		case '<':
			err = buf_append(out, span_text("&lt;"));
			break;
		case '>':
			err = buf_append(out, span_text("&gt;"));
			break;
		case '"':
			err = buf_append(out, span_text("&quot;"));
			break;
		case '\'':
			err = buf_append(out, span_text("&#39;"));
			break;
		default:
			err = buf_u8(out, safe.data[i]);
			break;
		}
	}
	buf_wipe(&safe);
	return err;
}
