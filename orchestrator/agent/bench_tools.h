/* SPDX-License-Identifier: Apache-2.0 */
/* The tools of a bench, for its table. Each fills out from the arguments; 0, or ERR_ARG and
 * ERR_NOTFOUND, which are for the model to read, or what ends the conversation (bench.h). */
#pragma once

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "orchestrator/agent/bench.h"

/* What a change of *path would be called, or NULL when it may be made; *path becomes its plain
 * name, where it lies in the folder. */
const char *bench_closes(const struct bench *b, const char **path, const char **text);

int bench_read(struct bench *b, struct json a, struct buf *out);
int bench_search(struct bench *b, struct json a, struct buf *out);
int bench_list(struct bench *b, struct json a, struct buf *out);
int bench_edit(struct bench *b, struct json a, struct buf *out);
int bench_write(struct bench *b, struct json a, struct buf *out);

int bench_run_case(struct bench *b, struct json a, struct buf *out);
int bench_trace_diff(struct bench *b, struct json a, struct buf *out);
int bench_shell(struct bench *b, struct json a, struct buf *out);
/* Notes down what a line that was turned down wanted. */
void bench_note_line(struct bench *b, const char *line);
