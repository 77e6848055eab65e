/* SPDX-License-Identifier: Apache-2.0 */
/* embed: texts to vectors: the pooled last hidden state of each. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "engine/engine.h"
#include "engine/run/side.h"

enum { OUTPUT_MAX = 1 << 30 };

struct embed_opts {
    struct side_options side;
    const char *kv, *pooling, *packed_cache;
    int64_t threads;
    bool json, normalize;
};
static const struct embed_opts defaults = {.pooling = "mean", .packed_cache = "auto"};

#define FIELD(f) offsetof(struct embed_opts, f)
static const struct opt opts[] = {
    {OPT_STR,   "pooling",      'p', FIELD(pooling),      "HOW",             0, 0,    "mean, cls (the first token) or last."           },
    {OPT_FLAG,  "normalize",    'n', FIELD(normalize),    NULL,              0, 0,    "Scale each vector to length 1."                 },
    {OPT_FLAG,  "json",         'j', FIELD(json),         NULL,              0, 0,    "A JSON array with one object for each text."    },
    {OPT_INT,   "threads",      't', FIELD(threads),      "N",               0, 1024, "Threads; 0 is one per core."                    },
    {OPT_STR,   "dtype",        'd', FIELD(side.dtype),   "TYPE",            0, 0,    "Store weights as f32, f16 or bf16."             },
    {OPT_GROUP, "storage",      0,   FIELD(side),         side_storage_opts, 0, 0,    NULL                                             },
    {OPT_STR,   "packed-cache", 0,   FIELD(packed_cache), "DIR",             0, 0,
     "Packed weights of an earlier start: auto, on (keep them), off, or DIR to keep them in."                                          },
    {OPT_STR,   "kv",           0,   FIELD(kv),           "TYPE",            0, 0,    "Keep keys and values as f32, f16 or q8_0 (f32)."},
    {OPT_GROUP, "device",       0,   FIELD(side),         side_device_opts,  0, 0,    NULL                                             },
    OPT_END_ROW,
};

static int parse_pooling(const char *name, enum engine_pooling *out) {
    static const char *const names[] = {
        [ENGINE_POOL_MEAN] = "mean",
        [ENGINE_POOL_CLS] = "cls",
        [ENGINE_POOL_LAST] = "last",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum engine_pooling)i;
            return 0;
        }
    }
    return err_set(ERR_ARG, "--pooling is mean, cls or last, not \"%s\"", name);
}

static void put_vector(struct json_writer *w, const char *text, int64_t tokens, const float *v,
                       int64_t len) {
    json_open_object(w, NULL);
    json_put_str(w, "text", text);
    json_put_int(w, "tokens", tokens);
    json_open_array(w, "embedding");
    for (int64_t i = 0; i < len; i++)
        json_put_real(w, NULL, (double)v[i]);
    json_close_array(w);
    json_close_object(w);
}

struct embedding {
    struct engine *engine;
    struct engine_session *session; /* for texts of up to `capacity` tokens */
    int64_t capacity, max_positions;
    const struct embed_opts *opts;
    enum engine_pooling pooling;
    int64_t width;
    float *vector; /* [width] */
    struct json_writer writer;
};

/* A text longer than all before it takes a session of its own length. */
static int make_room(struct embedding *e, int64_t len) {
    const struct engine_session_config config = {.capacity = len, .kv = e->opts->kv};
    if (len <= e->capacity)
        return 0;
    engine_session_close(e->session);
    e->session = NULL;
    e->capacity = 0;
    int rc = engine_session_open(&e->session, e->engine, &config);
    if (rc < 0)
        return rc;
    e->capacity = len;
    if (len > e->max_positions)
        log_warn("a text of %" PRId64 " tokens exceeds the %" PRId64
                 " that the model was made for; its vector may be poor",
                 len, e->max_positions);
    return 0;
}

/* NaN has no place among vectors that are compared. */
static int check_vector(const struct embedding *e) {
    for (int64_t i = 0; i < e->width; i++)
        if (!isfinite(e->vector[i]))
            return err_set(ERR_FORMAT, "the vector holds no numbers: the weights hold NaN or "
                                       "infinity, or are too large for their dtype");
    return 0;
}

static int embed_ids(struct embedding *e, const int32_t *ids, int64_t len) {
    int rc = make_room(e, len);
    if (rc == 0)
        rc = engine_session_embed(e->session, ids, (size_t)len, e->pooling, e->opts->normalize,
                                  e->vector);
    if (rc == 0)
        rc = check_vector(e);
    return rc < 0 ? err_while(rc, "a text of %" PRId64 " tokens", len) : 0;
}

static int embed_text(struct embedding *e, const char *text) {
    int32_t *ids = NULL;
    int64_t len = engine_tokenize(e->engine, text, strlen(text), true, &ids);
    if (len == 0)
        len = err_set(ERR_ARG, "\"%s\" has no tokens", text);
    int rc = len < 0 ? (int)len : embed_ids(e, ids, len);
    engine_free(ids);
    if (rc < 0)
        return rc;
    if (e->opts->json)
        put_vector(&e->writer, text, len, e->vector, e->width);
    for (int64_t i = 0; i < e->width && !e->opts->json; i++)
        (void)printf("%s%.9g", i ? " " : "", (double)e->vector[i]);
    if (!e->opts->json)
        (void)putchar('\n');
    return 0;
}

static int embed_all(struct embedding *e, int argc, char **argv) {
    struct engine_info info;
    struct buf out;
    engine_info(e->engine, &info);
    if (info.note)
        log_warn("%s", info.note);
    e->width = info.hidden_size;
    e->max_positions = info.max_positions;
    e->vector = xcalloc((size_t)e->width, sizeof(*e->vector));
    buf_init(&out, OUTPUT_MAX);
    json_writer_init(&e->writer, &out, 0);
    json_open_array(&e->writer, NULL);
    int rc = 0;
    for (int i = 0; i < argc && rc == 0; i++)
        rc = embed_text(e, argv[i]);
    if (rc == 0 && e->opts->json) {
        json_close_array(&e->writer);
        rc = buf_ok(&out, "the output");
        (void)puts(out.data);
    }
    engine_session_close(e->session);
    buf_done(&out);
    free(e->vector);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct embed_opts *o = options;
    struct embedding e = {.opts = o};
    if (argc < 2)
        return err_set(ERR_ARG, "expected MODEL and at least one TEXT");
    int rc = parse_pooling(o->pooling, &e.pooling);
    const struct engine_options eo = {
        .backend = o->side.backend,
        .isa = o->side.device.isa,
        .exact = o->side.device.exact,
        .fast = o->side.device.fast,
        .threads = (int)o->threads,
        .dtype = o->side.dtype,
        .quant = o->side.quant,
        .quant_embedding = o->side.quant_embedding,
        .packed_cache = o->packed_cache,
    };
    if (rc == 0)
        rc = engine_open(&e.engine, argv[0], &eo);
    if (rc == 0)
        rc = embed_all(&e, argc - 1, argv + 1);
    engine_close(e.engine);
    return rc;
}

const struct cmd cmd_embed = {
    .name = "embed",
    .args = "MODEL TEXT…",
    .summary = "Prints a vector for each text, one a line.",
    .opts = opts,
    .opts_size = sizeof(struct embed_opts),
    .defaults = &defaults,
    .run = run,
};
