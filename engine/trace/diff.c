/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/map.h"

struct tolerance diff_tolerance(enum stage stage, int layer) {
    switch (stage) {
    case STAGE_MOE_INDICES:
        return tolerance_exact;
    case STAGE_EMBEDDING:
        return tolerance_element;
    case STAGE_ATTN_NORM:
        return layer == 0 ? tolerance_element : tolerance_layer(layer);
    case STAGE_NONE:
    case STAGE_FINAL_NORM:
    case STAGE_LM_HEAD:
        return tolerance_final;
    default:
        return tolerance_layer(layer < 0 ? 0 : layer);
    }
}

static struct tolerance choose(const struct diff_pair *p, const struct diff_options *o) {
    bool whole = !dtype_is_float(p->a->tensor.dtype) && !dtype_is_float(p->b->tensor.dtype);
    struct tolerance t = o->tolerance ? *o->tolerance : diff_tolerance(p->b->stage, p->b->layer);
    if (whole)
        return tolerance_exact;
    if (o->nmse > 0)
        t.nmse = o->nmse;
    return t;
}

/* Leading dimensions of 1 mean nothing. */
static struct tensor bare(const struct tensor *t) {
    struct tensor out = *t;
    while (out.rank > 1 && out.shape[0] == 1) {
        memmove(out.shape, out.shape + 1, (size_t)(out.rank - 1) * sizeof(out.shape[0]));
        memmove(out.stride, out.stride + 1, (size_t)(out.rank - 1) * sizeof(out.stride[0]));
        out.rank--;
    }
    return out;
}

/* Of a and b with other counts of rows, the last rows of the longer: production has logits of the
 * last token only. */
static bool keep_last(struct diff *d, struct diff_pair *p, struct tensor *a, struct tensor *b) {
    int64_t width = tensor_row_len(a), rows_a, rows_b;
    if (p->a->stage != STAGE_LM_HEAD && p->a->stage != STAGE_FINAL_NORM)
        return false;
    rows_a = tensor_rows(a);
    rows_b = tensor_rows(b);
    if (width != tensor_row_len(b) || rows_a == 0 || rows_b == 0)
        return false;
    int64_t rows = rows_a < rows_b ? rows_a : rows_b;
    if (tensor_reshape(a, a, SHAPE(rows_a, width)) < 0 ||
        tensor_reshape(b, b, SHAPE(rows_b, width)) < 0)
        return false;
    CHECK(tensor_narrow(a, a, 0, rows_a - rows, rows) == 0);
    CHECK(tensor_narrow(b, b, 0, rows_b - rows, rows) == 0);
    p->note = arena_printf(&d->arena, "the last %" PRId64 " of %" PRId64 " rows", rows,
                           rows_a > rows_b ? rows_a : rows_b);
    return true;
}

/* Views of both that have one shape. APRT files are flat. */
static bool meet(struct diff *d, struct diff_pair *p, struct tensor *a, struct tensor *b) {
    *a = bare(&p->a->tensor);
    *b = bare(&p->b->tensor);
    if (tensor_same_shape(a, b))
        return true;
    if (tensor_count(a) == tensor_count(b) && a->rank == 1)
        return tensor_reshape(a, a, b->rank, b->shape) == 0;
    if (tensor_count(a) == tensor_count(b) && b->rank == 1)
        return tensor_reshape(b, b, a->rank, a->shape) == 0;
    return keep_last(d, p, a, b);
}

static int judge(struct diff *d, struct diff_pair *p, const struct diff_options *o) {
    struct tensor a, b;
    struct compare_total total = {0};
    char x[TENSOR_TEXT_SIZE], y[TENSOR_TEXT_SIZE];
    p->limit = choose(p, o);
    p->d.max_at = -1; /* of what is not compared */
    if (!meet(d, p, &a, &b)) {
        p->verdict = DIFF_SHAPE;
        p->shape = b;
        p->note = arena_printf(&d->arena, "%s against %s", tensor_text(&p->a->tensor, x),
                               tensor_text(&p->b->tensor, y));
        return 0;
    }
    p->shape = b;
    if (tensor_count(&b) == 0) {
        p->verdict = DIFF_EMPTY;
        return 0;
    }
    difference_of(&p->d, &a, &b, o->top);
    int rc = compare_tensors(&total, p->b->key, &a, &b, NULL, &p->limit);
    p->verdict = total.wrong ? DIFF_EXCEEDED : DIFF_SAME;
    p->badness = total.badness;
    return rc;
}

/* The order of computing: by step, the embedding, the layers, what is behind them. */
static int64_t place_of(const struct trace_item *item) {
    int64_t layer = item->layer >= 0                 ? item->layer
                    : item->stage == STAGE_EMBEDDING ? -1
                                                     : INT32_MAX;
    return (item->step << 40) + ((layer + 1) << 8) + item->stage;
}

static int by_place(const void *pa, const void *pb) {
    const struct diff_pair *a = pa, *b = pb;
    int64_t x = place_of(a->b), y = place_of(b->b);
    if (x != y)
        return x < y ? -1 : 1;
    return strcmp(a->b->key, b->b->key);
}

static const char *word_for(const struct trace *t, const struct trace_item *item) {
    for (size_t i = 0; i < t->absence_count; i++) {
        const struct trace_absence *a = &t->absences[i];
        bool covers = item->layer >= a->first_layer && item->layer <= a->last_layer;
        if (a->stage == item->stage && a->step == item->step && covers)
            return a->why;
    }
    return NULL;
}

static void note_lonely(struct diff *d, const struct trace_item *item, bool in_a,
                        const struct trace *other) {
    d->lonely[d->lonely_count++] = (struct diff_lonely){item, in_a, word_for(other, item)};
}

static void find_pairs(struct diff *d, const struct trace *a, const struct trace *b) {
    struct map keys;
    bool *met = xcalloc(b->item_count + 1, sizeof(*met));
    uint32_t at;
    map_init(&keys, b->item_count);
    for (size_t i = 0; i < b->item_count; i++)
        map_set(&keys, b->items[i].key, strlen(b->items[i].key), (uint32_t)i);
    for (size_t i = 0; i < a->item_count; i++) {
        const struct trace_item *item = &a->items[i];
        bool single = a->is_array && b->is_array;
        bool found = map_find_str(&keys, item->key, &at);
        if (!found && single) {
            at = 0;
            found = true; /* two files of one array each, whatever their names */
        }
        if (!found) {
            note_lonely(d, item, true, b);
            continue;
        }
        met[at] = true;
        d->pairs[d->pair_count++] = (struct diff_pair){.a = item, .b = &b->items[at]};
    }
    for (size_t i = 0; i < b->item_count; i++)
        if (!met[i])
            note_lonely(d, &b->items[i], false, a);
    map_done(&keys);
    free(met);
}

static bool same_text(const char *a, const char *b) {
    return !a || !b || strcmp(a, b) == 0;
}

static bool same_ids(const struct trace *a, const struct trace *b) {
    for (size_t i = 0; i < a->step_count && i < b->step_count; i++) {
        const struct trace_step *x = &a->steps[i], *y = &b->steps[i];
        if (x->len != y->len || (x->len && memcmp(x->ids, y->ids, (size_t)x->len * 4) != 0))
            return false;
    }
    return true;
}

static const char *warning_for(const struct trace *a, const struct trace *b) {
    if (!same_text(a->about.model_hash, b->about.model_hash))
        return "the traces are of two models: their hashes differ";
    return same_ids(a, b) ? NULL : "the traces are of different tokens";
}

int diff_traces(struct diff *out, const struct trace *a, const struct trace *b,
                const struct diff_options *options) {
    struct diff *d = out;
    int rc = 0;
    *d = (struct diff){.warning = warning_for(a, b)};
    arena_init(&d->arena, 0);
    size_t most = a->item_count + b->item_count;
    d->pairs = arena_array(&d->arena, most + 1, sizeof(*d->pairs));
    d->lonely = arena_array(&d->arena, most + 1, sizeof(*d->lonely));
    find_pairs(d, a, b);
    qsort(d->pairs, d->pair_count, sizeof(*d->pairs), by_place);
    for (size_t i = 0; rc == 0 && i < d->pair_count; i++) {
        struct diff_pair *p = &d->pairs[i];
        rc = judge(d, p, options);
        bool exceeds = p->verdict == DIFF_EXCEEDED || p->verdict == DIFF_SHAPE;
        d->compared += p->verdict != DIFF_EMPTY;
        d->exceeded += exceeds;
        if (exceeds && !d->first)
            d->first = p;
    }
    return rc;
}

void diff_done(struct diff *d) {
    arena_done(&d->arena);
    *d = (struct diff){0};
}
