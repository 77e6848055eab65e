/* SPDX-License-Identifier: Apache-2.0 */
/* kv: the keys and values of what a session has seen.
 *
 * They are kept as f32, f16 or q8_0: rounded once when they are stored, and read as exactly what
 * was stored. In memory the slots of one head follow each other, so that attention reads a head as
 * one stream; the tensors have the strides to that.
 *
 * Slot s of a row holds what token s left behind; rows of a batch have one length, and padding
 * is told by the key mask. Slots at and behind the length hold garbage that nothing reads, so
 * cropping moves no bytes. A state that cannot be cropped (recurrent layers) would say so in
 * `croppable`; callers must ask. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/backend/buffer.h"
#include "engine/tensor/tensor.h"

struct config;

struct kv {
    int64_t layers, max_rows, capacity, heads, head_dim;
    enum dtype dtype;  /* of both */
    int64_t rows;      /* of the batch now, ≤ max_rows */
    int64_t length;    /* slots in use, ≤ capacity */
    struct tensor *k;  /* [layers] of [rows,capacity,heads,head_dim], on the device */
    struct tensor *v;  /* [layers] likewise */
    uint8_t *key_mask; /* [max_rows,capacity] on the host; 0 = padding */
    bool masked;       /* some slot in use is padding */
    bool croppable;
    struct buffer bytes;
};

/* What a user calls a dtype of caches: f32 (also NULL), f16, q8_0. 0, or ERR_ARG naming them. */
int kv_parse(enum dtype *out, const char *name);
/* The shape of one layer's keys, or of its values, without data. 0; ERR_UNSUPPORTED when a head is
 * no whole blocks of dtype; ERR_LIMIT. */
int kv_tensor(struct tensor *out, enum dtype dtype, int64_t rows, int64_t capacity, int64_t heads,
              int64_t head_dim);

/* dev NULL: shapes without bytes, for the dry run. 0, ERR_LIMIT, ERR_NOMEM, ERR_UNSUPPORTED. */
int kv_init(struct kv *kv, struct device *dev, const struct config *c, enum dtype dtype,
            int64_t rows, int64_t capacity);
void kv_done(struct kv *kv); /* copes with a zeroed struct */
/* Bytes that kv_init() would take; INT64_MAX when they do not fit. */
int64_t kv_bytes(const struct config *c, enum dtype dtype, int64_t rows, int64_t capacity);

/* The batch's rows from now on; only while empty. 0 or ERR_LIMIT. */
int kv_set_rows(struct kv *kv, int64_t rows);
/* Whether n more slots fit: 0, or ERR_LIMIT naming both numbers. Nothing is changed. */
int kv_reserve(const struct kv *kv, int64_t n);
/* Takes n slots. mask: row b's flags are mask[b * stride …], or NULL for all ones. kv_reserve()
 * has said yes. */
void kv_append(struct kv *kv, const uint8_t *mask, int64_t stride, int64_t n);
/* Forgets the slots from length on. 0, or ERR_ARG when there are fewer, or ERR_UNSUPPORTED. */
int kv_crop(struct kv *kv, int64_t length);
/* Row i becomes what row from[i] was; n rows afterwards (n ≤ max_rows): reorder, repeat, select.
 * 0, ERR_ARG, ERR_LIMIT, ERR_NOMEM. */
int kv_select(struct kv *kv, const int64_t *from, int64_t n);
/* Tokens of a row that are no padding, among its first `length` slots. */
int64_t kv_seen(const struct kv *kv, int64_t row, int64_t length);
