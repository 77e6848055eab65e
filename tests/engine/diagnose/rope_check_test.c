/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the kinds are Transformers' own, of its ROPE_INIT_FUNCTIONS. */
#include "engine/diagnose/rope_check.h"

#include "engine/op/op.h"
#include "tests/test.h"

#define YARN                                                                 \
    "{\"rope_parameters\": {\"rope_type\": \"yarn\", \"rope_theta\": 10000," \
    " \"factor\": 4, \"original_max_position_embeddings\": "
#define LONG                                                                              \
    "{\"rope_scaling\": {\"type\": \"longrope\", \"factor\": 4, \"short_factor\": "       \
    "[1, 1.5, 2, 3], \"long_factor\": [2, 4, 8, 16]}, \"max_position_embeddings\": 256, " \
    "\"original_max_position_embeddings\": 16}"

/* Heads of eight: four frequencies. */
static const struct row {
    const char *config;
    int64_t len;
    float freq[4];
    double scale;
} rows[] = {
  /* clang-format off */
    {"{\"rope_theta\": 10000}", 0, {1, 0.1f, 0.01f, 0.001f}, 1},
    {"{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}}",
     0, {0.25f, 0.025f, 0.0025f, 0.00025f}, 1},
    {"{\"rope_parameters\": {\"rope_type\": \"llama3\", \"rope_theta\": 10000, \"factor\": 8,"
     " \"low_freq_factor\": 1, \"high_freq_factor\": 4,"
     " \"original_max_position_embeddings\": 16}}",
     0, {0.576056361f, 0.0125f, 0.00125f, 0.000125f}, 1},
    {"{\"rope_parameters\": {\"rope_type\": \"dynamic\", \"rope_theta\": 10000, \"factor\": 2},"
     " \"max_position_embeddings\": 6}",
     9, {1, 0.0793700516f, 0.00629960513f, 0.0005f}, 1},
    {YARN "64}}", 0, {1, 0.0625f, 0.00249999994f, 0.000250000012f}, 1.138629436111989},
    {YARN "64, \"attention_factor\": 1.5}}",
     0, {1, 0.0625f, 0.00249999994f, 0.000250000012f}, 1.5},
    {YARN "2048, \"truncate\": false, \"beta_fast\": 16, \"beta_slow\": 2, \"mscale\": 0.7,"
     " \"mscale_all_dim\": 1.2}}",
     0, {1, 0.100000001f, 0.00426161895f, 0.000250000012f}, 0.9405715251010841},
    {LONG, 16, {1, 0.0666666701f, 0.00499999989f, 0.00033333333f}, 1.224744871391589},
    {LONG, 17, {0.5f, 0.0250000004f, 0.00124999997f, 6.2500003e-05f}, 1.224744871391589},
  /* clang-format on */
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool check(const char *config, float *freq, int64_t half, double scale, int64_t len,
                  char text[ROPE_CHECK_TEXT]) {
    struct json_doc *doc = NULL;
    struct tensor t;
    text[0] = 0;
    if (!test_check(json_parse(&doc, config, strlen(config), "config", 0) == 0 &&
                        tensor_init(&t, DTYPE_F32, SHAPE(half)) == 0,
                    __FILE__, __LINE__, "%s", config))
        return false;
    t.data = freq;
    const struct op_params params = {.scale = scale};
    const struct plan_route r = {
        .op = OP_ROPE, .params = &params, .in = {NULL, NULL, &t}
    };
    bool found = rope_check(json_root(doc), &r, len, text);
    json_free(doc);
    return found;
}

TEST(frequencies_are_those_of_their_kind) {
    char text[ROPE_CHECK_TEXT];
    for (size_t i = 0; i < ROWS; i++) {
        float freq[4];
        memcpy(freq, rows[i].freq, sizeof(freq));
        (void)test_check(!check(rows[i].config, freq, 4, rows[i].scale, rows[i].len, text),
                         __FILE__, __LINE__, "row %zu: %s", i, text);
        freq[1] *= 1.001f;
        EXPECT(check(rows[i].config, freq, 4, rows[i].scale, rows[i].len, text));
        EXPECT_HAS(text, "frequency 1 of ");
    }
}

TEST(cos_and_sin_are_multiplied_with_what_the_kind_asks_for) {
    char text[ROPE_CHECK_TEXT];
    for (size_t i = 0; i < ROWS; i++) {
        float freq[4];
        memcpy(freq, rows[i].freq, sizeof(freq));
        EXPECT(check(rows[i].config, freq, 4, rows[i].scale * 1.001, rows[i].len, text));
        EXPECT_HAS(text, "rope scales by ");
    }
}

TEST(heads_that_turn_in_part_are_counted) {
    static const char config[] = "{\"num_attention_heads\": 4, \"hidden_size\": 32,"
                                 " \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 2,"
                                 " \"partial_rotary_factor\": 0.5}}";
    char text[ROPE_CHECK_TEXT];
    float freq[4] = {0.5f, 0.00499999989f};
    (void)test_check(!check(config, freq, 2, 1, 0, text), __FILE__, __LINE__, "%s", text);
    EXPECT(check(config, freq, 4, 1, 0, text));
    EXPECT_HAS(text, "turns 8 numbers of a head, and config.json asks for 4");
}

/* The chunks of a long prompt have its frequencies, from the first on; a long row never has those
 * of a short one. */
TEST(rows_that_grew_are_no_fault) {
    char text[ROPE_CHECK_TEXT];
    float few[4], many[4];
    memcpy(few, rows[ROWS - 2].freq, sizeof(few));
    memcpy(many, rows[ROWS - 1].freq, sizeof(many));
    EXPECT(!check(LONG, many, 4, rows[ROWS - 1].scale, 9, text));
    EXPECT(check(LONG, few, 4, rows[ROWS - 1].scale, 17, text));
}
