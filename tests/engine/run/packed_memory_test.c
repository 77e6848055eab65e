/* SPDX-License-Identifier: Apache-2.0 */
/* Peak memory of a GGUF file in blocks, which are packed while they are loaded: a tenth more than
 * the file, and the cache. The file is so large that a matrix held twice would show. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/engine.h"
#include "tests/engine/format/gguf_bytes.h"
#include "tests/test.h"

enum { HIDDEN = 1024, WIDE = 4096, VOCAB = 48000, LAYERS = 8, HEADS = 8, HEAD_DIM = 128 };
enum { CAPACITY = 128, LAYER_TENSORS = 11, TENSORS = LAYERS * LAYER_TENSORS + 2, VALUES = 9 };
enum { MIB = 1 << 20, ALIGN = 32, TYPE_U32 = 4, TYPE_F32 = 6, TYPE_TEXT = 8, F32 = 0 };
enum { CACHE = CAPACITY * LAYERS * 2 * HIDDEN * 4 };

static const struct format {
    const char *name;
    uint32_t type;      /* the format's number */
    size_t len, size;   /* elements, bytes of a block */
    const char *scales; /* the same byte in all of them, and … */
    size_t scales_len;  /* … how many of them begin a block */
} formats[] = {
    {"q8_0", 8,  32,  34,  "\x00\x18",         2}, /* 0.002 */
    {"q4_0", 2,  32,  18,  "\x00\x18",         2},
    {"q4_k", 12, 256, 144, "\x00\x18\x00\x18", 4},
};

static const struct {
    const char *name;
    uint64_t rows, cols; /* rows 0: a vector of f32 */
} layer[LAYER_TENSORS] = {
    {"attn_norm",   0,      HIDDEN  },
    {"ffn_norm",    0,      HIDDEN  },
    {"attn_q_norm", 0,      HEAD_DIM},
    {"attn_k_norm", 0,      HEAD_DIM},
    {"attn_q",      HIDDEN, HIDDEN  },
    {"attn_k",      HIDDEN, HIDDEN  },
    {"attn_v",      HIDDEN, HIDDEN  },
    {"attn_output", HIDDEN, HIDDEN  },
    {"ffn_gate",    WIDE,   HIDDEN  },
    {"ffn_up",      WIDE,   HIDDEN  },
    {"ffn_down",    HIDDEN, WIDE    },
};

static void put_values(struct buf *b) {
    static const struct {
        const char *key;
        uint32_t value;
    } numbers[] = {
        {"qwen3.block_count",             LAYERS  },
        {"qwen3.embedding_length",        HIDDEN  },
        {"qwen3.feed_forward_length",     WIDE    },
        {"qwen3.attention.head_count",    HEADS   },
        {"qwen3.attention.head_count_kv", HEADS   },
        {"qwen3.attention.key_length",    HEAD_DIM},
        {"qwen3.context_length",          4096    },
    };
    put_key(b, "general.architecture", TYPE_TEXT);
    put_text(b, "qwen3");
    for (int i = 0; i < VALUES - 2; i++) {
        put_key(b, numbers[i].key, TYPE_U32);
        put_number(b, numbers[i].value, 4);
    }
    put_key(b, "qwen3.attention.layer_norm_rms_epsilon", TYPE_F32);
    put_number(b, 0x358637BD, 4); /* 1e-6 */
}

/* One tensor's description, and its size into sizes. */
static void put_one(struct buf *b, const struct format *f, const char *name, uint64_t rows,
                    uint64_t cols, uint64_t sizes[TENSORS], int at, uint64_t *offset) {
    uint64_t size = rows ? rows * cols / f->len * f->size : cols * sizeof(float);
    put_tensor(b, name, rows ? 2 : 1, (const uint64_t[]){cols, rows}, rows ? f->type : F32,
               *offset);
    sizes[at] = rows ? size : 0;
    *offset += size; /* all are multiples of the alignment */
}

static bool write_blocks(FILE *file, const struct format *f, uint64_t size) {
    static uint8_t row[WIDE];
    uint32_t random = 1;
    bool ok = true;
    for (uint64_t at = 0; ok && at < size; at += f->size) {
        memcpy(row, f->scales, f->scales_len);
        for (size_t i = f->scales_len; i < f->size; i++)
            row[i] = (uint8_t)((random = random * 1103515245 + 12345) >> 24);
        ok = fwrite(row, f->size, 1, file) == 1;
    }
    return ok;
}

static bool write_ones(FILE *file, uint64_t count) {
    const float one = 1;
    bool ok = true;
    for (uint64_t i = 0; ok && i < count; i++)
        ok = fwrite(&one, sizeof(one), 1, file) == 1;
    return ok;
}

static bool write_tensors(FILE *file, const struct format *f, const uint64_t sizes[TENSORS]) {
    bool ok = write_blocks(file, f, sizes[0]) && write_ones(file, HIDDEN);
    for (int i = 2; ok && i < TENSORS; i++)
        ok = sizes[i] ? write_blocks(file, f, sizes[i])
                      : write_ones(file, layer[(i - 2) % LAYER_TENSORS].cols);
    return ok;
}

/* The bytes of the file, or -1. */
static int64_t write_model(const char *path, const struct format *f) {
    uint64_t sizes[TENSORS], offset = 0;
    char name[64];
    struct buf b;
    buf_init(&b, MIB);
    put_head(&b, 3, TENSORS, VALUES);
    put_values(&b);
    put_one(&b, f, "token_embd.weight", VOCAB, HIDDEN, sizes, 0, &offset);
    put_one(&b, f, "output_norm.weight", 0, HIDDEN, sizes, 1, &offset);
    for (int i = 0; i < LAYERS * LAYER_TENSORS; i++) {
        int j = i % LAYER_TENSORS;
        (void)snprintf(name, sizeof(name), "blk.%d.%s.weight", i / LAYER_TENSORS, layer[j].name);
        put_one(&b, f, name, layer[j].rows, layer[j].cols, sizes, i + 2, &offset);
    }
    put_padding(&b, ALIGN);
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(b.data, b.len, 1, file) == 1 && write_tensors(file, f, sizes);
    ok = file && fclose(file) == 0 && ok;
    int64_t size = (int64_t)(b.len + offset);
    buf_done(&b);
    return ok ? size : -1;
}

/* In a process of its own: 0 when all went well. */
static int generate(const char *path) {
    static const int32_t ids[] = {1, 2, 3, 4, 5, 6, 7}, no_end[] = {-1};
    const struct engine_options o = {.threads = 2};
    const struct engine_session_config c = {.capacity = CAPACITY, .chunk = 16};
    struct engine_generate g = ENGINE_GENERATE_DEFAULTS;
    struct engine *e;
    struct engine_session *s;
    g.max_new_tokens = 4;
    g.stop_ids = no_end;
    g.stop_ids_len = 1;
    if (engine_open(&e, path, &o) < 0 || engine_session_open(&s, e, &c) < 0)
        return 1;
    return engine_session_generate(s, ids, 7, &g, NULL, NULL, NULL) != 4;
}

/* Bytes at most while generating; -1 when that failed. */
static int64_t peak_of(const char *path) {
    struct rusage usage = {0};
    int status = -1;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(generate(path));
    bool ok = child > 0 && wait4(child, &status, 0, &usage) == child && status == 0;
    return ok ? usage.ru_maxrss * 1024 : -1;
}

TEST(packed_weights_are_in_memory_once) {
    char path[4200];
    if (TEST_SANITIZED)
        test_skip("a sanitizer's own memory counts as ours");
    (void)snprintf(path, sizeof(path), "%s/model.gguf", test_folder());
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        int64_t size = write_model(path, &formats[i]);
        REQUIRE(size > 0);
        int64_t peak = peak_of(path);
        printf("      %s: %" PRId64 " MiB; the file %" PRId64 ", the cache %d\n", formats[i].name,
               peak / MIB, size / MIB, CACHE / MIB);
        EXPECT(peak > 0);
        EXPECT(peak <= size + size / 10 + CACHE);
    }
}
