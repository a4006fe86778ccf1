#include "codec/when.h"

#include <stdio.h>
#include <string.h>

#define SECOND_MS 1000LL
#define MINUTE_MS (60LL * SECOND_MS)
#define HOUR_MS (60LL * MINUTE_MS)
#define DAY_MS (24LL * HOUR_MS)
#define FIRST_MS (-62135596800000LL) /* of year 1 */
#define LAST_MS 253402300799999LL    /* of year 9999 */

enum { DATE_BYTES = 10 };

struct date {
	int64_t year;
	int month; /* from 1 */
	int day;   /* from 1 */
};

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0 ? 1 : 0);
}

/* Days since 1970-01-01. Years are counted from March, in eras of 400, so that
 * the leap day comes last in each. */
static int64_t days_of(struct date date)
{
	int64_t year = date.year - (date.month <= 2 ? 1 : 0);
	int64_t era = floor_div(year, 400);
	int64_t year_of_era = year - era * 400;
	int month = date.month + (date.month > 2 ? -3 : 9);
	int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 -
	                     year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static struct date date_of(int64_t days)
{
	int64_t since = days + 719468;
	int64_t era = floor_div(since, 146097);
	int64_t day_of_era = since - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 +
				  day_of_era / 36524 - day_of_era / 146096) /
	                      365;
	int64_t day_of_year =
	    day_of_era -
	    (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	struct date date = {
		.year = year_of_era + era * 400,
		.month = (int)(month < 10 ? month + 3 : month - 9),
		.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
	};
	if (date.month <= 2) {
		date.year++;
	}
	return date;
}

static int month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (leap && month == 2 ? 1 : 0);
}

/* 01:00 UTC of the last Sunday of a month of 31 days. */
static int64_t last_sunday_ms(int64_t year, int month)
{
	int64_t last =
	    days_of((struct date){ .year = year, .month = month, .day = 31 });
	/* Day 0 was a Thursday, so day 3 a Sunday. */
	int64_t weekday = (last - 3) - floor_div(last - 3, 7) * 7;
	return (last - weekday) * DAY_MS + HOUR_MS;
}

static bool is_summer(int64_t wall_ms)
{
	int64_t year = date_of(floor_div(wall_ms, DAY_MS)).year;
	return wall_ms >= last_sunday_ms(year, 3) &&
	       wall_ms < last_sunday_ms(year, 10);
}

/* A peer may claim any number; four digits of year is all that there is. */
static int64_t clamp(int64_t wall_ms)
{
	if (wall_ms < FIRST_MS) {
		return FIRST_MS;
	}
	return wall_ms > LAST_MS ? LAST_MS : wall_ms;
}

struct when when_utc(int64_t wall_ms)
{
	struct when out;
	wall_ms = clamp(wall_ms);
	int64_t days = floor_div(wall_ms, DAY_MS);
	int rest = (int)(wall_ms - days * DAY_MS);
	struct date date = date_of(days);
	(void)snprintf(out.text, sizeof(out.text),
	    "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long long)date.year,
	    date.month, date.day, rest / 3600000, rest / 60000 % 60,
	    rest / 1000 % 60, rest % 1000);
	return out;
}

struct when when_london(int64_t wall_ms)
{
	struct when out;
	wall_ms = clamp(wall_ms);
	bool summer = is_summer(wall_ms);
	int64_t local = wall_ms;
	if (summer) {
		local += HOUR_MS;
	}
	int64_t days = floor_div(local, DAY_MS);
	int rest = (int)(local - days * DAY_MS);
	struct date date = date_of(days);
	(void)snprintf(out.text, sizeof(out.text),
	    "%d %s %lld %02d:%02d:%02d %s", date.day, months[date.month - 1],
	    (long long)date.year, rest / 3600000, rest / 60000 % 60,
	    rest / 1000 % 60, summer ? "BST" : "GMT");
	return out;
}

struct when when_date(int64_t wall_ms)
{
	struct when out;
	wall_ms = clamp(wall_ms);
	int64_t local = is_summer(wall_ms) ? wall_ms + HOUR_MS : wall_ms;
	struct date date = date_of(floor_div(local, DAY_MS));
	(void)snprintf(out.text, sizeof(out.text), "%04lld-%02d-%02d",
	    (long long)date.year, date.month, date.day);
	return out;
}

/* Reads `count` digits and moves on; false when there are fewer. */
static bool take_number(struct span *text, size_t count, int *out)
{
	int value = 0;
	if (text->size < count) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		uint8_t byte = text->data[i];
		if (byte < '0' || byte > '9') {
			return false;
		}
		value = value * 10 + (byte - '0');
	}
	*text = span_of(text->data + count, text->size - count);
	*out = value;
	return true;
}

static bool take_one_of(struct span *text, const char *these, char *out)
{
	if (text->size == 0 || text->data[0] == '\0' ||
	    strchr(these, (char)text->data[0]) == NULL) {
		return false;
	}
	*out = (char)text->data[0];
	*text = span_of(text->data + 1, text->size - 1);
	return true;
}

static bool take_date(struct span *text, struct date *date)
{
	int year = 0;
	char dash = 0;
	if (!take_number(text, 4, &year) || !take_one_of(text, "-", &dash) ||
	    !take_number(text, 2, &date->month) ||
	    !take_one_of(text, "-", &dash) ||
	    !take_number(text, 2, &date->day)) {
		return false;
	}
	date->year = year;
	return year >= 1 && date->month >= 1 && date->month <= 12 &&
	       date->day >= 1 && date->day <= month_days(year, date->month);
}

/* hh:mm as milliseconds. */
static bool take_hours(struct span *text, int64_t *out)
{
	int hour = 0;
	int minute = 0;
	char colon = 0;
	if (!take_number(text, 2, &hour) || !take_one_of(text, ":", &colon) ||
	    !take_number(text, 2, &minute)) {
		return false;
	}
	*out = hour * HOUR_MS + minute * MINUTE_MS;
	return hour <= 23 && minute <= 59;
}

/* An optional fraction of a second, cut to milliseconds. */
static bool take_fraction(struct span *text, int64_t *out)
{
	char mark = 0;
	int digit = 0;
	int64_t unit = 100;
	*out = 0;
	if (!take_one_of(text, ".", &mark)) {
		return true;
	}
	if (!take_number(text, 1, &digit)) {
		return false;
	}
	do {
		*out += digit * unit;
		unit /= 10;
	} while (take_number(text, 1, &digit));
	return true;
}

static bool take_zone(struct span *text, int64_t *offset_ms)
{
	char sign = 0;
	*offset_ms = 0;
	if (!take_one_of(text, "Zz+-", &sign)) {
		return false;
	}
	if (sign == 'Z' || sign == 'z') {
		return true;
	}
	if (!take_hours(text, offset_ms)) {
		return false;
	}
	if (sign == '-') {
		*offset_ms = -*offset_ms;
	}
	return true;
}

static bool take_time(struct span *text, int64_t *out)
{
	int64_t hours = 0;
	int64_t fraction = 0;
	int64_t offset = 0;
	int second = 0;
	char mark = 0;
	if (!take_one_of(text, "Tt ", &mark) || !take_hours(text, &hours) ||
	    !take_one_of(text, ":", &mark) || !take_number(text, 2, &second) ||
	    second > 59 || !take_fraction(text, &fraction) ||
	    !take_zone(text, &offset)) {
		return false;
	}
	*out = hours + second * SECOND_MS + fraction - offset;
	return true;
}

enum err when_parse(struct span text, int64_t *wall_ms)
{
	struct date date = { 0 };
	int64_t time = 0;
	bool good = take_date(&text, &date);
	if (good && text.size == 0) {
		int64_t midnight = days_of(date) * DAY_MS;
		*wall_ms = is_summer(midnight - HOUR_MS) ? midnight - HOUR_MS
		                                         : midnight;
		return ERR_OK;
	}
	if (!good || !take_time(&text, &time) || text.size != 0) {
		return err_set(ERR_INPUT,
		    "not a date (2026-11-22) nor a time with its zone "
		    "(2026-11-22T07:46:24Z)");
	}
	time += days_of(date) * DAY_MS;
	/* Its zone may take a time out of the years that can be written. */
	if (time != clamp(time)) {
		return err_set(ERR_INPUT,
		    "a time before the year 1 or after 9999, in UTC");
	}
	*wall_ms = time;
	return ERR_OK;
}

bool when_is_date(struct span text)
{
	struct date date = { 0 };
	return text.size == DATE_BYTES && take_date(&text, &date);
}

/* hh:mm, or hh:mm:ss, and nothing more. */
static bool take_clock(struct span *text, int64_t *out)
{
	int64_t hours = 0;
	int second = 0;
	char mark = 0;
	if (!take_one_of(text, "Tt ", &mark) || !take_hours(text, &hours)) {
		return false;
	}
	if (take_one_of(text, ":", &mark) &&
	    (!take_number(text, 2, &second) || second > 59)) {
		return false;
	}
	*out = hours + second * SECOND_MS;
	return text->size == 0;
}

enum err when_parse_clock(struct span text, int64_t *wall_ms)
{
	struct span rest = text;
	struct date date = { 0 };
	int64_t time = 0;
	if (!take_date(&rest, &date) || !take_clock(&rest, &time)) {
		return when_is_date(text)
		           ? err_set(ERR_INPUT, "a time of day is needed too: "
						"2026-11-22T14:30")
		           : when_parse(text, wall_ms);
	}
	int64_t winter = days_of(date) * DAY_MS + time;
	int64_t summer = winter - HOUR_MS;
	bool in_winter = !is_summer(winter);
	bool in_summer = is_summer(summer);
	if (in_winter && in_summer) {
		return err_set(ERR_INPUT,
		    "that time comes twice in that night, as the clocks go "
		    "back: say which, with +01:00 or Z after it");
	}
	if (!in_winter && !in_summer) {
		return err_set(ERR_INPUT,
		    "there is no such time in that night, as the clocks go "
		    "forward: say another");
	}
	*wall_ms = in_summer ? summer : winter;
	return ERR_OK;
}
