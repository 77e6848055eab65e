/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/tracing.h"

#include <inttypes.h>

#include "engine/base/err.h"
#include "engine/format/checkpoint.h"
#include "engine/nn/arch.h"
#include "engine/trace/commit.h"

int tracing_about(struct trace *t, const struct model *m, const char *dtype, unsigned plan_flags) {
    struct trace_about *a = &t->about;
    a->source = "noctule-engine";
    a->version = NOCTULE_VERSION;
    a->commit = commit_text[0] ? commit_text : NULL;
    a->model = arena_strdup(&t->arena, checkpoint_path(m->checkpoint));
    a->family = m->config.arch->model_type;
    a->backend = arena_strdup(&t->arena, m->device->name);
    a->dtype = dtype ? arena_strdup(&t->arena, dtype) : NULL;
    a->unfused = (plan_flags & PLAN_UNFUSED) != 0;
    return record_model_hash(t, m->checkpoint, &a->model_hash);
}

static int32_t likeliest(const struct session *s) {
    struct tensor logits;
    int32_t best = 0;
    CHECK(session_output(s, "logits", &logits));
    const float *row = tensor_row(&logits, tensor_rows(&logits) - 1);
    for (int64_t i = 1; i < tensor_row_len(&logits); i++)
        if (row[i] > row[best])
            best = (int32_t)i;
    return best;
}

static int run_step(struct session *s, struct record *r, const int32_t *ids, int64_t len,
                    enum keep keep) {
    const struct step step = {
        .rows = 1, .tokens = len, .ids = ids, .keep = keep, .flags = STEP_MASK_POSITIONS};
    const struct plan_watch watch = record_watch(r);
    record_begin_step(r, ids, 1, len, session_length(s));
    session_set_watch(s, &watch);
    int rc = session_step(s, &step);
    session_set_watch(s, NULL);
    if (rc == 0)
        record_end_step(r, (int)session_model(s)->config.num_hidden_layers);
    return rc;
}

int tracing_run(struct session *s, struct record *r, const struct tracing *what) {
    const struct config *c = &session_model(s)->config;
    if (what->steps > 1 && !(c->head->causal && config_is_causal(c)))
        return err_set(ERR_ARG, "a model that does not generate has one step, not %" PRId64,
                       what->steps);
    int rc = run_step(s, r, what->ids, what->len, what->keep);
    for (int64_t i = 1; rc == 0 && i < what->steps; i++) {
        int32_t next = i - 1 < what->forced_len ? what->forced[i - 1] : likeliest(s);
        rc = run_step(s, r, &next, 1, what->keep);
    }
    return rc;
}
