/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/outputs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"

static const char *const plan_names[OUTPUT_COUNT] = {
    [OUTPUT_LOGITS] = "logits",
    [OUTPUT_NEXT] = "next",
    [OUTPUT_HIDDEN] = "hidden",
    [OUTPUT_POOLED] = "pooled",
};

void outputs_done(struct outputs *o) {
    for (int i = 0; i < OUTPUT_COUNT; i++)
        free(o->bytes[i]);
    memset(o, 0, sizeof(*o));
}

void outputs_clear(struct outputs *o) {
    for (int i = 0; i < OUTPUT_COUNT; i++)
        o->tensors[i].data = NULL;
    o->names[0] = NULL;
}

static int reserve(struct outputs *o, enum output which, int64_t count) {
    if (count <= o->room[which])
        return 0;
    float *bytes = malloc((size_t)count * sizeof(*bytes));
    if (!bytes)
        return err_set(ERR_NOMEM, "no memory for an output of %" PRId64 " floats", count);
    free(o->bytes[which]);
    o->bytes[which] = bytes;
    o->room[which] = count;
    return 0;
}

int outputs_take(struct outputs *o, enum output which, const struct plan *plan,
                 const struct outputs_part *part) {
    const struct tensor *from = plan_output(plan, plan_names[which]);
    struct tensor *to = &o->tensors[which];
    if (!from)
        return 0;
    int64_t width = tensor_row_len(from);
    struct tensor shape;
    int rc = tensor_init(&shape, DTYPE_F32, SHAPE(part->rows, part->total, width));
    if (rc < 0 || (!to->data && (rc = reserve(o, which, tensor_count(&shape))) < 0))
        return rc;
    *to = shape;
    to->data = o->bytes[which];
    for (int64_t b = 0; b < part->rows; b++)
        for (int64_t i = 0; i < part->len; i++)
            memcpy(o->bytes[which] + (b * part->total + part->begin + i) * width,
                   tensor_row(from, b * part->len + i), (size_t)width * sizeof(float));
    return 0;
}

void outputs_pick(struct outputs *o, const int64_t *at) {
    struct tensor *t = &o->tensors[OUTPUT_LOGITS];
    float *bytes = o->bytes[OUTPUT_LOGITS];
    int64_t rows = t->shape[0], len = t->shape[1], width = t->shape[2];
    for (int64_t b = 0; b < rows; b++)
        memmove(bytes + b * width, bytes + (b * len + at[b]) * width,
                (size_t)width * sizeof(float));
    CHECK(tensor_init(t, DTYPE_F32, SHAPE(rows, width)) == 0);
    t->data = bytes;
}

void outputs_flatten(struct outputs *o) {
    struct tensor *t = &o->tensors[OUTPUT_LOGITS];
    int64_t rows = t->shape[0], width = t->shape[2];
    CHECK(tensor_init(t, DTYPE_F32, SHAPE(rows, width)) == 0);
    t->data = o->bytes[OUTPUT_LOGITS];
}

/* What is pooled has one row a sequence, not one a token: [B,1,width] is [B,width]. */
static void drop_tokens(struct tensor *t) {
    CHECK(tensor_reshape(t, t, SHAPE(t->shape[0], t->shape[2])) == 0);
}

/* HF's names; column ≥ 0: one column of logits. */
static const struct {
    const char *name;
    enum output which;
    int column;
} names[] = {
    {"logits",                  OUTPUT_LOGITS, -1},
    {"prediction_logits",       OUTPUT_LOGITS, -1},
    {"start_logits",            OUTPUT_LOGITS, 0 },
    {"end_logits",              OUTPUT_LOGITS, 1 },
    {"seq_relationship_logits", OUTPUT_NEXT,   -1},
    {"last_hidden_state",       OUTPUT_HIDDEN, -1},
    {"pooler_output",           OUTPUT_POOLED, -1},
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static bool applies(const struct outputs *o, const struct config *c, int i) {
    if (!o->tensors[names[i].which].data)
        return false;
    if (names[i].column >= 0)
        return c->head->kind == HEAD_SPANS;
    return strcmp(names[i].name, "prediction_logits") != 0 || c->head->kind == HEAD_BOTH;
}

bool outputs_find(const struct outputs *o, const struct config *c, const char *name,
                  struct tensor *out) {
    for (int i = 0; i < NAMES; i++) {
        if (strcmp(names[i].name, name) != 0 || !applies(o, c, i))
            continue;
        *out = o->tensors[names[i].which];
        if (names[i].which == OUTPUT_NEXT || names[i].which == OUTPUT_POOLED)
            drop_tokens(out);
        if (names[i].column >= 0) {
            out->rank = 2;
            out->data = (float *)out->data + names[i].column;
        }
        return true;
    }
    return false;
}

void outputs_list(struct outputs *o, const struct config *c) {
    int len = 0;
    for (int i = 0; i < NAMES; i++)
        if (applies(o, c, i))
            o->names[len++] = names[i].name;
    o->names[len] = NULL;
}
