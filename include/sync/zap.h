/*
 * zap.h - who may complete a handshake: the ZAP handler, in a thread of its
 * own. It is told the admitted keys by message and shares nothing.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"; rfc.zeromq.org/spec/27
 * Threads: zap_start, zap_admit and zap_stop from one thread.
 */
#ifndef QSG_SYNC_ZAP_H
#define QSG_SYNC_ZAP_H

#include "base/bytes.h"

/* Handshakes a minute that one key may complete. */
#define ZAP_HANDSHAKES_PER_MINUTE 60u

struct zap;

/* Start the handler of this ZeroMQ context for one ZAP domain; nobody is
 * admitted yet. It is bound on return. */
ERR_MUST_USE enum err zap_start(
    void *context, const char *domain, struct zap **out);
/* From soon on, admit exactly these CURVE keys. A message's User-Id is then
 * its key in lower-case hex. */
ERR_MUST_USE enum err zap_admit(
    struct zap *zap, const struct id32 *keys, size_t count);
/* End the thread; NULL is a no-op. Nobody gets in any more. */
void zap_stop(struct zap *zap);

#endif
