/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/panel.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/pool.h"

enum { WORD = 4 };

/* The fields of a dtype's block, in the order of the panel; ended by one without bytes. */
static const struct panel_field *fields_of(enum dtype dtype) {
    static const struct panel_field q8_0[] = {PANEL_Q8_0_Q, PANEL_Q8_0_D, {0}};
    static const struct panel_field q4_0[] = {PANEL_Q4_0_Q, PANEL_Q4_0_D, {0}};
    static const struct panel_field q4_k[] = {
        PANEL_Q4_K_Q, PANEL_Q4_K_SCALES, PANEL_Q4_K_D, PANEL_Q4_K_MIN, {0}};
    static const struct panel_field q6_k[] = {
        PANEL_Q6_K_LOW, PANEL_Q6_K_HIGH, PANEL_Q6_K_SCALES, PANEL_Q6_K_D, {0}};
    CHECK(DTYPE_BIT(dtype) & DTYPES_BLOCK);
    return dtype == DTYPE_Q8_0   ? q8_0
           : dtype == DTYPE_Q4_0 ? q4_0
           : dtype == DTYPE_Q4_K ? q4_k
                                 : q6_k;
}

/* What turns signed bytes into unsigned ones, four at a time. */
static uint32_t flip_of(enum dtype dtype, struct panel_field f) {
    return dtype == DTYPE_Q8_0 && f.bytes > 2 ? 0x80808080u : 0;
}

/* Where unit u (a word, or a half of two bytes) of a field of row r lies in block b, of `size`
 * bytes a row, of its panel. */
static size_t place(struct panel_field f, int64_t size, int64_t b, int unit, int u, int r) {
    return (size_t)((b * size + f.before) * PANEL_ROWS) + (size_t)((u * PANEL_ROWS + r) * unit);
}

static void copy_unit(unsigned char *to, const unsigned char *from, int unit, uint32_t flip) {
    uint32_t word;
    if (unit == 2) {
        memcpy(to, from, 2);
        return;
    }
    memcpy(&word, from, sizeof(word));
    word ^= flip;
    memcpy(to, &word, sizeof(word));
}

bool panel_packs(const struct device *dev, const struct tensor *t) {
    return !dev->exact && t->rank == 2 && t->layout == TENSOR_ROWS && tensor_is_contiguous(t) &&
           (DTYPE_BIT(t->dtype) & DTYPES_BLOCK) && t->shape[0] >= PANEL_ROWS;
}

struct job {
    const struct tensor *t;
    unsigned char *out, *rooms;
    size_t panel; /* bytes */
};

/* Four rows' four words, which become four words' four rows. */
static void turn_words(unsigned char *to, const unsigned char *from, size_t row, uint32_t flip) {
    typedef uint32_t words __attribute__((vector_size(16)));
    words r[4], t[4];
    for (int i = 0; i < 4; i++)
        memcpy(&r[i], from + (size_t)i * row, sizeof(r[i]));
    for (int i = 0; i < 4; i += 2) {
        t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 4, 1, 5);
        t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 6, 3, 7);
    }
    for (int i = 0; i < 2; i++) {
        r[2 * i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 4, 5);
        r[2 * i + 1] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 6, 7);
    }
    for (int i = 0; i < 4; i++) {
        r[i] ^= flip;
        memcpy(to + (size_t)(i * PANEL_ROWS * WORD), &r[i], sizeof(r[i]));
    }
}

/* One field of one block of all rows, from its first unit on. row: bytes from row to row. */
static void pack_block(unsigned char *out, const unsigned char *rows, size_t row, int bytes,
                       uint32_t flip) {
    enum { FOUR = 4 * WORD };
    int unit = bytes == 2 ? 2 : WORD, done = bytes / FOUR * FOUR;
    for (int at = 0; at < done; at += FOUR)
        for (int r = 0; r < PANEL_ROWS; r += 4)
            turn_words(out + at * PANEL_ROWS + r * WORD, rows + (size_t)r * row + at, row, flip);
    for (int at = done; at < bytes; at += unit)
        for (int r = 0; r < PANEL_ROWS; r++)
            copy_unit(out + at * PANEL_ROWS + r * unit, rows + (size_t)r * row + at, unit, flip);
}

static void pack_field(unsigned char *out, const unsigned char *rows, const struct tensor *t,
                       struct panel_field f) {
    int64_t size = (int64_t)dtype_size(t->dtype), blocks = t->shape[1] / dtype_block(t->dtype);
    uint32_t flip = flip_of(t->dtype, f);
    for (int64_t b = 0; b < blocks; b++)
        pack_block(out + place(f, size, b, WORD, 0, 0), rows + b * size + f.from,
                   (size_t)(blocks * size), f.bytes, flip);
}

/* The panel's rows are copied first: out may be where they lie, and one stream is read faster than
 * sixteen. */
static void pack_panels(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    unsigned char *room = job->rooms + job->panel * (size_t)worker;
    for (int64_t p = begin; p < end; p++) {
        memcpy(room, (const char *)job->t->data + job->panel * (size_t)p, job->panel);
        for (const struct panel_field *f = fields_of(job->t->dtype); f->bytes; f++)
            pack_field(job->out + job->panel * (size_t)p, room, job->t, *f);
    }
}

void panel_pack(struct device *dev, void *out, const struct tensor *t) {
    int64_t panels = t->shape[0] / PANEL_ROWS;
    struct job job = {.t = t, .out = out};
    job.panel = dtype_bytes(t->dtype, t->shape[1]) * PANEL_ROWS;
    job.rooms = xcalloc((size_t)pool_threads(dev->pool), job.panel);
    pool_chunks(dev->pool, panels, 4, pack_panels, &job);
    free(job.rooms);
    size_t whole = job.panel * (size_t)panels;
    if (out != t->data)
        memcpy(job.out + whole, (const char *)t->data + whole, tensor_size(t) - whole);
}

static void unpack_field(unsigned char *row, const unsigned char *panel, const struct tensor *t,
                         struct panel_field f, int r) {
    int64_t size = (int64_t)dtype_size(t->dtype), blocks = t->shape[1] / dtype_block(t->dtype);
    int unit = f.bytes == 2 ? 2 : WORD;
    uint32_t flip = flip_of(t->dtype, f);
    for (int64_t b = 0; b < blocks; b++)
        for (int u = 0; u < f.bytes / unit; u++)
            copy_unit(row + b * size + f.from + u * unit, panel + place(f, size, b, unit, u, r),
                      unit, flip);
}

void panel_row(void *out, const struct tensor *t, int64_t row) {
    size_t bytes = dtype_bytes(t->dtype, t->shape[1]);
    const unsigned char *data = t->data;
    int r = (int)(row % PANEL_ROWS);
    if (row >= t->shape[0] / PANEL_ROWS * PANEL_ROWS) {
        memcpy(out, data + bytes * (size_t)row, bytes);
        return;
    }
    for (const struct panel_field *f = fields_of(t->dtype); f->bytes; f++)
        unpack_field(out, data + bytes * (size_t)(row - r), t, *f, r);
}
