#define _POSIX_C_SOURCE 200809L

#include "app/saving.h"

#include "codec/text.h"
#include "view/json_out.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static enum err write_all(int fd, const char *path, struct span content)
{
	while (content.size > 0) {
		ssize_t size = write(fd, content.data, content.size);
		if (size < 0 && errno == EINTR) {
			continue;
		}
		if (size < 0) {
			return err_errno("cannot write %s", path);
		}
		content.data += size;
		content.size -= (size_t)size;
	}
	return ERR_OK;
}

enum err saving_write(const char *path, struct span content)
{
	/* O_EXCL follows no link either. */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST) {
		return err_set(ERR_EXISTS, "%s is there already", path);
	}
	if (fd < 0) {
		return err_errno("cannot make %s", path);
	}
	enum err err = write_all(fd, path, content);
	if (close(fd) != 0 && err == ERR_OK) {
		err = err_errno("cannot write %s", path);
	}
	if (err != ERR_OK) {
		(void)unlink(path);
	}
	return err;
}

/* Put the bytes of the answer into the file, and the file's name in their
 * place. */
static enum err save(json_t *answer, const json_t *file)
{
	struct buf bytes = { 0 };
	const char *text = json_string_value(json_object_get(answer, "bytes"));
	enum err err = text == NULL
	                   ? err_set(ERR_FORMAT, "the node gave no bytes")
	                   : text_unbase64(span_text(text), &bytes);
	if (err == ERR_OK) {
		err = saving_write(json_string_value(file), buf_span(&bytes));
	}
	if (err == ERR_OK) {
		(void)json_object_del(answer, "bytes");
		json_out_text(answer, "file", json_string_value(file));
	}
	buf_clear(&bytes);
	return err;
}

int saving_run(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	json_t *answer = NULL;
	json_t *file = json_incref(json_object_get(arguments, "out"));
	(void)json_object_del(arguments, "out");
	enum err err = cli_ask(cli, op->name, arguments, &answer);
	if (err == ERR_OK) {
		err = save(answer, file);
	}
	int status =
	    err == ERR_OK ? cli_show(cli, op, answer) : cli_fail(cli, err);
	json_decref(file);
	json_decref(answer);
	return status;
}
