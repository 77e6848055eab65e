/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/format/safetensors.h"

void trace_init(struct trace *t) {
    *t = (struct trace){0};
    arena_init(&t->arena, 0);
}

/* Whether the item's bytes are its own, and not the file's that was read. */
static bool owns(const struct trace *t) {
    return !t->file && !t->doc;
}

void trace_done(struct trace *t) {
    for (size_t i = 0; owns(t) && i < t->item_count; i++)
        free(t->items[i].tensor.data);
    free(t->items);
    free(t->absences);
    free(t->steps);
    free(t->plans);
    free(t->weights);
    safetensors_close(t->file);
    json_free(t->doc);
    arena_done(&t->arena);
    *t = (struct trace){0};
}

/* Room for one more, zeroed. */
static void *grow(void **array, size_t *count, size_t *cap, size_t size) {
    if (*count == *cap) {
        *cap = *cap ? 2 * *cap : 64;
        *array = xrealloc(*array, *cap * size);
    }
    char *at = (char *)*array + (*count)++ * size;
    memset(at, 0, size);
    return at;
}

#define GROW(t, what) \
    grow((void **)&(t)->what##s, &(t)->what##_count, &(t)->what##_cap, sizeof(*(t)->what##s))

struct trace_item *trace_add_item(struct trace *t) {
    return GROW(t, item);
}
struct trace_absence *trace_add_absence(struct trace *t) {
    return GROW(t, absence);
}
struct trace_step *trace_add_step(struct trace *t) {
    return GROW(t, step);
}
struct trace_plan *trace_add_plan(struct trace *t) {
    return GROW(t, plan);
}
struct trace_weight *trace_add_weight(struct trace *t) {
    return GROW(t, weight);
}

const char *trace_key(struct trace *t, int64_t step, enum stage stage, int layer) {
    if (layer < 0)
        return arena_printf(&t->arena, "step-%" PRId64 "/%s", step, stage_name(stage));
    return arena_printf(&t->arena, "step-%" PRId64 "/layer-%d/%s", step, layer, stage_name(stage));
}

/* The number behind prefix, up to a slash: *at moves behind that. */
static bool take_number(const char **at, const char *prefix, int64_t *out) {
    size_t len = strlen(prefix);
    int64_t n = 0;
    if (strncmp(*at, prefix, len) != 0)
        return false;
    const char *s = *at + len, *begin = s;
    for (; *s >= '0' && *s <= '9' && n < INT32_MAX / 10; s++)
        n = n * 10 + (*s - '0');
    if (s == begin || *s != '/')
        return false;
    *at = s + 1;
    *out = n;
    return true;
}

bool trace_key_parse(const char *key, int64_t *step, enum stage *stage, int *layer) {
    int64_t at_layer = -1, at_step;
    enum stage at_stage;
    if (!take_number(&key, "step-", &at_step))
        return false;
    (void)take_number(&key, "layer-", &at_layer);
    if (!stage_parse(&at_stage, key))
        return false;
    *step = at_step;
    *stage = at_stage;
    *layer = (int)at_layer;
    return true;
}

static int copy_of(struct tensor *out, const struct tensor *value) {
    struct tensor t;
    CHECK(tensor_init(&t, value->dtype, value->rank, value->shape) == 0);
    t.data = malloc(tensor_size(&t) + 1);
    if (!t.data)
        return err_set(ERR_NOMEM, "no memory for a traced tensor of %zu bytes", tensor_size(&t));
    if (tensor_count(&t) > 0)
        tensor_copy(&t, value);
    *out = t;
    return 0;
}

int trace_add_named(struct trace *t, const char *key, const struct tensor *value,
                    struct trace_item **out) {
    struct tensor copy;
    if (t->item_count == TRACE_ITEMS_MAX)
        return err_set(ERR_LIMIT, "a trace of more than %d tensors", TRACE_ITEMS_MAX);
    int rc = copy_of(&copy, value);
    if (rc < 0)
        return rc;
    struct trace_item *item = GROW(t, item);
    *item = (struct trace_item){
        .key = arena_strdup(&t->arena, key), .layer = -1, .tensor = copy, .node = -1};
    t->bytes += tensor_size(&copy);
    if (out)
        *out = item;
    return 0;
}

int trace_add(struct trace *t, int64_t step, enum stage stage, int layer,
              const struct tensor *value, struct trace_item **out) {
    struct trace_item *item;
    int rc = trace_add_named(t, trace_key(t, step, stage, layer), value, &item);
    if (rc < 0)
        return rc;
    item->step = step;
    item->stage = stage;
    item->layer = layer;
    if (out)
        *out = item;
    return 0;
}

int trace_extend(struct trace *t, struct trace_item *item, const struct tensor *value, int dim) {
    struct tensor *old = &item->tensor, all, part;
    int64_t shape[TENSOR_RANK_MAX];
    bool fits = old->rank == value->rank && dim < old->rank && old->dtype == value->dtype;
    for (int d = 0; fits && d < old->rank; d++)
        fits = d == dim || old->shape[d] == value->shape[d];
    if (!fits)
        return err_set(ERR_ARG, "%s: two chunks of a step have different shapes", item->key);
    memcpy(shape, old->shape, sizeof(shape));
    shape[dim] += value->shape[dim];
    CHECK(tensor_init(&all, old->dtype, old->rank, shape) == 0);
    all.data = malloc(tensor_size(&all) + 1);
    if (!all.data)
        return err_set(ERR_NOMEM, "no memory for a traced tensor of %zu bytes", tensor_size(&all));
    CHECK(tensor_narrow(&part, &all, dim, 0, old->shape[dim]) == 0);
    tensor_copy(&part, old);
    CHECK(tensor_narrow(&part, &all, dim, old->shape[dim], value->shape[dim]) == 0);
    tensor_copy(&part, value);
    t->bytes += tensor_size(&all) - tensor_size(old);
    free(old->data);
    *old = all;
    return 0;
}

const struct trace_item *trace_find(const struct trace *t, int64_t step, enum stage stage,
                                    int layer) {
    for (size_t i = 0; i < t->item_count; i++) {
        const struct trace_item *item = &t->items[i];
        if (item->step == step && item->stage == stage && item->layer == layer)
            return item;
    }
    return NULL;
}

const struct trace_item *trace_find_key(const struct trace *t, const char *key) {
    for (size_t i = 0; i < t->item_count; i++)
        if (strcmp(t->items[i].key, key) == 0)
            return &t->items[i];
    return NULL;
}
