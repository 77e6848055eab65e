/* SPDX-License-Identifier: Apache-2.0 */
/* The library as a client with threads sees it: engine/engine.h and nothing else of ours. */
#include "engine/engine.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/test.h"

enum { PROMPT = 5, NEW = 24, ROUNDS = 3, WORKERS = 6 };

/* An engine and the lock that its clients agreed upon: one thread inside at a time. */
struct shared {
    const char *path;
    struct engine *engine;
    pthread_mutex_t lock;
    int32_t expected[WORKERS][NEW]; /* what each prompt leads to, found out by one thread */
};

struct worker {
    struct shared *shared;
    int32_t prompt[PROMPT];
    int index;
    bool failed;
    pthread_t thread;
};

static struct shared engines[] = {
    {.path = SOURCE_DIR "/tests/models/qwen3", .lock = PTHREAD_MUTEX_INITIALIZER},
    {.path = SOURCE_DIR "/tests/models/gpt2",  .lock = PTHREAD_MUTEX_INITIALIZER},
};
enum { ENGINES = sizeof(engines) / sizeof(engines[0]) };
static struct worker workers[WORKERS];

static bool continue_prompt(struct engine_session *s, const struct worker *w, int32_t *out) {
    static const int32_t never[] = {-1};
    struct engine_generate o = ENGINE_GENERATE_DEFAULTS;
    int32_t *ids = NULL;
    o.max_new_tokens = NEW;
    o.temperature = 1;
    o.seed = (uint64_t)w->index;
    o.stop_ids = never;
    o.stop_ids_len = 1;
    int64_t n = engine_session_generate(s, w->prompt, PROMPT, &o, NULL, NULL, &ids);
    if (n == NEW)
        memcpy(out, ids, NEW * sizeof(*out));
    engine_free(ids);
    return n == NEW;
}

/* Its session lives through all rounds, while others come and go on the same engine. */
static void *work(void *arg) {
    struct worker *w = arg;
    struct shared *shared = w->shared;
    struct engine_session *s = NULL;
    const int32_t unknown[] = {1 << 30};
    int32_t got[NEW];
    pthread_mutex_lock(&shared->lock);
    w->failed = engine_session_open(&s, shared->engine, NULL) != 0;
    pthread_mutex_unlock(&shared->lock);
    for (int round = 0; round < ROUNDS && !w->failed; round++) {
        pthread_mutex_lock(&shared->lock);
        w->failed = !continue_prompt(s, w, got) ||
                    memcmp(got, shared->expected[w->index], sizeof(got)) != 0 ||
                    engine_session_sync(s, unknown, 1) != ENGINE_ARG ||
                    !strstr(engine_error(), "1073741824");
        pthread_mutex_unlock(&shared->lock);
    }
    pthread_mutex_lock(&shared->lock);
    engine_session_close(s);
    pthread_mutex_unlock(&shared->lock);
    return NULL;
}

static bool expect_alone(struct worker *w) {
    struct engine_session *s = NULL;
    bool done = engine_session_open(&s, w->shared->engine, NULL) == 0 &&
                continue_prompt(s, w, w->shared->expected[w->index]);
    engine_session_close(s);
    return done;
}

TEST(two_engines_serve_several_threads_as_they_serve_one) {
    const struct engine_options two = {.threads = 2};
    for (int i = 0; i < ENGINES; i++)
        REQUIRE(engine_open(&engines[i].engine, engines[i].path, &two) == 0);
    for (int i = 0; i < WORKERS; i++) {
        struct worker *w = &workers[i];
        *w = (struct worker){.shared = &engines[i % ENGINES], .index = i};
        for (int k = 0; k < PROMPT; k++)
            w->prompt[k] =
                (i / ENGINES * 31 + k * 17) % 300; /* two workers of an engine never share one */
        REQUIRE(expect_alone(w));
    }
    for (int i = 0; i < WORKERS; i++)
        REQUIRE(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    for (int i = 0; i < WORKERS; i++) {
        REQUIRE(pthread_join(workers[i].thread, NULL) == 0);
        EXPECT(!workers[i].failed);
    }
    for (int i = 0; i < ENGINES; i++)
        engine_close(engines[i].engine);
}

static void *open_and_close(void *arg) {
    struct worker *w = arg;
    struct engine *e = NULL;
    struct engine_info info;
    int32_t *ids = NULL;
    w->failed = engine_open(&e, w->shared->path, NULL) != 0;
    if (!w->failed) {
        engine_info(e, &info);
        w->failed = engine_tokenize(e, "a text", 6, true, &ids) < 1 || info.layers < 1;
    }
    engine_free(ids);
    engine_close(e);
    return NULL;
}

TEST(engines_open_and_close_beside_each_other) {
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.shared = &engines[i % ENGINES], .index = i};
        REQUIRE(pthread_create(&workers[i].thread, NULL, open_and_close, &workers[i]) == 0);
    }
    for (int i = 0; i < WORKERS; i++) {
        REQUIRE(pthread_join(workers[i].thread, NULL) == 0);
        EXPECT(!workers[i].failed);
    }
}
