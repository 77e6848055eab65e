/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/cpu/visible.h"

struct visible visible_to(const struct op_call *call, int past, int64_t b, int64_t t) {
    const struct tensor *before = call->in[past];
    const struct tensor *key_mask = call->in[past + 1], *mask = call->in[past + 2];
    int64_t first = ((const int32_t *)before->data)[b * before->stride[0]]; /* slot of token 0 */
    int64_t window = call->params.window, T = call->in[0]->shape[1];
    struct visible v = {.end = call->params.causal ? first + t + 1 : first + T};
    if (window > 0 && first + t - window + 1 > 0)
        v.begin = first + t - window + 1;
    if (key_mask) {
        v.key_mask = (const uint8_t *)key_mask->data + b * key_mask->stride[0];
        v.key_mask_stride = key_mask->stride[1];
    }
    if (mask) {
        v.mask = (const uint8_t *)mask->data + b * mask->stride[0] + t * mask->stride[1];
        v.mask_stride = mask->stride[2];
    }
    return v;
}
