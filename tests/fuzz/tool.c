#define _POSIX_C_SOURCE 200809L

#include "tool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATHS = 8, PATH_BYTES = 128 };

static char folder[64];

void tool_must(bool holds)
{
	if (!holds) {
		abort();
	}
}

void tool_ok(enum err err)
{
	if (err != ERR_OK) {
		fprintf(stderr, "%s: %s\n", err_name(err), err_text());
		abort();
	}
}

static void remove_folder(void)
{
	char command[PATH_BYTES];
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	/* NOLINTNEXTLINE(cert-env33-c): the path is our own */
	tool_must(system(command) == 0);
}

const char *tool_path(const char *name)
{
	static char paths[PATHS][PATH_BYTES];
	static size_t used;
	if (folder[0] == '\0') {
		const char *base =
		    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
		(void)snprintf(
		    folder, sizeof(folder), "%s/qsg-fuzz-XXXXXX", base);
		tool_must(mkdtemp(folder) != NULL);
		tool_must(atexit(remove_folder) == 0);
	}
	tool_must(used < PATHS);
	(void)snprintf(paths[used], PATH_BYTES, "%s/%s", folder, name);
	return paths[used++];
}

void tool_write(const char *path, struct span bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	tool_must(fd >= 0);
	tool_must(write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size);
	tool_must(close(fd) == 0);
}

char *tool_text(struct span bytes)
{
	char *text = malloc(bytes.size + 1);
	tool_must(text != NULL);
	if (bytes.size > 0) {
		memcpy(text, bytes.data, bytes.size);
	}
	text[bytes.size] = '\0';
	return text;
}
