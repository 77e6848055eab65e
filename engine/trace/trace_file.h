/* SPDX-License-Identifier: Apache-2.0 */
/* trace_file: a trace as a folder, as aprender's folder, or as .npy files. */
#pragma once

#include "engine/trace/trace.h"

#define TRACE_TENSORS_NAME "trace.safetensors"
#define TRACE_JSON_NAME    "trace.json"

enum trace_format {
    TRACE_NATIVE, /* trace.safetensors and trace.json */
    TRACE_APRT,   /* layer-N/STAGE.bin and STAGE.bin; later steps in step-S/ */
    TRACE_NPY,    /* the same with .npy */
};
/* "trace", "aprt", "npy". */
bool trace_format_parse(enum trace_format *out, const char *name);

/* Makes the folder when there is none. trace.json is written in every format, and says which. The
 * files that a trace.json of the folder lists are removed before. 0, ERR_IO, ERR_LIMIT, ERR_NOMEM;
 * ERR_ARG when another's trace.safetensors is there, which would be read instead. */
int trace_save(const struct trace *t, const char *folder, enum trace_format format);
/* A folder of trace.safetensors and trace.json: each tensor must be in both, with one shape. 0,
 * ERR_NOTFOUND, ERR_IO, ERR_FORMAT, ERR_LIMIT. trace_done() in any case. */
int trace_load(struct trace *t, const char *folder);
/* Anything that diff compares: such a folder; a folder of APRT or .npy files, of which a trace.json
 * is not read; one .npy, .bin (APRT) or .safetensors file. trace_done() in any case. */
int trace_open(struct trace *t, const char *path);
