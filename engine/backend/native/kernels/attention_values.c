/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a chunk: several queries share each load, and their sums stay in registers. */
#include "engine/backend/native/kernels/attention_few.h"
#include "engine/backend/native/kernels/convert.h"

enum {
    ROWS_MAX = 8,
    ROWS = REGISTERS >= 32 ? ROWS_MAX : 4, /* at most, whose sums stay in registers */
    /* What is read where it lies: q8_0 only where two vectors are a block of it. */
    IN_PLACE = DTYPE_BIT(DTYPE_F32) | DTYPE_BIT(DTYPE_F16) | (VL == 16 ? DTYPE_BIT(DTYPE_Q8_0) : 0),
};

/* Vector n of what begins at `from`, which is a block's first number where there are blocks. */
SIMD_INLINE vf value_at(const char *from, enum dtype dtype, int n) {
    const void *at = from;
    if (dtype == DTYPE_Q8_0)
        return convert_q8_0((const struct quant_q8_0 *)at + n * VL / 32, n * VL % 32);
    return dtype == DTYPE_F16 ? vf_f16((const uint16_t *)at + n * VL)
                              : vf_load((const float *)at + n * VL);
}

SIMD_INLINE int64_t value_bytes(enum dtype dtype, int64_t n) {
    return dtype == DTYPE_Q8_0 ? n / 32 * (int64_t)sizeof(struct quant_q8_0)
                               : n * (dtype == DTYPE_F16 ? 2 : 4);
}

/* sums += Σ weight · v of block j, for rows rows from r on, `vectors` vectors from `at` on. */
SIMD_INLINE void add_slice(const struct unit *u, const struct block *values, enum dtype dtype,
                           int64_t j, int64_t r, int64_t at, int rows, int vectors) {
    vf sum[ROWS_MAX][4];
    float *parts = unit_part(u, r) + PART_SUMS + at;
    const int64_t step = u->f->part;
    UNROLL(8)
    for (int i = 0; i < rows; i++)
        for (int n = 0; n < vectors; n++)
            sum[i][n] = vf_load(parts + i * step + n * VL);
    const float *p = u->score + r * CHUNK + j * BLOCK;
    const char *from = values->at + value_bytes(dtype, at);
    for (int64_t s = 0; s < BLOCK; s++, p++, from += values->step) {
        vf value[4];
        for (int n = 0; n < vectors; n++)
            value[n] = value_at(from, dtype, n);
        UNROLL(8)
        for (int i = 0; i < rows; i++)
            for (int n = 0; n < vectors; n++)
                sum[i][n] = vf_fma(vf_set(p[i * CHUNK]), value[n], sum[i][n]);
    }
    UNROLL(8)
    for (int i = 0; i < rows; i++)
        for (int n = 0; n < vectors; n++)
            vf_store(parts + i * step + n * VL, sum[i][n]);
}

/* A few rows have too few sums to keep the machine busy unless they are of four vectors. */
SIMD_INLINE void add_slices(const struct unit *u, const struct block *values, enum dtype dtype,
                            int64_t j, int64_t r, int rows) {
    const int64_t width = u->f->width;
    int64_t at = 0;
    for (; rows <= ROWS / 2 && at + 4 * VL <= width; at += 4 * VL)
        add_slice(u, values, dtype, j, r, at, rows, 4);
    for (; at + 2 * VL <= width; at += 2 * VL)
        add_slice(u, values, dtype, j, r, at, rows, 2);
    for (; at < width; at += VL)
        add_slice(u, values, dtype, j, r, at, rows, 1);
}

typedef void add_fn(const struct unit *u, const struct block *values, int64_t j, int64_t r);

#define ADD(n)                                                                                    \
    static void add_##n(const struct unit *u, const struct block *values, int64_t j, int64_t r) { \
        if (values->dtype == DTYPE_F16)                                                           \
            add_slices(u, values, DTYPE_F16, j, r, n);                                            \
        else if (values->dtype == DTYPE_Q8_0)                                                     \
            add_slices(u, values, DTYPE_Q8_0, j, r, n);                                           \
        else                                                                                      \
            add_slices(u, values, DTYPE_F32, j, r, n);                                            \
    }
ADD(1)
ADD(2)
ADD(3)
ADD(4)
ADD(5)
ADD(6)
ADD(7)
ADD(8)

static void add_block(const struct unit *u, const struct block *values, int64_t j) {
    static add_fn *const add[ROWS_MAX + 1] = {NULL,  add_1, add_2, add_3, add_4,
                                              add_5, add_6, add_7, add_8};
    for (int64_t r = 0; r < u->rows; r += ROWS)
        add[u->rows - r < ROWS ? u->rows - r : ROWS](u, values, j, r);
}

/* The same when a value is not finite: what is hidden is not read, what is seen counts. */
static void add_slowly(const struct unit *u, int64_t j) {
    const struct attention *a = u->f->a;
    int64_t first = u->begin + j * BLOCK, n = block_slots(u, first);
    for (int64_t r = 0; r < u->rows; r++) {
        float *sum = unit_part(u, r) + PART_SUMS;
        for (int64_t s = 0; s < n; s++) {
            float p = u->score[r * CHUNK + j * BLOCK + s];
            bool seen = NATIVE(attention_sees)(a, u->b, r / a->group, first + s);
            for (int64_t i = 0; i < a->d && seen; i++)
                sum[i] += p * u->room[s * u->f->width + i];
        }
    }
}

/* Hastily, all values are taken for finite. */
static void add_chunk(const struct unit *u, bool hastily) {
    const uint32_t in_place = hastily ? IN_PLACE : 0;
    int64_t width = u->f->width;
    for (int64_t j = 0; j < block_count(u); j++) {
        int64_t s = u->begin + j * BLOCK;
        if (s + BLOCK < u->end)
            NATIVE(attention_fetch)(&u->v, s + BLOCK, BLOCK);
        struct block values = block_at(u, &u->v, s, in_place);
        if (hastily || NATIVE(attention_is_finite)(u->room, width, BLOCK, width))
            add_block(u, &values, j);
        else
            add_slowly(u, j);
    }
}

/* Whether all values were finite, since what is not does not vanish from any sum. */
static bool sums_are_finite(const struct unit *u) {
    bool finite = true;
    for (int64_t r = 0; r < u->rows; r++)
        finite &= NATIVE(attention_is_finite)(unit_part(u, r) + PART_SUMS, 0, 1, u->f->width);
    return finite;
}

static void clear_sums(const struct unit *u) {
    for (int64_t r = 0; r < u->rows; r++)
        memset(unit_part(u, r) + PART_SUMS, 0, (size_t)u->f->width * sizeof(float));
}

void NATIVE(attention_add_values)(const struct unit *u) {
    clear_sums(u);
    add_chunk(u, true);
    if (sums_are_finite(u))
        return;
    clear_sums(u);
    add_chunk(u, false);
}
