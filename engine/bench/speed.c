/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/pool.h"
#include "engine/nn/arch.h"
#include "engine/run/session.h"

/* What a round needs. */
struct rounds {
    const struct speed_options *o;
    struct session *session;
    struct speed *out;
    struct gauge *gauge; /* or NULL */
    int32_t *ids;        /* [capacity] random */
    int done, all;
};

/* Any numbers will do, but the same in every run. */
static void draw_ids(int32_t *ids, int64_t len, int64_t vocab) {
    uint64_t state = 1;
    for (int64_t i = 0; i < len; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        ids[i] = (int32_t)((state >> 33) % (uint64_t)vocab);
    }
}

static int step(const struct rounds *r, int64_t at, int64_t tokens, enum keep keep) {
    const struct step s = {.rows = 1, .tokens = tokens, .ids = r->ids + at, .keep = keep};
    return session_step(r->session, &s);
}

/* The cache holds exactly depth tokens: cropped, or filled. */
static int go_to(const struct rounds *r, int64_t depth) {
    int64_t length = session_length(r->session);
    if (length > depth)
        return session_crop(r->session, depth);
    return length < depth ? step(r, length, depth - length, KEEP_NONE) : 0;
}

static int run_once(const struct rounds *r, const struct speed_test *t, double *seconds,
                    double *first) {
    int rc = go_to(r, t->depth);
    bool decode = t->kind == SPEED_DECODE;
    int64_t size = decode ? 1 : t->tokens, begin = clock_mono_ns(), end = begin;
    for (int64_t i = 0; i < t->tokens && rc == 0; i += size) {
        rc = step(r, t->depth + i, size, KEEP_LAST);
        end = clock_mono_ns();
        if (i == 0)
            *first = (double)(end - begin) * 1e-9;
    }
    *seconds = (double)(end - begin) * 1e-9;
    return rc;
}

static void show(struct rounds *r) {
    if (r->o->progress)
        r->o->progress(r->o->progress_arg, r->done, r->all);
    r->done++;
}

/* What the machine can do just now, in tokens a second. */
static double possible(struct rounds *r, struct speed_test *t) {
    const struct traffic *traffic = &r->out->traffic;
    if (t->kind == SPEED_DECODE) {
        double bytes = speed_bytes(r->out, t);
        return gauge_bandwidth(r->gauge, bytes, &t->limit) / bytes;
    }
    t->limit = peak_name(traffic->peak);
    return gauge_peak(r->gauge, traffic->peak) / speed_operations(r->out, t);
}

static int run_round(struct rounds *r, struct speed_test *t) {
    double seconds = 0, first = 0;
    double limit = r->gauge ? possible(r, t) : 0;
    show(r);
    int rc = run_once(r, t, &seconds, &first);
    if (rc != 0)
        return rc;
    sample_add(&t->rate, (double)t->tokens / seconds);
    if (limit > 0)
        sample_add(&t->fraction, (double)t->tokens / seconds / limit);
    return 0;
}

static int run_first_rounds(struct rounds *r) {
    double seconds = 0;
    int rc = 0;
    for (int i = 0; i < r->out->test_count && rc == 0; i++) {
        show(r);
        rc = run_once(r, &r->out->tests[i], &seconds, &r->out->tests[i].first_seconds);
    }
    return rc;
}

/* The tests of a depth take turns, so that each sees the same weather. */
static int run_depth(struct rounds *r, int begin, int end) {
    int rc = 0;
    for (int i = 0; i < r->o->repetitions && rc == 0; i++)
        for (int t = begin; t < end && rc == 0; t++)
            rc = run_round(r, &r->out->tests[t]);
    return rc;
}

static int run_depths(struct rounds *r) {
    const struct speed *s = r->out;
    int rc = 0, end;
    for (int begin = 0; begin < s->test_count && rc == 0; begin = end) {
        for (end = begin; end < s->test_count; end++)
            if (s->tests[end].depth != s->tests[begin].depth)
                break;
        rc = run_depth(r, begin, end);
    }
    return rc;
}

static int add_tests(struct speed *out, const struct numbers *lengths, enum speed_kind kind,
                     int64_t depth) {
    for (int i = 0; i < lengths->len; i++) {
        if (lengths->values[i] == 0)
            continue;
        if (out->test_count == SPEED_TESTS_MAX)
            return err_set(ERR_ARG, "more than %d tests", SPEED_TESTS_MAX);
        out->tests[out->test_count++] =
            (struct speed_test){.kind = kind, .tokens = lengths->values[i], .depth = depth};
    }
    return 0;
}

/* By depth, so that the cache is filled once for each. */
static int plan_tests(struct speed *out, const struct speed_options *o) {
    int rc = 0;
    for (int i = 0; i < o->depths.len && rc == 0; i++) {
        rc = add_tests(out, &o->prompts, SPEED_PREFILL, o->depths.values[i]);
        if (rc == 0)
            rc = add_tests(out, &o->tokens, SPEED_DECODE, o->depths.values[i]);
    }
    if (rc == 0 && out->test_count == 0)
        rc = err_set(ERR_ARG, "there is nothing to measure: no prompt and no tokens");
    return rc;
}

static int64_t longest(const struct speed *s) {
    int64_t most = 0;
    for (int i = 0; i < s->test_count; i++)
        if (s->tests[i].depth + s->tests[i].tokens > most)
            most = s->tests[i].depth + s->tests[i].tokens;
    return most;
}

static int measure(struct rounds *r, struct pool *pool) {
    int rc = run_first_rounds(r);
    r->out->peak_rss = machine_peak_rss();
    if (rc == 0 && !r->o->no_limits)
        rc = gauge_new(&r->gauge, pool, &r->o->machine, &r->o->gauge);
    if (rc == 0)
        rc = run_depths(r);
    if (rc == 0 && r->gauge)
        limits_look(&r->out->limits, pool, r->gauge, r->o->repetitions);
    gauge_free(r->gauge);
    return rc;
}

static int run_tests(struct speed *out, struct session *session, const struct speed_options *o) {
    struct rounds r = {
        .o = o,
        .session = session,
        .out = out,
        .all = out->test_count * (o->repetitions + 1),
    };
    int64_t len = longest(out);
    r.ids = xcalloc((size_t)len, sizeof(*r.ids));
    draw_ids(r.ids, len, session_model(session)->config.vocab_size);
    int rc = measure(&r, session_model(session)->device->pool);
    free(r.ids);
    return rc;
}

static int open_session(struct session **s, struct model **m, struct device *dev,
                        const struct speed *out, const char *path, const struct speed_options *o) {
    const struct session_options options = {
        .rows = 1,
        .capacity = longest(out),
        .chunk = o->chunk,
        .kv = o->kv,
        .plan_flags = o->strict ? PLAN_STRICT : 0,
    };
    int rc = model_open(m, path, dev, &o->model);
    if (rc == 0 && (*m)->config.head->kind != HEAD_LM)
        rc =
            err_set(ERR_UNSUPPORTED, "%s does not generate: there is no decoding to measure", path);
    return rc < 0 ? rc : session_new(s, *m, &options);
}

static void describe(struct speed *out, const struct session *s) {
    const struct model *m = session_model(s);
    traffic_init(&out->traffic, m, session_kv(s));
    out->weight_bytes = m->weights.bytes;
    out->parameters = m->weights.parameters;
    out->cache_bytes = session_cache_bytes(s);
}

int speed_measure(struct speed *out, const char *path, const struct speed_options *o) {
    struct device *dev = NULL;
    struct model *m = NULL;
    struct session *s = NULL;
    memset(out, 0, sizeof(*out));
    int rc = plan_tests(out, o);
    if (rc == 0)
        rc = device_open(&dev, o->backend, &o->device);
    if (rc != 0)
        return rc;
    out->threads = pool_threads(dev->pool);
    (void)snprintf(out->device, sizeof(out->device), "%s", dev->name);
    machine_reset_peak();
    int64_t begin = clock_mono_ns();
    rc = open_session(&s, &m, dev, out, path, o);
    out->load_seconds = (double)(clock_mono_ns() - begin) * 1e-9;
    if (rc == 0) {
        describe(out, s);
        rc = run_tests(out, s, o);
        out->workspace_bytes = session_workspace_bytes(s);
    }
    session_free(s);
    model_close(m);
    device_close(dev);
    return rc;
}

double speed_bytes(const struct speed *s, const struct speed_test *t) {
    double bytes = 0;
    if (t->kind == SPEED_PREFILL)
        return traffic_step_bytes(&s->traffic, t->depth + t->tokens - 1) / (double)t->tokens;
    for (int64_t i = 0; i < t->tokens; i++)
        bytes += traffic_step_bytes(&s->traffic, t->depth + i);
    return bytes / (double)t->tokens;
}

double speed_operations(const struct speed *s, const struct speed_test *t) {
    if (t->kind == SPEED_DECODE)
        return traffic_step_operations(&s->traffic, 1);
    return traffic_step_operations(&s->traffic, t->tokens) / (double)t->tokens;
}
