/* SPDX-License-Identifier: Apache-2.0 */
/* Greedy cases against references that were made wrong on purpose: only a near tie of the
 * reference excuses another token, and only for its own two candidates. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/check/check.h"
#include "engine/format/safetensors_writer.h"
#include "engine/run/generate.h"
#include "tests/test.h"

enum { TOKENS = 4, STEPS = 3, WORDS_MAX = 1024 };

static int64_t prompt[TOKENS] = {5, 17, 200, 31};
static int64_t ids[TOKENS + STEPS];
static float scores[STEPS * WORDS_MAX];
static int64_t vocab;

static int keep(void *arg, const struct generate_step *step) {
    (void)arg;
    memcpy(scores + step->step * step->vocab, step->logits, (size_t)vocab * sizeof(*scores));
    ids[TOKENS + step->step] = step->tokens[0];
    return 0;
}

/* What the engine itself gives is the reference to begin with. */
static bool make_reference(void) {
    struct device *device = NULL;
    struct model *model = NULL;
    struct session *session = NULL;
    struct generate_result out = {0};
    struct generation g;
    int32_t given[TOKENS];
    const struct device_options one = {.threads = 1};
    generation_init(&g);
    g.max_new_tokens = STEPS;
    for (int i = 0; i < TOKENS; i++)
        given[i] = (int32_t)(ids[i] = prompt[i]);
    const struct generate_request r = {
        .rows = 1, .tokens = TOKENS, .ids = given, .settings = &g, .each = keep};
    bool ok = device_open(&device, "cpu", &one) == 0 &&
              model_open(&model, SOURCE_DIR "/tests/models/llama", device, NULL) == 0 &&
              session_new(&session, model, NULL) == 0;
    vocab = ok ? model->config.vocab_size : 0;
    ok = ok && vocab <= WORDS_MAX && generate(&out, session, &r) == 0;
    generate_done(&out);
    session_free(session);
    model_close(model);
    device_close(device);
    return ok;
}

static void put(struct tensor *t, enum dtype dtype, int rank, const int64_t *shape, void *data) {
    CHECK(tensor_init(t, dtype, rank, shape) == 0);
    t->data = data;
}

/* The events of the one case that these references make. */
static char *run_case(void) {
    static const char format[] =
        "{\"schema\":1,\"family\":\"toy\",\"goldens_sha256\":\"%s\",\"cases\":[{\"name\":\"a\","
        "\"type\":\"greedy\",\"tolerance\":\"G\",\"checkpoint\":\"model\",\"inputs\":"
        "{\"input_ids\":\"in\"},\"expect\":{\"ids\":\"ids\",\"scores\":\"scores\"},\"params\":"
        "{\"generation\":{\"max_new_tokens\":3,\"do_sample\":false,\"eos_token_id\":null}}}]}";
    const char *folder = test_folder();
    struct tensor in, out, seen;
    char hash[HASH_HEX_SIZE], *text = NULL;
    size_t size = 0;
    struct buf path, json;
    struct check *k = NULL;
    struct check_counts counts;
    put(&in, DTYPE_I64, SHAPE(1, TOKENS), prompt);
    put(&out, DTYPE_I64, SHAPE(1, TOKENS + STEPS), ids);
    put(&seen, DTYPE_F32, SHAPE(STEPS, 1, vocab), scores);
    const struct safetensors_item items[] = {
        {"ids",    &out },
        {"in",     &in  },
        {"scores", &seen}
    };
    buf_init(&path, 8192);
    buf_init(&json, 8192);
    file_join(&path, folder, "goldens.safetensors");
    CHECK(safetensors_write(path.data, items, 3, NULL, 0) == 0 && hash_file(path.data, hash) == 0);
    buf_printf(&json, format, hash);
    CHECK(file_replace(file_join(&path, folder, "cases.json"), json.data, json.len) == 0);
    CHECK(symlink(SOURCE_DIR "/tests/models/llama", file_join(&path, folder, "model")) == 0);
    FILE *events = open_memstream(&text, &size);
    const struct check_options o = {
        .folder = folder, .backend = "cpu", .dtype = "f32", .threads = 1};
    CHECK(check_open(&k, &o) == 0 && check_run(k, events, &counts) == 0);
    check_close(k);
    fclose(events);
    buf_done(&path);
    buf_done(&json);
    return text;
}

static void expect_status(const char *status) {
    char want[64], *text = run_case();
    snprintf(want, sizeof(want), "\"status\":\"%s\"", status);
    EXPECT_HAS(text, want);
    free(text);
}

/* The best of the last step but one. */
static int64_t runner_up(int64_t best) {
    const float *step = scores + (STEPS - 1) * vocab;
    int64_t next = best == 0;
    for (int64_t i = 0; i < vocab; i++)
        next = i != best && step[i] > step[next] ? i : next;
    return next;
}

static int64_t other_than(int64_t a, int64_t b) {
    int64_t id = 0;
    while (id == a || id == b)
        id++;
    return id;
}

TEST(only_a_near_tie_excuses_another_token) {
    REQUIRE(make_reference());
    int64_t last = TOKENS + STEPS - 1, right = ids[last], rival = other_than(right, right);
    float *step = scores + (STEPS - 1) * vocab, top = step[right], low = step[rival];
    expect_status("pass");
    ids[last] = rival; /* the reference is sure of another */
    expect_status("fail");
    ids[last] = runner_up(right); /* second, but not by a hair */
    expect_status("fail");
    ids[last] = rival;
    step[rival] = top; /* a tie, and these two are the candidates */
    expect_status("pass");
    ids[last] = other_than(right, rival); /* a tie of two others */
    expect_status("fail");
    step[rival] = low;
    ids[last] = right;
    scores[3] += 1; /* an early score is off */
    expect_status("numerics");
}
