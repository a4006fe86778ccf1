/*
 * reason.h - why a record of a group does not count, or should be looked at: a
 * number that state hashes cover, and a text for people.
 *
 * A number keeps its meaning for ever; what is new gets a new one.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "State hash"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_REASON_H
#define QSG_DOMAIN_REASON_H

enum reason {
	REASON_NONE = 0,
	/* A roster by itself */
	REASON_ID = 1,
	REASON_NUMBERS = 2,
	REASON_LEVEL = 3,
	REASON_FOUNDER = 4,
	REASON_ENTRIES = 5,
	REASON_CHANGES = 6,
	REASON_NOBODY = 7,
	REASON_ORDER = 8,
	REASON_PROVIDER = 9,
	REASON_INVITATION = 10,
	REASON_JOINED_EARLY = 11,
	REASON_AUTHOR = 12,
	REASON_AUTHOR_KIND = 13,
	/* A roster against the one before */
	REASON_LEVEL_CHANGED = 20,
	REASON_EXPELLED = 21,
	REASON_LEFT_OUT = 22,
	REASON_RESTATED = 23,
	REASON_TAKEN_BACK = 24,
	REASON_MADE_SENDER = 25,
	REASON_INVITATION_NEW = 26,
	REASON_INVITED_ANEW = 27,
	/* A roster among others */
	REASON_EPOCH_TWICE = 30,
	REASON_EPOCH = 31,
	REASON_OVERTAKEN = 32,
	REASON_UNPROVEN = 33,
	REASON_TERM_OVER = 34,
	REASON_ANEW = 35, /* of the node that looks */
	/* A membership */
	REASON_ACT = 40,
	/* A succession */
	REASON_VOICE = 50,
	REASON_SUCCESSOR = 51,
	REASON_TWO_NAMES = 52,
	REASON_VOICE_ROSTER = 53,
	REASON_VOICE_TERM = 54,
	/* Alarms */
	REASON_ONE_BODY = 60,
	REASON_DECLINED = 61,
	REASON_CONVENOR_LEFT = 62,
	REASON_ACCEPTED = 63,
	/* Any */
	REASON_NOT_OF_GROUP = 70,
	REASON_PASSED_OVER = 71,
	REASON_UNLISTED = 72,
	REASON_UNHEARD = 73,
	/* Authority */
	REASON_BY_PROVIDER = 80,
	REASON_BY_NO_MEMBER = 81,
	REASON_BY_NO_CONVENOR = 82,
	REASON_UNINVITED = 83,
	REASON_BY_NO_VOTER = 84,
	REASON_RATING = 85,
	REASON_FINDING = 86,
	REASON_ENFORCEMENT = 87,
	REASON_INTERVENTION = 88,
	REASON_RESTRICTION = 89,
	REASON_NO_KIND = 90,
	REASON_FINDING_UNKNOWN = 91,
	REASON_CONVENES_NOT = 92,
	REASON_AUTHOR_ALONE = 93,
	REASON_CONTENT_UNKNOWN = 94
};

/* One line for people, static; "" for none. */
const char *reason_text(enum reason reason);

#endif
