/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_pack.h"

#include "engine/backend/backend.h"
#include "engine/format/checkpoint.h"
#include "engine/nn/weight_cast.h"
#include "engine/nn/weights.h"

enum {
    PIECE = 16 << 20, /* bytes packed before their source is let go */
    UNIT = 256,       /* rows: a multiple of what any device lays out together */
};

/* Rows begin ≤ r < end of a matrix. */
static struct tensor rows_of(const struct tensor *t, int64_t begin, int64_t end) {
    struct tensor part = *t;
    part.data = tensor_row(t, begin);
    part.shape[0] = end - begin;
    return part;
}

static int64_t rows_of_piece(const struct tensor *t) {
    size_t row = tensor_size(t) / (size_t)t->shape[0];
    int64_t units = (int64_t)(PIECE / (row * UNIT + 1));
    return units > 0 ? units * UNIT : UNIT;
}

int weight_pack(struct weights *w, struct tensor *t, struct device *dev, struct checkpoint *cp) {
    bool owned = weight_memory_has(&w->memory, t->data);
    void *out = t->data;
    if (!dev->backend->packs || !dev->backend->packs(dev, t))
        return 0;
    int rc = owned ? 0 : weight_own(w, &out, tensor_size(t));
    if (rc != 0)
        return rc;
    int64_t rows = t->shape[0], step = rows_of_piece(t);
    for (int64_t begin = 0; begin < rows; begin += step) {
        struct tensor part = rows_of(t, begin, rows - begin < step ? rows : begin + step);
        size_t offset = (size_t)((char *)part.data - (char *)t->data);
        dev->backend->pack(dev, (char *)out + offset, &part);
        if (!owned)
            checkpoint_forget(cp, &part);
    }
    t->data = out;
    t->layout = TENSOR_PANELS;
    return 0;
}
