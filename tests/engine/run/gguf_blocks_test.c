/* SPDX-License-Identifier: Apache-2.0 */
/* Files of block formats (scripts/fixtures/gguf_blocks.py): logits are those of HF Transformers
 * computing with what the package gguf says that the blocks stand for. */
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/trace/tolerance.h"
#include "tests/test.h"

enum { VOCAB = 48, TOKENS = 9, FILE_MAX = 1 << 20 };

/* Class Q, activations of 8 bits, allows one product 5e-4; five lie one behind the other on the way
 * to the logits: values, output, gate, down, head. */
static const struct tolerance tolerance_blocks = {"Q", false, 5 * 5e-4, INFINITY, INFINITY};

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

TEST(activations_of_8_bits_stay_in_their_class) {
    const struct engine_options o = {.threads = 2};
    for (int i = 0; formats[i]; i++)
        run_format(formats[i], &o, &tolerance_blocks);
}
