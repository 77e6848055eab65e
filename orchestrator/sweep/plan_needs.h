/* SPDX-License-Identifier: Apache-2.0 */
/* plan_needs: what a short command says by how it ends, for sentences of the plan. */
#pragma once

struct buf;
struct proc_exit;

/* Appends how it ended, and the last line of what it said. */
void plan_quote_end(struct buf *out, const struct proc_exit *ended, const struct buf *said);
