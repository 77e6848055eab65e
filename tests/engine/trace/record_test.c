/* SPDX-License-Identifier: Apache-2.0 */
/* A trace of a real session: what it holds, that it is what was computed, and that a folder keeps
 * it. */
#include "engine/trace/record.h"

#include <stdio.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/run/tracing.h"
#include "engine/trace/trace_file.h"
#include "tests/test.h"

static const int32_t prompt[] = {1, 2, 3, 4, 5, 6, 7};

static void everything(struct record_options *o) {
    *o = (struct record_options){.end_layer = INT32_MAX};
    REQUIRE(record_parse_stages(o->stages, "all") == 0);
}

/* Runs the prompt and steps - 1 tokens on the fixture; chunk and flags as in session.h. */
static int record(struct trace *t, const char *fixture, int64_t steps, int64_t chunk,
                  unsigned flags, const struct record_options *o) {
    struct device *dev = NULL;
    struct model *m = NULL;
    struct session *s = NULL;
    struct record r;
    char path[512];
    snprintf(path, sizeof(path), SOURCE_DIR "/tests/models/%s", fixture);
    trace_init(t);
    record_init(&r, t, o);
    int rc = device_open(&dev, "cpu-native", NULL);
    if (rc == 0)
        rc = model_open(&m, path, dev, NULL);
    if (rc == 0)
        rc = session_new(
            &s, m, &(struct session_options){.capacity = 32, .chunk = chunk, .plan_flags = flags});
    if (rc == 0)
        rc = tracing_about(t, m, "f32", flags);
    if (rc == 0)
        rc = tracing_run(s, &r, &(struct tracing){.ids = prompt, .len = 7, .steps = steps});
    session_free(s);
    model_close(m);
    device_close(dev);
    return rc;
}

static const struct trace_absence *absence(const struct trace *t, enum stage stage) {
    for (size_t i = 0; i < t->absence_count; i++)
        if (t->absences[i].stage == stage)
            return &t->absences[i];
    return NULL;
}

TEST(each_stage_of_each_step_is_there_or_said_to_be_swallowed) {
    struct trace t;
    struct record_options o;
    everything(&o);
    REQUIRE(record(&t, "qwen3", 3, 0, 0, &o) == 0);
    EXPECT_INT(t.step_count, 3);
    EXPECT(t.steps[2].past == 8 && t.steps[2].len == 1);
    const struct trace_item *q = trace_find(&t, 0, STAGE_Q_ROPE, 1);
    REQUIRE(q && q->kernel && q->op);
    EXPECT_STR(q->key, "step-0/layer-1/q_rope");
    EXPECT_STR(q->op, "rope");
    EXPECT_HAS(q->kernel, "cpu-native.");
    EXPECT(q->tensor.rank == 3 && q->tensor.shape[0] == 7);
    EXPECT(trace_find(&t, 2, STAGE_LM_HEAD, -1) && trace_find(&t, 2, STAGE_EMBEDDING, -1));
    EXPECT(!trace_find(&t, 0, STAGE_ATTN_SCORES, 0));
    const struct trace_absence *gone = absence(&t, STAGE_ATTN_SCORES);
    REQUIRE(gone);
    EXPECT_STR(gone->why, "swallowed by attention");
    EXPECT(gone->first_layer == 0 && gone->last_layer == 1);
    REQUIRE(absence(&t, STAGE_MOE_ROUTER));
    EXPECT_STR(absence(&t, STAGE_MOE_ROUTER)->why, "not in this plan");
    EXPECT_INT(t.plan_count, 2); /* the prompt's, and one for all tokens behind it */
    trace_done(&t);
}

TEST(an_unfused_plan_shows_the_scores_of_the_tokens_there_are) {
    struct trace t;
    struct record_options o;
    everything(&o);
    REQUIRE(record(&t, "llama", 2, 0, PLAN_UNFUSED, &o) == 0);
    const struct trace_item *p = trace_find(&t, 1, STAGE_ATTN_SOFTMAX, 0);
    REQUIRE(p && p->tensor.rank == 4);
    EXPECT(p->tensor.shape[2] == 1 && p->tensor.shape[3] == 8);
    EXPECT(t.about.unfused);
    trace_done(&t);
}

TEST(a_prompt_in_chunks_has_the_trace_of_a_whole_one) {
    struct trace whole, pieces;
    struct record_options o;
    everything(&o);
    REQUIRE(record(&whole, "qwen2", 1, -1, PLAN_UNFUSED, &o) == 0);
    REQUIRE(record(&pieces, "qwen2", 1, 3, PLAN_UNFUSED, &o) == 0);
    EXPECT_INT(pieces.item_count, whole.item_count);
    for (size_t i = 0; i < whole.item_count; i++) {
        const struct tensor *a = &whole.items[i].tensor;
        const struct trace_item *b = trace_find_key(&pieces, whole.items[i].key);
        if (whole.items[i].stage == STAGE_FINAL_NORM) {
            EXPECT(b && b->tensor.shape[0] == 1); /* computed where a head needs it only */
            continue;
        }
        REQUIRE(b && tensor_same_shape(a, &b->tensor));
        float worst = 0;
        for (int64_t k = 0; k < tensor_count(a); k++) {
            float x = ((float *)a->data)[k], y = ((float *)b->tensor.data)[k];
            worst = isfinite(x) || isfinite(y) ? fmaxf(worst, fabsf(x - y)) : worst;
        }
        EXPECT(worst < 1e-4f);
    }
    trace_done(&whole);
    trace_done(&pieces);
}

TEST(a_choice_of_stages_and_layers_is_kept_to) {
    struct trace t;
    struct record_options o = {0};
    REQUIRE(record_parse_stages(o.stages, "Q_ROPE, lm_head") == 0);
    REQUIRE(record_parse_layers(&o.first_layer, &o.end_layer, "1..2") == 0);
    REQUIRE(record(&t, "qwen3", 1, 0, 0, &o) == 0);
    EXPECT_INT(t.item_count, 2);
    EXPECT(trace_find(&t, 0, STAGE_Q_ROPE, 1) && trace_find(&t, 0, STAGE_LM_HEAD, -1));
    trace_done(&t);
    o.bytes_max = 16;
    EXPECT_INT(record(&t, "qwen3", 1, 0, 0, &o), ERR_LIMIT);
    EXPECT_HAS(err_text(), "ask for fewer stages");
    trace_done(&t);
    EXPECT_INT(record_parse_stages(o.stages, "q_rope,,lm_head"), ERR_ARG);
    EXPECT_INT(record_parse_stages(o.stages, "q_roppe"), ERR_ARG);
    EXPECT_HAS(err_text(), "no stage \"q_roppe\"; there are embedding, attn_norm");
    EXPECT_INT(record_parse_layers(&o.first_layer, &o.end_layer, "2..2"), ERR_ARG);
    EXPECT_INT(record_parse_layers(&o.first_layer, &o.end_layer, "..2"), ERR_ARG);
    EXPECT_INT(record_parse_layers(&o.first_layer, &o.end_layer, "1.."), ERR_ARG);
    EXPECT(record_parse_layers(&o.first_layer, &o.end_layer, "4") == 0 && o.end_layer == 5);
}

TEST(nodes_and_weights_are_kept_when_asked_for) {
    struct trace t;
    struct record_options o = {.nodes = true, .weights = true};
    REQUIRE(record(&t, "gpt2", 1, 0, 0, &o) == 0);
    int nodes = 0, given = 0;
    for (size_t i = 0; i < t.item_count; i++) {
        nodes += t.items[i].node >= 0;
        given += strstr(t.items[i].key, "step-0/input-") == t.items[i].key;
    }
    EXPECT_INT(nodes, t.plans[0].count);
    EXPECT(given >= 2 && trace_find_key(&t, "step-0/input-positions"));
    EXPECT_INT(nodes + given, t.item_count);
    REQUIRE(t.weight_count > 10);
    EXPECT_INT(strlen(t.weights[0].hash), 64);
    trace_done(&t);
}

static void expect_same(const struct trace *a, const struct trace *b) {
    EXPECT_INT(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++) {
        const struct trace_item *x = &a->items[i], *y = trace_find_key(b, x->key);
        REQUIRE(y && tensor_count(&x->tensor) == tensor_count(&y->tensor));
        EXPECT(memcmp(x->tensor.data, y->tensor.data, tensor_size(&x->tensor)) == 0);
        EXPECT(x->stage == y->stage && x->layer == y->layer && x->step == y->step);
    }
}

TEST(every_format_keeps_every_number) {
    static const enum trace_format formats[] = {TRACE_NATIVE, TRACE_APRT, TRACE_NPY};
    for (size_t i = 0; i < 3; i++) {
        struct trace t, back;
        struct record_options o;
        char folder[512];
        everything(&o);
        snprintf(folder, sizeof(folder), "%s/%zu", test_folder(), i);
        REQUIRE(record(&t, "qwen3", 2, 0, 0, &o) == 0);
        REQUIRE(trace_save(&t, folder, formats[i]) == 0);
        REQUIRE(trace_open(&back, folder) == 0);
        expect_same(&t, &back);
        if (formats[i] == TRACE_NATIVE) {
            EXPECT_STR(back.about.backend, t.about.backend);
            EXPECT_STR(back.about.model_hash, t.about.model_hash);
            EXPECT(back.step_count == 2 && back.steps[0].ids[6] == 7);
            EXPECT(back.absence_count == t.absence_count);
            EXPECT_STR(trace_find(&back, 1, STAGE_FFN_OUT, 1)->kernel,
                       trace_find(&t, 1, STAGE_FFN_OUT, 1)->kernel);
        }
        trace_done(&back);
        trace_done(&t);
    }
}

TEST(a_folder_whose_files_do_not_agree_is_refused) {
    struct trace t, back;
    struct record_options o;
    char folder[512], path[600];
    everything(&o);
    snprintf(folder, sizeof(folder), "%s/torn", test_folder());
    snprintf(path, sizeof(path), "%s/trace.json", folder);
    REQUIRE(record(&t, "gpt2", 1, 0, 0, &o) == 0 && trace_save(&t, folder, TRACE_NATIVE) == 0);
    t.item_count--;
    struct buf b;
    struct file f = {0};
    REQUIRE(file_read(&f, path, 1 << 20) == 0);
    buf_init(&b, 1 << 20);
    buf_add(&b, f.data, f.size);
    char *shape = strstr(b.data, "\"shape\":[7,");
    REQUIRE(shape);
    shape[9] = '6';
    REQUIRE(file_replace(path, b.data, b.len) == 0);
    EXPECT_INT(trace_open(&back, folder), ERR_FORMAT);
    EXPECT_HAS(err_text(), "another shape or dtype");
    trace_done(&back);
    REQUIRE(file_replace(path, "{", 1) == 0);
    EXPECT_INT(trace_open(&back, folder), ERR_FORMAT);
    trace_done(&back);
    EXPECT_INT(trace_open(&back, test_folder()), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "holds neither trace.safetensors nor stage files");
    trace_done(&back);
    EXPECT_INT(trace_open(&back, "/nowhere"), ERR_NOTFOUND);
    trace_done(&back);
    t.item_count++;
    trace_done(&t);
    file_done(&f);
    buf_done(&b);
}

TEST(keys_are_read_back_and_nothing_else_is_one) {
    int64_t step;
    enum stage stage;
    int layer;
    EXPECT(trace_key_parse("step-12/layer-3/q_rope", &step, &stage, &layer));
    EXPECT(step == 12 && layer == 3 && stage == STAGE_Q_ROPE);
    EXPECT(trace_key_parse("step-0/lm_head", &step, &stage, &layer) && layer == -1);
    const char *const bad[] = {"",
                               "step-",
                               "step-x/q_rope",
                               "layer-1/q_rope",
                               "step-1/q_ropes",
                               "step-1/layer-/q_rope",
                               "step-99999999999999999999/q_rope",
                               "step--1/q_rope"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        EXPECT(!trace_key_parse(bad[i], &step, &stage, &layer));
}
