/*
 * views.h - working views in memory: what is asked for all the time, so that
 * the disk holds only sealed bytes. Metadata only; text is opened on demand.
 *
 * A record's place in the views is its rid - 1.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "At rest"
 * Threads: one.
 * Secrets: plaintext metadata; views_close wipes it.
 */
#ifndef QSG_STORE_VIEWS_H
#define QSG_STORE_VIEWS_H

#include "base/table.h"
#include "keys/keystore.h"
#include "store/records.h"

/* What kind of thing a record is. Stored in snapshots: numbers never change. */
enum view_type {
	VIEW_UNKNOWN = 0,  /* unreadable or bodyless */
	VIEW_AUDIENCE = 1, /* housekeeping */
	VIEW_CLOSED = 2,   /* housekeeping */
	VIEW_OVERRIDE = 3, /* housekeeping */
	VIEW_INTELLIGENCE = 4,
	VIEW_INDICATOR = 5,
	VIEW_CORRECTION = 6,
	VIEW_RECEIPT = 7, /* housekeeping */
	VIEW_EXPORT = 8,  /* housekeeping */
	VIEW_ROSTER = 9,  /* housekeeping, as the next two */
	VIEW_MEMBERSHIP = 10,
	VIEW_SUCCESSION = 11,
	VIEW_CORROBORATION = 12,
	VIEW_FEEDBACK = 13,
	VIEW_REQUEST = 14,
	VIEW_ANSWER = 15,
	VIEW_JUDGEMENT = 16,
	VIEW_FINDING = 17,
	VIEW_REGISTER = 18, /* housekeeping, as all up to VIEW_OPENED */
	VIEW_RELATION = 19,
	VIEW_SOURCE_IDENTITY = 20,
	VIEW_POLICY = 21,
	VIEW_DECISION = 22,
	VIEW_GRANT = 23,
	VIEW_ONWARD_REQUEST = 24,
	VIEW_ONWARD_ANSWER = 25,
	VIEW_RETRACTION = 26,
	VIEW_ERASURE = 27,
	VIEW_ERASURE_ANSWER = 28,
	VIEW_ACTIVITY = 29,
	VIEW_FOI_REQUEST = 30,
	VIEW_FOI_DECISION = 31,
	VIEW_FOI_CONSULTATION = 32,
	VIEW_FOI_VIEW = 33,
	VIEW_RETENTION = 34,
	VIEW_OPENED = 35,
	VIEW_SUMMIT_TRIGGER = 36,
	VIEW_SUMMIT_REQUEST = 37,
	VIEW_SUMMIT_RESPONSE = 38,
	VIEW_SUMMIT_JUDGEMENT = 39,
	VIEW_SUMMIT_IMPACT = 40,
	VIEW_SUMMIT_RING = 41,
	VIEW_SUMMIT_INVITATION = 42,
	VIEW_SUMMIT_MEETING = 43,
	VIEW_SUMMIT_ENTRY = 44,
	VIEW_SUMMIT_CHECK = 45,
	VIEW_SUMMIT_STAND_DOWN = 46,
	VIEW_SUMMIT_OBJECTION = 47,
	VIEW_SUMMIT_MISSED = 48,
	VIEW_ALARM_SEEN = 49,
	VIEW_ACTION = 50,
	VIEW_ACTION_STEP = 51
};
#define VIEW_TYPES 52

/* Of intelligence. Stored in snapshots: numbers never change. */
enum view_stance {
	VIEW_STANCE_NONE = 0, /* or one of a later version */
	VIEW_CONCERN = 1,
	VIEW_ASSURANCE = 2,
	VIEW_GOOD_PRACTICE = 3
};
/* Stable lower-case names. */
const char *views_type_name(enum view_type type);
bool views_is_housekeeping(enum view_type type);
/* Is it opened for people? What is not is what the node opens for itself, to
 * know its own rules and groups. */
bool views_is_for_people(enum view_type type);
/* VIEW_UNKNOWN for a name that is none. */
enum view_type views_type_named(const char *name);

/* One record. Words are numbers of interned strings (0: none). */
struct view_record {
	struct id32 id;
	int64_t received_ms;
	int64_t created_ms;
	uint64_t leaf;
	uint64_t number;
	uint32_t stream;       /* its number in the store */
	uint32_t provider;     /* word */
	uint32_t set;          /* word: indicator set */
	uint32_t period;       /* word */
	uint32_t corrects;     /* rid of what it corrects, if held; else 0 */
	uint32_t corrected_by; /* rid of the correction held that its author
	                          logged last; else 0 */
	uint32_t rows;         /* of an indicator record; unreadable numbers
	                          that a receipt names */
	uint32_t bytes;        /* header, slots and body at rest */
	uint16_t source;       /* word; small words come first */
	uint16_t dimension;    /* word of the first dimension */
	uint8_t type;          /* enum view_type */
	uint8_t state;         /* enum record_state */
	uint8_t reason;        /* enum record_reason */
	uint8_t kind;          /* 0 none, 1 hard, 2 soft */
	uint8_t slotted;
	uint8_t stance; /* enum view_stance */
	uint8_t spare[6];
};

/* A record that is not held itself, and can be read here by what a grant of it
 * carries. Its place: stream, number, received_ms and bytes of its record are
 * the grant's, leaf and id its own. */
struct view_granted {
	struct view_record record;
	struct id32 author;
	struct generation generation;
	/* The head of its author's log that its proof leads to. */
	uint64_t head_size;
	struct id32 head_root;
	uint32_t grant; /* rid of the first grant that carries it */
	bool dropped;   /* that one lost its body */
	uint32_t cost;  /* what is charged for it to whoever granted it */
};
/* Their rids begin here; none of those counts among the records. They are not
 * in a snapshot, but follow from the grants. */
#define VIEWS_GRANTED 0x80000000u

struct views;

/* Empty views; rng salts their indexes. */
ERR_MUST_USE enum err views_new(const struct rng *rng, struct views **out);
/* Wipe and free. NULL is a no-op. */
void views_close(struct views *views);

/* Number of records, which is the newest rid. */
size_t views_count(const struct views *views);
/* Append record rid = count + 1. The id must be new here (ERR_EXISTS), and the
 * number the next of its stream, from 1 (ERR_CORRUPT). After an error the
 * views are as before. */
ERR_MUST_USE enum err views_add(
    struct views *views, const struct view_record *record);
/* What is known of its content goes: it is erased, and of `bytes` left at rest.
 * What it referred to is as if it never had, but that a grant still says what
 * it carried; a type is kept only if it is that of a grant. */
void views_forget(
    struct views *views, uint32_t rid, enum view_type type, uint32_t bytes);
/* 1 <= rid <= count. Borrowed until views_load or views_close; id, stream and
 * number are not to be changed. */
const struct view_record *views_get(const struct views *views, uint32_t rid);
struct view_record *views_edit(struct views *views, uint32_t rid);
/* Add one; *rid is its own. ERR_EXISTS when a record of its id is held, or
 * granted already; else as of views_add. */
ERR_MUST_USE enum err views_add_granted(
    struct views *views, const struct view_granted *granted, uint32_t *rid);
/* NULL for a record that is held itself. Borrowed until views_close. */
const struct view_granted *views_granted(
    const struct views *views, uint32_t rid);
/* The granted record that this grant makes readable; 0 when there is none, or
 * when the record is held itself by now. */
uint32_t views_carried(const struct views *views, uint32_t grant);
/* What this grant makes readable is not any more, and is found no more: its
 * rid, for good an erased record of no id; 0: there was none. */
uint32_t views_drop_granted(struct views *views, uint32_t grant);
/* All records, held and granted, one after another: 0 for the first; 0: there
 * is none left. What is granted comes after its grant. */
uint32_t views_next(const struct views *views, uint32_t rid);
size_t views_granted_count(const struct views *views);
/* For arrays with an element for each record, held and granted: how many there
 * are, and which of them is a record's. */
size_t views_places(const struct views *views);
size_t views_place(const struct views *views, uint32_t rid);
/* The record that is held: the grant of one that is not. */
uint32_t views_holder(const struct views *views, uint32_t rid);

/* records_lack_body of a record. */
bool views_lacks_body(const struct views *views, uint32_t rid);
/* rid of a record id, held or granted; 0 when neither. */
uint32_t views_find(const struct views *views, const struct id32 *id);
/* rid by lower-case hex prefix (1 to 64 characters). ERR_NOTFOUND,
 * ERR_AMBIGUOUS, ERR_INPUT. */
ERR_MUST_USE enum err views_find_prefix(
    const struct views *views, struct span prefix, uint32_t *rid);
/* rid of number n of a stream; 0 when not held. */
uint32_t views_at(const struct views *views, uint32_t stream, uint64_t number);

/* Note that an indicator record has rows of this provider; noting it again is
 * a no-op. Cheap for the newest rid; an older one, whose bytes came late, takes
 * a move of what is noted for those after it. */
ERR_MUST_USE enum err views_add_provider(
    struct views *views, uint32_t rid, uint32_t provider);
/* Does a record concern this provider, by itself or by its rows? */
bool views_concerns(const struct views *views, uint32_t rid, uint32_t provider);

/* Note that a record refers so to the one of this id, held or not; and one of
 * those that do, after *place (0: the first), 0 when there is none (left). See
 * links.h. */
ERR_MUST_USE enum err views_link(
    struct views *views, uint32_t rid, uint8_t how, const struct id32 *target);
uint32_t views_next_link(const struct views *views, const struct id32 *target,
    uint8_t how, size_t *place);

/* Interned strings. views_word adds (the empty text is 0; ERR_LIMIT over
 * WORDS_TEXT_BYTES), views_known only looks (0: unknown). */
ERR_MUST_USE enum err views_word(
    struct views *views, const char *text, uint32_t *word);
uint32_t views_known(const struct views *views, const char *text);
/* "" for 0. Borrowed until views_load or views_close. */
const char *views_text(const struct views *views, uint32_t word);

/* The words noted so, in the order they came; NULL for none. */
const uint32_t *views_providers(
    const struct views *views, uint32_t rid, size_t *count);
/* Do two views say the same of a record that both hold? Words are compared by
 * their texts. */
bool views_same(const struct views *a, const struct views *b, uint32_t rid);

/* Write everything, sealed, to path (atomic, 0600), bound to this incarnation;
 * and read it back, in place of what the views hold: words have other numbers
 * then. Reading: ERR_NOTFOUND or ERR_CORRUPT mean "rebuild"; nothing is
 * changed then. The caller makes sure that the snapshot fits the records:
 * it may be older than they are, as it is written at leisure. */
ERR_MUST_USE enum err views_save(const struct views *views,
    const struct keystore *keystore, const struct rng *rng,
    const uint8_t incarnation[16], const char *path);
ERR_MUST_USE enum err views_load(struct views *views,
    const struct keystore *keystore, const uint8_t incarnation[16],
    const char *path);

#endif
