/* SPDX-License-Identifier: Apache-2.0 */
/* tracing: a prompt and the tokens behind it, run as generation runs them, and recorded. */
#pragma once

#include "engine/run/session.h"
#include "engine/trace/record.h"

struct tracing {
    const int32_t *ids; /* [len] the prompt */
    int64_t len;
    int64_t steps;         /* the prompt is one; a model that does not generate has no other */
    const int32_t *forced; /* [forced_len] what follows, instead of the likeliest token; or NULL */
    int64_t forced_len;
    enum keep keep; /* of the prompt's logits: KEEP_LAST as in production, or KEEP_ALL */
};

/* Who made the trace and of what: the model's and the device's names, its hash, the engine's
 * version and commit. session_options must have had these plan_flags. 0, or ERR_IO. */
int tracing_about(struct trace *t, const struct model *m, const char *dtype, unsigned plan_flags);
/* 0; ERR_ARG for more steps than a model without a cache has; what a step says. */
int tracing_run(struct session *s, struct record *r, const struct tracing *what);
