/*
 * picture_roots.h - where chains of records in a picture end, each link of all
 * of them followed once.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Provider register and view"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_PICTURE_ROOTS_H
#define QSG_DOMAIN_PICTURE_ROOTS_H

#include "domain/picture.h"

/* The entry that one leads to, PICTURE_NONE at the end. */
typedef size_t (*picture_next)(const struct picture *picture, size_t at);

/* For each entry the end of its chain, itself where it leads nowhere. What a
 * chain ends with cannot lead back to it: a record names only older ones. Roots
 * has a place for each entry; links followed are added to the picture's. */
ERR_MUST_USE enum err picture_roots(
    struct picture *picture, picture_next next, size_t *roots);

#endif
