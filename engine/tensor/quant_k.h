/* SPDX-License-Identifier: Apache-2.0 */
/* quant_k: blocks of 256 encoded; see quant.h. False when one of them cannot be
 * held. */
#pragma once

#include "engine/tensor/quant.h"

bool quant_q4_k_encode(struct quant_q4_k *out, const float *x, int64_t blocks);
bool quant_q6_k_encode(struct quant_q6_k *out, const float *x, int64_t blocks);
