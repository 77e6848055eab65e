/* SPDX-License-Identifier: Apache-2.0 */
/* causes: what broke in a run, on pages. */
#pragma once

#include "orchestrator/dash/html.h"

struct result;
struct site;
struct site_run;

/* The causes of a run as a table, most cases first; those of the newest link to their place on
 * causes.html. 0 or ERR_IO. */
int causes_put_table(struct html *h, struct site *site, const struct site_run *run);
/* A line of the first causes and how much each explains; nothing without any. 0 or ERR_IO. */
int causes_put_line(struct html *h, struct site *site, const struct site_run *run);
/* The rows of a failed case's list of facts: its cause and its diagnosis. 0 or ERR_IO. */
int causes_put_case(struct html *h, struct site *site, const struct result *r);
