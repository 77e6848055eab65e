/* SPDX-License-Identifier: Apache-2.0 */
/* No allocation while tokens flow: from the second token on nothing asks for memory. The test
 * brings its own malloc and its kin, which count. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/engine.h"
#include "engine/token/stream.h"
#include "engine/token/tokenizer.h"
#include "tests/test.h"

#if TEST_SANITIZED

TEST(nothing_is_allocated_while_tokens_flow) {
    test_skip("a sanitizer has a malloc of its own");
}

#else

static atomic_bool counting;
static atomic_int count;

static void note(void) {
    if (atomic_load(&counting))
        atomic_fetch_add(&count, 1);
}

void *__libc_malloc(size_t size);                 /* NOLINT: the names are glibc's */
void *__libc_calloc(size_t n, size_t size);       /* NOLINT */
void *__libc_realloc(void *p, size_t size);       /* NOLINT */
void *__libc_memalign(size_t align, size_t size); /* NOLINT */

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    note();
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
    note();
    return __libc_realloc(p, size);
}

void *aligned_alloc(size_t align, size_t size) {
    note();
    return __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size) {
    note();
    *out = __libc_memalign(align, size);
    return *out ? 0 : ENOMEM;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    note();
    long p = syscall(SYS_mmap, at, size, protection, flags, fd, offset);
    return (void *)p; /* MAP_FAILED is -1 */
}

enum { TOKENS = 40 };

static int watch(void *arg, const struct engine_token *token) {
    int64_t *tokens = arg;
    atomic_store(&counting, token->index >= 1 && token->index < TOKENS - 1);
    *tokens = token->index + 1;
    return 0;
}

static void check(const char *family, const char *backend, int threads, const char *kv,
                  const struct engine_generate *options) {
    static const int32_t ids[] = {5, 17, 200, 31, 8, 99};
    const struct engine_options o = {.backend = backend, .threads = threads};
    const struct engine_session_config config = {.kv = kv};
    struct engine_generate g = *options;
    struct engine_session *s = NULL;
    struct engine *e = NULL;
    char path[512];
    int64_t tokens = 0;
    static const int32_t no_end[] = {-1};
    g.max_new_tokens = TOKENS;
    g.stop_ids = no_end;
    g.stop_ids_len = 1;
    (void)snprintf(path, sizeof(path), "%s/tests/models/%s", SOURCE_DIR, family);
    REQUIRE(engine_open(&e, path, &o) == 0);
    REQUIRE(engine_session_open(&s, e, &config) == 0);
    atomic_store(&count, 0);
    int64_t n = engine_session_generate(s, ids, 6, &g, watch, &tokens, NULL);
    atomic_store(&counting, false);
    (void)test_check(n == TOKENS && tokens == TOKENS, __FILE__, __LINE__, "%s: %lld tokens (%s)",
                     family, (long long)n, engine_error());
    (void)test_check(atomic_load(&count) == 0, __FILE__, __LINE__,
                     "%s on %s with %d threads allocates %d times", family, backend, threads,
                     atomic_load(&count));
    engine_session_close(s);
    engine_close(e);
}

static const char *const families[] = {"llama", "qwen2", "qwen3", "gpt2"};

static void check_all(const struct engine_generate *options) {
    for (int f = 0; f < 4; f++) {
        check(families[f], "cpu", 1, "f32", options);
        check(families[f], "cpu-native", 1, NULL, options);
        check(families[f], "cpu-native", 2, "f16", options);
    }
}

TEST(the_counter_counts) {
    atomic_store(&counting, true);
    char *volatile p = malloc(10), *volatile q = calloc(1, 10);
    atomic_store(&counting, false);
    EXPECT_INT(atomic_load(&count), 2);
    free(p);
    free(q);
}

TEST(greedy_generation_allocates_nothing) {
    const struct engine_generate options = ENGINE_GENERATE_DEFAULTS;
    check_all(&options);
}

TEST(sampling_allocates_nothing) {
    struct engine_generate options = ENGINE_GENERATE_DEFAULTS;
    options.temperature = 0.8;
    check_all(&options); /* and what generation_config.json says */
    options.top_k = 0;
    options.top_p = 0.9;
    options.min_p = 0.01;
    options.repetition_penalty = 1.2;
    check_all(&options);
    options.settings = "{\"typical_p\":0.9,\"epsilon_cutoff\":0.0001,\"eta_cutoff\":0.0001,"
                       "\"no_repeat_ngram_size\":3,\"bad_words_ids\":[[3],[4,5]]}";
    check_all(&options);
}

TEST(sorting_all_of_the_vocabulary_allocates_nothing) {
    struct engine_generate options = ENGINE_GENERATE_DEFAULTS;
    options.temperature = 1;
    options.top_k = 0;
    options.settings = "{\"typical_p\":0.9}";
    check_all(&options);
}

/* Pushes tokens for a while, then counts. */
static void check_stream(const char *decoder, int flags) {
    struct tokenizer *t = NULL;
    char json[1024];
    struct buf out;
    int len = snprintf(json, sizeof(json),
                       "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\u2581a\":0,\"b\":1,"
                       "\"<0x41>\":2,\"<0xC3>\":3,\"##c\":4,\".\":5,\"don't\":6,\"\u0120x\":7},"
                       "\"merges\":[]},\"decoder\":%s}",
                       decoder);
    REQUIRE(tokenizer_parse(&t, json, (size_t)len, "t", NULL, 0) == 0);
    struct token_stream *s = token_stream_new(t, flags);
    buf_init(&out, 1 << 20);
    buf_reserve(&out, 1 << 16);
    for (int32_t i = 0; i < 500; i++) {
        if (i == 2)
            atomic_store(&count, 0);
        atomic_store(&counting, i >= 2);
        int rc = token_stream_push(s, i * 7 % 11 % 8, &out);
        atomic_store(&counting, false);
        EXPECT_INT(rc, 0);
    }
    (void)test_check(atomic_load(&count) == 0, __FILE__, __LINE__, "%s allocates %d times", decoder,
                     atomic_load(&count));
    EXPECT(out.len > 100);
    buf_done(&out);
    token_stream_free(s);
    tokenizer_close(t);
}

TEST(streaming_text_allocates_nothing_with_any_decoder) {
    static const char *const decoders[] = {
        "{\"type\":\"ByteLevel\"}",
        "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":"
        "\"\u2581\"},"
        "\"content\":\" \"},{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"}]}",
        "{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"prepend_scheme\":\"always\"}",
        "{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}",
        "null",
    };
    for (int i = 0; i < 5; i++)
        check_stream(decoders[i], 0);
}

TEST(stop_strings_allocate_nothing) {
    static const char *const stop[] = {"never said by any of them", "nor this"};
    struct engine_generate options = ENGINE_GENERATE_DEFAULTS;
    options.stop = stop;
    options.stop_len = 2;
    check_all(&options);
}

#endif
