/* SPDX-License-Identifier: Apache-2.0 */
/* Peak memory of a mapped checkpoint: the weights once, the cache, and 64 MiB for all the rest. The
 * weights are larger than that, so a second copy of them shows. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/engine.h"
#include "engine/format/safetensors_writer.h"
#include "engine/tensor/tensor.h"
#include "tests/test.h"

enum { VOCAB = 48000, CAPACITY = 512, TENSORS_MAX = 160, NAME = 64, MIB = 1 << 20 };

/* cols 0 ends a list; rows 0: a vector. "%d" is the layer. */
struct row {
    const char *name;
    int64_t rows, cols;
};

/* Matrices that are computed with where they lie, and such that are turned while they are loaded.
 */
static const struct model {
    const char *name, *config;
    int64_t layers, hidden; /* numbers of a key */
    struct row rows[17];
} models[] = {
    {"llama",
     "{\"architectures\":[\"LlamaForCausalLM\"],\"model_type\":\"llama\",\"hidden_act\":\"silu\","
     "\"hidden_size\":512,\"intermediate_size\":2048,\"num_hidden_layers\":8,"
     "\"num_attention_heads\":8,\"num_key_value_heads\":8,\"vocab_size\":48000,"
     "\"max_position_embeddings\":4096,\"rms_norm_eps\":1e-5,\"tie_word_embeddings\":true,"
     "\"rope_parameters\":{\"rope_theta\":10000.0,\"rope_type\":\"default\"}}", 8,
     512, {{"model.embed_tokens.weight", VOCAB, 512},
      {"model.norm.weight", 0, 512},
      {"model.layers.%d.input_layernorm.weight", 0, 512},
      {"model.layers.%d.post_attention_layernorm.weight", 0, 512},
      {"model.layers.%d.self_attn.q_proj.weight", 512, 512},
      {"model.layers.%d.self_attn.k_proj.weight", 512, 512},
      {"model.layers.%d.self_attn.v_proj.weight", 512, 512},
      {"model.layers.%d.self_attn.o_proj.weight", 512, 512},
      {"model.layers.%d.mlp.gate_proj.weight", 2048, 512},
      {"model.layers.%d.mlp.up_proj.weight", 2048, 512},
      {"model.layers.%d.mlp.down_proj.weight", 512, 2048}}},
    {"gpt2",
     "{\"architectures\":[\"GPT2LMHeadModel\"],\"model_type\":\"gpt2\",\"n_embd\":768,"
     "\"n_layer\":12,\"n_head\":12,\"n_positions\":1024,\"vocab_size\":48000}", 12,
     768, {{"wte.weight", VOCAB, 768},
      {"wpe.weight", 1024, 768},
      {"ln_f.weight", 0, 768},
      {"ln_f.bias", 0, 768},
      {"h.%d.ln_1.weight", 0, 768},
      {"h.%d.ln_1.bias", 0, 768},
      {"h.%d.attn.c_attn.weight", 768, 2304},
      {"h.%d.attn.c_attn.bias", 0, 2304},
      {"h.%d.attn.c_proj.weight", 768, 768},
      {"h.%d.attn.c_proj.bias", 0, 768},
      {"h.%d.ln_2.weight", 0, 768},
      {"h.%d.ln_2.bias", 0, 768},
      {"h.%d.mlp.c_fc.weight", 768, 3072},
      {"h.%d.mlp.c_fc.bias", 0, 3072},
      {"h.%d.mlp.c_proj.weight", 3072, 768},
      {"h.%d.mlp.c_proj.bias", 0, 768}}                   },
};

static char names[TENSORS_MAX][NAME];
static struct tensor tensors[TENSORS_MAX];
static struct safetensors_item items[TENSORS_MAX];
static int count;

/* All tensors share the bytes of the largest. */
static void add(const char *name, int64_t rows, int64_t cols, void *bytes) {
    struct tensor *t = &tensors[count];
    CHECK(rows ? tensor_init(t, DTYPE_BF16, 2, (const int64_t[]){rows, cols}) == 0
               : tensor_init(t, DTYPE_BF16, 1, &cols) == 0);
    t->data = bytes;
    (void)snprintf(names[count], NAME, "%s", name);
    items[count] = (struct safetensors_item){names[count], t};
    count++;
}

static void add_all(const struct model *m, void *bytes) {
    char name[NAME];
    count = 0;
    for (const struct row *r = m->rows; r->cols; r++)
        for (int64_t i = 0; i < (strstr(r->name, "%d") ? m->layers : 1); i++) {
            const char *at = strstr(r->name, "%d");
            if (at)
                (void)snprintf(name, sizeof(name), "%.*s%d%s", (int)(at - r->name), r->name, (int)i,
                               at + 2);
            add(at ? name : r->name, r->rows, r->cols, bytes);
        }
}

static const char *write_checkpoint(const struct model *m) {
    static char folder[4096];
    char path[4200];
    size_t len = (size_t)(VOCAB * m->hidden);
    uint16_t *bytes = malloc(len * sizeof(*bytes));
    uint32_t random = 1;
    for (size_t i = 0; bytes && i < len; i++) {
        random = random * 1103515245 + 12345;
        bytes[i] = (uint16_t)(0x3C00 | (random >> 16 & 0x80FF)); /* ±0.0078 to ±0.03 */
    }
    add_all(m, bytes);
    (void)snprintf(folder, sizeof(folder), "%s", test_folder());
    (void)snprintf(path, sizeof(path), "%s/config.json", folder);
    bool ok = bytes && file_replace(path, m->config, strlen(m->config)) == 0;
    (void)snprintf(path, sizeof(path), "%s/model.safetensors", folder);
    ok = ok && safetensors_write(path, items, count, NULL, 0) == 0;
    free(bytes);
    return ok ? folder : NULL;
}

/* In a process of its own: 0 when all went well. */
static int generate(const char *folder, const char *backend, int64_t tokens) {
    static int32_t ids[CAPACITY];
    static const int32_t no_end[] = {-1};
    const struct engine_options o = {.backend = backend, .threads = 2};
    const struct engine_session_config c = {.capacity = CAPACITY};
    struct engine_generate g = ENGINE_GENERATE_DEFAULTS;
    struct engine *e;
    struct engine_session *s;
    g.max_new_tokens = 4;
    g.stop_ids = no_end;
    g.stop_ids_len = 1;
    for (int64_t i = 0; i < tokens; i++)
        ids[i] = (int32_t)(i * 7919 % VOCAB);
    if (engine_open(&e, folder, &o) < 0 || engine_session_open(&s, e, &c) < 0)
        return 1;
    return engine_session_generate(s, ids, (size_t)tokens, &g, NULL, NULL, NULL) != 4;
}

/* MiB at most while generating; -1 when that failed. */
static int64_t peak_of(const char *folder, const char *backend, int64_t tokens) {
    struct rusage usage = {0};
    int status = -1;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(generate(folder, backend, tokens));
    bool ok = child > 0 && wait4(child, &status, 0, &usage) == child && status == 0;
    return ok ? usage.ru_maxrss / 1024 : -1;
}

static int64_t weights_mib(void) {
    size_t size = 0;
    for (int i = 0; i < count; i++)
        size += tensor_size(&tensors[i]);
    return (int64_t)(size / MIB);
}

static void hold_to_the_limit(const struct model *m) {
    static const struct {
        const char *backend;
        int64_t tokens;
    } rows[] = {
        {"cpu-native", 300},
        {"cpu",        2  },
    };
    const char *folder = write_checkpoint(m);
    REQUIRE(folder != NULL);
    int64_t weights = weights_mib(), cache = CAPACITY * m->layers * 2 * m->hidden * 4 / MIB;
    EXPECT(weights > 100); /* else a copy of them would fit the rest */
    for (int i = 0; i < 2; i++) {
        int64_t peak = peak_of(folder, rows[i].backend, rows[i].tokens);
        printf("      %s, %s: %" PRId64 " MiB; weights %" PRId64 ", cache %" PRId64 "\n", m->name,
               rows[i].backend, peak, weights, cache);
        EXPECT(peak > 0);
        EXPECT(peak <= weights + cache + 64);
    }
}

TEST(peak_memory_is_the_weights_the_cache_and_little_else) {
    if (TEST_SANITIZED)
        test_skip("a sanitizer's own memory counts as ours");
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
        hold_to_the_limit(&models[i]);
}
