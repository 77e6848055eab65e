/* SPDX-License-Identifier: Apache-2.0 */
/* model: a checkpoint and its family on a device, loaded whole or not at all.
 *
 * Weights stay where the file is mapped unless they are cast or transposed. A model never changes
 * once open; sessions borrow it. */
#pragma once

#include <stdbool.h>

#include "engine/backend/backend.h"
#include "engine/base/arena.h"
#include "engine/nn/config.h"
#include "engine/nn/weights.h"
#include "engine/run/generation.h"
#include "engine/run/packed_cache.h"

struct checkpoint;
struct tokenizer;
struct tokenizer_ahead;

struct model_options {
    struct weights_options weights; /* storage cast, and the hook that may edit each weight */
    int checkpoint_flags;           /* enum checkpoint_flags */
    const char *config;             /* a JSON object whose keys go over config.json's, or NULL */
    bool tokenizer;                 /* will be wanted: open it beside the weights */
    const char *packed_cache;       /* where, as packed_cache_open() takes it; NULL = off */
};

struct model {
    struct config config;
    struct weights weights;
    struct generation generation; /* defaults < generation_config.json, else the config's ids */
    struct device *device;        /* borrowed */
    struct checkpoint *checkpoint;
    struct tokenizer *tokenizer;   /* opened by model_tokenizer(), … */
    struct tokenizer_ahead *ahead; /* … which asks this one first */
    struct packed_cache packed;
    char *folder; /* where config.json and tokenizer.json are looked for */
    struct arena arena;
};

/* path is a checkpoint's folder, or a .safetensors file with its config.json beside it, or a GGUF
 * file, which holds all of it. options
 * may be NULL. 0, or what checkpoint_open(), config_parse() and weights_load() return. On failure
 * *out is left alone and nothing stays behind. */
int model_open(struct model **out, const char *path, struct device *device,
               const struct model_options *options);
void model_close(struct model *m); /* NULL is fine; sessions and tokenizer first */

/* The tokenizer beside the checkpoint, or in it, opened at the first call. 0 or what
 * tokenizer_open() returns. *out is borrowed. */
int model_tokenizer(struct model *m, const struct tokenizer **out);
/* 0, or ERR_UNSUPPORTED for a model without logits of a next token. */
int model_must_predict(const struct model *m);
/* Whether model_tokenizer() has something to open. */
bool model_has_tokenizer(const struct model *m);
