/*
 * picture_retract.h - what its author has taken back no longer counts in the
 * picture: a step of picture_evaluate.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Corrections and retractions"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_PICTURE_RETRACT_H
#define QSG_DOMAIN_PICTURE_RETRACT_H

#include "domain/picture.h"

/* Why a retraction of this entry does not count; NULL: it does. Static. */
const char *picture_why_not_retracted(
    const struct picture_entry *retraction, const struct picture_entry *target);
/* Judge what the retractions that count are about; everything else in the
 * picture has been judged. */
void picture_retract(struct picture *picture);

#endif
