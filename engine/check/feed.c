/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/feed.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/check/case.h"

/* The tensors of a feed, so that what is done to all is written once. token_dim is the dimension
 * that runs over its tokens; past_dim the one that runs over all tokens so far. */
static const struct {
    const char *name;
    size_t offset;
    int rank, token_dim, past_dim;
} parts[] = {
    {"input_ids",      offsetof(struct feed, ids),       2, 1, -1},
    {"inputs_embeds",  offsetof(struct feed, embeds),    3, 1, -1},
    {"attention_mask", offsetof(struct feed, mask),      2, 1, -1},
    {"position_ids",   offsetof(struct feed, positions), 2, 1, -1},
    {"token_type_ids", offsetof(struct feed, types),     2, 1, -1},
    {"mask_3d",        offsetof(struct feed, mask_3d),   3, 1, 2 },
};
enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static struct tensor *part_of(struct feed *s, size_t i) {
    return (struct tensor *)((char *)s + parts[i].offset);
}

struct feed feed_none(void) {
    struct feed s = {0};
    for (size_t i = 0; i < PARTS; i++)
        part_of(&s, i)->rank = -1;
    return s;
}

bool feed_has(const struct tensor *t) {
    return t->rank >= 0;
}

/* Leading dimensions beyond the rank are taken together. */
static int fold(struct tensor *t, int rank) {
    int64_t shape[TENSOR_RANK_MAX], first = 1;
    int extra = t->rank - rank;
    for (int d = 0; d <= extra; d++)
        first *= t->shape[d];
    shape[0] = first;
    for (int d = 1; d < rank; d++)
        shape[d] = t->shape[d + extra];
    return tensor_reshape(t, t, rank, shape);
}

int feed_of_case(struct case_run *c, struct feed *out) {
    *out = feed_none();
    for (size_t i = 0; i < PARTS; i++) {
        struct tensor *t = part_of(out, i);
        int rc = case_input_opt(c, parts[i].name, t);
        if (rc < 0)
            return rc;
        if (feed_has(t) && t->rank < parts[i].rank)
            return case_broken(c, err_set(ERR_FORMAT, "%s has %d dimensions, and needs %d",
                                          parts[i].name, t->rank, parts[i].rank));
        rc = feed_has(t) && t->rank > parts[i].rank ? fold(t, parts[i].rank) : 0;
        if (rc < 0)
            return case_broken(c, rc);
    }
    if (!feed_has(&out->ids) && !feed_has(&out->embeds))
        return case_broken(c, err_set(ERR_FORMAT, "the case gives neither input_ids nor "
                                                  "inputs_embeds"));
    return 0;
}

int feed_of_params(struct case_run *c, struct feed *out) {
    enum { IDS_MAX = 4096 };
    struct json ids;
    int64_t id = 0;
    int rc = json_array(case_params(c), "ids", &ids);
    *out = feed_none();
    if (rc == 0 && (json_len(ids) == 0 || json_len(ids) > IDS_MAX))
        rc = json_fail(ids, "a prompt has 1 to %d ids", IDS_MAX);
    if (rc < 0)
        return case_broken(c, rc);
    out->ids = case_tensor(c, DTYPE_I32, SHAPE(1, (int64_t)json_len(ids)));
    int32_t *to = out->ids.data;
    for (struct json v = json_first(ids); rc == 0 && v.node; v = json_next(v)) {
        rc = json_as_int(v, 0, INT32_MAX, &id);
        *to++ = (int32_t)id;
    }
    return case_broken(c, rc);
}

static const struct tensor *tokens_of(const struct feed *s) {
    return feed_has(&s->ids) ? &s->ids : &s->embeds;
}

int64_t feed_rows(const struct feed *s) {
    return tokens_of(s)->shape[0];
}

int64_t feed_tokens(const struct feed *s) {
    return tokens_of(s)->shape[1];
}

struct feed feed_of_rows(const struct feed *s, int64_t begin, int64_t len) {
    struct feed out = *s;
    for (size_t i = 0; i < PARTS; i++) {
        struct tensor *t = part_of(&out, i);
        if (feed_has(t))
            CHECK(tensor_narrow(t, t, 0, begin, len) == 0);
    }
    return out;
}

struct feed feed_of_tokens(const struct feed *s, int64_t begin, int64_t len) {
    struct feed out = *s;
    for (size_t i = 0; i < PARTS; i++) {
        struct tensor *t = part_of(&out, i);
        if (feed_has(t) && parts[i].token_dim >= 0)
            CHECK(tensor_narrow(t, t, parts[i].token_dim, begin, len) == 0);
        if (feed_has(t) && parts[i].past_dim >= 0)
            CHECK(tensor_narrow(t, t, parts[i].past_dim, 0, begin + len) == 0);
    }
    return out;
}

struct tensor feed_pack(struct case_run *c, const struct tensor *t, enum dtype dtype) {
    struct tensor out = case_tensor(c, dtype, t->rank, t->shape);
    size_t from = dtype_size(t->dtype), to = dtype_size(dtype);
    int64_t len = tensor_row_len(t), stride = tensor_row_stride(t);
    char *at = out.data;
    for (int64_t r = 0; r < tensor_rows(t); r++)
        for (int64_t i = 0; i < len; i++, at += to)
            dtype_convert(at, dtype, (char *)tensor_row(t, r) + (size_t)(i * stride) * from,
                          t->dtype, 1);
    return out;
}

struct tensor feed_copy_ints(struct case_run *c, const struct tensor *t) {
    return feed_pack(c, t, DTYPE_I64);
}

int64_t *feed_at(const struct tensor *t, int64_t row, int64_t column) {
    return (int64_t *)t->data + row * t->stride[0] + column * t->stride[1];
}

struct tensor feed_mask_of(struct case_run *c, const struct feed *s) {
    if (feed_has(&s->mask))
        return feed_copy_ints(c, &s->mask);
    struct tensor ones = case_tensor(c, DTYPE_I64, SHAPE(feed_rows(s), feed_tokens(s)));
    for (int64_t i = 0; i < tensor_count(&ones); i++)
        ((int64_t *)ones.data)[i] = 1;
    return ones;
}
