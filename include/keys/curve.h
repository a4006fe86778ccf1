/*
 * curve.h - arm a ZeroMQ socket with our transport key.
 *
 * libzmq keeps a copy of its own of the secret for the socket's life, outside
 * guarded memory: a stated limit.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the socket's own.
 */
#ifndef QSG_KEYS_CURVE_H
#define QSG_KEYS_CURVE_H

#include "keys/keystore.h"

/* Make a socket a CURVE server with our key, in a ZAP domain that is enforced:
 * without a live ZAP handler nobody gets in. */
ERR_MUST_USE enum err curve_arm_server(
    const struct keystore *keystore, void *socket, const char *zap_domain);
/* Make a socket a CURVE client that talks only to this server key. */
ERR_MUST_USE enum err curve_arm_client(
    const struct keystore *keystore, void *socket, const struct id32 *server);
/* Make a socket a CURVE client with a throw-away key: the stranger of the
 * self-test at start. */
ERR_MUST_USE enum err curve_arm_stranger(
    void *socket, const struct id32 *server);

#endif
