/* SPDX-License-Identifier: Apache-2.0 */
/* speed: how fast a model is on a device: prompts and single tokens, at any depth of the cache.
 *
 * Tokens are drawn at random and nothing is sampled, as in llama-bench: what is timed is the step
 * alone. A test repeats on the same session, cropped to its depth; the first round, in which plans
 * are made and after which no more memory is needed, is timed apart. Before each later round the
 * gauge looks at the limit: the bandwidth for single tokens, the arithmetic for prompts. */
#pragma once

#include <stdint.h>

#include "engine/backend/backend.h"
#include "engine/bench/limits.h"
#include "engine/bench/numbers.h"
#include "engine/bench/traffic.h"
#include "engine/run/model.h"

enum speed_kind { SPEED_PREFILL, SPEED_DECODE };

struct speed_test {
    enum speed_kind kind;
    int64_t tokens;       /* of the prompt, or decoded one by one */
    int64_t depth;        /* tokens in the cache before them */
    double first_seconds; /* of the first round: the prompt with its plan, or the first token */
    struct sample rate;   /* tokens a second */
    const char *limit;    /* what it is compared with: "memory", "cache", "f32_fma" …, or NULL */
    struct sample fraction; /* of that limit as it was beside each round */
};

enum { SPEED_TESTS_MAX = 256 };

struct speed_options {
    const char *backend;
    struct device_options device;
    struct model_options model;
    struct numbers prompts, tokens, depths; /* lengths; 0 among the first two is left out */
    int repetitions;                        /* ≤ SAMPLE_MAX */
    int64_t chunk;                          /* as in struct session_options */
    enum dtype kv;                          /* likewise */
    bool strict;                            /* no fallback to the reference */
    bool no_limits;                         /* no gauge, no fractions */
    struct machine machine;
    struct gauge_options gauge;
    /* Told before each round, for a person; may be NULL. */
    void (*progress)(void *arg, int done, int all);
    void *progress_arg;
};

struct speed {
    int threads;
    char device[DEVICE_NAME_SIZE]; /* "cpu-native.avx2" */
    double load_seconds;           /* from the path to a session */
    int64_t weight_bytes, parameters, cache_bytes, workspace_bytes;
    int64_t peak_rss; /* bytes, of load and first rounds */
    struct traffic traffic;
    struct limits limits; /* unless there are none */
    int test_count;
    struct speed_test tests[SPEED_TESTS_MAX];
};

/* Opens device and model, measures, closes both. 0; ERR_UNSUPPORTED for a model that does not
 * generate; ERR_ARG for no test or too many; what model_open() and session_step() return. */
int speed_measure(struct speed *out, const char *path, const struct speed_options *o);
/* Bytes read and operations done a token, averaged over the test: a prompt reads its weights once,
 * and only its last token has logits. */
double speed_bytes(const struct speed *s, const struct speed_test *t);
double speed_operations(const struct speed *s, const struct speed_test *t);
