/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/capture.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/config.h"

enum { CAP_FIRST = 64 };

void capture_init(struct capture *k, struct case_run *c, int64_t rows, int64_t tokens) {
    *k = (struct capture){.run = c, .rows = rows, .tokens = tokens};
}

/* Stages are [N,…] in the engine, but for the scores of attention; outputs are in shape already. */
static bool is_per_token(const struct captured *item) {
    return !item->name && item->stage != STAGE_ATTN_SCORES && item->stage != STAGE_ATTN_SOFTMAX;
}

static void split_tokens(const struct capture *k, struct tensor *t) {
    int64_t shape[TENSOR_RANK_MAX] = {k->rows, k->tokens};
    for (int d = 1; d < t->rank; d++)
        shape[d + 1] = t->shape[d];
    if (t->shape[0] == k->rows * k->tokens)
        CHECK(tensor_reshape(t, t, t->rank + 1, shape) == 0);
}

void capture_add(struct capture *k, const char *name, enum stage stage, int layer,
                 const struct tensor *t) {
    if (k->count == k->cap) {
        int cap = k->cap ? 2 * k->cap : CAP_FIRST;
        struct captured *items = arena_array(&k->run->arena, (size_t)cap, sizeof(*items));
        if (k->count)
            memcpy(items, k->items, (size_t)k->count * sizeof(*items));
        k->items = items;
        k->cap = cap;
    }
    struct captured *item = &k->items[k->count++];
    *item = (struct captured){name, stage, layer, case_tensor(k->run, t->dtype, t->rank, t->shape)};
    size_t element = dtype_size(t->dtype);
    char *at = item->tensor.data;
    for (int64_t r = 0; r < tensor_rows(t) && tensor_count(t) > 0; r++)
        for (int64_t i = 0; i < tensor_row_len(t); i++, at += element)
            memcpy(at, (char *)tensor_row(t, r) + (size_t)(i * tensor_row_stride(t)) * element,
                   element);
    if (is_per_token(item))
        split_tokens(k, &item->tensor);
}

const struct tensor *capture_output(const struct capture *k, const char *name) {
    for (int i = 0; i < k->count; i++)
        if (k->items[i].name && strcmp(k->items[i].name, name) == 0)
            return &k->items[i].tensor;
    return NULL;
}

const struct tensor *capture_stage(const struct capture *k, enum stage stage, int layer) {
    for (int i = 0; i < k->count; i++)
        if (!k->items[i].name && k->items[i].stage == stage && k->items[i].layer == layer)
            return &k->items[i].tensor;
    return NULL;
}

/* A head that gives one thing only calls it logits in HF. */
static bool find_output(const struct capture *k, const char *name, struct tensor *out) {
    const struct tensor *t = capture_output(k, name);
    if (!t && strcmp(name, "logits") == 0)
        t = capture_output(k, "seq_relationship_logits");
    if (!t && strcmp(name, "prediction_logits") == 0)
        t = capture_output(k, "logits");
    if (t)
        *out = *t;
    return t != NULL;
}

/* HF's tuple: the input of layer 0, the output of each layer, the last one after the final norm. */
static const struct tensor *hidden_state(const struct capture *k, const struct config *config,
                                         int i) {
    if (i == 0)
        return capture_stage(k, STAGE_EMBEDDING, -1);
    if (i < config->num_hidden_layers)
        return capture_stage(k, STAGE_POST_FFN_RESIDUAL, i - 1);
    const struct tensor *last = capture_output(k, "last_hidden_state");
    return i == config->num_hidden_layers ? last : NULL;
}

static const struct tensor *find_stage(const struct capture *k, const struct config *config,
                                       const char *word, int layer) {
    enum stage stage;
    if (strcmp(word, "hidden_states") == 0)
        return hidden_state(k, config, layer);
    if (strcmp(word, "attentions") == 0)
        return capture_stage(k, STAGE_ATTN_SOFTMAX, layer);
    return stage_parse(&stage, word) ? capture_stage(k, stage, layer) : NULL;
}

bool capture_find(const struct capture *k, const struct config *config, const char *name,
                  struct tensor *out) {
    const char *dot = strrchr(name, '.');
    if (find_output(k, name, out))
        return true;
    size_t len = dot ? (size_t)(dot - name) : strlen(name);
    const char *word = arena_strndup(&k->run->arena, name, len);
    int layer = dot ? (int)strtol(dot + 1, NULL, 10) : -1;
    const struct tensor *t = find_stage(k, config, word, layer);
    if (t)
        *out = *t;
    return t != NULL;
}

struct tensor capture_row(const struct tensor *t, int64_t row) {
    struct tensor out;
    CHECK(tensor_narrow(&out, t, 0, row, 1) == 0);
    return out;
}

struct tensor capture_tokens(const struct tensor *t, int64_t begin, int64_t len) {
    struct tensor out;
    CHECK(tensor_narrow(&out, t, 1, begin, len) == 0);
    return out;
}

static const struct tensor *twin_of(const struct capture *k, const struct captured *item) {
    return item->name ? capture_output(k, item->name) : capture_stage(k, item->stage, item->layer);
}

/* Whether it has a row for each token, as the mask has. */
static bool fits(const struct tensor *keep, const struct captured *item) {
    const struct tensor *t = &item->tensor;
    return (item->name || is_per_token(item)) && t->rank >= 2 && keep->shape[0] == t->shape[0] &&
           keep->shape[1] == t->shape[1];
}

int capture_same(struct case_run *c, const char *label, const struct capture *a,
                 const struct capture *b, const struct tensor *keep,
                 const struct tolerance *tolerance) {
    bool masked = keep && keep->rank >= 0;
    int rc = 0;
    compare_fact(&c->total, a->count > 0, "%s: nothing was captured", label);
    for (int i = 0; rc == 0 && i < a->count; i++) {
        const struct captured *item = &a->items[i];
        const struct tensor *other = twin_of(b, item);
        const char *what = item->name ? item->name : stage_name(item->stage);
        const char *key = arena_printf(&c->arena, "%s: %s", label, what);
        if (masked && !fits(keep, item))
            continue;
        if (compare_fact(&c->total, other != NULL, "%s is missing from one run", key))
            rc = case_broken(c, compare_tensors(&c->total, key, &item->tensor, other,
                                                masked ? keep : NULL, tolerance));
    }
    return rc;
}
