/* The high-water mark. The first byte chooses whether the checksums of the two
 * slots are made right before the file is read: without that hardly an input
 * gets beyond them. What opens can be advanced, and opens again as left. */
#include "fuzz/tool.h"
#include "store/mark.h"

#include <sodium.h>

#include <string.h>

int LLVMFuzzerInitialize(const int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOT = 512, FILE_BYTES = 2 * SLOT, SUMMED = 480 };

static const char *path;

int LLVMFuzzerInitialize(const int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	tool_must(sodium_init() >= 0);
	path = tool_path("mark");
	return 0;
}

static bool same(const struct mark_head *a, const struct mark_head *b)
{
	return generation_equal(&a->generation, &b->generation) &&
	       a->size == b->size && id_equal(&a->root, &b->root);
}

static void check_open(void)
{
	struct mark *mark = NULL;
	struct mark_head next;
	if (mark_open(path, &mark) != ERR_OK) {
		tool_must(mark == NULL);
		return;
	}
	next = *mark_head(mark);
	next.generation.b[0] ^= 1;
	/* Only the last of all sequence numbers cannot be followed. */
	bool went = mark_advance(mark, &next) == ERR_OK;
	mark_close(mark);
	mark = NULL;
	if (went && mark_open(path, &mark) == ERR_OK) {
		tool_must(same(mark_head(mark), &next));
		mark_close(mark);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t file[FILE_BYTES] = { 0 };
	if (size == 0) {
		return 0;
	}
	struct span rest = span_of(data + 1, size - 1);
	if (data[0] % 2 == 0 || rest.size > FILE_BYTES) {
		tool_write(path, rest);
	} else {
		if (rest.size > 0) {
			memcpy(file, rest.data, rest.size);
		}
		for (size_t i = 0; i < FILE_BYTES; i += SLOT) {
			tool_must(crypto_generichash(file + i + SUMMED, 32,
				      file + i, SUMMED, NULL, 0) == 0);
		}
		tool_write(path, span_of(file, sizeof(file)));
	}
	check_open();
	return 0;
}
