/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simd/numbers.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const float edges[] = {
    0.0f,        -0.0f,       1.0f,          -1.0f,    0.5f,      -0.5f,        1.5f,    2.5f,
    -2.5f,       3.0f,        FLT_MIN,       FLT_MAX,  -FLT_MAX,  FLT_TRUE_MIN, -1e-40f, 65504.0f,
    65520.0f,    -65536.0f,   6e-8f,         1e-5f,    -87.0f,    88.8f,        1e30f,   -1e-30f,
    (float)1e10, 16777216.0f, 2147483520.0f, INFINITY, -INFINITY, NAN,
};
enum { EDGES = sizeof(edges) / sizeof(*edges) };

/* splitmix64, of round, lane and use. */
static uint64_t mix(int round, int lane, int which) {
    uint64_t z = ((uint64_t)round << 32 | (uint64_t)lane << 8 | (uint64_t)which) +
                 UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Every pair of edges comes up between which = 0 and which = 1. */
static float edge_of(int round, int lane, int which) {
    size_t at = (size_t)round * NUMBERS_LANES_MAX + (size_t)lane;
    return edges[(which % 2 ? at / EDGES : at) % EDGES];
}

void numbers_floats(float *out, int lanes, int round, int which) {
    for (int i = 0; i < lanes; i++) {
        uint32_t bits = (uint32_t)mix(round, i, which);
        if (round < NUMBERS_ROUNDS / 4)
            out[i] = edge_of(round, i, which);
        else
            memcpy(&out[i], &bits, sizeof(bits));
    }
}

void numbers_mild(float *out, int lanes, int round, int which) {
    for (int i = 0; i < lanes; i++) {
        uint64_t z = mix(round, i, which);
        float part = 1 + (float)(z & 0x7fffff) / 0x1p23f;
        out[i] = ldexpf(z >> 63 ? -part : part, (int)(z >> 32 & 31) % 40 - 20);
    }
}

void numbers_whole(float *out, int lanes, int round, int which) {
    for (int i = 0; i < lanes; i++)
        out[i] = (float)((int)(mix(round, i, which) & 8191) - 4096);
}

void numbers_words(int32_t *out, int lanes, int round, int which) {
    static const int32_t ends[] = {0, 1, -1, INT32_MAX, INT32_MIN, 127, 128, -128, -129, 255};
    for (int i = 0; i < lanes; i++)
        out[i] = round < 64 ? ends[(round * (which + 1) + i) % 10] : (int32_t)mix(round, i, which);
}

void numbers_bytes(uint8_t *out, int n, int low, int high, int round, int which) {
    for (int i = 0; i < n; i++) {
        int kind = round < 16 ? (which % 2 ? round / 4 : round % 4) : 3;
        int random = low + (int)(mix(round, i, which) % (uint64_t)(high - low + 1));
        int all[] = {low, high, i % 2 ? low : high, random};
        out[i] = (uint8_t)all[kind];
    }
}

bool numbers_same(float a, float b) {
    return isnan(a) ? isnan(b) : memcmp(&a, &b, sizeof(a)) == 0;
}

/* Floats in the order of the number line. */
static int64_t rank(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits < 0 ? -(int64_t)(bits & INT32_MAX) : bits;
}

int64_t numbers_apart(float a, float b) {
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b) ? 0 : INT64_MAX;
    return llabs(rank(a) - rank(b));
}

void *numbers_edge(size_t size) {
    static char *wall;
    if (!wall) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        char *two =
            mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (two == MAP_FAILED || mprotect(two + page, page, PROT_NONE) != 0)
            abort();
        wall = two + page;
    }
    return wall - size;
}
