/*
 * config.h - the home's config file: `listen`, `advertise` (both may be
 * repeated), `log`, `receipts.interval` (seconds), `witness.*`
 * (config_witness.h), `start.wait`, `retention.at` (a time of day, or off),
 * `activity.interval` (seconds), `activity.tell_authors`, `alarm.hook`,
 * `alarm.mail`, `alarm.sendmail`, `alarm.repeat` (minutes) and `socket`, as
 * `key = value`. The command line goes before it.
 *
 * Floor:   app
 * Threads: no shared state.
 */
#ifndef QSG_APP_CONFIG_H
#define QSG_APP_CONFIG_H

#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "service/witness.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct config_list {
	char *items[LIMIT_ENDPOINTS]; /* owned */
	size_t count;
};

/* Who is told of alarms. */
struct config_alarm {
	char *hook;            /* a program; NULL none */
	char *mail;            /* an address; NULL none */
	char *sendmail;        /* NULL: as usual */
	unsigned int repeat_s; /* 0: as usual */
};

/* Zero-initialise; config_clear frees. */
struct config {
	struct config_list listen;
	struct config_list advertise;
	enum log_level level;
	unsigned int receipts_interval_s; /* 0: as usual */
	struct witness_policy witness;
	int64_t start_wait_ms;            /* as in node_options */
	int retention_minute;             /* of the day in London; -1: off */
	bool accept_head;                 /* command line only */
	unsigned int activity_interval_s; /* 0: as usual */
	bool tell_authors;
	struct config_alarm alarm;
	char *socket; /* another, for users that accounts name; NULL none */
};

/* Fill from what the command line says, and from `config` in the home for what
 * it does not. ERR_INPUT naming file and line. */
ERR_MUST_USE enum err config_read(
    const char *home, const json_t *arguments, struct config *out);
/* Only the text of a config file. For tests and fuzzing. */
ERR_MUST_USE enum err config_parse(const char *text, struct config *out);
void config_clear(struct config *config);

#endif
