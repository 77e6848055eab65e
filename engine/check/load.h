/* SPDX-License-Identifier: Apache-2.0 */
/* load: configuration and weights of one checkpoint, without a graph or a session.
 *
 * What loading cases look at. Nothing is cached and nothing is cast unless asked for. */
#pragma once

#include "engine/format/checkpoint.h"
#include "engine/nn/config.h"
#include "engine/nn/weights.h"

struct load {
    struct arena arena; /* of config */
    struct config config;
    struct checkpoint *checkpoint;
    struct weights weights;
};

/* Reads the config.json of a folder, or what a GGUF file has in its place, alone. On failure *out
 * is empty again. */
int load_config(struct load *out, const char *folder);
/* The same, and the weights. file_flags as for checkpoint_open(); options may be NULL. 0, or
 * what the loader says of a checkpoint it refuses. On failure *out is empty again. */
int load_open(struct load *out, const char *folder, int file_flags,
              const struct weights_options *options);
void load_done(struct load *l); /* copes with a zeroed struct */
