/* SPDX-License-Identifier: Apache-2.0 */
/* base: what the vectors of every level need. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "engine/tensor/dtype.h"

#define SIMD_INLINE static inline __attribute__((always_inline, unused))
