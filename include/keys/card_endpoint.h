/*
 * card_endpoint.h - the addresses a card may give.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Cards"
 * Threads: no shared state.
 */
#ifndef QSG_KEYS_CARD_ENDPOINT_H
#define QSG_KEYS_CARD_ENDPOINT_H

#include "base/bytes.h"

/* A `tcp://host:port` endpoint: host a DNS name, IPv4 address or bracketed
 * IPv6 address; port 1 to 65535. */
bool card_endpoint_valid(struct span endpoint);
/* Same, and its host is no wildcard (0.0.0.0, [::], *). */
bool card_endpoint_advertisable(struct span endpoint);

#endif
