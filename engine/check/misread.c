/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/misread.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "engine/tensor/quant.h"

/* One block: a copy to change, and the one that lies before it (the last, before the first). */
struct block {
    enum dtype dtype;
    union {
        struct quant_q8_0 q8_0;
        struct quant_q4_0 q4_0;
        struct quant_q4_k q4_k;
        struct quant_q6_k q6_k;
        uint16_t bits;
    } its;
    const uint8_t *before;
};

struct misread {
    const char *name;
    unsigned dtypes; /* DTYPE_BIT()s */
    void (*decode)(float *out, struct block *b);
};

/* 16 bits of the wrong kind come to anything; what is no finite number would hide the rest. */
#define OTHER_MAX 8.0F

static void decode(float *out, const struct block *b) {
    quant_decode(out, b->dtype, &b->its, dtype_block(b->dtype));
}

static float f16(uint16_t bits) {
    float x;
    dtype_convert(&x, DTYPE_F32, &bits, DTYPE_F16, 1);
    return x;
}

static void previous_scale(float *out, struct block *b) {
    size_t at = b->dtype == DTYPE_Q6_K ? offsetof(struct quant_q6_k, d) : 0;
    memcpy((uint8_t *)&b->its + at, b->before + at, sizeof(uint16_t));
    decode(out, b);
}

/* Nibbles hold q + 8. */
static void offset_7(float *out, struct block *b) {
    decode(out, b);
    for (int i = 0; i < dtype_block(b->dtype); i++)
        out[i] += f16(b->its.q4_0.d);
}

static void halves_swapped(float *out, struct block *b) {
    for (size_t i = 0; i < sizeof(b->its.q4_0.q); i++)
        b->its.q4_0.q[i] = (uint8_t)(b->its.q4_0.q[i] << 4 | b->its.q4_0.q[i] >> 4);
    decode(out, b);
}

static void unsigned_bytes(float *out, struct block *b) {
    decode(out, b);
    for (int i = 0; i < dtype_block(b->dtype); i++)
        out[i] += b->its.q8_0.q[i] < 0 ? 256 * f16(b->its.q8_0.d) : 0;
}

static void no_mins(float *out, struct block *b) {
    b->its.q4_k.dmin = 0;
    decode(out, b);
}

/* The upper two bits of the first eight bytes belong to groups 4 … 7. */
static void low_scales(float *out, struct block *b) {
    for (int i = 0; i < 8; i++)
        b->its.q4_k.scales[i] &= 63;
    decode(out, b);
}

/* Every pair of them as 2, which takes q + 32 to its middle. */
static void no_high_bits(float *out, struct block *b) {
    memset(b->its.q6_k.high, 0xAA, sizeof(b->its.q6_k.high));
    decode(out, b);
}

static void other_16_bits(float *out, struct block *b) {
    enum dtype other = b->dtype == DTYPE_F16 ? DTYPE_BF16 : DTYPE_F16;
    dtype_convert(out, DTYPE_F32, &b->its.bits, other, 1);
    *out = isnan(*out) ? 0 : fminf(fmaxf(*out, -OTHER_MAX), OTHER_MAX);
}

static const struct misread table[] = {
    {"previous_scale", DTYPES_BLOCK,                                 previous_scale},
    {"offset_7",       DTYPE_BIT(DTYPE_Q4_0),                        offset_7      },
    {"halves_swapped", DTYPE_BIT(DTYPE_Q4_0),                        halves_swapped},
    {"unsigned_bytes", DTYPE_BIT(DTYPE_Q8_0),                        unsigned_bytes},
    {"no_mins",        DTYPE_BIT(DTYPE_Q4_K),                        no_mins       },
    {"low_scales",     DTYPE_BIT(DTYPE_Q4_K),                        low_scales    },
    {"no_high_bits",   DTYPE_BIT(DTYPE_Q6_K),                        no_high_bits  },
    {"other_16_bits",  DTYPE_BIT(DTYPE_F16) | DTYPE_BIT(DTYPE_BF16), other_16_bits },
    {NULL,             0,                                            NULL          },
};

const struct misread *misread_find(const char *name, enum dtype dtype) {
    for (const struct misread *m = table; m->name; m++)
        if (strcmp(m->name, name) == 0 && (m->dtypes & DTYPE_BIT(dtype)))
            return m;
    return NULL;
}

void misread_decode(const struct misread *m, float *out, enum dtype from, const void *in,
                    int64_t n) {
    size_t size = dtype_size(from);
    int64_t len = dtype_block(from), count = n / len;
    for (int64_t i = 0; i < count; i++) {
        const uint8_t *bytes = in;
        struct block b = {.dtype = from, .before = bytes + (size_t)(i ? i - 1 : count - 1) * size};
        memcpy(&b.its, bytes + (size_t)i * size, size);
        m->decode(out + i * len, &b);
    }
}
