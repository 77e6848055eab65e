/* SPDX-License-Identifier: Apache-2.0 */
/* waived: failures that noctule.json expects, and cases that it quarantines. */
#pragma once

#include "orchestrator/dash/site.h"

/* The entries that cover cases of the run, with what those did; nothing without any. 0 or ERR_IO.
 */
int waived_put_table(struct html *h, struct site *site, const struct site_run *run);
/* What was said of one case, as rows of its <dl>; nothing without any. 0 or ERR_IO. */
int waived_put_case(struct html *h, struct site *site, const struct result *r);
