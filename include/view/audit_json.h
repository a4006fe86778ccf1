/*
 * audit_json.h - what proves who shared what: one view for --json, the API and
 * people.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_AUDIT_JSON_H
#define QSG_VIEW_AUDIT_JSON_H

#include "service/audit.h"
#include "view/paper.h"

#include <jansson.h>

/* `audit proof`: record, leaf, size, proof (text), header (base64 of the
 * leaf's data), vkey. ERR_MEM. */
ERR_MUST_USE enum err audit_json_proof(
    const struct audit_proof *proof, json_t **out);
/* The proof itself, byte for byte. */
void audit_json_render_proof(struct paper *paper, const json_t *value);

#endif
