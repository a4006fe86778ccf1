/*
 * erasure.h - what an erasure and an answer to one have to say, which kinds of
 * content can be erased, and what erasing cannot promise.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Erasure"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_ERASURE_H
#define QSG_DOMAIN_ERASURE_H

#include "base/bytes.h"
#include "payload.pb-c.h"

/* Reader side, of either: is it well-formed? */
bool erasure_acceptable(const Qsg__Payload *payload);

/* The record that an erasure, or the erasure that an answer, is about; and of
 * what is carried by a grant. Of acceptable ones it is there. */
bool erasure_target(const Qsg__Payload *payload, struct id32 *target);

/* May content of this kind be erased? PROTOCOL.md M441. */
bool erasure_of_kind(Qsg__Payload__ContentCase which);

/* "done", "kept". */
#define ERASURE_DONE "done"
#define ERASURE_KEPT "kept"

/* What erasing cannot promise, in plain words: one line each, the last is
 * followed by NULL. */
extern const char *const erasure_limits[];

#endif
