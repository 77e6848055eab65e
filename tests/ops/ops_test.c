/* SPDX-License-Identifier: Apache-2.0 */
/* Every op × dtype × layout × numbers × shape below, on every backend there is, on one to four
 * threads, against plain arithmetic. A new op, shape or backend is a row. */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/graph/composite.h"
#include "tests/ops/shapes.h"
#include "tests/ops/trial.h"
#include "tests/test.h"

/* compat.md §5.3: Σ(a-r)²/Σr² ≤ nmse, and |a-r| ≤ of_rms·rms(r) + of_own·|r| for each. */
struct tolerance {
    double nmse, of_rms, of_own;
};
static const struct tolerance exact = {0, 0, 0};
static const struct tolerance simple = {1e-12, 1e-5, 1e-5}; /* E: elementwise, norm, rope … */
static const struct tolerance dot = {1e-11, 3e-5, 1e-5};    /* E: matmul, attention */
/* Where 1e30 cancels 1e30, what a sum in double leaves of the rest. */
static const struct tolerance cancelling = {1e-6, 1e-3, 1e-3};
/* Q: kernels that round activations to 8 bits. A scale of eight bits spreads a NaN or an infinity
 * over its block. */
static const struct tolerance rounded = {5e-4, 0.25, 0.05};
static const struct tolerance same = {1e-10, 1e-4, 1e-5}; /* S: two legal orders */

enum {
    F32 = DTYPE_BIT(DTYPE_F32),
    BF16 = DTYPE_BIT(DTYPE_BF16),
    ANY = DTYPES_STORAGE,
    BLOCK = DTYPE_BIT(DTYPE_Q8_0) | DTYPE_BIT(DTYPE_Q4_0), /* of 32 */
    Q8_0 = DTYPE_BIT(DTYPE_Q8_0),
    BLOCK_K = DTYPE_BIT(DTYPE_Q4_K) | DTYPE_BIT(DTYPE_Q6_K), /* of 256 */
    EXTREME = 1 << FILL_EXTREME,
    SOFT = 1 << FILL_NORMAL | 1 << FILL_WIDE,
    CALM = 1 << FILL_NORMAL | 1 << FILL_SPECIAL, /* a score of 1e6 has no fraction in f32 */
    MOST = SOFT | 1 << FILL_SPECIAL,
    ALL = (1 << FILL_COUNT) - 1,
};

struct family {
    enum op op;
    uint32_t dtypes;
    unsigned fills;
    const struct tolerance *tolerance;
    const int64_t (*dims)[TRIAL_DIMS];
    unsigned masks;
    const struct op_params *params;
};

static const struct op_params none = {.eps = 0};
static const struct op_params scaled = {.scale = -0.37};
static const struct op_params to_f32 = {.dtype = DTYPE_F32};
static const struct op_params to_f16 = {.dtype = DTYPE_F16};
static const struct op_params to_bf16 = {.dtype = DTYPE_BF16};
static const struct op_params eps_6 = {.eps = 1e-6};
static const struct op_params eps_5 = {.eps = 1e-5};
static const struct op_params eps_large = {.eps = 0.3};
static const struct op_params silu = {.act = OP_SILU};
static const struct op_params gelu = {.act = OP_GELU};
static const struct op_params gelu_tanh = {.act = OP_GELU_TANH};
static const struct op_params hyperbolic = {.act = OP_TANH};
static const struct op_params relu = {.act = OP_RELU};
static const struct op_params plain = {.scale = 1};
static const struct op_params interleaved = {.scale = 1.3, .rope_layout = ROPE_INTERLEAVED};
static const struct op_params causal = {.scale = 0.35, .causal = true};
static const struct op_params open_ended = {.scale = 0.35};
static const struct op_params windowed = {.scale = 0.35, .causal = true, .window = 3};
static const struct op_params window_1 = {.scale = 1, .window = 1};
static const struct op_params window_4 = {.scale = 0.35, .window = 4};

/* Extreme numbers of MATMULS are those of the MATMULs that it is made of.
 * 1e30 is infinite in f16, and whether its weight is 0 or merely tiny then decides: so no
 * extreme numbers for attention in f16. */
static const struct family families[] = {
    {OP_GET_ROWS,    ANY,        ALL,     &exact,  tables,            0,                     &none       },
    {OP_GET_ROWS,    BLOCK,      ALL,     &exact,  block_tables,      0,                     &none       },
    {OP_GET_ROWS,    BLOCK_K,    ALL,     &exact,  block_k_tables,    0,                     &none       },
    {OP_ADD,         ANY,        ALL,     &simple, pairs,             0,                     &none       },
    {OP_MUL,         ANY,        ALL,     &simple, pairs,             0,                     &none       },
    {OP_SCALE,       F32,        ALL,     &simple, rows,              0,                     &scaled     },
    {OP_SILU,        F32,        ALL,     &simple, rows,              0,                     &none       },
    {OP_GELU,        F32,        ALL,     &simple, rows,              0,                     &none       },
    {OP_GELU_TANH,   F32,        ALL,     &simple, rows,              0,                     &none       },
    {OP_TANH,        F32,        ALL,     &simple, rows,              0,                     &none       },
    {OP_RELU,        F32,        ALL,     &simple, rows,              0,                     &none       },
    {OP_SOFTMAX,     F32,        ALL,     &simple, rows,              0,                     &none       },
    {OP_COPY,        F32,        ALL,     &exact,  rows,              0,                     &to_f32     },
    {OP_COPY,        ANY,        SOFT,    &exact,  rows,              0,                     &to_f16     },
    {OP_COPY,        ANY,        SOFT,    &exact,  rows,              0,                     &to_bf16    },
    {OP_MATMUL,      ANY,        ALL,     &dot,    matmuls,           0,                     &none       },
    {OP_MATMUL,      ANY,        MOST,    &dot,    large_matmuls,     0,                     &none       },
    {OP_MATMUL,      BLOCK,      ALL,     &dot,    block_matmuls,     0,                     &none       },
    {OP_MATMUL,      BLOCK_K,    ALL,     &dot,    block_k_matmuls,   0,                     &none       },
    {OP_RMS_NORM,    ANY,        ALL,     &simple, rows,              0,                     &eps_6      },
    {OP_RMS_NORM,    ANY,        SOFT,    &simple, rows,              0,                     &eps_large  },
    {OP_LAYER_NORM,  ANY,        ALL,     &simple, rows,              0,                     &eps_5      },
    {OP_LAYER_NORM,  ANY,        SOFT,    &simple, rows,              0,                     &eps_large  },
    {OP_ROPE,        F32,        ALL,     &simple, ropes,             0,                     &plain      },
    {OP_ROPE,        F32,        SOFT,    &simple, ropes,             0,                     &interleaved},
    {OP_KV_STORE,    ANY,        ALL,     &exact,  heads,             0,                     &none       },
    {OP_ATTENTION,   ANY,        MOST,    &dot,    heads,             0,                     &causal     },
    {OP_ATTENTION,   F32 | BF16, EXTREME, &dot,    heads,             0,                     &causal     },
    {OP_ATTENTION,   ANY,        SOFT,    &dot,    heads,             MASK_KEYS,             &causal     },
    {OP_ATTENTION,   ANY,        SOFT,    &dot,    heads,             MASK_KEYS,             &open_ended },
    {OP_ATTENTION,   ANY,        SOFT,    &dot,    heads,             MASK_FULL,             &windowed   },
    {OP_ATTENTION,   F32,        SOFT,    &dot,    heads,             MASK_KEYS | MASK_FULL, &window_1   },
    {OP_ATTENTION,   F32,        SOFT,    &dot,    heads,             MASK_KEYS | MASK_OFF,  &plain      },
    {OP_ATTENTION,   ANY,        CALM,    &dot,    large_heads,       0,                     &causal     },
    {OP_ATTENTION,   ANY,        CALM,    &dot,    large_heads,       MASK_KEYS,             &windowed   },
    {OP_ATTN_SCORES, ANY,        SOFT,    &dot,    heads,             MASK_KEYS,             &causal     },
    {OP_ATTN_SCORES, ANY,        ALL,     &dot,    heads,             MASK_FULL,             &window_4   },
    {OP_ATTN_VALUES, ANY,        ALL,     &dot,    heads,             0,                     &none       },
    {OP_KV_STORE,    Q8_0,       ALL,     &exact,  block_heads,       0,                     &none       },
    {OP_ATTENTION,   Q8_0,       MOST,    &dot,    block_heads,       0,                     &causal     },
    {OP_ATTENTION,   Q8_0,       SOFT,    &dot,    block_heads,       MASK_KEYS,             &open_ended },
    {OP_ATTENTION,   Q8_0,       SOFT,    &dot,    block_heads,       MASK_FULL,             &windowed   },
    {OP_ATTENTION,   Q8_0,       SOFT,    &dot,    block_heads,       MASK_KEYS | MASK_OFF,  &plain      },
    {OP_ATTENTION,   Q8_0,       CALM,    &dot,    large_block_heads, 0,                     &causal     },
    {OP_ATTENTION,   Q8_0,       CALM,    &dot,    large_block_heads, MASK_KEYS,             &windowed   },
    {OP_ATTN_SCORES, Q8_0,       SOFT,    &dot,    block_heads,       MASK_KEYS,             &causal     },
    {OP_ATTN_SCORES, Q8_0,       ALL,     &dot,    block_heads,       MASK_FULL,             &window_4   },
    {OP_ATTN_VALUES, Q8_0,       ALL,     &dot,    block_heads,       0,                     &none       },
    {OP_MATMULS,     ANY,        MOST,    &dot,    matmul_sets,       0,                     &none       },
    {OP_MATMULS,     BLOCK,      MOST,    &dot,    block_sets,        0,                     &none       },
    {OP_MATMULS,     BLOCK_K,    MOST,    &dot,    block_k_sets,      0,                     &none       },
    {OP_GATED,       ANY,        MOST,    &dot,    matmuls,           0,                     &silu       },
    {OP_GATED,       F32,        SOFT,    &dot,    acts,              0,                     &gelu       },
    {OP_GATED,       F32,        SOFT,    &dot,    acts,              0,                     &gelu_tanh  },
    {OP_GATED,       F32,        SOFT,    &dot,    acts,              0,                     &hyperbolic },
    {OP_GATED,       F32,        SOFT,    &dot,    acts,              0,                     &relu       },
    {OP_GATED,       ANY,        SOFT,    &dot,    large_matmuls,     0,                     &gelu_tanh  },
    {OP_GATED,       BLOCK,      MOST,    &dot,    gated_blocks,      0,                     &silu       },
    {OP_GATED,       BLOCK_K,    MOST,    &dot,    gated_blocks_k,    0,                     &silu       },
    {OP_COUNT,       0,          0,       NULL,    NULL,              0,                     &none       },
};

static bool special(double x) {
    return isnan(x) || isinf(x);
}

static bool same_special(float got, float want, const struct tolerance *tol) {
    if (tol == &rounded)
        return special((double)got) && special((double)want);
    return isnan(want) ? isnan(got) : got == want;
}

/* NULL, or what is wrong, in text. */
static const char *compare(const float *got, const double *want, int64_t count,
                           const struct tolerance *tol, char *text, size_t size) {
    double squares = 0, errors = 0;
    int64_t finite = 0;
    for (int64_t i = 0; i < count; i++) {
        if (special((double)got[i]) || special((double)(float)want[i])) {
            if (same_special(got[i], (float)want[i], tol))
                continue;
            snprintf(text, size, "element %lld is %g, not %g", (long long)i, (double)got[i],
                     want[i]);
            return text;
        }
        squares += want[i] * want[i];
        errors += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
        finite++;
    }
    double rms = finite ? sqrt(squares / (double)finite) : 0;
    if (errors > tol->nmse * squares && (squares > 0 || errors > 1e-14 * (double)finite)) {
        snprintf(text, size, "NMSE %.3g over %g", errors / squares, tol->nmse);
        return text;
    }
    for (int64_t i = 0; i < count; i++)
        if (!special(want[i]) && !special((double)(float)want[i]) &&
            fabs((double)got[i] - want[i]) >
                tol->of_rms * rms + tol->of_own * fabs(want[i]) + (squares == 0 ? 1e-7 : 0)) {
            snprintf(text, size, "element %lld is %.9g, not %.9g", (long long)i, (double)got[i],
                     want[i]);
            return text;
        }
    return NULL;
}

enum { THREADS_MAX = 4 };

/* One backend, at one instruction set, opened with one to four threads. */
struct bench {
    struct device *dev[THREADS_MAX];
    struct device *exact; /* the same with options.exact */
    struct device *fast;  /* and with options.fast */
    int trials;
};

/* All that the machine has. */
enum { BENCHES_MAX = 32 };
static struct bench benches[BENCHES_MAX];
static int bench_count;

/* Sums in f32 overflow where those in double do not; and weights become 0 between the parts of a
 * composite, so that what is infinite behind them is lost. Where a long double has 113 bits, it
 * tells scores apart that are the same in double, and in the 64 bits of other machines. */
static bool exceeds_f32(const struct bench *b, const struct trial *t) {
    bool sums = t->op == OP_MATMUL || t->op == OP_MATMULS || t->op == OP_ATTENTION;
    bool parts = composite_of(t->op) && t->layout > LAYOUT_GAPS && t->fill > FILL_WIDE;
    if (LDBL_MANT_DIG > 64 && t->op == OP_ATTENTION && t->fill == FILL_EXTREME)
        return true;
    return !b->dev[0]->backend->is_reference && (parts || (sums && t->fill == FILL_EXTREME));
}

/* To 8 bits, a block of them at a time; a kernel says so by its name. */
static bool rounds_activations(void) {
    size_t len = strlen(trial_kernel());
    return len > 3 && strcmp(trial_kernel() + len - 3, "_q8") == 0;
}

/* Among numbers of nine decades, what eight bits leave of a block can be far from small: held
 * against what rounding may do, number by number, and not against the class. */
static const char *compare_bound(const float *got, const struct trial_data *d, char *text,
                                 size_t size) {
    int64_t count = tensor_count(&d->out), bad = -1;
    double *bound = xcalloc((size_t)count + 1, sizeof(*bound));
    trial_rounding(d, bound);
    for (int64_t i = 0; i < count && bad < 0; i++)
        if (!(fabs((double)got[i] - d->want[i]) <= bound[i] * 1.001 + 1e-5 * fabs(d->want[i])))
            bad = i;
    if (bad >= 0)
        snprintf(text, size, "element %lld is %.9g, not %.9g within %.3g", (long long)bad,
                 (double)got[bad], d->want[bad], bound[bad]);
    free(bound);
    return bad < 0 ? NULL : text;
}

/* The parts of a composite may lie where the result's gaps will be. */
static unsigned flags_of(const struct trial *t) {
    return composite_of(t->op) && t->layout != LAYOUT_PLAIN ? PLAN_NO_REUSE : 0;
}

/* What was asked to be exact says so, too. */
static void try_exact(struct bench *b, const struct trial *t, const struct trial_data *d,
                      const struct tolerance *tol, float *got) {
    char text[TRIAL_TEXT], wrong[256];
    int rc = trial_run(t, d, b->exact, flags_of(t), got);
    const char *fault = rc < 0 ? err_text() : NULL;
    if (!fault && rounds_activations())
        fault = "activations are rounded";
    if (!fault)
        fault = compare(got, d->want, tensor_count(&d->out), tol, wrong, sizeof(wrong));
    test_check(!fault, __FILE__, __LINE__, "%s, exact: %s", trial_text(t, text),
               fault ? fault : "");
}

/* What may be fast rounds x and nothing else: of the x that it rounds to it is the exact result. */
static void try_fast(struct bench *b, const struct trial *t, const struct trial_data *d,
                     const double *of_rounded, float *got) {
    char text[TRIAL_TEXT], wrong[256];
    int rc = trial_run(t, d, b->fast, flags_of(t), got);
    const char *fault = rc < 0 ? err_text() : NULL;
    bool rounds = strstr(trial_kernel(), "_bf16") != NULL;
    if (!fault)
        fault = compare(got, rounds ? of_rounded : d->want, tensor_count(&d->out), &dot, wrong,
                        sizeof(wrong));
    test_check(!fault, __FILE__, __LINE__, "%s, fast: %s", trial_text(t, text), fault ? fault : "");
}

static void try_one(struct bench *b, const struct trial *t, const struct trial_data *d,
                    const double *of_rounded, const struct tolerance *tol) {
    const struct tolerance *asked = tol;
    char text[TRIAL_TEXT], wrong[256];
    size_t count = (size_t)tensor_count(&d->out);
    float *first = xcalloc(count + 1, sizeof(float)), *other = xcalloc(count + 1, sizeof(float));
    trial_text(t, text);
    for (int i = 0; i < THREADS_MAX; i++) {
        int rc = trial_run(t, d, b->dev[i], flags_of(t), i ? other : first);
        const char *fault = rc < 0 ? err_text() : NULL;
        if (rounds_activations())
            tol = &rounded;
        if (!fault && i == 0 && tol == &rounded && t->fill == FILL_WIDE)
            fault = compare_bound(first, d, wrong, sizeof(wrong));
        else if (!fault && i == 0)
            fault = compare(first, d->want, (int64_t)count, tol, wrong, sizeof(wrong));
        if (!fault && i > 0 && memcmp(first, other, count * sizeof(float)) != 0)
            fault = "the bits depend on the number of threads or of streams";
        test_check(!fault, __FILE__, __LINE__, "%s, %d threads: %s", text, i + 1,
                   fault ? fault : "");
    }
    if (tol != asked)
        try_exact(b, t, d, asked, other);
    if (of_rounded)
        try_fast(b, t, d, of_rounded, other);
    if (composite_of(t->op) && t->fill <= FILL_WIDE) {
        int rc = trial_run(t, d, b->dev[1], PLAN_UNFUSED | PLAN_NO_REUSE, other);
        double *whole = xcalloc(count + 1, sizeof(double));
        for (size_t i = 0; i < count; i++)
            whole[i] = (double)first[i];
        const char *fault =
            rc < 0 ? err_text()
                   : compare(other, whole, (int64_t)count, &same, wrong, sizeof(wrong));
        free(whole);
        if (!fault && op_matrices(&d->call) > 0 && memcmp(first, other, count * sizeof(float)) != 0)
            fault = "the bits are not those of the whole";
        test_check(!fault, __FILE__, __LINE__, "%s, unfused: %s", text, fault ? fault : "");
    }
    b->trials++;
    free(first);
    free(other);
}

/* What is expected is worked out once for all of them. */
static void try_all(const struct trial *t, const struct tolerance *tol) {
    struct trial_data d;
    double *of_rounded = NULL;
    trial_init(&d, t);
    if (op_matrices(&d.call) > 0 && t->dtype == DTYPE_BF16 && t->fill <= FILL_WIDE) {
        of_rounded = xcalloc((size_t)tensor_count(&d.out) + 1, sizeof(*of_rounded));
        trial_expect_rounded(&d, DTYPE_BF16, of_rounded);
    }
    trial_expect(&d);
    for (int i = 0; i < bench_count; i++)
        if (!exceeds_f32(&benches[i], t))
            try_one(&benches[i], t, &d, of_rounded, tol);
    trial_done(&d);
    free(of_rounded);
}

/* NOCTULE_OPS_EVERY=n: every n-th combination of a family, for emulators. */
static bool is_left_out(int index) {
    const char *every = getenv("NOCTULE_OPS_EVERY");
    long n = every ? strtol(every, NULL, 10) : 1;
    return n > 1 && index % n != 0;
}

static void try_family(const struct family *f) {
    int index = 0;
    struct trial t = {.op = f->op, .masks = f->masks, .params = *f->params};
    bool large = f->dims == large_matmuls || f->dims == large_heads || f->dims == large_block_heads;
    enum trial_layout layouts = large ? LAYOUT_STEP : LAYOUT_COUNT;
    for (const int64_t(*n)[TRIAL_DIMS] = f->dims; (*n)[0] >= 0; n++)
        for (t.dtype = DTYPE_F32; t.dtype < DTYPE_COUNT; t.dtype++)
            for (t.layout = LAYOUT_PLAIN; t.layout < layouts; t.layout++)
                for (t.fill = FILL_NORMAL; t.fill < FILL_COUNT; t.fill++)
                    if ((f->dtypes & DTYPE_BIT(t.dtype)) && (f->fills & 1u << t.fill) &&
                        !is_left_out(index++)) {
                        memcpy(t.dim, *n, sizeof(t.dim));
                        bool cancels = f->tolerance == &dot && t.fill >= FILL_EXTREME;
                        try_all(&t, cancels ? &cancelling : f->tolerance);
                    }
}

/* With every other number of threads, memory is read in the way that this machine does not like:
 * the bits are the same. */
static bool open_bench(struct bench *b, const struct backend *backend, const char *isa) {
    for (int i = 0; i < THREADS_MAX; i++) {
        struct device_options options = {.threads = i + 1, .isa = isa};
        int rc = device_open(&b->dev[i], backend->name, &options);
        if (rc < 0) {
            printf("  not tried: %s\n", err_text());
            return false;
        }
        if (i % 2)
            b->dev[i]->few_streams = !b->dev[i]->few_streams;
    }
    struct device_options in_f32 = {.threads = 2, .isa = isa, .exact = true};
    struct device_options in_bf16 = {.threads = 2, .isa = isa, .fast = true};
    return device_open(&b->exact, backend->name, &in_f32) == 0 &&
           device_open(&b->fast, backend->name, &in_bf16) == 0;
}

static void close_bench(struct bench *b) {
    for (int i = 0; i < THREADS_MAX; i++)
        device_close(b->dev[i]);
    device_close(b->exact);
    device_close(b->fast);
}

static void open_benches(void) {
    static const char *const nothing[] = {NULL};
    for (int i = 0; backend_table[i]; i++) {
        const char *const *isa = backend_table[i]->isas ? backend_table[i]->isas : nothing;
        do {
            struct bench *b = &benches[bench_count];
            memset(b, 0, sizeof(*b));
            if (bench_count < BENCHES_MAX && open_bench(b, backend_table[i], *isa))
                bench_count++;
            else
                close_bench(b);
        } while (*isa && *++isa);
    }
}

static void try_op(enum op op) {
    open_benches();
    for (const struct family *f = families; f->op != OP_COUNT; f++)
        if (f->op == op)
            try_family(f);
    for (int i = 0; i < bench_count; i++) {
        printf("  %s on %s: %d combinations\n", op_name(op), benches[i].dev[0]->name,
               benches[i].trials);
        close_bench(&benches[i]);
    }
    bench_count = 0;
}

#define X(name, text, least, most, key, rule)                   \
    TEST(name##_is_what_its_definition_says_on_every_backend) { \
        try_op(OP_##name);                                      \
    }
OP_MAP(X)
#undef X
