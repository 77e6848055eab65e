/* SPDX-License-Identifier: Apache-2.0 */
/* kl: what a faster way of computing costs, in the distributions of the next token. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "engine/run/divergence.h"
#include "engine/run/side.h"

enum { OUTPUT_MAX = 1 << 16, TEXT_MAX = 1 << 24 };

struct options {
    struct side_options side; /* of the measured one */
    const char *text, *ids, *kv;
    int64_t random, threads;
    double limit;
    bool json;
};
static const struct options defaults = {
    .side.backend = BACKEND_DEFAULT, .random = 512, .limit = 1e-3};

#define FIELD(f) offsetof(struct options, f)
static const struct opt rows[] = {
    {OPT_STR,  "text",            0,   FIELD(text),                 "FILE", 0, 0,                     "The text that both read."   },
    {OPT_STR,  "ids",             'i', FIELD(ids),                  "IDS",  0, 0,                     "Or its token ids."          },
    {OPT_INT,  "random",          'n', FIELD(random),               "N",    1, DIVERGENCE_TOKENS_MAX,
     "With neither: N ids drawn at random (512)."                                                                                  },
    {OPT_REAL, "limit",           'l', FIELD(limit),                "NATS", 0, 100,
     "Exit 1 where the mean is above this (0.001)."                                                                                },
    {OPT_FLAG, "fast",            0,   FIELD(side.device.fast),     NULL,   0, 0,
     "Measured: prompts in 16 bits where weights have 16."                                                                         },
    {OPT_STR,  "quant",           'q', FIELD(side.quant),           "TYPE", 0, 0,
     "Measured: matrices stored as q8_0, q4_0, q4_k or q6_k."                                                                      },
    {OPT_STR,  "quant-embedding", 0,   FIELD(side.quant_embedding), "TYPE", 0, 0,
     "Measured: the embedding stored as another such type, or keep."                                                               },
    {OPT_STR,  "kv",              0,   FIELD(kv),                   "TYPE", 0, 0,
     "Measured: keys and values kept as f32, f16 or q8_0."                                                                         },
    {OPT_STR,  "isa",             0,   FIELD(side.device.isa),      "NAME", 0, 0,
     "Measured: on this instruction set of cpu-native."                                                                            },
    {OPT_STR,  "backend",         'b', FIELD(side.backend),         "NAME", 0, 0,
     "Measured: on this backend (cpu-native)."                                                                                     },
    {OPT_STR,  "dtype",           'd', FIELD(side.dtype),           "TYPE", 0, 0,
     "Store weights as f32, f16 or bf16, on both sides (else as in the file)."                                                     },
    {OPT_INT,  "threads",         't', FIELD(threads),              "N",    0, 1024,                  "Threads; 0 is one per core."},
    {OPT_FLAG, "json",            'j', FIELD(json),                 NULL,   0, 0,                     "Print one JSON object."     },
    OPT_END_ROW,
};

/* The exact side: cpu-native in f32, weights as they are. */
static int open_exact(struct side *s, const struct options *o, const char *path) {
    const struct side_options options = {
        .dtype = o->side.dtype, .device = {.threads = (int)o->threads, .exact = true}
    };
    int rc = side_open(s, path, &options);
    return rc < 0 ? rc : model_must_predict(s->model);
}

static int open_other(struct side *s, const struct options *o, const char *path) {
    struct side_options options = o->side;
    options.device.threads = (int)o->threads;
    return side_open(s, path, &options);
}

/* Room for all tokens; the cache of the exact side stays f32. */
static int start_both(struct side *exact, struct side *other, const struct options *o,
                      int64_t tokens) {
    struct session_options options = {.capacity = tokens};
    int rc = side_start(exact, &options);
    if (rc == 0)
        rc = kv_parse(&options.kv, o->kv);
    return rc < 0 ? rc : side_start(other, &options);
}

static int64_t draw_ids(int32_t **out, int64_t len, int64_t vocab) {
    uint64_t state = 1;
    int32_t *ids = xcalloc((size_t)len, sizeof(*ids));
    for (int64_t i = 0; i < len; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        ids[i] = (int32_t)((state >> 33) % (uint64_t)vocab);
    }
    *out = ids;
    return len;
}

static int64_t read_text(int32_t **out, struct model *m, const char *path) {
    struct file text = {0};
    int rc = file_read(&text, path, TEXT_MAX);
    if (rc != 0)
        return rc;
    int64_t len = side_encode(out, m, (const char *)text.data, text.size, true);
    file_done(&text);
    return len;
}

static int64_t the_ids(int32_t **out, const struct options *o, struct model *m) {
    if (o->ids)
        return ids_parse(out, o->ids);
    return o->text ? read_text(out, m, o->text) : draw_ids(out, o->random, m->config.vocab_size);
}

static void print(const struct divergence *d, const struct options *o, const char *device) {
    double agree = (double)d->agree / (double)d->tokens;
    bool holds = d->mean <= o->limit;
    if (!o->json) {
        (void)printf("%s: %" PRId64 " tokens: KL mean %.3g, median %.3g, p99 %.3g, max %.3g nats; "
                     "same likeliest token %.2f %%; %s the limit of %.3g\n",
                     device, d->tokens, d->mean, d->median, d->p99, d->max, 100 * agree,
                     holds ? "within" : "ABOVE", o->limit);
        return;
    }
    struct buf out;
    struct json_writer w;
    buf_init(&out, OUTPUT_MAX);
    json_writer_init(&w, &out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "backend", device);
    json_put_int(&w, "tokens", d->tokens);
    json_put_real(&w, "mean", d->mean);
    json_put_real(&w, "median", d->median);
    json_put_real(&w, "p99", d->p99);
    json_put_real(&w, "max", d->max);
    json_put_real(&w, "agree", agree);
    json_put_real(&w, "limit", o->limit);
    json_put_bool(&w, "within", holds);
    json_close_object(&w);
    (void)puts(out.data);
    buf_done(&out);
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct side exact = {0}, other = {0};
    struct divergence d;
    int32_t *ids = NULL;
    if (argc != 1 || (o->text && o->ids))
        return err_set(ERR_ARG, "expected one MODEL, and at most one of --text and --ids");
    int rc = open_exact(&exact, o, argv[0]);
    if (rc == 0)
        rc = open_other(&other, o, argv[0]);
    int64_t len = rc < 0 ? rc : the_ids(&ids, o, exact.model);
    rc = len < 0 ? (int)len : start_both(&exact, &other, o, len);
    if (rc == 0)
        rc = divergence_measure(&d, exact.session, other.session, ids, len);
    if (rc == 0) {
        print(&d, o, other.device->name);
        rc = d.mean <= o->limit ? EXIT_OK : EXIT_FAILED;
    }
    free(ids);
    side_done(&other);
    side_done(&exact);
    return rc;
}

const struct cmd cmd_kl = {
    .name = "kl",
    .args = "MODEL",
    .summary =
        "Measures how far a faster way of computing moves the distributions of the next token from "
        "exact ones. Exit code 0: within the limit; 1: above; 2: nothing could be measured.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
