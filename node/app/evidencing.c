#define _POSIX_C_SOURCE 200809L

#include "app/evidencing.h"

#include "base/fs.h"
#include "ledger/evidence.h"
#include "view/evidence_view.h"
#include "view/json_out.h"

#include <string.h>

enum err evidencing_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	return evidence_view_list(core->node, &answer->json);
}

enum err evidencing_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return evidence_view_item(core->node,
	    json_integer_value(json_object_get(arguments, "id")),
	    &answer->json);
}

/* The file holds what was checked in this very program. */
static enum err write_file(const json_t *result, const char *path)
{
	const char *armour =
	    json_string_value(json_object_get(result, "armour"));
	struct evidence_found found;
	struct buf bytes = { 0 };
	enum err err = evidence_read(
	    span_text(armour == NULL ? "" : armour), &bytes, &found);
	if (err == ERR_OK && fs_exists(path)) {
		err = err_set(ERR_EXISTS,
		    "%s is there already; give --out another name", path);
	}
	if (err == ERR_OK) {
		err = fs_write_atomic(path, span_text(armour));
	}
	buf_clear(&bytes);
	return err;
}

int evidencing_export(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	json_t *result = NULL;
	json_t *out = json_incref(json_object_get(arguments, "out"));
	(void)json_object_del(arguments, "out");
	enum err err = cli_ask(cli, op->name, arguments, &result);
	if (err == ERR_OK) {
		err = write_file(result, json_string_value(out));
	}
	int status =
	    err == ERR_OK ? cli_show(cli, op, result) : cli_fail(cli, err);
	json_decref(result);
	json_decref(out);
	return status;
}
