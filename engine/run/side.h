/* SPDX-License-Identifier: Apache-2.0 */
/* side: a device, a model on it and a session over that: one side of what is compared.
 *
 * The session comes last, since how long it has to be follows from the model's tokens. */
#pragma once

#include "engine/base/opt.h"
#include "engine/run/session.h"

struct side {
    struct device *device;
    struct model *model;
    struct session *session; /* NULL before side_start() */
};

struct side_options {
    const char *backend; /* NULL = BACKEND_DEFAULT */
    struct device_options device;
    const char *dtype, *quant, *quant_embedding; /* as weights_options_parse() takes them */
};

/* Groups of rows (OPT_GROUP at a struct side_options) for commands: how weights are stored, and
 * what computes. A new option of either is a row here. */
extern const struct opt side_storage_opts[], side_device_opts[];

/* Device and model, as model_open() takes its path. 0 or a failure; side_done() in any case. */
int side_open(struct side *s, const char *path, const struct side_options *options);
/* The session. 0 or what session_new() returns. */
int side_start(struct side *s, const struct session_options *options);
void side_done(struct side *s); /* copes with a zeroed struct */

/* The ids of a text by the model's tokenizer, with the special tokens around it or without. How
 * many; *out is the caller's to free(), and left alone on failure. ERR_NOTFOUND without a
 * tokenizer, or what tokenizer_encode() returns. */
int64_t side_encode(int32_t **out, struct model *m, const char *text, size_t len, bool special);
