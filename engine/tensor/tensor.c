/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/tensor.h"

#include <inttypes.h>
#include <stdio.h>

#include "engine/base/err.h"

/* Bytes, and numbers, of which a block of four bits has more than bytes. As if no dimension were 0,
 * so that strides and sums of indices never overflow either. */
static bool size_fits(enum dtype dtype, int rank, const int64_t *shape) {
    int64_t size = (int64_t)dtype_size(dtype), numbers = dtype_block(dtype);
    size = numbers > size ? numbers : size;
    for (int i = 0; i < rank; i++) {
        int64_t steps = i == rank - 1 ? shape[i] / dtype_block(dtype) : shape[i];
        if (__builtin_mul_overflow(size, steps > 1 ? steps : 1, &size))
            return false;
    }
    return true;
}

int tensor_init(struct tensor *out, enum dtype dtype, int rank, const int64_t *shape) {
    if (rank < 0 || rank > TENSOR_RANK_MAX)
        return err_set(ERR_ARG, "rank %d; up to %d is possible", rank, TENSOR_RANK_MAX);
    for (int i = 0; i < rank; i++)
        if (shape[i] < 0)
            return err_set(ERR_ARG, "dimension %d is %" PRId64, i, shape[i]);
    if ((rank ? shape[rank - 1] : 1) % dtype_block(dtype) != 0)
        return err_set(ERR_ARG, "rows of %" PRId64 " are no whole blocks of %s, which have %d",
                       rank ? shape[rank - 1] : 1, dtype_name(dtype), dtype_block(dtype));
    if (!size_fits(dtype, rank, shape))
        return err_set(ERR_LIMIT, "a tensor of rank %d has more bytes than can be counted", rank);
    struct tensor t = {.dtype = dtype, .rank = rank};
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        t.shape[i] = shape[i];
        t.stride[i] = stride;
        stride *= shape[i] > 1 ? shape[i] : i == rank - 1 ? dtype_block(dtype) : 1;
    }
    *out = t;
    return 0;
}

int64_t tensor_count(const struct tensor *t) {
    int64_t count = 1;
    for (int i = 0; i < t->rank; i++)
        count *= t->shape[i];
    return count;
}

size_t tensor_size(const struct tensor *t) {
    return dtype_bytes(t->dtype, tensor_count(t));
}

size_t tensor_span(const struct tensor *t) {
    if (tensor_count(t) == 0)
        return 0;
    int64_t last = 0;
    for (int i = 0; i < t->rank; i++)
        last += (t->shape[i] - 1) * t->stride[i];
    return dtype_bytes(t->dtype, last + 1);
}

bool tensor_is_contiguous(const struct tensor *t) {
    int64_t stride = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        if (t->shape[i] > 1 && t->stride[i] != stride)
            return tensor_count(t) == 0;
        stride *= t->shape[i];
    }
    return true;
}

bool tensor_same_shape(const struct tensor *a, const struct tensor *b) {
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->shape[i] != b->shape[i])
            return false;
    return true;
}

int64_t tensor_rows(const struct tensor *t) {
    int64_t rows = 1;
    for (int i = 0; i < t->rank - 1; i++)
        rows *= t->shape[i];
    return rows;
}

int64_t tensor_row_len(const struct tensor *t) {
    return t->rank ? t->shape[t->rank - 1] : 1;
}

int64_t tensor_row_stride(const struct tensor *t) {
    return tensor_row_len(t) > 1 ? t->stride[t->rank - 1] : 1;
}

ptrdiff_t tensor_offset(const struct tensor *t, int64_t offset) {
    return (ptrdiff_t)dtype_bytes(t->dtype, offset);
}

void *tensor_row(const struct tensor *t, int64_t row) {
    int64_t offset = 0;
    for (int i = t->rank - 2; i >= 0; i--) {
        offset += row % t->shape[i] * t->stride[i];
        row /= t->shape[i];
    }
    return (char *)t->data + tensor_offset(t, offset);
}

int tensor_narrow(struct tensor *out, const struct tensor *t, int dim, int64_t begin, int64_t len) {
    char text[TENSOR_TEXT_SIZE];
    if (dim < 0 || dim >= t->rank || begin < 0 || len < 0 || begin > t->shape[dim] ||
        len > t->shape[dim] - begin)
        return err_set(ERR_ARG, "%s has no %" PRId64 " from %" PRId64 " in dimension %d",
                       tensor_text(t, text), len, begin, dim);
    if (dim == t->rank - 1 && (begin % dtype_block(t->dtype) || len % dtype_block(t->dtype)))
        return err_set(ERR_ARG, "%s: %" PRId64 " from %" PRId64 " would take a block apart",
                       tensor_text(t, text), len, begin);
    struct tensor view = *t;
    view.shape[dim] = len;
    if (view.data && len > 0)
        view.data = (char *)t->data + tensor_offset(t, begin * t->stride[dim]);
    *out = view;
    return 0;
}

/* Walks both shapes from the inside. A run of old dimensions that lie behind each other without a
 * gap is one block; new dimensions must fill block after block. */
static bool reshape_strides(struct tensor *view, const struct tensor *t) {
    int to = view->rank - 1;
    int64_t block = 1; /* elements of the old run so far */
    int64_t step = 1;  /* between neighbours in it */
    for (int from = t->rank - 1; from >= 0; from--) {
        if (block == 1)
            step = t->stride[from];
        block *= t->shape[from];
        if (from > 0 &&
            (t->shape[from - 1] == 1 || block == 1 || t->stride[from - 1] == step * block))
            continue;
        int64_t filled = 1;
        while (to >= 0 && (filled < block || view->shape[to] == 1)) {
            view->stride[to] = step * filled;
            filled *= view->shape[to--];
        }
        if (filled != block)
            return false;
        block = 1;
    }
    return to < 0;
}

int tensor_reshape(struct tensor *out, const struct tensor *t, int rank, const int64_t *shape) {
    struct tensor view;
    char from[TENSOR_TEXT_SIZE], to[TENSOR_TEXT_SIZE];
    int rc = tensor_init(&view, t->dtype, rank, shape);
    if (rc < 0)
        return rc;
    if (tensor_count(&view) != tensor_count(t))
        return err_set(ERR_ARG, "%s cannot be seen as %s", tensor_text(t, from),
                       tensor_text(&view, to));
    if (tensor_count(t) > 0 && !tensor_is_contiguous(t) && !reshape_strides(&view, t))
        return err_set(ERR_ARG, "%s is strided and can be seen as %s only after a copy",
                       tensor_text(t, from), tensor_text(&view, to));
    view.data = t->data;
    *out = view;
    return 0;
}

int tensor_permute(struct tensor *out, const struct tensor *t, const int *order) {
    struct tensor view = *t;
    char text[TENSOR_TEXT_SIZE];
    unsigned seen = 0;
    for (int i = 0; i < t->rank; i++) {
        if (order[i] < 0 || order[i] >= t->rank || (seen >> order[i] & 1u))
            return err_set(ERR_ARG, "dimension %d is no permutation of %d", order[i], t->rank);
        seen |= 1u << order[i];
        view.shape[i] = t->shape[order[i]];
        view.stride[i] = t->stride[order[i]];
    }
    if (dtype_is_block(t->dtype) && order[t->rank - 1] != t->rank - 1)
        return err_set(ERR_ARG, "%s: the last dimension of blocks must stay the last",
                       tensor_text(t, text));
    *out = view;
    return 0;
}

/* n elements, `stride` apart, side by side; those of blocks are already. */
static void gather(void *out, const char *in, enum dtype dtype, int64_t stride, int64_t n) {
    size_t size = dtype_size(dtype);
    if (stride == 1)
        memcpy(out, in, dtype_bytes(dtype, n));
    else
        for (int64_t i = 0; i < n; i++)
            memcpy((char *)out + (size_t)i * size, in + i * stride * (int64_t)size, size);
}

static void scatter(char *out, const void *in, enum dtype dtype, int64_t stride, int64_t n) {
    size_t size = dtype_size(dtype);
    if (stride == 1)
        memcpy(out, in, dtype_bytes(dtype, n));
    else
        for (int64_t i = 0; i < n; i++)
            memcpy(out + i * stride * (int64_t)size, (const char *)in + (size_t)i * size, size);
}

void tensor_copy_row(void *out, enum dtype to, int64_t out_stride, const void *in, enum dtype from,
                     int64_t in_stride, int64_t n) {
    enum { CHUNK = 256 };
    int64_t room[2][CHUNK]; /* wide enough and aligned for any dtype */
    if (out_stride == 1 && in_stride == 1) {
        dtype_convert(out, to, in, from, n);
        return;
    }
    CHECK((out_stride == 1 || !dtype_is_block(to)) && (in_stride == 1 || !dtype_is_block(from)));
    for (int64_t i = 0; i < n; i += CHUNK) {
        int64_t len = n - i < CHUNK ? n - i : CHUNK;
        gather(room[0], (const char *)in + dtype_bytes(from, i * in_stride), from, in_stride, len);
        dtype_convert(room[1], to, room[0], from, len);
        scatter((char *)out + dtype_bytes(to, i * out_stride), room[1], to, out_stride, len);
    }
}

void tensor_copy(const struct tensor *out, const struct tensor *t) {
    CHECK(tensor_same_shape(out, t));
    int64_t rows = tensor_count(t) ? tensor_rows(t) : 0;
    for (int64_t i = 0; i < rows; i++)
        tensor_copy_row(tensor_row(out, i), out->dtype, tensor_row_stride(out), tensor_row(t, i),
                        t->dtype, tensor_row_stride(t), tensor_row_len(t));
}

const char *tensor_text(const struct tensor *t, char text[TENSOR_TEXT_SIZE]) {
    int len = snprintf(text, TENSOR_TEXT_SIZE, "%s [", dtype_name(t->dtype));
    for (int i = 0; i < t->rank; i++)
        len += snprintf(text + len, TENSOR_TEXT_SIZE - (size_t)len, "%s%" PRId64, i ? ", " : "",
                        t->shape[i]);
    snprintf(text + len, TENSOR_TEXT_SIZE - (size_t)len, "]");
    return text;
}
