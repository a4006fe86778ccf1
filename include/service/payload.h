/*
 * payload.h - what stands in a record, judged as its reader does.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Payload"
 * Threads: no shared state.
 */
#ifndef QSG_SERVICE_PAYLOAD_H
#define QSG_SERVICE_PAYLOAD_H

#include "codec/envelope.h"
#include "store/records.h"

#include "payload.pb-c.h"

/* Decode an opened payload and judge it as its reader does. ERR_OK with *out
 * set, or an error and *reason. Free with canon_wipe. */
ERR_MUST_USE enum err payload_read(struct span bytes, bool slotted,
    Qsg__Payload **out, enum record_reason *reason);
/* Audience of a slot-bearing record against its commitment: sorted, unique,
 * holding author and ourselves. */
bool payload_audience_fits(const Qsg__Audience *audience,
    const struct header *header, const struct id32 *self);

#endif
