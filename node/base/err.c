#define _POSIX_C_SOURCE 200809L

#include "base/err.h"

#undef err_set
#undef err_wrap

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_BYTES = 512, REASON_BYTES = 128 };

static _Thread_local char message[MESSAGE_BYTES];

static const char *const names[ERR_COUNT] = {
	[ERR_OK] = "ok",
	[ERR_USAGE] = "usage",
	[ERR_INPUT] = "input",
	[ERR_FORMAT] = "format",
	[ERR_VERSION] = "version",
	[ERR_VERIFY] = "verify",
	[ERR_LIMIT] = "limit",
	[ERR_NOTFOUND] = "not-found",
	[ERR_AMBIGUOUS] = "ambiguous",
	[ERR_EXISTS] = "exists",
	[ERR_DENIED] = "denied",
	[ERR_STATE] = "state",
	[ERR_BUSY] = "busy",
	[ERR_FULL] = "full",
	[ERR_IO] = "io",
	[ERR_CORRUPT] = "corrupt",
	[ERR_NET] = "net",
	[ERR_MEM] = "mem",
	[ERR_CRYPTO] = "crypto",
};

/* A cut in the middle of a character would make the whole message bad UTF-8,
 * which no JSON writer takes. */
static void trim_cut_character(char *text, size_t size)
{
	size_t start = size;
	size_t need = 1;
	while (start > 0 && size - start < 3 &&
	       ((unsigned char)text[start - 1] & 0xC0u) == 0x80u) {
		start--;
	}
	if (start == 0) {
		return;
	}
	unsigned char lead = (unsigned char)text[start - 1];
	if (lead >= 0xF0u) {
		need = 4;
	} else if (lead >= 0xE0u) {
		need = 3;
	} else if (lead >= 0xC0u) {
		need = 2;
	}
	if (size - start + 1 < need) {
		text[start - 1] = '\0';
	}
}

/* The text may quote the old message, so it is finished before that is
 * overwritten. */
static void keep(const char *text, const char *joint, const char *rest)
{
	char next[MESSAGE_BYTES];
	int size = snprintf(next, sizeof(next), "%s%s%s", text, joint, rest);
	if (size < 0) {
		next[0] = '\0';
	} else if ((size_t)size >= sizeof(next)) {
		trim_cut_character(next, sizeof(next) - 1);
	}
	for (char *c = next; *c != '\0'; c++) {
		if (*c == '\n' || *c == '\r') {
			*c = ' ';
		}
	}
	memcpy(message, next, sizeof(message));
}

__attribute__((format(printf, 2, 0))) static void format(
    char text[MESSAGE_BYTES], const char *fmt, va_list args)
{
	int size = vsnprintf(text, MESSAGE_BYTES, fmt, args);
	if (size < 0) {
		text[0] = '\0';
	} else if (size >= MESSAGE_BYTES) {
		trim_cut_character(text, MESSAGE_BYTES - 1);
	}
}

enum err err_set(enum err code, const char *fmt, ...)
{
	char text[MESSAGE_BYTES];
	va_list args;
	va_start(args, fmt);
	format(text, fmt, args);
	va_end(args);
	keep(text, "", "");
	return code;
}

enum err err_wrap(enum err code, const char *fmt, ...)
{
	char text[MESSAGE_BYTES];
	va_list args;
	va_start(args, fmt);
	format(text, fmt, args);
	va_end(args);
	keep(text, ": ", message);
	return code;
}

enum err err_errno(const char *fmt, ...)
{
	int number = errno;
	char text[MESSAGE_BYTES];
	char reason[REASON_BYTES];
	va_list args;
	va_start(args, fmt);
	format(text, fmt, args);
	va_end(args);
	if (strerror_r(number, reason, sizeof(reason)) != 0) {
		(void)snprintf(reason, sizeof(reason), "error %d", number);
	}
	keep(text, ": ", reason);
	return number == ENOSPC || number == EDQUOT || number == EFBIG
	           ? ERR_FULL
	           : ERR_IO;
}

const char *err_text(void)
{
	return message;
}

const char *err_name(enum err code)
{
	if ((unsigned int)code >= ERR_COUNT) {
		return "unknown";
	}
	return names[code];
}
