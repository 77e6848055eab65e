/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_cast.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/weights.h"

int weight_own(struct weights *w, void **out, size_t size) {
    void *bytes = weight_memory_take(&w->memory, size);
    if (!bytes)
        return err_set(ERR_NOMEM, "no memory for %zu bytes", size);
    *out = bytes;
    return 0;
}

static void transpose(char *out, const char *in, int64_t rows, int64_t cols, size_t size) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++)
            memcpy(out + (size_t)(c * rows + r) * size, in + (size_t)(r * cols + c) * size, size);
}

int weight_cast(struct weights *w, struct tensor *t, enum dtype dtype, bool transposed) {
    struct tensor result = *t;
    if (dtype == t->dtype && !transposed)
        return 0;
    CHECK(!transposed || t->rank == 2);
    int rc = tensor_init(&result, dtype, t->rank, t->shape);
    if (rc < 0)
        return rc;
    size_t size = tensor_size(&result);
    void *bytes = NULL;
    if ((rc = weight_own(w, &bytes, size)) < 0)
        return rc;
    dtype_convert(bytes, dtype, t->data, t->dtype, tensor_count(t));
    if (transposed) {
        int64_t rows = t->shape[0], cols = t->shape[1];
        char *straight = malloc(size ? size : 1);
        if (!straight)
            return err_set(ERR_NOMEM, "no memory for %zu bytes", size);
        memcpy(straight, bytes, size);
        transpose(bytes, straight, rows, cols, dtype_size(dtype));
        free(straight);
        rc = tensor_init(&result, dtype, 2, (const int64_t[]){cols, rows});
    }
    result.data = bytes;
    *t = result;
    return rc;
}

/* Row h·d + 2i + k of the file is row h·d + k·d/2 + i of the tensor. */
int weight_unpair(struct weights *w, struct tensor *t, int64_t head_dim) {
    int64_t rows = t->shape[0], half = head_dim / 2;
    CHECK(t->rank > 0 && rows % head_dim == 0 && head_dim % 2 == 0);
    size_t size = tensor_size(t), row = size / (size_t)rows;
    void *bytes = NULL;
    int rc = weight_own(w, &bytes, size);
    if (rc != 0)
        return rc;
    for (int64_t r = 0; r < rows; r++) {
        int64_t in_head = r % head_dim;
        int64_t from = r - in_head + 2 * (in_head % half) + in_head / half;
        memcpy((char *)bytes + (size_t)r * row, (const char *)t->data + (size_t)from * row, row);
    }
    t->data = bytes;
    return 0;
}
