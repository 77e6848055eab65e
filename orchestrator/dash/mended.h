/* SPDX-License-Identifier: Apache-2.0 */
/* mended: what fixes mended, on pages; nothing where none did. All return 0 or ERR_IO. */
#pragma once

#include "orchestrator/dash/html.h"

struct cluster;
struct site;
struct site_run;

/* A line for the banner of a run. */
int mended_put_line(struct html *h, struct site *site, const struct site_run *run);
/* A table, with its heading. */
int mended_put_table(struct html *h, struct site *site, const struct site_run *run);
/* The row of a cause's list of facts: which fixes mended it before it came back. */
int mended_put_before(struct html *h, struct site *site, const struct cluster *c);
