/* SPDX-License-Identifier: Apache-2.0 */
/* trial: one generation as cases use it – settings out of JSON, ids and scores as tensors. */
#pragma once

#include "engine/check/bench.h"
#include "engine/run/generate.h"

struct trial {
    struct generation settings;
    struct tensor ids;    /* [B,len] i32: prompt (unless embeddings) and new tokens */
    struct tensor scores; /* [steps,B,V] f32, processed */
    struct tensor logits; /* [steps,B,V] f32, raw */
    int64_t prompt, steps;
    int64_t drafted, accepted; /* tokens that lookup guessed, and those that came true */
};

/* What to run. */
struct trial_plan {
    struct feed feed;     /* ids or embeds, and perhaps a mask */
    struct tensor noise;  /* [steps,B,V] f32, or rank -1 */
    struct json settings; /* over the checkpoint's generation_config.json */
    int64_t threads;      /* 0 = those of the cell */
    int64_t room;         /* tokens beyond what the settings need */
    generate_fn *each;    /* may be NULL; called besides the recording */
    void *arg;
};

/* The plan of the case: its inputs and params.generation. Failures make the case broken. */
int trial_plan_of_case(struct case_run *c, struct trial_plan *out);
/* A fresh session, one generation. Everything lives in the case's arena. */
int trial_run(struct case_run *c, const struct trial_plan *plan, struct trial *out);
/* The same in a session of the caller's. */
int trial_continue(struct case_run *c, struct session *s, const struct trial_plan *plan,
                   struct trial *out);
/* A session for it: end with bench_session_done(). */
int trial_session(struct case_run *c, const struct trial_plan *plan, struct session **out);

/* expect.ids exactly. */
int trial_compare_ids(struct case_run *c, const struct trial *t);
/* expect.ids under the margin rule, with expect.<scores> as the reference's scores where it has
 * them: a token may differ only where the reference's two best scores nearly tie and the engine
 * chose the other of the two; its row is compared no further. got are the engine's scores of the
 * same kind; they are compared as F for the steps that the reference has. */
int trial_compare_margin(struct case_run *c, const struct trial *t, const char *scores,
                         const struct tensor *got);
