/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/traffic.h"

#include <string.h>

#include "engine/backend/backend.h"
#include "engine/nn/kv.h"
#include "engine/run/model.h"

/* Of x·wᵀ for one row of x. */
static double product(const struct tensor *w) {
    return w ? 2.0 * (double)tensor_count(w) : 0;
}

static double layer_operations(const struct layer *l) {
    return product(l->q) + product(l->k) + product(l->v) + product(l->qkv) + product(l->o) +
           product(l->gate) + product(l->up) + product(l->down);
}

/* A table of which a step reads one row of many. */
static bool is_gathered(const struct weights *w, const struct tensor *t) {
    const struct globals *g = &w->globals;
    return t == g->position || t == g->types || (t == g->embed && !w->tied);
}

static double bytes_read(const struct weights *w) {
    const struct globals *g = &w->globals;
    const struct tensor *const tables[] = {g->embed, g->position, g->types};
    double bytes = (double)w->bytes;
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        const struct tensor *t = tables[i];
        if (t && is_gathered(w, t))
            bytes -= (double)tensor_size(t) * (1 - 1 / (double)t->shape[0]);
    }
    return bytes;
}

static enum dtype main_dtype(const struct weights *w) {
    double bytes[DTYPE_COUNT] = {0};
    enum dtype most = DTYPE_F32;
    for (size_t i = 0; i < w->loaded_len; i++)
        bytes[w->loaded[i].tensor.dtype] += (double)tensor_size(&w->loaded[i].tensor);
    for (int d = 0; d < DTYPE_COUNT; d++)
        if (bytes[d] > bytes[most])
            most = (enum dtype)d;
    return most;
}

/* Blocks of small integers are multiplied as such; 16-bit floats exactly, that is as f32, unless
 * the device may round to them. */
static enum peak_kind peak_of(enum dtype dtype, bool fast) {
    if (dtype_is_block(dtype) && peak_find(PEAK_I8))
        return PEAK_I8;
    if (fast && (dtype == DTYPE_F16 || dtype == DTYPE_BF16) && peak_find(PEAK_F16))
        return PEAK_F16;
    return fast && dtype == DTYPE_BF16 && peak_find(PEAK_BF16) ? PEAK_BF16 : PEAK_F32;
}

void traffic_init(struct traffic *t, const struct model *m, const struct kv *kv) {
    const struct weights *w = &m->weights;
    const struct config *c = &m->config;
    *t = (struct traffic){.dtype = main_dtype(w), .weight_bytes = bytes_read(w)};
    t->peak = peak_of(t->dtype, m->device->fast);
    for (int64_t i = 0; i < c->num_hidden_layers; i++)
        t->operations += layer_operations(&w->layers[i]);
    t->head_operations = product(w->globals.head);
    for (int64_t i = 0; i < kv->layers; i++) {
        double slot = 2 * (double)dtype_bytes(kv->dtype, kv->heads * kv->head_dim);
        if (c->sliding && c->sliding[i])
            t->window_bytes += slot;
        else
            t->slot_bytes += slot;
    }
    t->window = c->sliding ? c->sliding_window : 0;
}

double traffic_step_bytes(const struct traffic *t, int64_t before) {
    int64_t seen = before + 1, slid = t->window && seen > t->window ? t->window : seen;
    return t->weight_bytes + t->slot_bytes * (double)seen + t->window_bytes * (double)slid;
}

double traffic_step_operations(const struct traffic *t, int64_t tokens) {
    return t->operations * (double)tokens + t->head_operations;
}
