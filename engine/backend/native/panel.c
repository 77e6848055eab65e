/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/panel.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/pool.h"

enum { BLOCK_BYTES_MAX = 210, WORD = 4 };

/* Byte i of block b of row r lies at base[i] · blocks + at[i] + b · apart[i] + r · step[i] of the
 * panel. */
struct order {
    int size; /* bytes of a block */
    int base[BLOCK_BYTES_MAX], at[BLOCK_BYTES_MAX], apart[BLOCK_BYTES_MAX], step[BLOCK_BYTES_MAX];
    int64_t blocks; /* of a row */
};

static void add_field(struct order *o, struct panel_field f) {
    int unit = f.bytes == 2 ? 2 : WORD;
    for (int i = 0; i < f.bytes; i++) {
        o->base[f.from + i] = f.before * PANEL_ROWS;
        o->at[f.from + i] = i / unit * unit * PANEL_ROWS + i % unit;
        o->apart[f.from + i] = f.bytes * PANEL_ROWS;
        o->step[f.from + i] = unit;
    }
}

static void order_of(struct order *o, const struct tensor *t) {
    o->size = (int)dtype_size(t->dtype);
    o->blocks = t->shape[1] / dtype_block(t->dtype);
    switch (t->dtype) {
    case DTYPE_Q8_0:
        add_field(o, PANEL_Q8_0_Q);
        add_field(o, PANEL_Q8_0_D);
        break;
    case DTYPE_Q4_0:
        add_field(o, PANEL_Q4_0_Q);
        add_field(o, PANEL_Q4_0_D);
        break;
    case DTYPE_Q4_K:
        add_field(o, PANEL_Q4_K_Q);
        add_field(o, PANEL_Q4_K_SCALES);
        add_field(o, PANEL_Q4_K_D);
        add_field(o, PANEL_Q4_K_MIN);
        break;
    default:
        CHECK(t->dtype == DTYPE_Q6_K);
        add_field(o, PANEL_Q6_K_LOW);
        add_field(o, PANEL_Q6_K_HIGH);
        add_field(o, PANEL_Q6_K_SCALES);
        add_field(o, PANEL_Q6_K_D);
        break;
    }
}

static int64_t place(const struct order *o, int64_t block, int row, int byte) {
    return o->base[byte] * o->blocks + o->at[byte] + block * o->apart[byte] + row * o->step[byte];
}

bool panel_packs(const struct device *dev, const struct tensor *t) {
    return !dev->exact && t->rank == 2 && t->layout == TENSOR_ROWS && tensor_is_contiguous(t) &&
           (DTYPE_BIT(t->dtype) & DTYPES_BLOCK) && t->shape[0] >= PANEL_ROWS;
}

struct job {
    const struct tensor *t;
    unsigned char *out, *rooms;
    struct order order;
    size_t panel; /* bytes */
};

/* The panel's rows are copied first: out may be where they lie. */
static void pack_panels(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct order *o = &job->order;
    size_t row = job->panel / PANEL_ROWS;
    unsigned char *room = job->rooms + job->panel * (size_t)worker;
    unsigned char flip = job->t->dtype == DTYPE_Q8_0 ? 0x80 : 0;
    for (int64_t p = begin; p < end; p++) {
        unsigned char *out = job->out + job->panel * (size_t)p;
        memcpy(room, (const char *)job->t->data + job->panel * (size_t)p, job->panel);
        for (int r = 0; r < PANEL_ROWS; r++) {
            const unsigned char *from = room + (size_t)r * row;
            for (int64_t b = 0; b < o->blocks; b++, from += o->size)
                for (int i = 0; i < o->size; i++)
                    out[place(o, b, r, i)] =
                        (unsigned char)(from[i] ^ (o->step[i] == WORD ? flip : 0));
        }
    }
}

void panel_pack(struct device *dev, void *out, const struct tensor *t) {
    int64_t panels = t->shape[0] / PANEL_ROWS;
    struct job job = {.t = t, .out = out};
    job.panel = dtype_bytes(t->dtype, t->shape[1]) * PANEL_ROWS;
    order_of(&job.order, t);
    job.rooms = xcalloc((size_t)pool_threads(dev->pool), job.panel);
    pool_chunks(dev->pool, panels, 4, pack_panels, &job);
    free(job.rooms);
    size_t whole = job.panel * (size_t)panels;
    if (out != t->data)
        memcpy(job.out + whole, (const char *)t->data + whole, tensor_size(t) - whole);
}

void panel_row(void *out, const struct tensor *t, int64_t row) {
    size_t bytes = dtype_bytes(t->dtype, t->shape[1]);
    const unsigned char *data = t->data;
    unsigned char *to = out, flip = t->dtype == DTYPE_Q8_0 ? 0x80 : 0;
    int r = (int)(row % PANEL_ROWS);
    struct order o;
    if (row >= t->shape[0] / PANEL_ROWS * PANEL_ROWS) {
        memcpy(out, data + bytes * (size_t)row, bytes);
        return;
    }
    order_of(&o, t);
    const unsigned char *from = data + bytes * (size_t)(row - r);
    for (int64_t b = 0; b < o.blocks; b++, to += o.size)
        for (int i = 0; i < o.size; i++)
            to[i] = (unsigned char)(from[place(&o, b, r, i)] ^ (o.step[i] == WORD ? flip : 0));
}
