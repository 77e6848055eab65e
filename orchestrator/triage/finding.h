/* SPDX-License-Identifier: Apache-2.0 */
/* finding: what is known of one failed case, out of facts first and text second.
 *
 * Exit status, signal and measured error say more than any sentence; only what they leave open
 * is asked of the rules. Output that no rule knows keeps its last lines. */
#pragma once

#include <stddef.h>

#include "orchestrator/triage/signature.h"

struct arena;
struct rules;

/* What came back from the worker. Any string may be NULL. */
struct failure {
    const char *status;    /* attempt status: "numerics", "crash" … */
    const char *type;      /* case type: "hidden_states" */
    const char *message;   /* the sentence in the result event */
    const char *worst_key; /* golden key of the worst element */
    const char *log;       /* the worker's stderr while the case ran */
    size_t log_len;        /* bytes */
    int signal;            /* that ended the worker, or 0 */
    double nmse, limit;    /* measured error and its gate; limit 0 when there was none */
};

/* Strings live in the arena given to finding_make(); none is NULL. */
struct finding {
    const char *rule;     /* id of the rule that matched, or "" */
    int rule_version;     /* 0 without a rule */
    const char *class;    /* "numerics", "memory", "unknown" … */
    const char *layer;    /* RULE_CODE … of parse/rule.h */
    const char *location; /* file:line or golden key, or "" */
    const char *what;     /* one line for people */
    const char *template; /* masked text behind the signature */
    const char *tail;     /* last lines of the log when no rule knew it, or "" */
    char signature[SIGNATURE_SIZE];
};

enum { FINDING_TAIL_LINES = 20, FINDING_TAIL_MAX = 4000 };

/* Template and signature from all else, as the algorithm of today has them: for a finding that was
 * made by an older one. Status, type, worst_key, nmse and limit are asked of its failure. */
void finding_sign(struct finding *f, struct arena *arena, const struct failure *of);
void finding_make(struct finding *out, struct arena *arena, const struct rules *rules,
                  const struct failure *f);
