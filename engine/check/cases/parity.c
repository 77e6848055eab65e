/* SPDX-License-Identifier: Apache-2.0 */
/* Parity: a text of many steps, as the CPU reference computes it, or where that is tried itself as
 * the plainest kernels do. */
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/case.h"
#include "engine/check/check.h"
#include "engine/run/parity.h"

struct prompt {
    const int32_t *ids;
    int64_t len, steps;
};

static int read_prompt(struct case_run *c, struct prompt *out) {
    struct feed feed;
    *out = (struct prompt){0};
    int rc = feed_of_params(c, &feed);
    if (rc == 0)
        rc = case_broken(c, json_int(case_params(c), "steps", 2, PARITY_STEPS_MAX, &out->steps));
    if (rc < 0)
        return rc;
    out->ids = feed.ids.data;
    out->len = feed_tokens(&feed);
    return 0;
}

/* Another device runs the same checkpoint, stored in the same way but without the planted bug. */
static int run_reference(struct case_run *c, const struct prompt *p, struct parity_reference *out) {
    const struct device_options exact = {.threads = 1, .exact = true};
    struct bench *bench = check_bench(c->check);
    const struct session_options room = {.capacity = p->len + p->steps};
    struct model_options options = {0};
    struct device *device = NULL;
    struct session *session = NULL;
    struct model *model = NULL;
    bool is_reference = strcmp(bench_backend(bench), "cpu") == 0;
    bench_storage(bench, c->folder, &options.weights);
    int rc = device_open(&device, is_reference ? "cpu-native.plain" : "cpu", &exact);
    if (rc == 0)
        rc = model_open(&model, c->folder, device, &options);
    if (rc == 0)
        rc = session_new(&session, model, &room);
    if (rc == 0)
        rc = parity_reference_run(out, session, p->ids, p->len, p->steps);
    session_free(session);
    model_close(model);
    device_close(device);
    return rc < 0 ? err_while(rc, "the reference") : 0;
}

/* Steps of logits are one tensor, as goldens are: where rounding counts most in a text, it counts
 * a hundred times what it does elsewhere. The sentence names the first step that is off. */
static int compare_steps(struct case_run *c, const char *what, float *got, float *want,
                         const struct parity_reference *r, const struct parity_part *part,
                         const struct tolerance *tolerance) {
    struct tensor a, b;
    struct compare_total total = {0};
    CHECK(tensor_init(&a, DTYPE_F32, SHAPE(r->steps, r->vocab)) == 0);
    b = a;
    a.data = got;
    b.data = want;
    int rc = compare_tensors(&total, what, &a, &b, NULL, tolerance);
    if (total.wrong && part->fails)
        compare_fact(&c->total, false, "%s: %s", what, part->text);
    compare_add(&c->total, &total);
    return case_broken(c, rc);
}

static int compare_all(struct case_run *c, const struct parity *p,
                       const struct parity_reference *r) {
    int rc = compare_steps(c, "fed the reference's tokens", p->cached, r->logits, r, &p->forced,
                           c->tolerance);
    compare_count(&c->total, p->free.steps);
    compare_fact(&c->total, !p->free.fails, "fed its own tokens: %s", p->free.text);
    if (rc == 0)
        rc = compare_steps(c, "with a cache against without", p->cached, p->whole, r, &p->full,
                           &tolerance_self);
    return rc;
}

static int run_parity(struct case_run *c) {
    struct parity_reference reference = {0};
    struct session *s = NULL;
    struct prompt prompt;
    struct parity p = {0};
    int rc = read_prompt(c, &prompt);
    const struct bench_options room = {
        .rows = 1, .capacity = prompt.len + prompt.steps, .chunk = SESSION_CHUNK};
    if (rc == 0)
        rc = run_reference(c, &prompt, &reference);
    if (rc == 0)
        rc = bench_session(c, &room, &s);
    if (rc == 0)
        rc = parity_run(&p, s, &reference, c->tolerance);
    if (rc == 0)
        rc = compare_all(c, &p, &reference);
    parity_done(&p);
    parity_reference_done(&reference);
    bench_session_done(c, s);
    return rc;
}

static const struct case_type types[] = {
    {"parity", "D1", "F", run_parity},
    CASE_END_ROW,
};

const struct case_group case_parity = {"parity", types};
