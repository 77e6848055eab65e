/* SPDX-License-Identifier: Apache-2.0 */
/* trace_json: trace.json, written and read. */
#pragma once

#include "engine/trace/trace.h"

/* Appends the whole document. */
void trace_json_write(struct buf *out, const struct trace *t);
/* Fills about, steps, absences and weights of an empty trace, and items without tensors (rank and
 * shape are set, data is NULL); plans stay in the document. name is for messages. The text is
 * untrusted. 0, ERR_FORMAT naming the path in the document, ERR_LIMIT. */
int trace_json_read(struct trace *t, const char *text, size_t len, const char *name);
/* The nodes of a plan as they stand in the document: see docs/tracing.md. */
void trace_json_put_node(struct json_writer *w, const struct plan_route *node);
