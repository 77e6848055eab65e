/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tensor/dtype.h"

#include <math.h>

#include "engine/base/err.h"
#include "engine/tensor/quant.h"

static const struct {
    int block;
    size_t size;
    const char *name, *safetensors;
} dtypes[DTYPE_COUNT] = {
#define X(dtype, elements, bytes, ours, theirs) {elements, bytes, ours, theirs},
    DTYPE_MAP(X)
#undef X
};

int dtype_block(enum dtype dtype) {
    CHECK(dtype < DTYPE_COUNT);
    return dtypes[dtype].block;
}

size_t dtype_size(enum dtype dtype) {
    CHECK(dtype < DTYPE_COUNT);
    return dtypes[dtype].size;
}

/* Blocks begin or end with a scale in f16. */
size_t dtype_align(enum dtype dtype) {
    return dtype_is_block(dtype) ? sizeof(uint16_t) : dtype_size(dtype);
}

size_t dtype_bytes(enum dtype dtype, int64_t n) {
    int block = dtype_block(dtype);
    if (block == 1) /* without a division */
        return (size_t)n * dtypes[dtype].size;
    CHECK(n % block == 0);
    return (size_t)(n / block) * dtypes[dtype].size;
}

bool dtype_is_block(enum dtype dtype) {
    return DTYPES_BLOCK & DTYPE_BIT(dtype);
}

const char *dtype_name(enum dtype dtype) {
    CHECK(dtype < DTYPE_COUNT);
    return dtypes[dtype].name;
}

const char *dtype_safetensors_name(enum dtype dtype) {
    CHECK(dtype < DTYPE_COUNT);
    return dtypes[dtype].safetensors;
}

bool dtype_is_float(enum dtype dtype) {
    return dtype == DTYPE_F32 || dtype == DTYPE_F16 || dtype == DTYPE_BF16 || dtype == DTYPE_F64;
}

bool dtype_parse(enum dtype *out, const char *name) {
    for (int i = 0; i < DTYPE_COUNT; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return *out = (enum dtype)i, true;
    return false;
}

bool dtype_parse_safetensors(enum dtype *out, const char *name) {
    for (int i = 0; i < DTYPE_COUNT; i++)
        if (dtypes[i].safetensors && strcmp(dtypes[i].safetensors, name) == 0)
            return *out = (enum dtype)i, true;
    return false;
}

uint16_t dtype_to_bf16(float x) {
    uint32_t bits = dtype_float_bits(x);
    if ((bits & 0x7fffffffu) > 0x7f800000u) /* rounding could make a NaN an infinity */
        return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

uint16_t dtype_to_f16(float x) {
    uint32_t bits = dtype_float_bits(x), sign = bits >> 16 & 0x8000u, rest = bits & 0x7fffffffu;
    if (rest > 0x7f800000u)
        return (uint16_t)(sign | 0x7e00u | (rest >> 13 & 0x1ffu));
    if (rest >= 0x477ff000u) /* 65520, half-way from the largest to what would come next */
        return (uint16_t)(sign | 0x7c00u);
    if (rest < 0x38800000u) /* subnormal: beside 0.5, a float is spaced like they are */
        return (uint16_t)(sign | (dtype_float_bits(dtype_bits_float(rest) + 0.5f) - 0x3f000000u));
    return (uint16_t)(sign | (rest + 0xfffu + (rest >> 13 & 1u) - 0x38000000u) >> 13);
}

/* Toward zero, with the last bit set when something was lost: rounding the result again, to at
 * most 22 bits, is then the same as rounding x once. */
static float round_to_odd(double x) {
    float y = (float)x;
    if (isnan(x) || (double)y == x)
        return y;
    uint32_t bits = dtype_float_bits(y);
    if (fabs((double)y) > fabs(x))
        bits--;
    return dtype_bits_float(bits | 1u);
}

/* An integer of any type. */
struct whole {
    uint64_t size; /* |value| */
    bool negative;
};

static struct whole whole_of(int64_t v) {
    return (struct whole){v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0};
}

static struct whole truncate(double x) {
    if (isnan(x))
        return (struct whole){0, false};
    double size = fabs(x);
    return (struct whole){size >= 0x1p64 ? UINT64_MAX : (uint64_t)size, x < 0};
}

static double load_real(const void *p, enum dtype dtype) {
    switch (dtype) {
    case DTYPE_F32:
        return (double)*(const float *)p;
    case DTYPE_F16:
        return (double)dtype_from_f16(*(const uint16_t *)p);
    case DTYPE_BF16:
        return (double)dtype_from_bf16(*(const uint16_t *)p);
    default:
        return *(const double *)p;
    }
}

static struct whole load_whole(const void *p, enum dtype dtype) {
    switch (dtype) {
    case DTYPE_I8:
        return whole_of(*(const int8_t *)p);
    case DTYPE_I16:
        return whole_of(*(const int16_t *)p);
    case DTYPE_I32:
        return whole_of(*(const int32_t *)p);
    case DTYPE_I64:
        return whole_of(*(const int64_t *)p);
    case DTYPE_U16:
        return (struct whole){*(const uint16_t *)p, false};
    case DTYPE_U32:
        return (struct whole){*(const uint32_t *)p, false};
    case DTYPE_U64:
        return (struct whole){*(const uint64_t *)p, false};
    case DTYPE_BOOL:
        return (struct whole){*(const uint8_t *)p != 0, false};
    default:
        return (struct whole){*(const uint8_t *)p, false};
    }
}

static void store_real(void *p, enum dtype dtype, double x) {
    if (dtype == DTYPE_F32)
        *(float *)p = (float)x;
    else if (dtype == DTYPE_F16)
        *(uint16_t *)p = dtype_to_f16(round_to_odd(x));
    else if (dtype == DTYPE_BF16)
        *(uint16_t *)p = dtype_to_bf16(round_to_odd(x));
    else
        *(double *)p = x;
}

/* What does not fit in a double keeps a last bit that says so, as in round_to_odd(). */
static void store_whole_as_real(void *p, enum dtype dtype, struct whole v) {
    double sign = v.negative ? -1 : 1;
    uint64_t lost = v.size >> 53 ? v.size & 0x7ff : 0;
    if (dtype == DTYPE_F32)
        *(float *)p = (float)sign * (float)v.size;
    else if (dtype == DTYPE_F64)
        *(double *)p = sign * (double)v.size;
    else
        store_real(p, dtype, sign * (double)((v.size - lost) | (lost ? 0x800 : 0)));
}

static int64_t saturate_signed(struct whole v, int64_t max) {
    if (v.negative)
        return v.size > (uint64_t)max ? -max - 1 : -(int64_t)v.size;
    return v.size > (uint64_t)max ? max : (int64_t)v.size;
}

static uint64_t saturate_unsigned(struct whole v, uint64_t max) {
    return v.negative ? 0 : v.size > max ? max : v.size;
}

static void store_whole(void *p, enum dtype dtype, struct whole v) {
    switch (dtype) {
    case DTYPE_I8:
        *(int8_t *)p = (int8_t)saturate_signed(v, INT8_MAX);
        break;
    case DTYPE_I16:
        *(int16_t *)p = (int16_t)saturate_signed(v, INT16_MAX);
        break;
    case DTYPE_I32:
        *(int32_t *)p = (int32_t)saturate_signed(v, INT32_MAX);
        break;
    case DTYPE_I64:
        *(int64_t *)p = saturate_signed(v, INT64_MAX);
        break;
    case DTYPE_U16:
        *(uint16_t *)p = (uint16_t)saturate_unsigned(v, UINT16_MAX);
        break;
    case DTYPE_U32:
        *(uint32_t *)p = (uint32_t)saturate_unsigned(v, UINT32_MAX);
        break;
    case DTYPE_U64:
        *(uint64_t *)p = saturate_unsigned(v, UINT64_MAX);
        break;
    case DTYPE_BOOL:
        *(uint8_t *)p = v.size != 0;
        break;
    default:
        *(uint8_t *)p = (uint8_t)saturate_unsigned(v, UINT8_MAX);
        break;
    }
}

static void convert_one(void *out, enum dtype to, const void *in, enum dtype from) {
    if (!dtype_is_float(from) && dtype_is_float(to))
        store_whole_as_real(out, to, load_whole(in, from));
    else if (!dtype_is_float(from))
        store_whole(out, to, load_whole(in, from));
    else if (dtype_is_float(to))
        store_real(out, to, load_real(in, from));
    else if (to == DTYPE_BOOL)
        *(uint8_t *)out = load_real(in, from) != 0;
    else
        store_whole(out, to, truncate(load_real(in, from)));
}

/* Weights come in these; a loop of their own lets the compiler take several at once. */
static bool convert_storage(void *out, enum dtype to, const void *in, enum dtype from, int64_t n) {
    if (from == DTYPE_BF16 && to == DTYPE_F32)
        for (int64_t i = 0; i < n; i++)
            ((float *)out)[i] = dtype_from_bf16(((const uint16_t *)in)[i]);
    else if (from == DTYPE_F16 && to == DTYPE_F32)
        for (int64_t i = 0; i < n; i++)
            ((float *)out)[i] = dtype_from_f16(((const uint16_t *)in)[i]);
    else if (from == DTYPE_F32 && to == DTYPE_BF16)
        for (int64_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = dtype_to_bf16(((const float *)in)[i]);
    else if (from == DTYPE_F32 && to == DTYPE_F16)
        for (int64_t i = 0; i < n; i++)
            ((uint16_t *)out)[i] = dtype_to_f16(((const float *)in)[i]);
    else
        return false;
    return true;
}

/* Either side in blocks, and the other not in f32: f32 stands between, a few blocks at a time. */
static void convert_blocks(void *out, enum dtype to, const void *in, enum dtype from, int64_t n) {
    enum { CHUNK = 512 };
    float between[CHUNK];
    for (int64_t i = 0; i < n; i += CHUNK) {
        int64_t len = n - i < CHUNK ? n - i : CHUNK;
        const char *begin = (const char *)in + dtype_bytes(from, i);
        if (dtype_is_block(from))
            quant_decode(between, from, begin, len);
        else
            dtype_convert(between, DTYPE_F32, begin, from, len);
        if (dtype_is_block(to))
            (void)quant_encode((char *)out + dtype_bytes(to, i), to, between, len);
        else
            dtype_convert((char *)out + dtype_bytes(to, i), to, between, DTYPE_F32, len);
    }
}

void dtype_convert(void *out, enum dtype to, const void *in, enum dtype from, int64_t n) {
    size_t to_size = dtype_size(to), from_size = dtype_size(from);
    if (n <= 0)
        return;
    if (to == from) {
        memcpy(out, in, dtype_bytes(to, n));
        return;
    }
    if (dtype_is_block(to) || dtype_is_block(from)) {
        convert_blocks(out, to, in, from, n);
        return;
    }
    if (convert_storage(out, to, in, from, n))
        return;
    for (int64_t i = 0; i < n; i++)
        convert_one((char *)out + (size_t)i * to_size, to, (const char *)in + (size_t)i * from_size,
                    from);
}
