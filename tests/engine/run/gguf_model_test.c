/* SPDX-License-Identifier: Apache-2.0 */
/* GGUF files that the package gguf made of the fixtures (scripts/fixtures/gguf_export.py): they
 * must be the fixtures again, in every weight, token and generated id. */
#include "engine/run/model.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/engine.h"
#include "engine/nn/arch.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

static const struct row {
    const char *file, *folder, *tokens; /* tokens: the fixture of its tokenizer, or NULL */
    enum dtype dtype;                   /* of the matrices whose rows are whole blocks */
} rows[] = {
    {"llama.f32",         "llama/small",       NULL,    DTYPE_F32 },
    {"llama.f16",         "llama",             "llama", DTYPE_F16 },
    {"llama.bf16",        "llama/small",       NULL,    DTYPE_BF16},
    {"llama.q8_0",        "llama",             "llama", DTYPE_Q8_0},
    {"llama.rope_llama3", "llama/rope_llama3", NULL,    DTYPE_F32 },
    {"llama.rope_yarn",   "llama/rope_yarn",   NULL,    DTYPE_F32 },
    {"llama.biases",      "llama/biases",      NULL,    DTYPE_F32 },
    {"qwen2.f32",         "qwen2/small",       NULL,    DTYPE_F32 },
    {"qwen2.f16",         "qwen2",             "qwen2", DTYPE_F16 },
    {"qwen2.bf16",        "qwen2/small",       NULL,    DTYPE_BF16},
    {"qwen2.q8_0",        "qwen2",             "qwen2", DTYPE_Q8_0},
    {"qwen3.f32",         "qwen3/small",       NULL,    DTYPE_F32 },
    {"qwen3.f16",         "qwen3",             "qwen3", DTYPE_F16 },
    {"qwen3.bf16",        "qwen3/small",       NULL,    DTYPE_BF16},
    {"qwen3.q8_0",        "qwen3",             "qwen3", DTYPE_Q8_0},
    {"gpt2.f32",          "gpt2/small",        NULL,    DTYPE_F32 },
    {"gpt2.f16",          "gpt2",              "gpt2",  DTYPE_F16 },
    {"gpt2.bf16",         "gpt2/small",        NULL,    DTYPE_BF16},
    {"gpt2.q8_0",         "gpt2",              "gpt2",  DTYPE_Q8_0},
    {"bert.f32",          "bert/small",        NULL,    DTYPE_F32 },
    {"bert.f16",          "bert",              "bert",  DTYPE_F16 },
    {"bert.bf16",         "bert/small",        NULL,    DTYPE_BF16},
    {"bert.q8_0",         "bert",              "bert",  DTYPE_Q8_0},
    {NULL,                NULL,                NULL,    DTYPE_F32 },
};

static const char *file_of(const struct row *r) {
    static char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/engine/run/data/%s.gguf", SOURCE_DIR, r->file);
    return path;
}

static const char *folder_of(const char *name) {
    static char path[512];
    (void)snprintf(path, sizeof(path), "%s/tests/models/%s", SOURCE_DIR, name);
    return path;
}

static bool good(int rc, const struct row *r) {
    return test_check(rc >= 0, __FILE__, __LINE__, "%s: %s", r->file, err_text());
}

/* -- weights -- */

/* The bytes that the fixture's numbers become when they are stored as the file stores them. */
static bool same_bytes(const struct tensor *file, const struct tensor *fixture) {
    size_t size = tensor_size(file);
    void *bytes = malloc(size ? size : 1);
    CHECK(bytes);
    bool same = tensor_same_shape(file, fixture);
    if (same)
        dtype_convert(bytes, file->dtype, fixture->data, fixture->dtype, tensor_count(fixture));
    same = same && memcmp(bytes, file->data, size) == 0;
    free(bytes);
    return same;
}

/* Slots of struct layer or struct globals: nothing but pointers. Returns how many are filled. */
static int compare_slots(const struct row *r, const void *file, const void *fixture, size_t size) {
    int filled = 0;
    for (size_t i = 0; i < size / sizeof(struct tensor *); i++) {
        const struct tensor *const *a = file, *const *b = fixture;
        bool vector = a[i] && a[i]->rank == 1;
        if (!a[i])
            continue;
        filled++;
        (void)test_check(b[i] && same_bytes(a[i], b[i]), __FILE__, __LINE__, "%s: slot %zu differs",
                         r->file, i);
        (void)test_check(a[i]->dtype == (vector ? DTYPE_F32 : a[i]->dtype), __FILE__, __LINE__,
                         "%s: slot %zu is a vector of %s", r->file, i, dtype_name(a[i]->dtype));
    }
    return filled;
}

static int count_slots(const void *slots, size_t size) {
    const struct tensor *const *at = slots;
    int filled = 0;
    for (size_t i = 0; i < size / sizeof(*at); i++)
        filled += at[i] != NULL;
    return filled;
}

static void compare_models(const struct row *r, const struct model *file, const struct model *fix) {
    const struct weights *a = &file->weights, *b = &fix->weights;
    const struct config *c = &file->config;
    EXPECT_STR(c->arch->model_type, fix->config.arch->model_type);
    EXPECT_INT(c->num_hidden_layers, fix->config.num_hidden_layers);
    EXPECT_INT(c->num_key_value_heads, fix->config.num_key_value_heads);
    EXPECT_INT(c->head_dim, fix->config.head_dim);
    EXPECT_INT(c->max_positions, fix->config.max_positions);
    EXPECT_INT(c->tie_word_embeddings || c->head->kind == HEAD_NONE,
               fix->config.tie_word_embeddings || c->head->kind == HEAD_NONE);
    EXPECT(c->norm_eps == fix->config.norm_eps);
    EXPECT(c->rope.theta == fix->config.rope.theta);
    EXPECT_INT(c->bos_token_id, fix->config.bos_token_id);
    EXPECT_INT(c->eos_len, fix->config.eos_len);
    EXPECT_INT(a->unexpected_len, 0);
    EXPECT(compare_slots(r, &a->globals, &b->globals, sizeof(a->globals)) > 1);
    for (int64_t i = 0; i < c->num_hidden_layers; i++) {
        int filled = compare_slots(r, &a->layers[i], &b->layers[i], sizeof(a->layers[i]));
        EXPECT_INT(filled, count_slots(&b->layers[i], sizeof(b->layers[i])));
    }
    EXPECT_INT(a->layers[0].up->dtype,
               c->hidden_size % dtype_block(r->dtype) == 0 ? r->dtype : DTYPE_F32);
}

TEST(every_weight_and_number_is_the_fixtures) {
    const struct device_options one = {.threads = 1};
    for (const struct row *r = rows; r->file; r++) {
        struct device *device = NULL;
        struct model *file = NULL, *fixture = NULL;
        REQUIRE(device_open(&device, "cpu", &one) == 0);
        if (good(model_open(&file, file_of(r), device, NULL), r) &&
            good(model_open(&fixture, folder_of(r->folder), device, NULL), r))
            compare_models(r, file, fixture);
        model_close(file);
        model_close(fixture);
        device_close(device);
    }
}

/* -- what they compute -- */

enum { PROMPT = 9, NEW = 24 };
static const int32_t prompt[PROMPT] = {5, 17, 90, 31, 8, 77, 60, 45, 7};

struct answer {
    int32_t ids[NEW];
    float *state; /* of a model that does not generate */
    int64_t len;
};

static void ask(struct answer *out, const struct row *r, const char *path,
                const struct engine_options *o) {
    struct engine *e = NULL;
    struct engine_session *s = NULL;
    struct engine_info info;
    struct engine_generate settings = ENGINE_GENERATE_DEFAULTS;
    int32_t *ids = NULL;
    *out = (struct answer){0};
    settings.max_new_tokens = NEW;
    settings.settings = "{\"eos_token_id\":null}";
    if (!good(engine_open(&e, path, o), r) || !good(engine_session_open(&s, e, NULL), r))
        goto done;
    engine_info(e, &info);
    if (info.can_generate) {
        out->len = engine_session_generate(s, prompt, PROMPT, &settings, NULL, NULL, &ids);
        if (good((int)out->len, r))
            memcpy(out->ids, ids, (size_t)out->len * sizeof(*ids));
    } else {
        out->state = calloc((size_t)info.hidden_size, sizeof(float));
        out->len = info.hidden_size;
        (void)good(engine_session_embed(s, prompt, PROMPT, ENGINE_POOL_MEAN, false, out->state), r);
    }
done:
    engine_free(ids);
    engine_session_close(s);
    engine_close(e);
}

static void expect_same(const struct row *r, const struct answer *a, const struct answer *b) {
    double worst = 0;
    (void)test_check(a->len == b->len && a->len > 0, __FILE__, __LINE__, "%s: %d ids, not %d",
                     r->file, (int)a->len, (int)b->len);
    (void)test_check(memcmp(a->ids, b->ids, sizeof(a->ids)) == 0, __FILE__, __LINE__,
                     "%s: other ids", r->file);
    for (int64_t i = 0; a->state && b->state && i < a->len; i++)
        worst = fmax(worst, fabs((double)a->state[i] - (double)b->state[i]));
    (void)test_check(worst < 1e-5, __FILE__, __LINE__, "%s: a state differs by %g", r->file, worst);
}

/* f32 files against the folder, the others against their own numbers widened to f32: the
 * weights themselves are compared above. */
TEST(greedy_ids_are_the_same_on_the_reference) {
    for (const struct row *r = rows; r->file; r++) {
        struct answer file, other;
        const struct engine_options plain = {.backend = "cpu", .threads = 1};
        const struct engine_options wide = {.backend = "cpu", .threads = 1, .dtype = "f32"};
        ask(&file, r, file_of(r), &plain);
        if (r->dtype == DTYPE_F32)
            ask(&other, r, folder_of(r->folder), &plain);
        else
            ask(&other, r, file_of(r), &wide);
        expect_same(r, &file, &other);
        free(file.state);
        free(other.state);
    }
}

TEST(greedy_ids_of_f32_files_are_the_same_on_the_default_backend) {
    for (const struct row *r = rows; r->file; r++) {
        struct answer file, other;
        const struct engine_options plain = {.threads = 1};
        if (r->dtype != DTYPE_F32)
            continue;
        ask(&file, r, file_of(r), &plain);
        ask(&other, r, folder_of(r->folder), &plain);
        expect_same(r, &file, &other);
        free(file.state);
        free(other.state);
    }
}

/* -- tokens -- */

static void compare_text(const struct row *r, struct engine *e, struct json text, struct json ids,
                         bool special) {
    const char *s = "";
    int32_t *got = NULL;
    int64_t id = 0, i = 0;
    CHECK(json_as_str(text, &s) == 0);
    int64_t len = engine_tokenize(e, s, strlen(s), special, &got);
    bool same = len == (int64_t)json_len(ids);
    for (struct json v = json_first(ids); same && v.node; v = json_next(v), i++)
        same = json_as_int(v, 0, INT32_MAX, &id) == 0 && got[i] == id;
    (void)test_check(same, __FILE__, __LINE__, "%s: \"%.60s\" has other tokens", r->file, s);
    engine_free(got);
}

/* The corpus of the fixture, with the ids that HF tokenizers gave for its tokenizer.json. */
TEST(tokens_are_those_of_the_fixtures_tokenizer) {
    char path[600];
    for (const struct row *r = rows; r->file; r++) {
        const struct engine_options plain = {.backend = "cpu", .threads = 1};
        struct engine *e = NULL;
        struct json_doc *doc = NULL;
        bool special = false;
        if (!r->tokens)
            continue;
        (void)snprintf(path, sizeof(path), "%s/corpus.json", folder_of(r->tokens));
        REQUIRE(json_load(&doc, path, 1 << 24, 0) == 0);
        REQUIRE(json_bool(json_root(doc), "add_special_tokens", &special) == 0);
        if (good(engine_open(&e, file_of(r), &plain), r)) {
            struct json texts = json_get(json_root(doc), "texts");
            struct json ids = json_first(json_get(json_root(doc), "ids"));
            EXPECT(json_len(texts) > 10);
            for (struct json t = json_first(texts); t.node; t = json_next(t), ids = json_next(ids))
                compare_text(r, e, t, ids, special);
        }
        engine_close(e);
        json_free(doc);
    }
}

/* Roles, kinds and spellings of every id. */
TEST(the_table_of_tokens_is_the_fixtures) {
    const struct device_options one = {.threads = 1};
    for (const struct row *r = rows; r->file; r++) {
        struct device *device = NULL;
        struct model *m = NULL;
        const struct tokenizer *t = NULL;
        struct tokenizer *fixture = NULL;
        if (!r->tokens)
            continue;
        REQUIRE(device_open(&device, "cpu", &one) == 0);
        REQUIRE(tokenizer_open(&fixture, folder_of(r->tokens)) == 0);
        if (good(model_open(&m, file_of(r), device, NULL), r) && good(model_tokenizer(m, &t), r)) {
            EXPECT_INT(tokenizer_id_end(t), tokenizer_id_end(fixture));
            for (int32_t id = 0; id < tokenizer_id_end(t); id++) {
                EXPECT_STR(tokenizer_token(t, id, NULL), tokenizer_token(fixture, id, NULL));
                EXPECT_INT(tokenizer_is_special(t, id), tokenizer_is_special(fixture, id));
            }
        }
        tokenizer_close(fixture);
        model_close(m);
        device_close(device);
    }
}
