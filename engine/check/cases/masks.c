/* SPDX-License-Identifier: Apache-2.0 */
/* Batches and padding: a row computes the same alone and among others, whatever stands beside it
 * or in its padding. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/case.h"

/* Tokens `begin` … of row `row`, from both runs, for everything with a row a token. */
static int compare_rows(struct case_run *c, const char *label, const struct capture *batch,
                        int64_t row, int64_t begin, const struct capture *alone,
                        int64_t alone_begin, int64_t len) {
    int rc = 0;
    for (int i = 0; rc == 0 && i < alone->count; i++) {
        const struct captured *item = &alone->items[i];
        const struct tensor *t = &item->tensor;
        const struct tensor *other = item->name ? capture_output(batch, item->name)
                                                : capture_stage(batch, item->stage, item->layer);
        bool per_token = t->rank >= 2 && t->shape[1] == alone->tokens && other &&
                         other->rank == t->rank && other->shape[1] == batch->tokens &&
                         item->stage != STAGE_ATTN_SCORES && item->stage != STAGE_ATTN_SOFTMAX;
        if (!compare_fact(&c->total, other != NULL, "%s: an output is missing", label))
            break;
        if (!per_token)
            continue;
        struct tensor a = capture_row(other, row);
        a = capture_tokens(&a, begin, len);
        struct tensor b = capture_tokens(t, alone_begin, len);
        const char *key = arena_printf(&c->arena, "%s: row %" PRId64 ": %s", label, row,
                                       item->name ? item->name : stage_name(item->stage));
        rc = case_same(c, key, &a, &b, c->tolerance);
    }
    return rc;
}

/* Outputs without tokens (pooled, class logits) of a row. */
static int compare_pooled(struct case_run *c, const struct capture *batch, int64_t row,
                          const struct capture *alone) {
    int rc = 0;
    for (int i = 0; rc == 0 && i < alone->count; i++) {
        const struct captured *item = &alone->items[i];
        const struct tensor *other = item->name ? capture_output(batch, item->name) : NULL;
        if (!other || item->tensor.rank != 2 || item->tensor.shape[1] == alone->tokens)
            continue;
        struct tensor a = capture_row(other, row);
        rc = case_same(c, item->name, &a, &item->tensor, c->tolerance);
    }
    return rc;
}

/* First token that is no padding, and how many are not. Padding stands on one side. */
static void find_tokens(const struct tensor *mask, int64_t row, int64_t *begin, int64_t *len) {
    *begin = -1;
    *len = 0;
    for (int64_t t = 0; t < mask->shape[1]; t++)
        if (*feed_at(mask, row, t)) {
            *begin = *begin < 0 ? t : *begin;
            (*len)++;
        }
}

/* C1: each row with its own padding, alone. */
static int run_batching(struct case_run *c) {
    struct feed feed;
    struct capture batch;
    int rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, 0, &batch);
    if (rc != 0)
        return rc;
    struct tensor mask = feed_mask_of(c, &feed);
    for (int64_t row = 0; rc == 0 && row < feed_rows(&feed); row++) {
        struct feed one = feed_of_rows(&feed, row, 1);
        struct capture alone;
        int64_t begin, len;
        find_tokens(&mask, row, &begin, &len);
        rc = bench_forward(c, NULL, &one, 0, &alone);
        if (rc == 0)
            rc = compare_rows(c, "alone", &batch, row, begin, &alone, begin, len);
        if (rc == 0)
            rc = compare_pooled(c, &batch, row, &alone);
    }
    compare_fact(&c->total, feed_rows(&feed) > 1, "a batch of one row proves nothing");
    return rc;
}

/* The tokens of one row without its padding, each part cut to them. */
static struct feed unpadded_row(struct case_run *c, const struct feed *feed, int64_t row) {
    struct tensor mask = feed_mask_of(c, feed);
    struct feed one = feed_of_rows(feed, row, 1);
    int64_t begin, len;
    find_tokens(&mask, row, &begin, &len);
    one.mask.rank = -1;
    one.mask_3d.rank = -1;
    one.positions.rank = -1;
    return feed_of_tokens(&one, begin, len);
}

/* A copy of an [1,T] feed in a width of its own, with padding on one side of the tokens. */
static void put_padded(struct feed *out, int64_t row, const struct feed *one, int64_t at) {
    for (int64_t t = 0; t < feed_tokens(one); t++) {
        int64_t id = 0, type = 0;
        const struct tensor *ids = &one->ids, *types = &one->types;
        dtype_convert(&id, DTYPE_I64,
                      (const char *)ids->data +
                          (size_t)(t * ids->stride[1]) * dtype_size(ids->dtype),
                      ids->dtype, 1);
        *feed_at(&out->ids, row, at + t) = id;
        *feed_at(&out->mask, row, at + t) = 1;
        if (!feed_has(types))
            continue;
        dtype_convert(&type, DTYPE_I64,
                      (const char *)types->data +
                          (size_t)(t * types->stride[1]) * dtype_size(types->dtype),
                      types->dtype, 1);
        *feed_at(&out->types, row, at + t) = type;
    }
}

static struct feed padded_feed(struct case_run *c, const struct feed *like, int64_t rows,
                               int64_t width, int64_t pad) {
    struct feed out = feed_none();
    out.ids = case_tensor(c, DTYPE_I64, SHAPE(rows, width));
    out.mask = case_tensor(c, DTYPE_I64, SHAPE(rows, width));
    if (feed_has(&like->types))
        out.types = case_tensor(c, DTYPE_I64, SHAPE(rows, width));
    for (int64_t i = 0; i < rows * width; i++)
        ((int64_t *)out.ids.data)[i] = pad;
    return out;
}

/* C2: padding in front of a row changes nothing when positions count tokens. */
static int run_left_padding(struct case_run *c) {
    struct feed feed;
    struct capture alone, batch;
    int64_t pads = 0, pad = 0;
    int rc = case_broken(c, json_int(case_params(c), "pads", 1, 4096, &pads));
    if (rc == 0)
        rc = case_broken(c, json_int(case_params(c), "pad_id", 0, INT32_MAX, &pad));
    if (rc == 0)
        rc = feed_of_case(c, &feed);
    if (rc != 0)
        return rc;
    int64_t tokens = feed_tokens(&feed);
    struct feed padded = padded_feed(c, &feed, 1, pads + tokens, pad);
    put_padded(&padded, 0, &feed, pads);
    rc = bench_forward(c, NULL, &feed, 0, &alone);
    if (rc == 0)
        rc = bench_forward(c, NULL, &padded, 0, &batch);
    return rc != 0 ? rc : compare_rows(c, "padded", &batch, 0, pads, &alone, 0, tokens);
}

/* C3: padding behind rows of different lengths. */
static int run_right_padding(struct case_run *c) {
    enum { EXTRA = 3 };
    struct feed feed;
    struct capture batch, alone;
    int rc = feed_of_case(c, &feed);
    if (rc < 0)
        return rc;
    int64_t rows = feed_rows(&feed);
    struct feed padded = padded_feed(c, &feed, rows, feed_tokens(&feed) + EXTRA, 0);
    for (int64_t row = 0; row < rows; row++) {
        struct feed one = unpadded_row(c, &feed, row);
        put_padded(&padded, row, &one, 0);
    }
    rc = bench_forward(c, NULL, &padded, 0, &batch);
    for (int64_t row = 0; rc == 0 && row < rows; row++) {
        struct feed one = unpadded_row(c, &feed, row);
        rc = bench_forward(c, NULL, &one, 0, &alone);
        if (rc == 0)
            rc = compare_rows(c, "padded", &batch, row, 0, &alone, 0, feed_tokens(&one));
    }
    return rc;
}

/* C4: a mask of ones is no mask. */
static int run_mask_none(struct case_run *c) {
    struct feed feed, with;
    struct capture a, b;
    int rc = feed_of_case(c, &feed);
    if (rc < 0)
        return rc;
    feed.mask.rank = -1;
    with = feed;
    with.mask = feed_mask_of(c, &feed);
    rc = bench_forward(c, NULL, &feed, 0, &a);
    if (rc == 0)
        rc = bench_forward(c, NULL, &with, 0, &b);
    return rc != 0 ? rc : capture_same(c, "mask of ones", &a, &b, NULL, &tolerance_exact);
}

static bool all_finite(const struct tensor *t) {
    for (int64_t i = 0; t->dtype == DTYPE_F32 && i < tensor_count(t); i++)
        if (!isfinite(((const float *)t->data)[i]))
            return false;
    return true;
}

/* C7: a row without a single token makes no NaN, and its neighbours do not notice. */
static int run_fully_masked(struct case_run *c) {
    struct feed feed;
    struct capture normal, masked;
    int rc = feed_of_case(c, &feed);
    if (rc < 0)
        return rc;
    int64_t rows = feed_rows(&feed), last = rows - 1;
    if (rows < 2)
        return case_broken(c, err_set(ERR_FORMAT, "the case needs two rows"));
    struct tensor keep = feed_mask_of(c, &feed);
    rc = bench_forward(c, NULL, &feed, 0, &normal);
    feed.mask = feed_mask_of(c, &feed);
    for (int64_t t = 0; t < feed_tokens(&feed); t++)
        *feed_at(&feed.mask, last, t) = *feed_at(&keep, last, t) = 0;
    if (rc == 0)
        rc = bench_forward(c, NULL, &feed, 0, &masked);
    for (int i = 0; rc == 0 && i < masked.count; i++) {
        const struct captured *item = &masked.items[i];
        if (item->stage != STAGE_ATTN_SCORES)
            compare_fact(&c->total, all_finite(&item->tensor), "%s is not finite",
                         item->name ? item->name : stage_name(item->stage));
    }
    return rc != 0 ? rc : capture_same(c, "neighbours", &masked, &normal, &keep, &tolerance_exact);
}

/* C11: what stands in padding is never seen. */
static int run_pad_garbage(struct case_run *c) {
    struct feed feed, dirty;
    struct capture a, b;
    const struct config *config;
    int64_t changed = 0;
    int rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = bench_config(c, &config);
    if (rc != 0)
        return rc;
    struct tensor mask = feed_mask_of(c, &feed);
    dirty = feed;
    dirty.ids = feed_copy_ints(c, &feed.ids);
    for (int64_t i = 0; i < tensor_count(&mask); i++)
        if (((int64_t *)mask.data)[i] == 0) {
            int64_t *id = &((int64_t *)dirty.ids.data)[i];
            *id = (*id + 1 + changed++) % config->vocab_size;
        }
    compare_fact(&c->total, changed > 0, "the case has no padding");
    rc = bench_forward(c, NULL, &feed, 0, &a);
    if (rc == 0)
        rc = bench_forward(c, NULL, &dirty, 0, &b);
    return rc != 0 ? rc : capture_same(c, "garbage", &b, &a, &mask, &tolerance_exact);
}

static const struct case_type types[] = {
    {"batching_equivalence", "C1",  "S", run_batching     },
    {"left_padding",         "C2",  "S", run_left_padding },
    {"right_padding",        "C3",  "S", run_right_padding},
    {"mask_none_is_ones",    "C4",  "X", run_mask_none    },
    {"fully_masked_row",     "C7",  "X", run_fully_masked },
    {"pad_garbage",          "C11", "X", run_pad_garbage  },
    CASE_END_ROW,
};

const struct case_group case_masks = {"masks", types};
