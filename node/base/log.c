#define _POSIX_C_SOURCE 200809L

#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	MESSAGE_BYTES = 1024,
	/* Every byte may become four; time, level and module stand before. */
	LINE_BYTES = 4 * MESSAGE_BYTES + 128,
};

static atomic_int threshold = LOG_WARN;

static const char *const level_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

void log_set_level(enum log_level level)
{
	atomic_store(&threshold, (int)level);
}

static size_t put_prefix(
    char line[LINE_BYTES], enum log_level level, const char *module)
{
	struct timespec now = { 0 };
	struct tm parts = { 0 };
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &parts);
	int size = snprintf(line, 127,
	    "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %.40s ",
	    parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
	    parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1000000,
	    level_names[level], module);
	if (size < 0) {
		return 0;
	}
	return size < 127 ? (size_t)size : 126;
}

static size_t put_escaped(char *out, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t size = 0;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c >= 0x20 && c < 0x7F) {
			out[size++] = (char)c;
			continue;
		}
		out[size++] = '\\';
		out[size++] = 'x';
		out[size++] = digits[c >> 4];
		out[size++] = digits[c & 15];
	}
	return size;
}

void log_line(enum log_level level, const char *module, const char *fmt, ...)
{
	char message[MESSAGE_BYTES];
	char line[LINE_BYTES];
	va_list args;
	if ((int)level > atomic_load(&threshold)) {
		return;
	}
	va_start(args, fmt);
	int formatted = vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	if (formatted < 0) {
		return;
	}
	size_t size = put_prefix(line, level, module);
	size += put_escaped(line + size, message);
	line[size++] = '\n';
	/* One write, so that lines of several threads do not mix. A lost log
	 * line is no reason to stop. */
	if (write(STDERR_FILENO, line, size) < 0) {
		return;
	}
}
