/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"

void inputs_done(struct inputs *in) {
    free(in->ids);
    free(in->positions);
    free(in->types);
    free(in->keep);
    free(in->past);
    free(in->first);
    free(in->embeds);
    free(in->mask);
    free(in->key_mask);
    memset(in, 0, sizeof(*in));
}

/* Replaces *p by room for count elements of that size; contents are not kept. */
static int renew(void *p, int64_t count, size_t size) {
    void **at = p;
    void *bytes = calloc((size_t)count, size);
    if (!bytes)
        return err_set(ERR_NOMEM, "no memory for the inputs of a step");
    free(*at);
    *at = bytes;
    return 0;
}

static int reserve_tokens(struct inputs *in, int64_t n, int64_t rows) {
    int rc;
    if ((rc = renew(&in->ids, n, sizeof(int32_t))) < 0 ||
        (rc = renew(&in->positions, n, sizeof(int32_t))) < 0 ||
        (rc = renew(&in->types, n, sizeof(int32_t))) < 0 ||
        (rc = renew(&in->keep, n, sizeof(int32_t))) < 0 || (rc = renew(&in->key_mask, n, 1)) < 0 ||
        (rc = renew(&in->past, rows, sizeof(int32_t))) < 0 ||
        (rc = renew(&in->first, rows, sizeof(int32_t))) < 0)
        return rc;
    in->n = n;
    in->rows = rows;
    return 0;
}

int inputs_reserve(struct inputs *in, const struct config *c, const struct network_shape *shape,
                   int64_t slots, bool *moved) {
    int64_t n = shape->batch * shape->tokens, size = n * slots;
    int rc = 0;
    if (n > in->n || shape->batch > in->rows) {
        rc = reserve_tokens(in, n > in->n ? n : in->n,
                            shape->batch > in->rows ? shape->batch : in->rows);
        *moved = true;
    }
    if (rc == 0 && (shape->flags & NETWORK_EMBEDS) && n > in->embeds_n) {
        rc = renew(&in->embeds, n * c->hidden_size, sizeof(float));
        in->embeds_n = rc == 0 ? n : in->embeds_n;
        *moved = true;
    }
    if (rc == 0 && (shape->flags & NETWORK_MASK) && size > in->mask_size) {
        rc = renew(&in->mask, size, 1);
        in->mask_size = rc == 0 ? size : in->mask_size;
        *moved = true;
    }
    return rc;
}

static int bind(struct plan *plan, const char *name, enum dtype dtype, int rank,
                const int64_t *shape, void *data) {
    struct tensor t;
    int rc = tensor_init(&t, dtype, rank, shape);
    if (rc < 0)
        return rc;
    t.data = data;
    rc = plan_bind(plan, name, &t);
    /* The graph has only the inputs that something reads. */
    return rc == ERR_NOTFOUND ? 0 : rc;
}

int inputs_bind(const struct inputs *in, struct plan *plan, const struct config *c,
                const struct network_shape *shape, int64_t slots, uint8_t *key_mask,
                float *inv_freq) {
    int64_t b = shape->batch, t = shape->tokens, n = b * t;
    int64_t keep = shape->keep < 0 ? n : shape->keep;
    int rc;
    if ((rc = bind(plan, "ids", DTYPE_I32, SHAPE(n), in->ids)) < 0 ||
        (rc = bind(plan, "positions", DTYPE_I32, SHAPE(n), in->positions)) < 0 ||
        (rc = bind(plan, "types", DTYPE_I32, SHAPE(n), in->types)) < 0 ||
        (rc = bind(plan, "keep", DTYPE_I32, SHAPE(keep), in->keep)) < 0 ||
        (rc = bind(plan, "past", DTYPE_I32, SHAPE(b), in->past)) < 0 ||
        (rc = bind(plan, "first", DTYPE_I32, SHAPE(b), in->first)) < 0 ||
        (rc = bind(plan, "key_mask", DTYPE_U8, SHAPE(b, slots),
                   key_mask ? key_mask : in->key_mask)) < 0)
        return rc;
    if (c->arch->position == POSITION_ROPE &&
        (rc = bind(plan, "inv_freq", DTYPE_F32, SHAPE(c->rope.dim / 2), inv_freq)) < 0)
        return rc;
    if ((shape->flags & NETWORK_EMBEDS) &&
        (rc = bind(plan, "embeds", DTYPE_F32, SHAPE(n, c->hidden_size), in->embeds)) < 0)
        return rc;
    if (shape->flags & NETWORK_MASK)
        return bind(plan, "mask", DTYPE_U8, SHAPE(b, t, slots), in->mask);
    return 0;
}
