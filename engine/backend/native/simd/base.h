/* SPDX-License-Identifier: Apache-2.0 */
/* base: what the vectors of every level need. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "engine/tensor/dtype.h"

#define SIMD_INLINE static inline __attribute__((always_inline, unused))

/* A whole number added to it leaves in its lowest bits that number plus 127, the bias of f32. */
#define POWER2 (0x1.8p23f + 127)

/* Before a loop of so many turns at most: takes it apart. Not under sanitizers, which would spend
 * an hour on what comes of it. */
#if defined(NATIVE_ROLLED)
#define UNROLL(n)
#else
#define UNROLL_TEXT(text) _Pragma(#text)
#define UNROLL(n)         UNROLL_TEXT(GCC unroll n)
#endif
