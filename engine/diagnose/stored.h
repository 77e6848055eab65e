/* SPDX-License-Identifier: Apache-2.0 */
/* stored: what the files of a checkpoint say, read by a path of its own.
 *
 * A folder of *.safetensors or one GGUF file; names, offsets and numbers. Nothing of format/, nn/
 * or tensor/quant has a hand in it: a fault in those must not be able to hide itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/json.h"
#include "engine/tensor/dtype.h"

struct stored_files;

enum { STORED_RANK_MAX = 8 };

/* A tensor as it lies in its file, which the numbers are borrowed from. */
struct stored {
    const uint8_t *bytes;
    enum dtype dtype;
    int rank;
    int64_t shape[STORED_RANK_MAX]; /* outermost first */
    int64_t count;
    bool turned; /* [in,out], and a model holds [out,in] */
    int64_t
        paired; /* rows of a head, whose halves lie in turn, row by row; 0 = one behind the other */
};

/* path: what a model is opened with. 0, ERR_IO, or ERR_FORMAT when the files cannot be read in
 * this way. */
int stored_open(struct stored_files **out, const char *path);
void stored_close(struct stored_files *f); /* NULL is fine */
/* False when no file has it, or it is of no dtype of numbers.h. */
bool stored_find(struct stored *out, const struct stored_files *f, const char *name);
/* Row r of a model's [rows,len], len numbers. A tensor of rank 1 is one row. */
void stored_row(double *out, const struct stored *s, int64_t r, int64_t len);

/* The config.json of a folder, or what the metadata of a GGUF file say in its words. */
int stored_config(struct json_doc **out, const char *path);
