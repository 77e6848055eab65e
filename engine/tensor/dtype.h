/* SPDX-License-Identifier: Apache-2.0 */
/* dtype: what one element is: its size, its names, and how a number becomes one.
 *
 * Every conversion to a narrower float rounds once, to nearest with ties to even; subnormals are
 * exact, overflow is infinity, a NaN stays a NaN and is made quiet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Of the block dtypes, laid out to the byte as in ggml, several elements of a row share a scale.
 * name, elements and bytes of a block, ours, safetensors' */
#define DTYPE_MAP(X)                \
    X(F32, 1, 4, "f32", "F32")      \
    X(F16, 1, 2, "f16", "F16")      \
    X(BF16, 1, 2, "bf16", "BF16")   \
    X(F64, 1, 8, "f64", "F64")      \
    X(I8, 1, 1, "i8", "I8")         \
    X(I16, 1, 2, "i16", "I16")      \
    X(I32, 1, 4, "i32", "I32")      \
    X(I64, 1, 8, "i64", "I64")      \
    X(U8, 1, 1, "u8", "U8")         \
    X(U16, 1, 2, "u16", "U16")      \
    X(U32, 1, 4, "u32", "U32")      \
    X(U64, 1, 8, "u64", "U64")      \
    X(BOOL, 1, 1, "bool", "BOOL")   \
    X(Q8_0, 32, 34, "q8_0", NULL)   \
    X(Q4_0, 32, 18, "q4_0", NULL)   \
    X(Q4_K, 256, 144, "q4_k", NULL) \
    X(Q6_K, 256, 210, "q6_k", NULL)

enum dtype {
#define X(name, elements, bytes, ours, theirs) DTYPE_##name,
    DTYPE_MAP(X)
#undef X
        DTYPE_COUNT,
};

/* Sets of dtypes, for the rows of kernels. */
#define DTYPE_BIT(dtype) (1u << (dtype))
enum {
    DTYPES_STORAGE = DTYPE_BIT(DTYPE_F32) | DTYPE_BIT(DTYPE_F16) | DTYPE_BIT(DTYPE_BF16),
    DTYPES_BLOCK = DTYPE_BIT(DTYPE_Q8_0) | DTYPE_BIT(DTYPE_Q4_0) | DTYPE_BIT(DTYPE_Q4_K) |
                   DTYPE_BIT(DTYPE_Q6_K),
    DTYPES_CACHE = DTYPE_BIT(DTYPE_F32) | DTYPE_BIT(DTYPE_F16) | DTYPE_BIT(DTYPE_Q8_0),
    DTYPES_PLAIN = ((1 << DTYPE_COUNT) - 1) & ~DTYPES_BLOCK,
};

int dtype_block(enum dtype dtype);    /* elements that lie together: 1 of a plain dtype */
size_t dtype_size(enum dtype dtype);  /* bytes of a block: of one element of a plain dtype */
size_t dtype_align(enum dtype dtype); /* what an address must be a multiple of */
/* Bytes of n elements side by side; n is a multiple of the block (CHECKed). */
size_t dtype_bytes(enum dtype dtype, int64_t n);
const char *dtype_name(enum dtype dtype);
const char *dtype_safetensors_name(enum dtype dtype); /* NULL of a block dtype */
bool dtype_is_float(enum dtype dtype);                /* false of a block dtype */
bool dtype_is_block(enum dtype dtype);
/* True and *out when name is one of ours ("bf16"); the other takes safetensors' names ("BF16"),
 * and is false for the formats that have no arithmetic here (F8_E4M3, F4, C64 …). */
bool dtype_parse(enum dtype *out, const char *name);
bool dtype_parse_safetensors(enum dtype *out, const char *name);

/* One row, out and in not overlapping, n elements each, both aligned to their element.
 * Any dtype to any: float → integer truncates toward zero and saturates (NaN is 0), integer →
 * integer saturates, anything → bool is "not zero". From and to blocks by way of f32, see quant.h;
 * n is then a multiple of the block. */
void dtype_convert(void *out, enum dtype to, const void *in, enum dtype from, int64_t n);

static inline float dtype_bits_float(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static inline uint32_t dtype_float_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* Inline, because a matrix of them is widened inside the inner loop of MATMUL. */
static inline float dtype_from_bf16(uint16_t h) {
    return dtype_bits_float((uint32_t)h << 16);
}

/* Without a branch. A subnormal is put beside 2^-14 and 2^-14 is taken away again, exactly. */
static inline float dtype_from_f16(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, rest = (uint32_t)(h & 0x7fffu) << 13;
    uint32_t small = dtype_float_bits(dtype_bits_float(rest + 0x38800000u) - 0x1p-14f);
    uint32_t bits = rest < 0x00800000u ? small : rest + 0x38000000u;
    bits |= rest >= 0x0f800000u ? 0x7f800000u : 0u; /* infinity and NaN … */
    bits |= rest > 0x0f800000u ? 0x00400000u : 0u;  /* … which is made quiet */
    return dtype_bits_float(sign | bits);
}

uint16_t dtype_to_bf16(float x);
uint16_t dtype_to_f16(float x);
