/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/panel.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/pool.h"

enum { BLOCK_BYTES_MAX = 210, WORD = 4 };

/* Byte i of the block of row r lies at in[i] + r · step[i] of the panel's. */
struct order {
    int in[BLOCK_BYTES_MAX]; /* of row 0 */
    int step[BLOCK_BYTES_MAX];
    int size;
};

static void add_words(struct order *o, int from, int to, int at) {
    for (int i = from; i < to; i++) {
        o->in[i] = at + (i - from) / WORD * WORD * PANEL_ROWS + (i - from) % WORD;
        o->step[i] = WORD;
    }
}

static void add_half(struct order *o, int from, int at) {
    for (int i = 0; i < 2; i++) {
        o->in[from + i] = at + i;
        o->step[from + i] = 2;
    }
}

static void order_of(struct order *o, enum dtype dtype) {
    o->size = (int)dtype_size(dtype);
    if (dtype == DTYPE_Q8_0 || dtype == DTYPE_Q4_0) {
        add_half(o, 0, PANEL_SCALE);
        add_words(o, 2, o->size, PANEL_Q8_0_WORDS);
    } else if (dtype == DTYPE_Q4_K) {
        add_half(o, 0, PANEL_SCALE);
        add_half(o, 2, PANEL_Q4_K_MIN);
        add_words(o, 4, 16, PANEL_Q4_K_SCALES);
        add_words(o, 16, 144, PANEL_Q4_K_WORDS);
    } else {
        CHECK(dtype == DTYPE_Q6_K);
        add_words(o, 0, 128, PANEL_Q6_K_LOW);
        add_words(o, 128, 192, PANEL_Q6_K_HIGH);
        add_words(o, 192, 208, PANEL_Q6_K_SCALES);
        add_half(o, 208, PANEL_SCALE);
    }
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
    size_t row = job->panel / PANEL_ROWS, size = (size_t)o->size;
    unsigned char *room = job->rooms + job->panel * (size_t)worker;
    unsigned char flip = job->t->dtype == DTYPE_Q8_0 ? 0x80 : 0;
    for (int64_t p = begin; p < end; p++) {
        unsigned char *out = job->out + job->panel * (size_t)p;
        memcpy(room, (const char *)job->t->data + job->panel * (size_t)p, job->panel);
        for (size_t b = 0; b < row / size; b++)
            for (int r = 0; r < PANEL_ROWS; r++) {
                const unsigned char *from = room + (size_t)r * row + b * size;
                unsigned char *to = out + b * size * PANEL_ROWS;
                for (int i = 0; i < o->size; i++)
                    to[o->in[i] + r * o->step[i]] =
                        (unsigned char)(from[i] ^ (o->step[i] == WORD ? flip : 0));
            }
    }
}

void panel_pack(struct device *dev, void *out, const struct tensor *t) {
    int64_t panels = t->shape[0] / PANEL_ROWS;
    struct job job = {.t = t, .out = out};
    job.panel = dtype_bytes(t->dtype, t->shape[1]) * PANEL_ROWS;
    order_of(&job.order, t->dtype);
    job.rooms = xcalloc((size_t)pool_threads(dev->pool), job.panel);
    pool_chunks(dev->pool, panels, 4, pack_panels, &job);
    free(job.rooms);
    size_t whole = job.panel * (size_t)panels;
    if (out != t->data)
        memcpy(job.out + whole, (const char *)t->data + whole, tensor_size(t) - whole);
}

void panel_row(void *out, const struct tensor *t, int64_t row) {
    size_t bytes = dtype_bytes(t->dtype, t->shape[1]), size = dtype_size(t->dtype);
    const unsigned char *data = t->data;
    unsigned char *to = out, flip = t->dtype == DTYPE_Q8_0 ? 0x80 : 0;
    int r = (int)(row % PANEL_ROWS);
    struct order o;
    if (row >= t->shape[0] / PANEL_ROWS * PANEL_ROWS) {
        memcpy(out, data + bytes * (size_t)row, bytes);
        return;
    }
    order_of(&o, t->dtype);
    const unsigned char *from = data + bytes * (size_t)(row - r);
    for (size_t b = 0; b < bytes / size; b++, from += size * PANEL_ROWS, to += size)
        for (int i = 0; i < o.size; i++)
            to[i] = (unsigned char)(from[o.in[i] + r * o.step[i]] ^ (o.step[i] == WORD ? flip : 0));
}
