/* SPDX-License-Identifier: Apache-2.0 */
/* A generation_config.json: what is accepted leads through every processor of scores to a token
 * of the vocabulary, greedy and drawn, for scores of any kind. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/run/processors.h"
#include "engine/run/sampler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VOCAB = 16, PROMPT = 5 };

static const int32_t ids[] = {3, 1, 3, 1, 3, 15, 3, 1};
static const float rows[][VOCAB] = {
    {1,     2,      3,      4,        -5, 6, 7, 8, -9, 10, 11, 12.5F, 13, 14, 15, 16},
    {0,     0,      0,      0,        0,  0, 0, 0, 0,  0,  0,  0,     0,  0,  0,  0 },
    {3e38F, -3e38F, 1e-45F, INFINITY, 1,  2, 3, 4, 5,  6,  7,  8,     9,  10, 11, 12},
    {NAN,   1,      2,      3,        4,  5, 6, 7, 8,  9,  10, 11,    12, 13, 14, 15},
};

static void check_choice(struct choice c) {
    CHECK(c.id >= 0 && c.id < VOCAB);
    CHECK(c.runner >= -1 && c.runner < VOCAB);
}

static void choose(const struct generation *g, const float *scores, int64_t len) {
    struct scores_scratch scratch;
    float row_scores[VOCAB];
    const struct noise noise = {.seed = g->seed, .step = (uint64_t)len};
    CHECK(scores_init(&scratch, VOCAB) == 0);
    memcpy(row_scores, scores, sizeof(row_scores));
    struct row row = {
        .settings = g,
        .scratch = &scratch,
        .ids = ids,
        .len = len,
        .prompt = PROMPT,
        .scores = row_scores,
    };
    processors_run(&row);
    check_choice(sampler_greedy(row_scores, VOCAB));
    check_choice(sampler_draw(row_scores, scratch.values, VOCAB, &noise));
    scores_done(&scratch);
}

static void use(struct generation *g) {
    generation_resolve(g, PROMPT, PROMPT, 64);
    CHECK(g->max_length >= 0);
    if (processors_check(g, VOCAB) < 0) {
        CHECK(err_text()[0]);
        return;
    }
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
        for (int64_t len = PROMPT; len <= 8; len++)
            choose(g, rows[r], len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct json_doc *doc;
    struct generation g;
    struct arena arena;
    if (json_parse(&doc, (const char *)data, size, "input", 0) < 0)
        return 0;
    arena_init(&arena, 0);
    generation_init(&g);
    int rc = generation_apply(&g, json_root(doc), &arena);
    CHECK(rc == 0 || strstr(err_text(), "input"));
    json_free(doc); /* what was taken from it was copied */
    if (rc == 0)
        use(&g);
    arena_done(&arena);
    return 0;
}
