/* SPDX-License-Identifier: Apache-2.0 */
#if defined(__x86_64__)
#include <immintrin.h>

#define LANES           8
#define LANES_NAME      quant_search_avx2
#define LANES_TARGET    __attribute__((target("avx2")))
#define lanes_max(a, b) (lanes) _mm256_max_ps((__m256)(a), (__m256)(b))
#define lanes_min(a, b) (lanes) _mm256_min_ps((__m256)(a), (__m256)(b))
#define lanes_whole(x)  (lanes) _mm256_round_ps((__m256)(x), _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)

#include "engine/tensor/quant_blocks.h"
#else
typedef int no_avx2; /* a file is not empty */
#endif
