/* SPDX-License-Identifier: Apache-2.0 */
/* A config.json, through all that is made of it before a weight is read: the values, the rotary
 * frequencies, every weight's shape, the cache and the plan of a step. What is accepted keeps
 * what config.h promises, and what is written of it is read back as the same. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/nn/arch.h"
#include "engine/nn/weight_shape.h"
#include "engine/run/dry_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    TEXT_MAX = 1 << 24,
    LAYERS_PLANNED = 3, /* more layers are more of the same */
};

static void check_promises(const struct config *c) {
    CHECK(c->vocab_size >= 1 && c->vocab_size <= VOCAB_MAX);
    CHECK(c->hidden_size >= 1 && c->hidden_size <= HIDDEN_MAX);
    CHECK(c->intermediate_size >= 1 && c->intermediate_size <= HIDDEN_MAX);
    CHECK(c->num_hidden_layers >= 1 && c->num_hidden_layers <= CONFIG_LAYERS_MAX);
    CHECK(c->num_attention_heads >= 1 && c->num_attention_heads <= HEADS_MAX);
    CHECK(c->num_key_value_heads >= 1);
    CHECK(c->num_attention_heads % c->num_key_value_heads == 0);
    CHECK(c->head_dim >= 1 && c->head_dim <= HEAD_DIM_MAX);
    CHECK(c->max_positions >= 1 && c->max_positions <= POSITIONS_MAX);
    CHECK(c->num_labels >= 1 && c->num_labels <= CONFIG_LABELS_MAX);
    CHECK(c->norm_eps >= 0 && c->norm_eps <= 1);
    CHECK(c->eos_len >= 0 && c->eos_len <= CONFIG_EOS_MAX);
    CHECK(c->sliding_window == CONFIG_NONE || c->sliding_window >= 1);
    CHECK(c->head && c->rope.dim >= 0 && c->rope.dim <= c->head_dim && c->rope.dim % 2 == 0);
}

static void check_frequencies(const struct rope *r) {
    const int64_t lasts[] = {0, r->max_positions - 1, r->original, 3 * r->max_positions, 5};
    struct rope_state state = {.inv_freq = xcalloc((size_t)r->dim / 2, sizeof(float))};
    CHECK(isfinite(r->attention));
    rope_init(r, &state);
    for (size_t i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++) {
        rope_update(r, &state, lasts[i]);
        for (int64_t k = 0; k < r->dim / 2; k++)
            CHECK(isfinite(state.inv_freq[k]));
    }
    free(state.inv_freq);
}

static void write(struct buf *out, const struct config *c) {
    struct json_writer w;
    buf_init(out, TEXT_MAX);
    json_writer_init(&w, out, 0);
    config_write(&w, NULL, c);
    CHECK(buf_ok(out, "the config") == 0);
}

static void check_round_trip(const struct config *c) {
    struct buf once, twice;
    struct arena arena;
    struct config again;
    struct json_doc *doc;
    write(&once, c);
    arena_init(&arena, 0);
    CHECK(json_parse(&doc, once.data, once.len, "written", 0) == 0);
    CHECK(config_parse(&again, json_root(doc), (struct json){0}, &arena) == 0);
    write(&twice, &again);
    CHECK(again.rope.dim == c->rope.dim && again.eos_len == c->eos_len);
    CHECK(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    json_free(doc);
    arena_done(&arena);
    buf_done(&once);
    buf_done(&twice);
}

/* A weight that has a shape and no bytes. */
static int add_weight(struct weights *w, const struct weight *row, const struct config *c,
                      void *slots) {
    struct loaded *l = arena_alloc(&w->arena, sizeof(*l));
    int rc = weight_shape(&l->tensor, row->shape, c, DTYPE_BF16);
    if (rc == 0 && (row->flags & WEIGHT_TRANSPOSED)) {
        static const int turned[] = {1, 0};
        const struct tensor on_disk = l->tensor;
        CHECK(tensor_permute(&l->tensor, &on_disk, turned) == 0);
        rc = tensor_init(&l->tensor, DTYPE_BF16, 2, l->tensor.shape);
    }
    l->name = row->name;
    *(const struct tensor **)((char *)slots + row->slot) = &l->tensor;
    return rc;
}

static int add_weights(struct weights *w, const struct config *c) {
    struct arch_cursor globals = {0};
    const struct weight *const heads[] = {c->head->weights, c->head->more};
    int rc = 0;
    w->layers = arena_array(&w->arena, (size_t)c->num_hidden_layers, sizeof(*w->layers));
    for (const struct weight *row; rc == 0 && (row = arch_next_global(c->arch, &globals));)
        rc = add_weight(w, row, c, &w->globals);
    for (int i = 0; i < 2; i++)
        for (const struct weight *row = heads[i]; rc == 0 && row && row->name; row++)
            rc = add_weight(w, row, c, &w->globals);
    for (int64_t i = 0; i < c->num_hidden_layers; i++) {
        struct arch_cursor layer = {0};
        for (const struct weight *row; rc == 0 && (row = arch_next_weight(c->arch, &layer));)
            rc = add_weight(w, row, c, &w->layers[i]);
    }
    return rc;
}

static void plan_step(struct model *m, int64_t rows, int64_t tokens, unsigned flags) {
    struct dry_run d;
    const struct dry_run_options options = {
        .rows = rows, .tokens = tokens, .capacity = m->config.max_positions, .plan_flags = flags};
    if (dry_run_init(&d, m, &options) < 0) {
        CHECK(err_text()[0]);
        return;
    }
    CHECK(plan_len(d.plan) > 0 && d.cache_bytes >= 0);
    dry_run_done(&d);
}

static void check_plans(struct model *m) {
    arena_init(&m->weights.arena, 0);
    if (add_weights(&m->weights, &m->config) == 0) {
        plan_step(m, 1, 1, 0);
        plan_step(m, 3, 7, PLAN_UNFUSED);
        plan_step(m, 4096, m->config.max_positions, 0);
    }
    arena_done(&m->weights.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct device *device; /* for the whole process */
    const struct device_options one = {.threads = 1};
    struct json_doc *doc;
    struct model m = {0};
    if (!device)
        CHECK(device_open(&device, "cpu", &one) == 0);
    m.device = device;
    if (json_parse(&doc, (const char *)data, size, "input", 0) < 0)
        return 0;
    arena_init(&m.arena, 0);
    int rc = config_parse(&m.config, json_root(doc), (struct json){0}, &m.arena);
    CHECK(rc == 0 || strstr(err_text(), "input"));
    if (rc == 0) {
        check_promises(&m.config);
        if (m.config.arch->position == POSITION_ROPE)
            check_frequencies(&m.config.rope);
        check_round_trip(&m.config);
        if (m.config.num_hidden_layers <= LAYERS_PLANNED)
            check_plans(&m);
    }
    json_free(doc);
    arena_done(&m.arena);
    return 0;
}
