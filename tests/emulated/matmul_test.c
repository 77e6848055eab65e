/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of the levels avx512fp16 and amx, on emulated instructions: what they compute is
 * held against f64 and the error that their headers state, or against the level's own bits. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/tensor/quant.h"
#include "tests/test.h"

extern const struct kernel EMULATED_KERNELS[];

enum { THREADS = 2, SHAPES = 8 };
/* rows of x, of w, numbers of k: tails of every tile, chunk, panel and band */
static const int64_t shapes[SHAPES][3] = {
    {9,   1,  1  },
    {17,  7,  33 },
    {33,  20, 300},
    {40,  50, 257},
    {70,  97, 64 },
    {515, 13, 40 },
    {32,  48, 256},
    {10,  16, 544},
};

struct problem {
    struct op_call call;
    struct tensor x, w, out;
    struct device *dev;
};

static uint64_t state = 1;

/* About normal, of variance 1. */
static float draw(void) {
    float sum = 0;
    for (int i = 0; i < 12; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (float)(state >> 40) * 0x1p-24f;
    }
    return sum - 6;
}

static void make(struct tensor *t, enum dtype dtype, int64_t rows, int64_t len) {
    const int64_t shape[] = {rows, len};
    REQUIRE(tensor_init(t, dtype, 2, shape) == 0);
    t->data = xaligned(64, tensor_size(t) + 64);
}

/* Every third row of x and fourth of w of another size. */
static void fill(struct tensor *t, float by, int64_t every, float other) {
    for (int64_t r = 0; r < t->shape[0]; r++) {
        float *row = xcalloc((size_t)t->shape[1], sizeof(*row));
        for (int64_t i = 0; i < t->shape[1]; i++)
            row[i] = draw() * (r % every == every - 1 ? other : by);
        dtype_convert((char *)t->data + (size_t)r * dtype_bytes(t->dtype, t->shape[1]), t->dtype,
                      row, DTYPE_F32, t->shape[1]);
        free(row);
    }
}

static void open_problem(struct problem *p, enum dtype dtype, const int64_t shape[3]) {
    const struct device_options options = {.threads = THREADS, .fast = true};
    *p = (struct problem){.dev = NULL};
    REQUIRE(device_open(&p->dev, "cpu-native." EMULATED_LEVEL, &options) == 0);
    make(&p->x, DTYPE_F32, shape[0], shape[2]);
    make(&p->w, dtype, shape[1], shape[2]);
    make(&p->out, DTYPE_F32, shape[0], shape[1]);
    p->call = (struct op_call){
        .op = OP_MATMUL, .in = {&p->x, &p->w},
             .out = &p->out
    };
}

static void close_problem(struct problem *p) {
    device_close(p->dev);
    free(p->x.data);
    free(p->w.data);
    free(p->out.data);
}

/* Runs the row of that name, of the table. */
static void run(struct problem *p, const struct kernel *table, const char *name) {
    const struct kernel *k = table;
    while (k->op != OP_COUNT && (k->op != OP_MATMUL || !strstr(k->name, name)))
        k++;
    REQUIRE(k->op == OP_MATMUL);
    void *scratch = xaligned(64, k->scratch(p->dev, &p->call) + 64);
    p->call.scratch = scratch;
    memset(p->out.data, 0x7f, tensor_size(&p->out));
    EXPECT_INT(k->run(p->dev, &p->call), 0);
    free(scratch);
}

/* A result in f64, Σ|w·x| and the largest of both, of x as bf16 where it is rounded to that. */
struct want {
    double value, size, x, w;
};
static struct want expect(const struct problem *p, int64_t t, int64_t m, bool rounds) {
    struct want want = {0};
    int64_t k = p->x.shape[1];
    size_t row = dtype_bytes(p->w.dtype, k);
    for (int64_t i = 0; i < k; i++) {
        float x = ((const float *)p->x.data)[t * k + i], w;
        dtype_convert(&w, DTYPE_F32, (const char *)p->w.data + (size_t)m * row + i * 2, p->w.dtype,
                      1);
        x = rounds ? dtype_from_bf16(dtype_to_bf16(x)) : x;
        want.value += (double)x * (double)w;
        want.size += fabs((double)x * (double)w);
        want.x = fmax(want.x, fabs((double)x));
        want.w = fmax(want.w, fabs((double)w));
    }
    return want;
}

static float got(const struct problem *p, int64_t t, int64_t m) {
    return ((const float *)p->out.data)[t * p->out.shape[1] + m];
}

/* What half_gemm.h states, and the roundings of f32 that follow. */
static double half_bound(const struct want *w, int64_t k) {
    return 33 * 0x1p-11 * w->size + (double)k * (0x1p-23 * w->x * w->w + 0x1p-23 * w->size);
}

static void check_half(enum dtype dtype, const int64_t shape[3], float by, float other) {
    struct problem p;
    double error = 0, power = 0, worst = 0;
    open_problem(&p, dtype, shape);
    fill(&p.x, by, 3, other);
    fill(&p.w, 0.05f, 4, 3);
    run(&p, EMULATED_KERNELS, "matmul_f16");
    for (int64_t t = 0; t < shape[0]; t++)
        for (int64_t m = 0; m < shape[1]; m++) {
            struct want w = expect(&p, t, m, false);
            double off = fabs((double)got(&p, t, m) - w.value), bound = half_bound(&w, shape[2]);
            (void)test_check(off <= bound, __FILE__, __LINE__, "[%d][%d] is off by %g of %g",
                             (int)t, (int)m, off, bound);
            error += off * off / (w.size * w.size);
            power += w.value * w.value / (w.size * w.size);
            worst = fmax(worst, off / w.size);
        }
    double nmse = error / power;
    printf("f16 of %s, k = %d: nmse %.1e, worst %.1e of the sum of sizes\n", dtype_name(dtype),
           (int)shape[2], nmse, worst);
    EXPECT(shape[2] < 32 || (nmse > 1e-9 && nmse < 1e-5)); /* it is f16, and a good deal better */
    close_problem(&p);
}

TEST(products_in_f16_stay_within_their_stated_error) {
    for (int i = 0; i < SHAPES; i++) {
        check_half(DTYPE_BF16, shapes[i], 1, 1);
        check_half(DTYPE_F16, shapes[i], 1, 1);
        check_half(DTYPE_BF16, shapes[i], 1e-30f, 1e30f);
    }
}

/* One number a thousand times the others, as models have them. */
TEST(an_outlier_takes_no_more_from_its_row_than_is_stated) {
    struct problem p;
    open_problem(&p, DTYPE_BF16, shapes[3]);
    fill(&p.x, 1, 1, 1);
    fill(&p.w, 0.05f, 4, 0.05f);
    for (int64_t t = 0; t < p.x.shape[0]; t++)
        ((float *)p.x.data)[t * p.x.shape[1] + t % p.x.shape[1]] = 1e5f;
    run(&p, EMULATED_KERNELS, "matmul_f16");
    for (int64_t t = 0; t < p.x.shape[0]; t++)
        for (int64_t m = 0; m < p.w.shape[0]; m++) {
            struct want w = expect(&p, t, m, false);
            EXPECT(fabs((double)got(&p, t, m) - w.value) <= half_bound(&w, p.x.shape[1]));
        }
    close_problem(&p);
}

TEST(what_is_not_finite_spoils_its_own_row_only) {
    struct problem p;
    open_problem(&p, DTYPE_F16, shapes[2]);
    fill(&p.x, 1, 3, 1);
    fill(&p.w, 1, 4, 1);
    ((float *)p.x.data)[4 * 300 + 299] = INFINITY;
    ((uint16_t *)p.w.data)[7 * 300 + 1] = 0x7e00;
    run(&p, EMULATED_KERNELS, "matmul_f16");
    for (int64_t t = 0; t < p.x.shape[0]; t++)
        for (int64_t m = 0; m < p.w.shape[0]; m++)
            EXPECT(isnan(got(&p, t, m)) == (t == 4 || m == 7));
    close_problem(&p);
}

static void check_pairs(const int64_t shape[3]) {
    struct problem p;
    double error = 0, power = 0;
    open_problem(&p, DTYPE_BF16, shape);
    fill(&p.x, 1, 3, 100);
    fill(&p.w, 0.05f, 4, 3);
    run(&p, EMULATED_KERNELS, "matmul_bf16");
    for (int64_t t = 0; t < shape[0]; t++)
        for (int64_t m = 0; m < shape[1]; m++) {
            struct want w = expect(&p, t, m, true), all = expect(&p, t, m, false);
            double off = fabs((double)got(&p, t, m) - w.value);
            error += pow((double)got(&p, t, m) - all.value, 2) / (all.size * all.size);
            power += all.value * all.value / (all.size * all.size);
            (void)test_check(off <= (double)(shape[2] + 2) * 0x1p-24 * w.size, __FILE__, __LINE__,
                             "[%d][%d] is off by %g of %g", (int)t, (int)m, off, w.size);
        }
    printf("bf16, k = %d: nmse %.1e\n", (int)shape[2], error / power);
    close_problem(&p);
}

TEST(pairs_of_bf16_in_tiles_add_up_in_f32) {
    for (int i = 0; i < SHAPES; i++)
        if (shapes[i][2] % 2 == 0)
            check_pairs(shapes[i]);
}

/* Integers are exact, and all else is done in the same order. */
static void check_blocks(enum dtype dtype, int64_t n, int64_t m, int64_t k) {
    struct problem p;
    open_problem(&p, dtype, (const int64_t[]){n, m, k});
    fill(&p.x, 1, 3, 100);
    fill(&p.w, 0.05f, 4, 3);
    p.dev->backend->pack(p.dev, p.w.data, &p.w);
    p.w.layout = TENSOR_PANELS;
    run(&p, p.dev->kernels, "matmul_q8");
    float *own = xcalloc(tensor_size(&p.out), 1);
    memcpy(own, p.out.data, tensor_size(&p.out));
    run(&p, EMULATED_KERNELS, "matmul_q8");
    EXPECT(memcmp(own, p.out.data, tensor_size(&p.out)) == 0);
    free(own);
    close_problem(&p);
}

TEST(bytes_in_tiles_have_the_bits_of_bytes_in_vectors) {
    static const enum dtype dtypes[] = {DTYPE_Q8_0, DTYPE_Q4_0, DTYPE_Q4_K, DTYPE_Q6_K};
    for (int i = 0; i < 4; i++)
        for (int64_t n = 1; n <= 26; n += n < 14 ? 1 : 6) {
            check_blocks(dtypes[i], n, 16, 256);
            check_blocks(dtypes[i], n, 55, 768);
        }
}

/* Which rows the real levels would take: tiles for bf16, f16 for f16. */
TEST(fast_devices_take_the_reduced_rows_and_others_do_not) {
    struct problem p;
    for (int i = 0; i < 2; i++) {
        open_problem(&p, i ? DTYPE_F16 : DTYPE_BF16, shapes[6]);
        p.dev->kernels = EMULATED_KERNELS;
        EXPECT_HAS(backend_kernel(p.dev, &p.call)->name, i ? ".matmul_f16" : ".matmul_bf16");
        p.dev->fast = false;
        EXPECT_STR(strrchr(backend_kernel(p.dev, &p.call)->name, '.'), ".matmul");
        close_problem(&p);
    }
}
