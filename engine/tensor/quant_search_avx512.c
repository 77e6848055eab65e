/* SPDX-License-Identifier: Apache-2.0 */
#if defined(__x86_64__)
#include <immintrin.h>

#define LANES           16
#define LANES_NAME      quant_search_avx512
#define LANES_TARGET    __attribute__((target("avx512f,avx512dq")))
#define lanes_max(a, b) (lanes) _mm512_max_ps((__m512)(a), (__m512)(b))
#define lanes_min(a, b) (lanes) _mm512_min_ps((__m512)(a), (__m512)(b))
#define lanes_whole(x) \
    (lanes) _mm512_roundscale_ps((__m512)(x), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)

#include "engine/tensor/quant_blocks.h"
#else
typedef int no_avx512; /* a file is not empty */
#endif
