/*
 * picture_sum.h - what a picture's entries add up to, once each is judged.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Provider register and view"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_PICTURE_SUM_H
#define QSG_DOMAIN_PICTURE_SUM_H

#include "domain/picture.h"

/* Fill in counts and signals. ERR_MEM. */
ERR_MUST_USE enum err picture_sum(struct picture *picture);

#endif
