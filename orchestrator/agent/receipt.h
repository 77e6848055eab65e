/* SPDX-License-Identifier: Apache-2.0 */
/* receipt: what an attempt was, did and used, from what was measured. */
#pragma once

struct attempt;
struct buf;

/* One JSON object; indent as in json_writer_init(). */
void receipt_json(struct buf *out, const struct attempt *a, int indent);
/* "Assisted-by: AGENT:MODEL" per model that answered, a line each; nothing without one. */
void receipt_trailers(struct buf *out, const struct attempt *a);
/* A few lines for people. */
void receipt_text(struct buf *out, const struct attempt *a);
