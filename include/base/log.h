/*
 * log.h - structured log lines on standard error. Never record text, never
 * secrets: ids, counts, reasons and names of things only.
 *
 * Floor:   base
 * Threads: any.
 */
#ifndef QSG_BASE_LOG_H
#define QSG_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines below this level are dropped. Default LOG_WARN. */
void log_set_level(enum log_level level);

/* One line: `<RFC 3339 UTC> <level> <module> <message>`. Control characters
 * and bytes outside ASCII in the message are escaped as \xNN, so that nothing
 * from a peer reaches a terminal raw. */
void log_line(enum log_level level, const char *module, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
