/* SPDX-License-Identifier: Apache-2.0 */
/* The cache: in pieces or at once, cut back, reordered, continued, overfilled – the numbers are
 * those of one full pass. */
#include <inttypes.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/trial.h"

static int open_session(struct case_run *c, const struct feed *feed, int64_t chunk, enum dtype kv,
                        struct session **out) {
    struct bench_options options = {
        .rows = feed_rows(feed), .capacity = feed_tokens(feed), .chunk = chunk, .kv = kv};
    return bench_session(c, &options, out);
}

/* Puts the logits of tokens begin … where they belong in all [B,T,V]. */
static int put_logits(struct case_run *c, const struct capture *k, int64_t begin,
                      struct tensor *all) {
    const struct tensor *part = capture_output(k, "logits");
    if (!compare_fact(&c->total, part && part->rank == 3, "no logits are computed"))
        return ERR_UNSUPPORTED;
    int64_t rows = part->shape[0], len = part->shape[1], vocab = part->shape[2];
    for (int64_t r = 0; r < rows; r++)
        memcpy((float *)all->data + (r * all->shape[1] + begin) * vocab,
               (float *)part->data + r * len * vocab, (size_t)(len * vocab) * sizeof(float));
    return 0;
}

/* The feed in steps of `size` tokens, 0 = all: logits as one pass would give them. */
static int run_in_pieces(struct case_run *c, const struct feed *feed, int64_t size, enum dtype kv,
                         const struct tensor *like, struct tensor *all) {
    struct session *s = NULL;
    int64_t tokens = feed_tokens(feed);
    int rc = open_session(c, feed, 0, kv, &s);
    *all = case_tensor(c, DTYPE_F32, like->rank, like->shape);
    for (int64_t at = 0, len; rc == 0 && at < tokens; at += len) {
        struct capture k;
        len = size > 0 && size < tokens - at ? size : tokens - at;
        struct feed part = feed_of_tokens(feed, at, len);
        rc = bench_step(c, s, &part, FEED_QUIET, &k);
        if (rc == 0)
            rc = put_logits(c, &k, at, all);
        if (rc == 0)
            compare_fact(&c->total, session_length(s) == at + len,
                         "the cache holds %" PRId64 " tokens, not %" PRId64, session_length(s),
                         at + len);
    }
    bench_session_done(c, s);
    return rc;
}

/* The full pass, and what of it is compared. */
struct full {
    struct feed feed;
    struct capture capture;
    struct tensor keep, logits;
};

static int run_full(struct case_run *c, struct full *f) {
    int rc = feed_of_case(c, &f->feed);
    if (rc == 0)
        rc = case_keep(c, &f->keep);
    if (rc == 0)
        rc = bench_forward(c, NULL, &f->feed, FEED_QUIET, &f->capture);
    const struct tensor *t = rc == 0 ? capture_output(&f->capture, "logits") : NULL;
    if (rc == 0 && !t)
        rc = err_set(ERR_UNSUPPORTED, "no logits are computed");
    if (rc == 0)
        f->logits = *t;
    return rc;
}

static int compare_with_full(struct case_run *c, const struct full *f, const char *label,
                             const struct tensor *got) {
    const struct tensor *keep = feed_has(&f->keep) ? &f->keep : NULL;
    return case_broken(c,
                       compare_tensors(&c->total, label, got, &f->logits, keep, &tolerance_self));
}

static int run_step_by_step(struct case_run *c) {
    struct full f;
    struct tensor all;
    int rc = run_full(c, &f);
    if (rc == 0)
        rc = run_in_pieces(c, &f.feed, 1, DTYPE_F32, &f.logits, &all);
    if (rc == 0)
        rc = compare_with_full(c, &f, "step by step", &all);
    if (rc != 0 || !case_has_expect(c, "logits"))
        return rc;
    return case_compare_as(c, "logits", &all, &f.keep, &tolerance_final);
}

/* The session cuts the same feed itself. */
static int run_chunked(struct case_run *c, const struct full *f, int64_t size, const char *label) {
    struct session *s = NULL;
    struct capture k;
    int rc = open_session(c, &f->feed, size, DTYPE_F32, &s);
    if (rc == 0)
        rc = bench_step(c, s, &f->feed, FEED_QUIET, &k);
    bench_session_done(c, s);
    const struct tensor *logits = rc == 0 ? capture_output(&k, "logits") : NULL;
    if (rc == 0 && compare_fact(&c->total, logits != NULL, "no logits are computed"))
        rc = compare_with_full(c, f, label, logits);
    return rc;
}

static int run_chunked_prefill(struct case_run *c) {
    struct json sizes;
    struct full f;
    int rc = case_broken(c, json_array(case_params(c), "sizes", &sizes));
    if (rc == 0)
        rc = run_full(c, &f);
    for (struct json v = rc == 0 ? json_first(sizes) : (struct json){0}; rc == 0 && v.node;
         v = json_next(v)) {
        struct tensor all;
        int64_t size = 0;
        rc = case_broken(c, json_as_int(v, 0, INT32_MAX, &size));
        const char *label = arena_printf(&c->arena, "pieces of %" PRId64, size);
        if (rc == 0)
            rc = run_in_pieces(c, &f.feed, size, DTYPE_F32, &f.logits, &all);
        if (rc == 0)
            rc = compare_with_full(c, &f, label, &all);
        if (rc == 0)
            rc = run_chunked(c, &f, size, label);
    }
    return rc;
}

/* How far a cache of that dtype may take the logits from those of one that rounds nothing. */
static const struct tolerance *tolerance_of_cache(enum dtype kv) {
    return kv == DTYPE_F16 ? &tolerance_native_f16 : &tolerance_native_q8;
}

static int run_cache_dtype(struct case_run *c, const struct full *f, const char *name) {
    static const int64_t sizes[] = {0, 4, 1};
    enum dtype kv;
    int rc = 0;
    if (!dtype_parse(&kv, name) || !(DTYPES_CACHE & DTYPE_BIT(kv)) || kv == DTYPE_F32)
        return case_broken(c, err_set(ERR_FORMAT, "no cache rounds to \"%s\"", name));
    for (size_t i = 0; rc == 0 && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct tensor all;
        const char *label =
            arena_printf(&c->arena, "a cache of %s, in pieces of %" PRId64, name, sizes[i]);
        rc = run_in_pieces(c, &f->feed, sizes[i], kv, &f->logits, &all);
        if (rc == 0)
            rc = case_broken(c, compare_tensors(&c->total, label, &all, &f->logits,
                                                feed_has(&f->keep) ? &f->keep : NULL,
                                                tolerance_of_cache(kv)));
    }
    return rc;
}

static int run_cache_dtypes(struct case_run *c) {
    struct json dtypes = {0};
    struct full f;
    int rc = case_broken(c, json_array(case_params(c), "dtypes", &dtypes));
    if (rc == 0)
        rc = run_full(c, &f);
    for (struct json v = rc == 0 ? json_first(dtypes) : (struct json){0}; rc == 0 && v.node;
         v = json_next(v)) {
        const char *name = NULL;
        rc = case_broken(c, json_as_str(v, &name));
        if (rc == 0)
            rc = run_cache_dtype(c, &f, name);
    }
    return rc;
}

/* What is done to a session between its two halves. */
typedef int between_fn(struct session *s, int64_t half, int64_t rows);

static int do_nothing(struct session *s, int64_t half, int64_t rows) {
    (void)s, (void)half, (void)rows;
    return 0;
}

static int do_reverse(struct session *s, int64_t half, int64_t rows) {
    int64_t from[64];
    (void)half;
    for (int64_t i = 0; i < rows && i < 64; i++)
        from[i] = rows - 1 - i;
    return rows <= 64 ? session_select(s, from, rows) : err_set(ERR_LIMIT, "too many rows");
}

static int do_select_last(struct session *s, int64_t half, int64_t rows) {
    (void)half;
    return session_select(s, (const int64_t[]){rows - 1}, 1);
}

/* first, then `between`, then second: the outputs of the second step. */
static int run_halves(struct case_run *c, const struct feed *first, const struct feed *second,
                      between_fn *between, struct capture *out) {
    struct session *s = NULL;
    struct bench_options options = {.rows = feed_rows(first),
                                    .capacity = feed_tokens(first) + feed_tokens(second)};
    int rc = bench_session(c, &options, &s);
    if (rc == 0)
        rc = bench_step(c, s, first, FEED_QUIET, NULL);
    if (rc == 0)
        rc = between(s, feed_tokens(first), feed_rows(first));
    if (rc == 0)
        rc = bench_step(c, s, second, FEED_QUIET, out);
    bench_session_done(c, s);
    return rc;
}

/* The same rows, last one first. */
static struct feed reversed(struct case_run *c, const struct feed *feed) {
    struct feed out = *feed;
    struct tensor *parts[] = {&out.ids, &out.mask, &out.positions, &out.types};
    for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
        if (!feed_has(parts[p]))
            continue;
        struct tensor old = feed_copy_ints(c, parts[p]), new = feed_copy_ints(c, parts[p]);
        for (int64_t r = 0; r < old.shape[0]; r++)
            for (int64_t t = 0; t < old.shape[1]; t++)
                *feed_at(&new, r, t) = *feed_at(&old, old.shape[0] - 1 - r, t);
        *parts[p] = new;
    }
    return out;
}

/* Everything once, cut back to the first half, the second half again: what stood there before is
 * not seen. */
static int check_crop(struct case_run *c, const struct feed *feed, int64_t half,
                      const struct capture *plain) {
    struct session *s = NULL;
    struct capture k;
    int64_t tokens = feed_tokens(feed);
    struct feed other = *feed, second = feed_of_tokens(feed, half, tokens - half);
    other.ids = reversed(c, feed).ids;
    int rc = open_session(c, feed, 0, DTYPE_F32, &s);
    struct feed first = feed_of_tokens(feed, 0, half);
    struct feed stale = feed_of_tokens(&other, half, tokens - half);
    if (rc == 0)
        rc = bench_step(c, s, &first, FEED_QUIET, NULL);
    if (rc == 0)
        rc = bench_step(c, s, &stale, FEED_QUIET, NULL);
    if (rc == 0)
        rc = session_crop(s, half);
    if (rc == 0)
        compare_fact(&c->total, session_length(s) == half, "cut to %" PRId64 ", it holds %" PRId64,
                     half, session_length(s));
    if (rc == 0)
        rc = bench_step(c, s, &second, FEED_QUIET, &k);
    bench_session_done(c, s);
    return rc < 0 ? rc : capture_same(c, "cropped", &k, plain, NULL, &tolerance_exact);
}

static int run_cache_ops(struct case_run *c) {
    struct feed feed;
    struct capture plain, moved, turned;
    int rc = feed_of_case(c, &feed);
    if (rc < 0)
        return rc;
    int64_t half = feed_tokens(&feed) / 2, rest = feed_tokens(&feed) - half;
    int64_t rows = feed_rows(&feed);
    struct feed back = reversed(c, &feed);
    struct feed a = feed_of_tokens(&feed, 0, half), b = feed_of_tokens(&feed, half, rest);
    struct feed p = feed_of_tokens(&back, 0, half), q = feed_of_tokens(&back, half, rest);
    struct feed last_a = feed_of_rows(&a, rows - 1, 1), last_b = feed_of_rows(&b, rows - 1, 1);
    rc = run_halves(c, &a, &b, do_nothing, &plain);
    if (rc == 0)
        rc = check_crop(c, &feed, half, &plain);
    if (rc == 0)
        rc = run_halves(c, &a, &q, do_reverse, &moved);
    if (rc == 0)
        rc = run_halves(c, &p, &q, do_nothing, &turned);
    if (rc == 0)
        rc = capture_same(c, "reordered", &moved, &turned, NULL, &tolerance_exact);
    if (rc == 0)
        rc = run_halves(c, &a, &last_b, do_select_last, &moved);
    if (rc == 0)
        rc = run_halves(c, &last_a, &last_b, do_nothing, &turned);
    return rc < 0 ? rc : capture_same(c, "selected", &moved, &turned, NULL, &tolerance_exact);
}

static void check_shape(struct case_run *c, const char *what, const struct tensor *t,
                        const struct kv *kv, int64_t rows) {
    compare_fact(&c->total,
                 t->rank == 4 && t->shape[0] == rows && t->shape[1] == kv->capacity &&
                     t->shape[2] == kv->heads && t->shape[3] == kv->head_dim,
                 "the %s of a layer are not [rows,capacity,heads,head_dim]", what);
    compare_fact(&c->total, t->dtype == DTYPE_F32, "the %s are stored as %s", what,
                 dtype_name(t->dtype));
}

static int run_cache_shape(struct case_run *c) {
    struct feed feed;
    struct session *s = NULL;
    const struct config *config;
    int rc = feed_of_case(c, &feed);
    if (rc == 0)
        rc = bench_config(c, &config);
    if (rc == 0)
        rc = open_session(c, &feed, 0, DTYPE_F32, &s);
    if (rc == 0)
        rc = bench_step(c, s, &feed, FEED_QUIET, NULL);
    const struct kv *kv = rc == 0 ? session_kv(s) : NULL;
    if (rc == 0 && compare_fact(&c->total, kv != NULL, "the model keeps no cache")) {
        compare_fact(&c->total, kv->layers == config->num_hidden_layers,
                     "it has %" PRId64 " layers", kv->layers);
        compare_fact(&c->total, kv->heads == config->num_key_value_heads,
                     "it has %" PRId64 " heads", kv->heads);
        compare_fact(&c->total, kv->head_dim == config->head_dim,
                     "a head has %" PRId64 " dimensions", kv->head_dim);
        compare_fact(&c->total, kv->capacity >= feed_tokens(&feed), "it has room for %" PRId64,
                     kv->capacity);
        compare_fact(&c->total, session_length(s) == feed_tokens(&feed),
                     "it holds %" PRId64 " tokens", session_length(s));
        for (int64_t i = 0; i < kv->layers; i++) {
            check_shape(c, "keys", &kv->k[i], kv, feed_rows(&feed));
            check_shape(c, "values", &kv->v[i], kv, feed_rows(&feed));
        }
    }
    bench_session_done(c, s);
    return rc;
}

/* Too many tokens are refused, and refused without a trace. */
static int run_overflow(struct case_run *c) {
    struct feed feed;
    struct session *s = NULL;
    struct capture after, fresh;
    int rc = feed_of_case(c, &feed);
    if (rc < 0)
        return rc;
    int64_t tokens = feed_tokens(&feed);
    struct feed fits = feed_of_tokens(&feed, 0, tokens - 1);
    struct feed one = feed_of_tokens(&feed, tokens - 1, 1);
    rc = open_session(c, &fits, 0, DTYPE_F32, &s);
    if (rc == 0) {
        compare_fact(&c->total, bench_step(c, s, &feed, FEED_QUIET, NULL) == ERR_LIMIT,
                     "more tokens than the cache holds are taken");
        compare_fact(&c->total, session_length(s) == 0, "a refused step leaves %" PRId64 " tokens",
                     session_length(s));
        rc = bench_step(c, s, &fits, FEED_QUIET, &after);
    }
    if (rc == 0) {
        compare_fact(&c->total, bench_step(c, s, &one, FEED_QUIET, NULL) == ERR_LIMIT,
                     "a full cache takes another token");
        compare_fact(&c->total, session_length(s) == tokens - 1,
                     "a refused step leaves %" PRId64 " tokens", session_length(s));
        rc = bench_forward(c, NULL, &fits, FEED_QUIET, &fresh);
    }
    bench_session_done(c, s);
    return rc < 0 ? rc : capture_same(c, "after a refusal", &after, &fresh, NULL, &tolerance_exact);
}

static const struct case_type types[] = {
    {"step_by_step",    "D1",  "S", run_step_by_step   },
    {"chunked_prefill", "D2",  "S", run_chunked_prefill},
    {"cache_dtypes",    "D2",  "Q", run_cache_dtypes   },
    {"cache_ops",       "D5",  "X", run_cache_ops      },
    {"cache_shape",     "D6",  "X", run_cache_shape    },
    {"overflow",        "D12", "X", run_overflow       },
    CASE_END_ROW,
};

const struct case_group case_cache = {"cache", types};
