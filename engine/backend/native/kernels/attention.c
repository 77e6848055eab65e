/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/kernels/attention.h"

#include "engine/backend/native/kernels/convert.h"

enum { Q, K, V, PAST, KEY_MASK, MASK };

void NATIVE(attention_init)(struct attention *a, const struct op_call *call) {
    *a = (struct attention){.call = call,
                            .q = call->in[Q],
                            .k = call->in[K],
                            .v = call->in[V],
                            .past = call->in[PAST],
                            .key_mask = call->in[KEY_MASK],
                            .mask = call->in[MASK],
                            .scale = (float)call->params.scale};
    a->B = a->q->shape[0];
    a->T = a->q->shape[1];
    a->heads = a->q->shape[2];
    a->d = a->q->shape[3];
    a->C = a->k->shape[1];
    a->kv_heads = a->k->shape[2];
    a->group = a->kv_heads ? a->heads / a->kv_heads : 0;
}

int64_t NATIVE(attention_range)(const struct attention *a, int64_t b, int64_t t, int64_t *begin) {
    int64_t past = ((const int32_t *)a->past->data)[b * a->past->stride[0]];
    int64_t window = a->call->params.window;
    *begin = window > 0 && past + t - window + 1 > 0 ? past + t - window + 1 : 0;
    return a->call->params.causal ? past + t + 1 : past + a->T;
}

static bool is_masked(const struct attention *a, int64_t b, int64_t t, int64_t s) {
    const struct tensor *keys = a->key_mask, *all = a->mask;
    if (keys && !((const uint8_t *)keys->data)[b * keys->stride[0] + s * keys->stride[1]])
        return true;
    return all && !((const uint8_t *)
                        all->data)[b * all->stride[0] + t * all->stride[1] + s * all->stride[2]];
}

bool NATIVE(attention_sees)(const struct attention *a, int64_t b, int64_t t, int64_t s) {
    int64_t begin, end = NATIVE(attention_range)(a, b, t, &begin);
    return s >= begin && s < end && !is_masked(a, b, t, s);
}

void NATIVE(attention_hide)(const struct attention *a, int64_t b, int64_t t, int64_t begin,
                            int64_t end, float *score, int64_t step) {
    for (int64_t s = begin; s < end; s++)
        if (is_masked(a, b, t, s))
            score[(s - begin) * step] = -INFINITY;
}

struct slots NATIVE(attention_slots)(const struct tensor *cache, int64_t b, int64_t head) {
    int64_t at = b * cache->stride[0] + head * cache->stride[2], d = cache->shape[3];
    return (struct slots){.at = (const char *)cache->data + tensor_offset(cache, at),
                          .step = tensor_offset(cache, cache->stride[1]),
                          .size = (int64_t)dtype_bytes(cache->dtype, d),
                          .d = d,
                          .dtype = cache->dtype};
}

void NATIVE(attention_fetch)(const struct slots *slots, int64_t s, int64_t n) {
    enum { LINE = 64 };
    const char *at = slots->at + s * slots->step;
    int64_t size = slots->size;
    if (slots->step == size) { /* one stream */
        size *= n;
        n = 1;
    }
    for (; n > 0; n--, at += slots->step)
        for (int64_t i = 0; i < size; i += LINE)
            simd_prefetch_near(at + i);
}

SIMD_INLINE void widen(float *out, int64_t width, const char *row, int64_t step, int64_t n,
                       enum dtype dtype, int64_t d) {
    for (int64_t s = 0; s < n; s++, out += width, row += step) {
        convert_widen(out, row, dtype, d);
        if (width > d)
            memset(out + d, 0, (size_t)(width - d) * sizeof(float));
    }
}

void NATIVE(attention_widen)(float *out, int64_t width, const struct slots *slots, int64_t begin,
                             int64_t end) {
    const char *row = slots->at + begin * slots->step;
    int64_t n = end - begin;
    switch (slots->dtype) {
    case DTYPE_F16:
        widen(out, width, row, slots->step, n, DTYPE_F16, slots->d);
        break;
    case DTYPE_Q8_0:
        widen(out, width, row, slots->step, n, DTYPE_Q8_0, slots->d);
        break;
    default:
        widen(out, width, row, slots->step, n, slots->dtype, slots->d);
        break;
    }
}

/* What is not finite, times 0, is not 0. */
bool NATIVE(attention_is_finite)(const float *rows, int64_t step, int64_t n, int64_t width) {
    vf sum[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
    for (int64_t s = 0; s < n; s++, rows += step) {
        int64_t i = 0;
        for (; i + 4 * VL <= width; i += 4 * VL)
            UNROLL(4)
        for (int j = 0; j < 4; j++)
            sum[j] = vf_fma(vf_load(rows + i + j * VL), vf_zero(), sum[j]);
        for (; i < width; i += VL)
            sum[0] = vf_fma(vf_load(rows + i), vf_zero(), sum[0]);
    }
    return vf_sum(vf_add(vf_add(sum[0], sum[1]), vf_add(sum[2], sum[3]))) == 0;
}

bool NATIVE(attention_accepts)(const struct device *dev, const struct op_call *call) {
    (void)dev;
    return call->in[Q]->dtype == DTYPE_F32 && tensor_row_stride(call->in[Q]) == 1 &&
           tensor_row_stride(call->in[K]) == 1 && tensor_row_stride(call->in[V]) == 1 &&
           tensor_row_stride(call->out) == 1 && call->in[K]->dtype == call->in[V]->dtype;
}

size_t NATIVE(attention_scratch)(const struct device *dev, const struct op_call *call) {
    bool few = call->in[Q]->shape[1] <= ATTENTION_FEW;
    return (few ? NATIVE(attention_few_scratch) : NATIVE(attention_many_scratch))(dev, call);
}

int NATIVE(attention)(struct device *dev, const struct op_call *call) {
    struct attention a;
    int rc = op_check(call);
    if (rc < 0 || tensor_count(call->out) == 0)
        return rc;
    NATIVE(attention_init)(&a, call);
    (a.T <= ATTENTION_FEW ? NATIVE(attention_few) : NATIVE(attention_many))(dev, &a);
    return 0;
}
