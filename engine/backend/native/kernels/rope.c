/* SPDX-License-Identifier: Apache-2.0 */
/* ROPE. The angle is rounded to f32 first, as the reference says why; its sine and cosine are
 * taken once a token and turn all heads. */
#include "engine/backend/native/kernels/kernels.h"
#include "engine/backend/native/kernels/rowwise.h"

struct job {
    const struct op_call *call;
    int64_t pairs;
    size_t room; /* floats of a thread */
};

bool NATIVE(rope_accepts)(const struct device *dev, const struct op_call *call) {
    const struct tensor *x = call->in[0], *out = call->out;
    (void)dev;
    return x->dtype == DTYPE_F32 && tensor_row_stride(x) == 1 && tensor_row_stride(out) == 1;
}

static size_t room_of(const struct op_call *call) {
    return shape_lines((size_t)call->in[2]->shape[0] * 2 * sizeof(float)) / sizeof(float);
}

size_t NATIVE(rope_scratch)(const struct device *dev, const struct op_call *call) {
    return room_of(call) * sizeof(float) * (size_t)pool_threads(dev->pool);
}

static void angles(const struct job *job, int64_t n, float *cosine, float *sine) {
    const struct tensor *pos = job->call->in[1], *freq = job->call->in[2];
    double scale = job->call->params.scale;
    float at = (float)((const int32_t *)pos->data)[n * pos->stride[0]];
    for (int64_t i = 0; i < job->pairs; i++) {
        double angle = (double)(at * ((const float *)freq->data)[i * freq->stride[0]]);
        cosine[i] = (float)(cos(angle) * scale);
        sine[i] = (float)(sin(angle) * scale);
    }
}

static void turn_half(const struct job *job, float *out, const float *x, const float *cosine,
                      const float *sine) {
    int64_t r = job->pairs;
    for (int64_t i = 0; i < r; i += VL) {
        int64_t n = r - i;
        vf c = vf_load_n(cosine + i, n), s = vf_load_n(sine + i, n);
        vf a = vf_load_n(x + i, n), b = vf_load_n(x + r + i, n);
        vf_store_n(out + i, vf_sub(vf_mul(a, c), vf_mul(b, s)), n);
        vf_store_n(out + r + i, vf_fma(b, c, vf_mul(a, s)), n);
    }
}

static void turn_interleaved(const struct job *job, float *out, const float *x, const float *cosine,
                             const float *sine) {
    for (int64_t i = 0; i < job->pairs; i++) {
        float a = x[2 * i], b = x[2 * i + 1];
        out[2 * i] = a * cosine[i] - b * sine[i];
        out[2 * i + 1] = b * cosine[i] + a * sine[i];
    }
}

static void run_tokens(void *arg, int64_t begin, int64_t end, int worker) {
    const struct job *job = arg;
    const struct op_call *call = job->call;
    const struct tensor *x = call->in[0], *out = call->out;
    int64_t rest = 2 * job->pairs, d = x->shape[2];
    float *cosine = (float *)call->scratch + job->room * (size_t)worker;
    for (int64_t n = begin; n < end; n++) {
        angles(job, n, cosine, cosine + job->pairs);
        for (int64_t head = 0; head < x->shape[1]; head++) {
            const float *from = (const float *)x->data + n * x->stride[0] + head * x->stride[1];
            float *to = (float *)out->data + n * out->stride[0] + head * out->stride[1];
            (call->params.rope_layout == ROPE_HALF ? turn_half : turn_interleaved)(
                job, to, from, cosine, cosine + job->pairs);
            memcpy(to + rest, from + rest, (size_t)(d - rest) * sizeof(float));
        }
    }
}

int NATIVE(rope)(struct device *dev, const struct op_call *call) {
    const struct tensor *x = call->in[0];
    struct job job = {call, call->in[2]->shape[0], room_of(call)};
    if (tensor_count(x) > 0)
        pool_chunks(dev->pool, x->shape[0], rowwise_grain(x->shape[1] * x->shape[2]), run_tokens,
                    &job);
    return 0;
}
