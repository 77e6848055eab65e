/* SPDX-License-Identifier: Apache-2.0 */
/* peak: loops that do nothing but arithmetic, in registers: what no kernel can exceed.
 *
 * One unit per kind of arithmetic and instruction set; the processor is asked at run time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* kind, name, what it multiplies and adds */
#define PEAK_MAP(X)                         \
    X(F32, "f32_fma", "f32 FMA")            \
    X(I8, "i8_dot", "int8 dot product")     \
    X(BF16, "bf16_dot", "bf16 dot product") \
    X(F16, "f16_fma", "fp16 FMA")

enum peak_kind {
#define X(kind, name, text) PEAK_##kind,
    PEAK_MAP(X)
#undef X
        PEAK_COUNT,
};

/* Bytes that run() multiplies, and of the sums that it adds to. */
enum { PEAK_OPERAND_SIZE = 64, PEAK_SUMS_SIZE = 16 * 64 };

struct peak_unit {
    enum peak_kind kind;
    const char *name;  /* "avx512 vfmadd231ps" */
    double operations; /* of one round; a multiplication with its addition counts two */
    bool (*is_there)(void);
    /* operand [PEAK_OPERAND_SIZE] and sums [PEAK_SUMS_SIZE], aligned to 64. The numbers do not
     * matter, but sums that begin alike could be computed as one. */
    void (*run)(int64_t rounds, const void *operand, void *sums);
};
/* The last row of every table. */
#define PEAK_END_ROW \
    { PEAK_COUNT, NULL, 0, NULL, NULL }

const char *peak_name(enum peak_kind kind); /* "f32_fma" */
const char *peak_text(enum peak_kind kind); /* "f32 FMA" */
/* The widest unit that this processor has, or NULL. */
const struct peak_unit *peak_find(enum peak_kind kind);

/* Widest first, ended by PEAK_END_ROW; empty on other architectures. */
extern const struct peak_unit peak_x86[];
extern const struct peak_unit peak_arm[];
