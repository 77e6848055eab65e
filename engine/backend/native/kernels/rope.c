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

/* Sine and cosine of |x| < ANGLE_MAX, within 2 units in the last place: x = n·π/2 + r with
 * |r| ≤ π/4, π/2 in three parts, and Taylor's polynomials of r up to its tenth power. */
enum { ANGLE_MAX = 1 << 17 };

SIMD_INLINE void turns(vf x, vf *cosine, vf *sine) {
    vf n = vf_round(vf_mul(x, vf_set(0x1.45f306p-1f)));
    vf r = vf_fma(n, vf_set(-0x1.921fb6p+0f), x);
    r = vf_fma(n, vf_set(0x1.777a5cp-25f), r);
    r = vf_fma(n, vf_set(0x1.ee59dap-50f), r);
    vf square = vf_mul(r, r);
    vf s = vf_fma(square, vf_set(1.0f / 362880), vf_set(-1.0f / 5040));
    s = vf_fma(square, vf_fma(square, s, vf_set(1.0f / 120)), vf_set(-1.0f / 6));
    s = vf_fma(vf_mul(square, r), s, r);
    vf c = vf_fma(square, vf_set(-1.0f / 3628800), vf_set(1.0f / 40320));
    c = vf_fma(square, vf_fma(square, c, vf_set(-1.0f / 720)), vf_set(1.0f / 24));
    c = vf_fma(square, vf_fma(square, c, vf_set(-0.5f)), vf_set(1));
    /* Each n turns by a quarter, and these are -2 … 2: sines of 0 and 1 have no sign of their own,
     * nor have cosines of -1 and 0. */
    vf quarter = vf_fma(vf_round(vf_mul(n, vf_set(0.25f))), vf_set(-4), n);
    vf odd = vf_abs(vf_sub(vf_abs(quarter), vf_set(1))), half = vf_set(0.5f), one = vf_set(1);
    vf up = vf_select_less(odd, half, c, s), across = vf_select_less(odd, half, s, c);
    vf down = vf_abs(vf_sub(quarter, half)), back = vf_abs(vf_add(quarter, half));
    *sine = vf_select_less(down, one, up, vf_sub(vf_zero(), up));
    *cosine = vf_select_less(back, one, across, vf_sub(vf_zero(), across));
}

static void turn_slowly(float angle, float *cosine, float *sine) {
    *cosine = (float)cos((double)angle);
    *sine = (float)sin((double)angle);
}

/* One by one where turns() cannot: without an FMA an angle's parts would not be exact. */
static void angles(const struct job *job, int64_t n, float *cosine, float *sine) {
    const struct tensor *pos = job->call->in[1], *freq = job->call->in[2];
    float at = (float)((const int32_t *)pos->data)[n * pos->stride[0]];
    bool is_vast = !VF_FUSED;
    for (int64_t i = 0; i < job->pairs; i++) {
        cosine[i] = at * ((const float *)freq->data)[i * freq->stride[0]];
        is_vast = is_vast || !(fabsf(cosine[i]) < ANGLE_MAX);
    }
    for (int64_t i = 0; is_vast && i < job->pairs; i++)
        turn_slowly(cosine[i], &cosine[i], &sine[i]);
    vf scale = vf_set((float)job->call->params.scale);
    for (int64_t i = 0; i < job->pairs; i += VL) {
        int64_t left = job->pairs - i;
        vf c = vf_load_n(cosine + i, left), s = vf_load_n(sine + i, left);
        if (!is_vast)
            turns(c, &c, &s);
        vf_store_n(cosine + i, vf_mul(c, scale), left);
        vf_store_n(sine + i, vf_mul(s, scale), left);
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
