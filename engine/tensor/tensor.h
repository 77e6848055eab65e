/* SPDX-License-Identifier: Apache-2.0 */
/* tensor: a view of numbers: dtype, shape, strides, and an address that somebody else owns.
 *
 * Dimension 0 is the outermost and the last one is the fastest, as in PyTorch. Rank 0 is one
 * element; a dimension may be 0, and then there are none. A view never outlives the bytes under
 * it. Whoever makes a tensor checks its size against those bytes; kernels trust it.
 *
 * A row of a block dtype is whole blocks without gaps: the last dimension has stride 1, and it and
 * every other stride are multiples of the block. No view takes a block apart. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/tensor/dtype.h"

enum { TENSOR_RANK_MAX = 8, TENSOR_TEXT_SIZE = 256 };

/* How the bytes of a matrix lie. */
enum tensor_layout {
    TENSOR_ROWS,   /* as shape and strides say */
    TENSOR_PANELS, /* as its device likes them: only kernels of that device can read them */
};

struct tensor {
    enum dtype dtype;
    enum tensor_layout layout;
    int rank;
    int64_t shape[TENSOR_RANK_MAX];  /* elements; [rank] are used */
    int64_t stride[TENSOR_RANK_MAX]; /* elements, not bytes; never negative */
    void *data; /* aligned to dtype_align(); an address of the device's; NULL = shape only */
};

/* Rank and dimensions as two arguments: tensor_init(&t, DTYPE_F32, SHAPE(2, 3)). */
#define SHAPE(...)                                                                       \
    (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) { \
        __VA_ARGS__                                                                      \
    }

/* Contiguous, data NULL. 0, ERR_ARG (rank, negative dimension, rows that are no whole blocks), or
 * ERR_LIMIT when the bytes, or the bytes of any sub-view, do not fit in int64_t. */
int tensor_init(struct tensor *out, enum dtype dtype, int rank, const int64_t *shape);

int64_t tensor_count(const struct tensor *t); /* elements */
size_t tensor_size(const struct tensor *t);   /* bytes, were it contiguous */
size_t tensor_span(const struct tensor *t);   /* bytes from the first to behind the last element */
bool tensor_is_contiguous(const struct tensor *t);
bool tensor_same_shape(const struct tensor *a, const struct tensor *b);
/* Rows are runs of the last dimension: count / shape[rank - 1]; rank 0 is one row of one. */
int64_t tensor_rows(const struct tensor *t);
int64_t tensor_row_len(const struct tensor *t);
/* Elements between neighbours of a row; 1 when a row is contiguous (or has at most one). */
int64_t tensor_row_stride(const struct tensor *t);
/* Address of the first element of row `row`, 0 ≤ row < tensor_rows(). */
void *tensor_row(const struct tensor *t, int64_t row);

/* Bytes from the first element to the one `offset` elements further in memory. */
ptrdiff_t tensor_offset(const struct tensor *t, int64_t offset);

/* Views over the same bytes; out may be t itself. 0, or ERR_ARG with the shapes in the text.
 * A reshape keeps the order of the elements and fails where only a copy could do that. */
int tensor_narrow(struct tensor *out, const struct tensor *t, int dim, int64_t begin, int64_t len);
int tensor_reshape(struct tensor *out, const struct tensor *t, int rank, const int64_t *shape);
int tensor_permute(struct tensor *out, const struct tensor *t, const int *order); /* [rank] */

/* Copies the elements in order, any layouts and dtypes (see dtype_convert()), one thread. The
 * shapes are the same (CHECKed) and the bytes do not overlap. */
void tensor_copy(const struct tensor *out, const struct tensor *t);
/* The same for n elements of one row; the stride of blocks is 1 (CHECKed). */
void tensor_copy_row(void *out, enum dtype to, int64_t out_stride, const void *in, enum dtype from,
                     int64_t in_stride, int64_t n);

/* "bf16 [2, 3]", for messages. Returns text. */
const char *tensor_text(const struct tensor *t, char text[TENSOR_TEXT_SIZE]);
