/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/rope.h"

#include "tests/test.h"

static float inv[4];
static struct rope_state state = {inv, 0};

static int fill(struct rope *r, const char *text, int64_t positions, struct arena *arena) {
    struct json_doc *doc = NULL;
    struct json none = {0};
    int rc = json_parse(&doc, text, strlen(text), "config.json", 0);
    if (rc == 0)
        rc = rope_parse(r, json_root(doc), none, 10000, 8, positions, arena);
    if (rc == 0)
        rope_init(r, &state);
    json_free(doc);
    return rc;
}

static bool near(float a, double b) {
    return fabs((double)a - b) <= 2e-7 * fabs(b);
}

#define YARN(more)                                                                    \
    "{\"rope_theta\": 50, \"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4," \
    " \"original_max_position_embeddings\": 512" more "}}"
#define LLAMA3                                                                          \
    "{\"rope_theta\": 50, \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8," \
    " \"low_freq_factor\": 1, \"high_freq_factor\": 4,"                                 \
    " \"original_max_position_embeddings\": 64}}"

/* Numbers of Transformers 5.17 for heads of 8; theta 10000 unless it is given. */
static const struct {
    const char *text;
    int64_t positions;
    double inv[4], attention;
} golden[] = {
    {"{}",                                                        128,  {1, 0.1, 0.01, 0.001},                        1                },
    {"{\"partial_rotary_factor\": 0.5}",                          128,  {1, 0.1, 0.01, 0.001},                        1                },
    {"{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}}",
     128,                                                               {0.25, 0.025, 0.0025, 0.00025},
     1                                                                                                                                 },
    {YARN(""),                                                    2048, {1, 0.319651246, 0.0989949554, 0.0292506274}, 1.138629436111989},
    {YARN(", \"truncate\": false"),
     2048,                                                              {1, 0.372536987, 0.110165313, 0.0301729143},
     1.138629436111989                                                                                                                 },
    {YARN(", \"truncate\": null"),
     2048,                                                              {1, 0.372536987, 0.110165313, 0.0301729143},
     1.138629436111989                                                                                                                 },
    {YARN(", \"beta_fast\": 16, \"beta_slow\": 4"),
     2048,                                                              {1, 0.376060307, 0.106066018, 0.0265914798},
     1.138629436111989                                                                                                                 },
    {YARN(", \"mscale\": 0.7, \"mscale_all_dim\": 0.9"),
     2048,                                                              {1, 0.319651246, 0.0989949554, 0.0292506274},
     0.9753496504321066                                                                                                                },
    {YARN(", \"attention_factor\": 1.25"),
     2048,                                                              {1, 0.319651246, 0.0989949554, 0.0292506274},
     1.25                                                                                                                              },
    {LLAMA3,                                                      512,  {1, 0.35747087, 0.0358476192, 0.00664786994}, 1                },
    {NULL,                                                        0,    {0},                                          0                },
};

TEST(frequencies_are_transformers) {
    struct arena arena;
    struct rope r;
    arena_init(&arena, 0);
    for (int i = 0; golden[i].text; i++) {
        REQUIRE(fill(&r, golden[i].text, golden[i].positions, &arena) == 0);
        for (int j = 0; j < 4; j++)
            EXPECT(near(inv[j], golden[i].inv[j]));
        EXPECT(fabs(r.attention - golden[i].attention) < 1e-12);
        EXPECT_INT(r.dim, 8);
    }
    arena_done(&arena);
}

TEST(dynamic_grows_with_the_sequence_and_falls_back) {
    struct arena arena;
    struct rope r;
    arena_init(&arena, 0);
    REQUIRE(fill(&r, "{\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2}}", 16, &arena) ==
            0);
    float before = inv[1];
    rope_update(&r, &state, 15);
    EXPECT(inv[1] == before);
    rope_update(&r, &state, 31);
    float longer = inv[1];
    EXPECT(longer < before);
    rope_update(&r, &state, 20);
    EXPECT(inv[1] == longer); /* it does not shrink by itself */
    rope_update(&r, &state, 15);
    EXPECT(inv[1] == longer); /* 16 tokens are not fewer than the 16 it began with */
    rope_update(&r, &state, 3);
    EXPECT(inv[1] == before);
    arena_done(&arena);
}

TEST(longrope_takes_the_long_factors_behind_the_original_length) {
    struct arena arena;
    struct rope r;
    arena_init(&arena, 0);
    REQUIRE(fill(&r,
                 "{\"rope_scaling\": {\"type\": \"longrope\", \"original_max_position_embeddings\":"
                 " 8, \"short_factor\": [1, 1, 1, 1], \"long_factor\": [2, 2, 2, 2]}}",
                 32, &arena) == 0);
    EXPECT(near(inv[0], 1));
    EXPECT(near((float)r.attention, sqrt(1 + log(4) / log(8))));
    rope_update(&r, &state, 7);
    EXPECT(near(inv[0], 1)); /* 8 tokens are not more than the original 8 */
    rope_update(&r, &state, 8);
    EXPECT(near(inv[0], 0.5));
    rope_update(&r, &state, 7);
    EXPECT(near(inv[0], 1));
    arena_done(&arena);
}
