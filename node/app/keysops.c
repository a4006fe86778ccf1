#include "app/keysops.h"

#include "app/commands.h"
#include "base/fs.h"
#include "codec/text.h"
#include "service/successor.h"
#include "view/json_out.h"

enum err keysops_rotate_log(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct successor_planned planned;
	struct buf generation = { 0 };
	bool compromised =
	    json_is_true(json_object_get(arguments, "compromised"));
	enum err err = successor_rotate(core->node, compromised, &planned);
	if (err == ERR_OK) {
		err = text_hex(
		    span_of(planned.generation.b, sizeof(planned.generation.b)),
		    &generation);
	}
	if (err == ERR_OK) {
		answer->json = json_object();
		json_out_text(
		    answer->json, "generation", buf_text(&generation));
		json_out_number(
		    answer->json, "card_version", planned.card_version);
		json_out_bool(answer->json, "compromised", compromised);
	}
	buf_clear(&generation);
	return err;
}

static enum err prove_passphrase(
    struct cli *cli, const char *home, const json_t *arguments)
{
	struct passphrase *passphrase = NULL;
	struct keystore *keystore = NULL;
	struct buf path = { 0 };
	enum err err = fs_join(home, "keys", &path);
	if (err == ERR_OK && !fs_exists(buf_text(&path))) {
		err = err_set(ERR_NOTFOUND, "%s is no home of qsg", home);
	}
	if (err == ERR_OK) {
		err = cli_passphrase(cli, arguments, false, &passphrase);
	}
	if (err == ERR_OK) {
		err = keystore_open(buf_text(&path), passphrase, &keystore);
	}
	keystore_close(keystore);
	passphrase_free(passphrase);
	buf_clear(&path);
	return err;
}

int keysops_rotate_log_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	const char *home = NULL;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = prove_passphrase(cli, home, arguments);
	}
	if (err != ERR_OK) {
		return cli_fail(cli, err);
	}
	(void)json_object_del(arguments, "passphrase_file");
	return commands_ask(cli, op, arguments);
}
