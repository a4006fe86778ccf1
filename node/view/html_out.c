#include "view/html_out.h"

#include "codec/utf8.h"

static const char policy[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en-GB\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; style-src 'unsafe-inline'\">\n";

/* PROTOCOL.md M487: "A page that is handed out MUST hold no script and nothing
 * that is fetched from elsewhere, and MUST escape every text in it." */
enum err html_out_begin(const char *title, const char *style, struct buf *out)
{
	enum err err = buf_append(out, span_text(policy));
	if (err == ERR_OK) {
		err = html_out_element("title", title, out);
	}
	if (err == ERR_OK) {
		err = buf_append(out, span_text("\n<style>\n"));
	}
	if (err == ERR_OK) {
		err = buf_append(out, span_text(style));
	}
	if (err == ERR_OK) {
		err = buf_append(out, span_text("</style>\n</head>\n<body>\n"));
	}
	if (err == ERR_OK) {
		err = html_out_element("h1", title, out);
	}
	return err == ERR_OK ? buf_append(out, span_text("\n")) : err;
}

enum err html_out_end(struct buf *out)
{
	return buf_append(out, span_text("</body>\n</html>\n"));
}

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

/* PROTOCOL.md M701: "In a report each text that somebody else wrote MUST be
 * escaped, what is invisible in it and what turns its direction MUST be made
 * visible, and its direction MUST be isolated from what stands beside it." */
enum err html_out_theirs(const char *text, struct buf *out)
{
	return html_out_element("bdi", text, out);
}

enum err html_out_element(const char *name, const char *text, struct buf *out)
{
	enum err err = buf_printf(out, "<%s>", name);
	if (err == ERR_OK) {
		err = html_out_text(text, out);
	}
	return err == ERR_OK ? buf_printf(out, "</%s>", name) : err;
}
