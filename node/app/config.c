#define _POSIX_C_SOURCE 200809L

#include "app/config.h"

#include "app/config_witness.h"
#include "base/fs.h"
#include "service/node.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FILE_BYTES = 64 * 1024,
	SECONDS_MAX = 3600,
	START_WAIT_MS = 120000,
	RETENTION_MINUTE = 3 * 60,
	ACTIVITY_SECONDS_MAX = 60,
	REPEAT_MINUTES_MAX = 1440,
	ADDRESS_BYTES = 254
};

static const char *const levels[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static enum err add(struct config_list *list, const char *text)
{
	if (list->count == LIMIT_ENDPOINTS) {
		return err_set(
		    ERR_LIMIT, "at most %u endpoints", LIMIT_ENDPOINTS);
	}
	list->items[list->count] = strdup(text);
	if (list->items[list->count] == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	list->count++;
	return ERR_OK;
}

static void clear(struct config_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i]);
	}
	memset(list, 0, sizeof(*list));
}

static enum err set_level(const char *text, enum log_level *out)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (strcmp(levels[i], text) == 0) {
			*out = (enum log_level)i;
			return ERR_OK;
		}
	}
	return err_set(ERR_INPUT, "log must be error, warn, info or debug");
}

/* 1 second to an hour. */
static enum err set_seconds(
    const char *name, const char *text, unsigned int *out)
{
	char *end = NULL;
	unsigned long value = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || value < 1 ||
	    value > SECONDS_MAX) {
		return err_set(ERR_INPUT,
		    "%s must be a number of seconds from 1 to %d", name,
		    (int)SECONDS_MAX);
	}
	*out = (unsigned int)value;
	return ERR_OK;
}

/* Seconds, or `majority`. */
static enum err set_wait(const char *text, int64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	if (strcmp(text, "majority") == 0) {
		*out = NODE_WAIT_MAJORITY;
		return ERR_OK;
	}
	if (digits == 0 || digits > 6 || text[digits] != '\0') {
		return err_set(ERR_INPUT,
		    "start.wait must be a number of seconds, or majority");
	}
	*out = strtol(text, NULL, 10) * 1000;
	return ERR_OK;
}

/* HH:MM, or `off`. */
static enum err set_time_of_day(const char *text, int *out)
{
	bool fits = strlen(text) == 5 && text[2] == ':' &&
	            strspn(text, "0123456789") == 2 &&
	            strspn(text + 3, "0123456789") == 2;
	int hour = fits ? (text[0] - '0') * 10 + (text[1] - '0') : 0;
	int minute = fits ? (text[3] - '0') * 10 + (text[4] - '0') : 0;
	if (strcmp(text, "off") == 0) {
		*out = -1;
		return ERR_OK;
	}
	if (!fits || hour > 23 || minute > 59) {
		return err_set(ERR_INPUT,
		    "retention.at must be a time of day such as 03:00, or off");
	}
	*out = hour * 60 + minute;
	return ERR_OK;
}

static enum err set_flag(const char *name, const char *text, bool *out)
{
	*out = strcmp(text, "yes") == 0;
	return *out || strcmp(text, "no") == 0
	           ? ERR_OK
	           : err_set(ERR_INPUT, "%s must be yes or no", name);
}

static enum err set_text(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
	return *field == NULL ? err_set(ERR_MEM, "out of memory") : ERR_OK;
}

static enum err set_minutes(const char *text, unsigned int *seconds)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long minutes = strtoul(text, NULL, 10);
	if (digits == 0 || digits > 4 || text[digits] != '\0' || minutes < 1 ||
	    minutes > REPEAT_MINUTES_MAX) {
		return err_set(ERR_INPUT,
		    "alarm.repeat must be a number of minutes from 1 to %d",
		    (int)REPEAT_MINUTES_MAX);
	}
	*seconds = 60 * (unsigned int)minutes;
	return ERR_OK;
}

/* It becomes an argument of its own, and the line of a header. */
static bool is_address(const char *text)
{
	size_t size = strlen(text);
	for (size_t i = 0; i < size; i++) {
		if (text[i] <= ' ' || text[i] > '~' ||
		    strchr(",;<>()", text[i]) != NULL) {
			return false;
		}
	}
	return size > 0 && size <= ADDRESS_BYTES && text[0] != '-';
}

/* PROTOCOL.md M693 */
static enum err set_alarm(
    const char *name, const char *value, struct config_alarm *alarm)
{
	const char *key = name + strlen("alarm.");
	if (strcmp(key, "repeat") == 0) {
		return set_minutes(value, &alarm->repeat_s);
	}
	if (strcmp(key, "mail") == 0) {
		return is_address(value)
		           ? set_text(&alarm->mail, value)
		           : err_set(ERR_INPUT,
				 "alarm.mail must be one address, without a "
				 "name or spaces");
	}
	if (strcmp(key, "hook") != 0 && strcmp(key, "sendmail") != 0) {
		return err_set(ERR_INPUT,
		    "%.60s is not a setting: alarm.hook, alarm.mail, "
		    "alarm.sendmail, alarm.repeat",
		    name);
	}
	if (value[0] != '/' || access(value, X_OK) != 0) {
		return err_set(ERR_INPUT,
		    "%s must be the whole path of a program that can be run",
		    name);
	}
	return set_text(key[0] == 'h' ? &alarm->hook : &alarm->sendmail, value);
}

struct reading {
	struct config *config;
	enum err err;
};

/* inih's own sign: 0 is an error. */
static int take(
    void *context, const char *section, const char *name, const char *value)
{
	struct reading *reading = context;
	struct config *config = reading->config;
	if (section[0] != '\0') {
		reading->err = err_set(ERR_INPUT, "there are no sections");
	} else if (strcmp(name, "listen") == 0) {
		reading->err = add(&config->listen, value);
	} else if (strcmp(name, "advertise") == 0) {
		reading->err = add(&config->advertise, value);
	} else if (strcmp(name, "log") == 0) {
		reading->err = set_level(value, &config->level);
	} else if (strcmp(name, "receipts.interval") == 0) {
		reading->err =
		    set_seconds(name, value, &config->receipts_interval_s);
	} else if (strncmp(name, "witness.", strlen("witness.")) == 0) {
		reading->err = config_witness(name, value, &config->witness);
	} else if (strncmp(name, "alarm.", strlen("alarm.")) == 0) {
		reading->err = set_alarm(name, value, &config->alarm);
	} else if (strcmp(name, "start.wait") == 0) {
		reading->err = set_wait(value, &config->start_wait_ms);
	} else if (strcmp(name, "retention.at") == 0) {
		reading->err =
		    set_time_of_day(value, &config->retention_minute);
	} else if (strcmp(name, "activity.interval") == 0) {
		reading->err =
		    set_seconds(name, value, &config->activity_interval_s);
		if (config->activity_interval_s > ACTIVITY_SECONDS_MAX) {
			reading->err = err_set(ERR_INPUT,
			    "activity.interval is at most %d seconds",
			    (int)ACTIVITY_SECONDS_MAX);
		}
	} else if (strcmp(name, "activity.tell_authors") == 0) {
		reading->err = set_flag(name, value, &config->tell_authors);
	} else if (strcmp(name, "socket") == 0) {
		free(config->socket);
		config->socket = strdup(value);
		reading->err = config->socket == NULL
		                   ? err_set(ERR_MEM, "out of memory")
		                   : ERR_OK;
	} else {
		reading->err = err_set(ERR_INPUT,
		    "%.60s is not a setting: listen, advertise, log, "
		    "receipts.interval, witness.*, start.wait, "
		    "retention.at, activity.*, alarm.*, socket",
		    name);
	}
	return reading->err == ERR_OK;
}

enum err config_parse(const char *text, struct config *out)
{
	struct reading reading = { .config = out };
	int line = ini_parse_string(text, take, &reading);
	if (reading.err != ERR_OK) {
		return err_wrap(reading.err, "line %d", line);
	}
	if (line != 0) {
		return err_set(ERR_INPUT, "line %d: not `key = value`", line);
	}
	return ERR_OK;
}

static enum err read_file(const char *home, struct config *out)
{
	struct buf path = { 0 };
	struct buf text = { 0 };
	enum err err = fs_join(home, "config", &path);
	if (err == ERR_OK && fs_exists(buf_text(&path))) {
		err = fs_read(buf_text(&path), FILE_BYTES, &text);
		if (err == ERR_OK) {
			err = config_parse(buf_text(&text), out);
		}
		if (err != ERR_OK) {
			err = err_wrap(err, "%s", buf_text(&path));
		}
	}
	buf_clear(&path);
	buf_clear(&text);
	return err;
}

static enum err override(
    struct config_list *list, const json_t *arguments, const char *key)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *given = json_object_get(arguments, key);
	enum err err = ERR_OK;
	if (given != NULL) {
		clear(list);
	}
	json_array_foreach(given, at, each)
	{
		if (err == ERR_OK) {
			err = add(list, json_string_value(each));
		}
	}
	return err;
}

enum err config_read(
    const char *home, const json_t *arguments, struct config *out)
{
	const char *level =
	    json_string_value(json_object_get(arguments, "log"));
	out->level = LOG_WARN;
	out->witness = witness_default();
	out->start_wait_ms = START_WAIT_MS;
	out->retention_minute = RETENTION_MINUTE;
	out->accept_head =
	    json_is_true(json_object_get(arguments, "accept_head"));
	enum err err = read_file(home, out);
	if (err == ERR_OK) {
		err = override(&out->listen, arguments, "listen");
	}
	if (err == ERR_OK) {
		err = override(&out->advertise, arguments, "advertise");
	}
	if (err == ERR_OK && level != NULL) {
		err = set_level(level, &out->level);
	}
	return err;
}

void config_clear(struct config *config)
{
	clear(&config->listen);
	clear(&config->advertise);
	free(config->socket);
	config->socket = NULL;
	free(config->alarm.hook);
	free(config->alarm.mail);
	free(config->alarm.sendmail);
	config->alarm = (struct config_alarm){ 0 };
}
