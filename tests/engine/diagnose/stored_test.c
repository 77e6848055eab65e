/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/stored.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/diagnose/stored_gguf.h"
#include "tests/test.h"

#define FORMATS SOURCE_DIR "/tests/formats"

/* The same rows by either kind of file: each family's f16 file was made of the folder's floats. */
static void compare(const char *family, const char *theirs, const char *name) {
    struct stored_files *folder = NULL, *file = NULL;
    struct stored a, b;
    char path[512];
    double x[512], y[512];
    snprintf(path, sizeof(path), FORMATS "/%s", family);
    REQUIRE(stored_open(&folder, path) == 0);
    snprintf(path, sizeof(path), FORMATS "/%s/f16.gguf", family);
    REQUIRE(stored_open(&file, path) == 0);
    REQUIRE(stored_find(&a, folder, theirs) && stored_find(&b, file, name));
    EXPECT_INT(a.count, b.count);
    int64_t len = b.shape[b.rank - 1];
    REQUIRE(len <= 512);
    for (int64_t r = 0; r < b.count / len; r++) {
        stored_row(x, &a, r, len);
        stored_row(y, &b, r, len);
        for (int64_t i = 0; i < len; i++)
            if (!test_check(fabs(x[i] - y[i]) <= 1e-3 * fabs(x[i]) + 1e-6, __FILE__, __LINE__,
                            "%s: %s at [%d, %d] is %g and %g", family, name, (int)r, (int)i, x[i],
                            y[i]))
                return;
    }
    EXPECT(!stored_find(&a, folder, "nothing") && !stored_find(&b, file, "nothing"));
    stored_close(folder);
    stored_close(file);
}

TEST(a_folder_and_a_gguf_file_say_the_same) {
    compare("llama", "model.embed_tokens.weight", "token_embd.weight");
    compare("llama", "model.layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight");
    compare("llama", "model.layers.0.self_attn.k_proj.weight", "blk.0.attn_k.weight");
    compare("qwen2", "model.layers.0.self_attn.q_proj.weight", "blk.0.attn_q.weight");
    compare("qwen2", "model.layers.0.self_attn.q_proj.bias", "blk.0.attn_q.bias");
    compare("gpt2", "transformer.h.0.attn.c_attn.weight", "blk.0.attn_qkv.weight");
    compare("gpt2", "transformer.h.0.mlp.c_proj.weight", "blk.0.ffn_down.weight");
}

TEST(the_metadata_say_what_config_json_does) {
    static const char *const keys[] = {"hidden_size",
                                       "num_hidden_layers",
                                       "num_attention_heads",
                                       "num_key_value_heads",
                                       "intermediate_size",
                                       "rms_norm_eps",
                                       "head_dim",
                                       NULL};
    struct json_doc *folder, *file;
    REQUIRE(stored_config(&folder, FORMATS "/qwen3") == 0);
    REQUIRE(stored_config(&file, FORMATS "/qwen3/q4_0.gguf") == 0);
    for (int i = 0; keys[i]; i++) {
        double a = -1, b = -2;
        EXPECT(json_real(json_root(folder), keys[i], &a) == 0);
        EXPECT(json_real(json_root(file), keys[i], &b) == 0);
        (void)test_check(a == b, __FILE__, __LINE__, "%s is %g and %g", keys[i], a, b);
    }
    json_free(folder);
    json_free(file);
}

TEST(a_file_that_ends_early_or_lies_is_refused) {
    struct file f;
    struct stored_gguf *g;
    REQUIRE(file_read(&f, FORMATS "/qwen3/q8_0.gguf", 1 << 24) == 0);
    for (size_t size = 0; size < 1200; size++) {
        uint8_t *cut = malloc(size + 1);
        memcpy(cut, f.data, size);
        g = NULL;
        if (stored_gguf_open(&g, cut, size, "cut") == 0)
            (void)test_check(false, __FILE__, __LINE__, "%zu bytes are taken for a file", size);
        stored_gguf_close(g);
        free(cut);
    }
    for (size_t at = 8; at < 1500; at++) {
        uint8_t was = f.data[at];
        struct stored s;
        f.data[at] = 0xff;
        if (stored_gguf_open(&g, f.data, f.size, "bent") == 0) {
            if (stored_gguf_find(&s, g, "output_norm.weight"))
                EXPECT(s.bytes >= f.data && s.bytes <= f.data + f.size);
            stored_gguf_close(g);
        }
        f.data[at] = was;
    }
    file_done(&f);
}
