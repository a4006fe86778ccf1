/* A keystore file. The first byte chooses: the whole file, or what stands
 * inside once it is opened, which nobody without the passphrase can write. */
#include "fuzz/tool.h"
#include "keys/keystore.h"
#include "keys/secrets.h"

#include <string.h>

int LLVMFuzzerInitialize(const int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CODE_AT = 8 };

static const char *path;
static struct passphrase *passphrase;

int LLVMFuzzerInitialize(const int *argc, char ***argv)
{
	uint8_t text[] = "secret\n";
	(void)argc;
	(void)argv;
	tool_ok(keystore_process_init());
	tool_ok(keystore_passphrase(text, sizeof(text) - 1, &passphrase));
	path = tool_path("keys");
	return 0;
}

static void check_file(struct span bytes)
{
	/* Cost 1 and its parameters: a quarter of a GiB and most of a second,
	 * for an answer that is the same as with cost 2. */
	static const uint8_t moderate[] = { 1, 0, 0, 0, 3, 0, 0, 0, 0, 0x10, 0,
		0, 0 };
	struct keystore *keystore = NULL;
	if (bytes.size >= CODE_AT + sizeof(moderate) &&
	    memcmp(bytes.data + CODE_AT, moderate, sizeof(moderate)) == 0) {
		return;
	}
	tool_write(path, bytes);
	if (keystore_open(path, passphrase, &keystore) == ERR_OK) {
		const struct keystore_public *public =
		    keystore_public(keystore);
		tool_must(public->log_count >= 1 && public->sealing_count >= 1);
		keystore_close(keystore);
	}
}

static void check_content(struct span bytes)
{
	struct secrets *secrets = NULL;
	uint8_t again[SECRETS_MAX_BYTES];
	size_t size = 0;
	tool_ok(secrets_new(&secrets));
	if (bytes.size <= SECRETS_MAX_BYTES &&
	    secrets_decode(bytes, secrets) == ERR_OK) {
		tool_ok(secrets_encode(secrets, again, &size));
		tool_must(span_equal(span_of(again, size), bytes));
	}
	secrets_free(secrets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0) {
		return 0;
	}
	struct span rest = span_of(data + 1, size - 1);
	if (data[0] % 2 == 0) {
		check_file(rest);
	} else {
		check_content(rest);
	}
	return 0;
}
