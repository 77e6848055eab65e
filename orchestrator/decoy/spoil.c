/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/decoy/spoil.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/decoy/dice.h"

enum { TRIES = 64 };

static float get_f32(const unsigned char *at) {
    float x;
    memcpy(&x, at, sizeof(x));
    return x;
}

static double rms_of(const unsigned char *bytes, size_t n) {
    double sum = 0;
    size_t finite = 0;
    for (size_t i = 0; i < n; i++) {
        double x = get_f32(bytes + 4 * i);
        if (isfinite(x)) {
            sum += x * x;
            finite++;
        }
    }
    return finite ? sqrt(sum / (double)finite) : 0;
}

/* Every finite element turned round and moved, far beyond any tolerance. */
static void move_f32(struct dice *d, unsigned char *bytes, size_t n) {
    double rms = rms_of(bytes, n), factor = -1.5 - dice_share(d);
    double by = (rms > 0 ? rms : 1) * (0.5 + dice_share(d)) * (dice_below(d, 2) ? 1 : -1);
    for (size_t i = 0; i < n; i++) {
        float x = get_f32(bytes + 4 * i);
        if (!isfinite(x))
            continue;
        x = (float)(factor * (double)x + by);
        memcpy(bytes + 4 * i, &x, sizeof(x));
    }
}

/* The same values at other places, so that no sum over them tells. False when too few of them
 * became others. */
static bool turn_f32(struct dice *d, unsigned char *bytes, size_t n) {
    size_t by = n / 4 + (size_t)dice_below(d, n / 2 + 1), moved = 0;
    double least = rms_of(bytes, n) / 4;
    unsigned char *old = xcalloc(n, 4);
    memcpy(old, bytes, 4 * n);
    for (size_t i = 0; i < n; i++) {
        double was = get_f32(old + 4 * i), is = get_f32(old + 4 * ((i + by) % n));
        moved += isfinite(was) && isfinite(is) && fabs(was - is) > least;
    }
    bool enough = least > 0 && moved >= n / 2;
    for (size_t i = 0; enough && i < n; i++)
        memcpy(bytes + 4 * i, old + 4 * ((i + by) % n), 4);
    free(old);
    return enough;
}

static void spoil_f32(struct dice *d, unsigned char *bytes, size_t n) {
    if (n < 8 || dice_below(d, 2) || !turn_f32(d, bytes, n))
        move_f32(d, bytes, n);
}

/* Twice as much, or half of it; what has no half becomes the least there is. */
static void spoil_16(unsigned char *bytes, size_t n, unsigned exponent) {
    for (size_t i = 0; i < n; i++) {
        uint16_t x;
        memcpy(&x, bytes + 2 * i, sizeof(x));
        unsigned low = exponent & -exponent, flipped = x ^ low;
        if ((flipped & exponent) == exponent)
            continue;
        x = (uint16_t)flipped;
        memcpy(bytes + 2 * i, &x, sizeof(x));
    }
}

static int64_t get_int(const unsigned char *at, size_t width) {
    int64_t wide;
    int32_t x;
    if (width == 1)
        return *at;
    if (width == 4) {
        memcpy(&x, at, sizeof(x));
        return x;
    }
    memcpy(&wide, at, sizeof(wide));
    return wide;
}

/* Each becomes another of the range that they have, so that an id stays an id. */
static void spoil_ints(struct dice *d, unsigned char *bytes, size_t n, size_t width) {
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        int64_t x = get_int(bytes + width * i, width);
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    uint64_t range = (uint64_t)high - (uint64_t)low + 1;
    if (range == 0 || range == 1) {
        low = low == high && high > 0 ? high - 1 : low;
        range = 2;
    }
    uint64_t by = 1 + dice_below(d, range - 1);
    for (size_t i = 0; i < n; i++) {
        uint64_t x = (uint64_t)get_int(bytes + width * i, width) - (uint64_t)low;
        x = (x + by) % range + (uint64_t)low;
        memcpy(bytes + width * i, &x, width); /* little endian, as the file */
    }
}

bool spoil_tensor(struct dice *d, const char *dtype, void *bytes, size_t size) {
    static const struct {
        const char *name;
        size_t width;
        unsigned exponent; /* of 16 bits; 0 = integers, or F32 */
    } rows[] = {
        {"F32",  4, 0     },
        {"F16",  2, 0x7C00},
        {"BF16", 2, 0x7F80},
        {"I64",  8, 0     },
        {"I32",  4, 0     },
        {"U8",   1, 0     },
        {"BOOL", 1, 0     },
    };
    size_t k = 0;
    while (k < sizeof(rows) / sizeof(*rows) && strcmp(rows[k].name, dtype) != 0)
        k++;
    if (k == sizeof(rows) / sizeof(*rows) || size < rows[k].width)
        return false;
    size_t n = size / rows[k].width;
    if (k == 0)
        spoil_f32(d, bytes, n);
    else if (rows[k].exponent)
        spoil_16(bytes, n, rows[k].exponent);
    else
        spoil_ints(d, bytes, n, rows[k].width);
    return true;
}

void spoil_last_bit(struct dice *d, const char *dtype, void *bytes, size_t size) {
    unsigned char *all = bytes;
    size_t n = size / 4;
    if (strcmp(dtype, "F32") != 0 || n == 0)
        return;
    for (int i = 0; i < TRIES; i++) {
        unsigned char *at = all + 4 * (size_t)dice_below(d, n);
        if (isnormal(get_f32(at))) {
            at[0] ^= 1; /* little endian, as the file */
            return;
        }
    }
}
