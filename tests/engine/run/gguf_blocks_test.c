/* SPDX-License-Identifier: Apache-2.0 */
/* Files of block formats (scripts/fixtures/gguf_blocks.py): logits are those of HF Transformers
 * computing with what the package gguf says that the blocks stand for. */
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/check/audit.h"
#include "engine/run/session.h"
#include "engine/trace/compare.h"
#include "tests/test.h"

enum { VOCAB = 48, TOKENS = 9, FILE_MAX = 1 << 20 };

static const char *const formats[] = {"q8_0", "q4_0", "k", NULL};

static const char *path_of(const char *format, const char *suffix) {
    static char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/engine/run/data/blocks.%s.%s", SOURCE_DIR, format,
                   suffix);
    return path;
}

static void compare(const char *what, const struct tolerance *t, const float *got,
                    struct json wanted) {
    double error = 0, size = 0, r[VOCAB] = {0}, worst = 0;
    int n = 0;
    for (struct json v = json_first(wanted); v.node && n < VOCAB; v = json_next(v), n++) {
        CHECK(json_as_real(v, &r[n]) == 0);
        error += ((double)got[n] - r[n]) * ((double)got[n] - r[n]);
        size += r[n] * r[n];
    }
    for (int i = 0; i < n; i++)
        worst = fmax(worst, fabs((double)got[i] - r[i]) -
                                (t->abs * sqrt(size / VOCAB) + t->rel * fabs(r[i])));
    (void)test_check(n == VOCAB && size > VOCAB && error <= t->nmse * size && worst <= 0, __FILE__,
                     __LINE__, "%s: nmse %g is over %g, or an element is off by %g too much", what,
                     error / size, t->nmse, worst);
}

static void run_prompt(struct engine_session *s, const char *what, const struct tolerance *t,
                       struct json row) {
    int32_t ids[TOKENS];
    const float *logits = NULL;
    int64_t id = 0;
    int n = 0;
    for (struct json v = json_first(json_get(row, "ids")); v.node && n < TOKENS; v = json_next(v)) {
        CHECK(json_as_int(v, 0, VOCAB - 1, &id) == 0);
        ids[n++] = (int32_t)id;
    }
    REQUIRE(engine_session_sync(s, ids, (size_t)n) > 0);
    REQUIRE(engine_session_logits(s, &logits) == VOCAB);
    compare(what, t, logits, json_get(row, "logits"));
}

static void run_format(const char *format, const struct engine_options *o,
                       const struct tolerance *t) {
    struct engine *e = NULL;
    struct engine_session *s = NULL;
    struct json_doc *doc = NULL;
    bool open = engine_open(&e, path_of(format, "gguf"), o) == 0 &&
                engine_session_open(&s, e, NULL) == 0 &&
                json_load(&doc, path_of(format, "json"), FILE_MAX, 0) == 0;
    (void)test_check(open && json_len(json_root(doc)) == 4, __FILE__, __LINE__, "%s: %s", format,
                     err_text());
    for (struct json row = json_first(json_root(doc)); open && row.node; row = json_next(row))
        run_prompt(s, format, t, row);
    json_free(doc);
    engine_session_close(s);
    engine_close(e);
}

TEST(the_reference_computes_what_hf_does) {
    const struct engine_options o = {.backend = "cpu", .threads = 1};
    for (int i = 0; formats[i]; i++)
        run_format(formats[i], &o, &tolerance_final);
}

TEST(the_default_backend_does_when_it_is_exact) {
    const struct engine_options o = {.threads = 2, .exact = true};
    for (int i = 0; formats[i]; i++)
        run_format(formats[i], &o, &tolerance_final);
}

/* A model as production runs it, and the same file as plain rows for the judge. */
struct sides {
    struct device *device, *judge;
    struct model *model, *rows;
};

static void sides_close(struct sides *s) {
    model_close(s->model);
    model_close(s->rows);
    device_close(s->device);
    device_close(s->judge);
}

static bool sides_open(struct sides *s, const char *format) {
    const struct device_options options = {.threads = 2};
    *s = (struct sides){0};
    return device_open(&s->device, BACKEND_DEFAULT, &options) == 0 &&
           device_open(&s->judge, "cpu", &options) == 0 &&
           model_open(&s->model, path_of(format, "gguf"), s->device, NULL) == 0 &&
           model_open(&s->rows, path_of(format, "gguf"), s->judge, NULL) == 0;
}

static const struct tensor *rows_of(void *arg, const char *name) {
    const struct sides *s = arg;
    return weights_find(&s->rows->weights, name);
}

/* Products with activations of 8 bits among the nodes. */
static int count_of_8_bits(const struct audit *a) {
    const struct plan_route *routes;
    int found = 0;
    for (int run = 0; run < audit_runs(a); run++) {
        int count = audit_routes(a, run, &routes);
        for (int i = 0; i < count; i++) {
            size_t len = strlen(routes[i].kernel);
            found += len > 3 && strcmp(routes[i].kernel + len - 3, "_q8") == 0;
        }
    }
    return found;
}

/* A prompt and then one token, so that both kinds of kernels are seen. */
static bool run_two_steps(struct model *m, struct audit *a) {
    static const int32_t ids[TOKENS] = {3, 7, 11, 2, 40, 19, 5, 23, 46};
    const struct plan_watch watch = audit_watch(a);
    struct session *s = NULL;
    bool ran = session_new(&s, m, &(struct session_options){.capacity = TOKENS + 1}) == 0;
    if (ran)
        session_set_watch(s, &watch);
    ran = ran && session_step(s, &(struct step){.rows = 1, .tokens = TOKENS, .ids = ids}) == 0 &&
          session_step(s, &(struct step){.rows = 1, .tokens = 1, .ids = ids}) == 0;
    session_free(s);
    return ran;
}

static void audit_format(const char *format) {
    struct sides sides;
    struct audit *a = NULL;
    const bool open = sides_open(&sides, format);
    const struct audit_options options = {.judge = sides.judge, .rows = rows_of, .arg = &sides};
    audit_new(&a, &options);
    (void)test_check(open && run_two_steps(sides.model, a), __FILE__, __LINE__, "%s: %s", format,
                     err_text());
    const struct audit_finding *f = audit_first(a);
    (void)test_check(!f->found, __FILE__, __LINE__, "%s: %s, %s: nmse %g is over %g", format,
                     f->found ? f->kernel : "", f->shapes, f->nmse, f->limit);
    /* At least q k v, output, gate and up, down, and the head: in both steps. */
    (void)test_check(count_of_8_bits(a) >= 2 * 5 && audit_skipped(a) == 0, __FILE__, __LINE__,
                     "%s: %d products of 8 bits, %lld nodes not looked at", format,
                     count_of_8_bits(a), (long long)audit_skipped(a));
    EXPECT(audit_total(a)->nmse_limit == tolerance_native_q8.nmse);
    audit_free(a);
    sides_close(&sides);
}

TEST(each_product_with_activations_of_8_bits_is_in_its_class) {
    for (int i = 0; formats[i]; i++)
        audit_format(formats[i]);
}
