/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/kv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/config.h"

static const enum dtype dtypes[] = {DTYPE_F32, DTYPE_F16, DTYPE_Q8_0};

int kv_parse(enum dtype *out, const char *name) {
    for (size_t i = 0; i < sizeof(dtypes) / sizeof(*dtypes); i++)
        if (!name || strcmp(name, dtype_name(dtypes[i])) == 0) {
            *out = dtypes[i];
            return 0;
        }
    return err_set(ERR_ARG, "a cache cannot be kept as \"%s\" (f32, f16, q8_0)", name);
}

static size_t row_bytes(const struct kv *kv) {
    return dtype_bytes(kv->dtype, kv->capacity * kv->heads * kv->head_dim);
}

/* Of whole blocks, or of those begun. */
int64_t kv_bytes(const struct config *c, enum dtype dtype, int64_t rows, int64_t capacity) {
    int64_t blocks = (c->head_dim + dtype_block(dtype) - 1) / dtype_block(dtype);
    int64_t bytes = 2 * (int64_t)dtype_size(dtype) * c->num_key_value_heads * blocks;
    if (__builtin_mul_overflow(bytes, c->num_hidden_layers, &bytes) ||
        __builtin_mul_overflow(bytes, rows, &bytes) ||
        __builtin_mul_overflow(bytes, capacity, &bytes))
        return INT64_MAX;
    return bytes;
}

static void set_shapes(struct kv *kv) {
    for (int64_t i = 0; i < kv->layers; i++) {
        kv->k[i].shape[0] = kv->rows;
        kv->v[i].shape[0] = kv->rows;
    }
}

int kv_tensor(struct tensor *out, enum dtype dtype, int64_t rows, int64_t capacity, int64_t heads,
              int64_t head_dim) {
    static const int order[] = {0, 2, 1, 3};
    if (head_dim % dtype_block(dtype))
        return err_set(ERR_UNSUPPORTED,
                       "a cache of %s needs heads of whole blocks of %d numbers, and this model's "
                       "have %" PRId64,
                       dtype_name(dtype), dtype_block(dtype), head_dim);
    int rc = tensor_init(out, dtype, SHAPE(rows, heads, capacity, head_dim));
    return rc < 0 ? rc : tensor_permute(out, out, order);
}

int kv_init(struct kv *kv, struct device *dev, const struct config *c, enum dtype dtype,
            int64_t rows, int64_t capacity) {
    int64_t bytes = kv_bytes(c, dtype, rows, capacity);
    struct tensor shape;
    memset(kv, 0, sizeof(*kv));
    if (bytes == INT64_MAX)
        return err_set(ERR_LIMIT, "a cache of %" PRId64 " rows of %" PRId64 " tokens is too large",
                       rows, capacity);
    int rc = kv_tensor(&shape, dtype, rows, capacity, c->num_key_value_heads, c->head_dim);
    if (rc < 0)
        return rc;
    *kv = (struct kv){
        .dtype = dtype,
        .layers = c->num_hidden_layers,
        .max_rows = rows,
        .rows = rows,
        .capacity = capacity,
        .heads = c->num_key_value_heads,
        .head_dim = c->head_dim,
        .croppable = true,
    };
    kv->k = xcalloc((size_t)kv->layers, sizeof(*kv->k));
    kv->v = xcalloc((size_t)kv->layers, sizeof(*kv->v));
    rc = dev ? buffer_init(&kv->bytes, dev, (size_t)bytes) : 0;
    if (rc == 0 && dev) {
        kv->key_mask = calloc((size_t)rows, (size_t)capacity);
        rc = kv->key_mask ? 0 : err_set(ERR_NOMEM, "no memory for the key mask");
    }
    size_t layer = row_bytes(kv) * (size_t)rows;
    for (int64_t i = 0; i < kv->layers && rc == 0; i++) {
        char *base = dev ? (char *)kv->bytes.data + (size_t)(2 * i) * layer : NULL;
        kv->k[i] = kv->v[i] = shape;
        kv->k[i].data = base;
        kv->v[i].data = base ? base + layer : NULL;
    }
    if (rc < 0)
        kv_done(kv);
    return rc;
}

void kv_done(struct kv *kv) {
    buffer_done(&kv->bytes);
    free(kv->key_mask);
    free(kv->k);
    free(kv->v);
    memset(kv, 0, sizeof(*kv));
}

int kv_set_rows(struct kv *kv, int64_t rows) {
    CHECK(kv->length == 0 || rows == kv->rows);
    if (rows < 1 || rows > kv->max_rows)
        return err_set(ERR_LIMIT, "a batch of %" PRId64 " does not fit a session of %" PRId64, rows,
                       kv->max_rows);
    kv->rows = rows;
    set_shapes(kv);
    return 0;
}

int kv_reserve(const struct kv *kv, int64_t n) {
    if (n <= kv->capacity - kv->length)
        return 0;
    return err_set(ERR_LIMIT,
                   "%" PRId64 " tokens behind %" PRId64
                   " exceed the session's capacity of %" PRId64,
                   n, kv->length, kv->capacity);
}

void kv_append(struct kv *kv, const uint8_t *mask, int64_t stride, int64_t n) {
    for (int64_t b = 0; b < kv->rows; b++) {
        uint8_t *slots = kv->key_mask + b * kv->capacity + kv->length;
        for (int64_t t = 0; t < n; t++) {
            slots[t] = mask ? mask[b * stride + t] != 0 : 1;
            kv->masked |= !slots[t];
        }
    }
    kv->length += n;
}

int kv_crop(struct kv *kv, int64_t length) {
    if (length < 0 || length > kv->length)
        return err_set(ERR_ARG, "cannot crop %" PRId64 " tokens to %" PRId64, kv->length, length);
    if (!kv->croppable && length != 0 && length != kv->length)
        return err_set(ERR_UNSUPPORTED, "the state of this model cannot be cropped");
    kv->length = length;
    kv->masked = false;
    for (int64_t b = 0; b < kv->rows && !kv->masked; b++)
        kv->masked = kv_seen(kv, b, length) < length;
    return 0;
}

/* One layer's rows through a copy: from[] may name any row any number of times. */
static int select_rows(struct kv *kv, struct tensor *t, const int64_t *from, int64_t n,
                       struct buffer *copy) {
    size_t row = row_bytes(kv);
    size_t begin = (size_t)((char *)t->data - (char *)kv->bytes.data);
    int rc = buffer_copy(copy, 0, &kv->bytes, begin, row * (size_t)kv->rows);
    for (int64_t i = 0; i < n && rc == 0; i++)
        rc = buffer_copy(&kv->bytes, begin + (size_t)i * row, copy, (size_t)from[i] * row, row);
    return rc;
}

static int select_mask(struct kv *kv, const int64_t *from, int64_t n) {
    size_t row = (size_t)kv->capacity;
    uint8_t *copy = malloc((size_t)kv->rows * row);
    if (!copy)
        return err_set(ERR_NOMEM, "no memory to reorder the key mask");
    memcpy(copy, kv->key_mask, (size_t)kv->rows * row);
    for (int64_t i = 0; i < n; i++)
        memcpy(kv->key_mask + (size_t)i * row, copy + (size_t)from[i] * row, row);
    free(copy);
    return 0;
}

int kv_select(struct kv *kv, const int64_t *from, int64_t n) {
    if (n < 1 || n > kv->max_rows)
        return err_set(ERR_LIMIT, "%" PRId64 " rows do not fit a session of %" PRId64, n,
                       kv->max_rows);
    for (int64_t i = 0; i < n; i++)
        if (from[i] < 0 || from[i] >= kv->rows)
            return err_set(ERR_ARG, "row %" PRId64 " is not among %" PRId64, from[i], kv->rows);
    struct buffer copy = {0};
    int rc = buffer_init(&copy, kv->bytes.device, row_bytes(kv) * (size_t)kv->rows);
    for (int64_t i = 0; i < kv->layers && rc == 0; i++) {
        rc = select_rows(kv, &kv->k[i], from, n, &copy);
        if (rc == 0)
            rc = select_rows(kv, &kv->v[i], from, n, &copy);
    }
    buffer_done(&copy);
    if (rc == 0)
        rc = select_mask(kv, from, n);
    if (rc < 0)
        return rc;
    kv->rows = n;
    set_shapes(kv);
    return kv_crop(kv, kv->length);
}

int64_t kv_seen(const struct kv *kv, int64_t row, int64_t length) {
    const uint8_t *slots = kv->key_mask + row * kv->capacity;
    int64_t seen = 0;
    for (int64_t i = 0; i < length; i++)
        seen += slots[i];
    return seen;
}
