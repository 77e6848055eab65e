/* SPDX-License-Identifier: Apache-2.0 */
/* fire: tells hooks what has happened. Nobody waits for a decision: what refuses, fails or takes
 * too long is told and recorded, and changes nothing. */
#pragma once

#include "orchestrator/hook/hook.h"

struct fire {
    const char *root;  /* absolute; the checkout, whose hooks/EVENT.d is asked */
    const char *log;   /* where the record goes (record.h) */
    int64_t script_ms; /* each script has so long */
};

/* input: one JSON object. Without a script for the event nothing is done and nothing recorded.
 * 0, and *answer and `why` say what came of it (HOOK_ALLOW: all is well); ERR_IO when no record
 * could be left, ERR_FORMAT when input is no JSON. */
int fire_event(const struct fire *f, enum hook_event event, const struct buf *input,
               enum hook_answer *answer, struct buf *why);
