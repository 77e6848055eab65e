/* SPDX-License-Identifier: Apache-2.0 */
/* cases: one case of a run, as a line that opens to everything that is known of it. */
#pragma once

#include "orchestrator/dash/site.h"

enum case_place {
    CASE_AT_HOME,  /* on the page of its cell: links lead here; with its verdicts over the runs */
    CASE_ANYWHERE, /* elsewhere, among cases of other cells */
};
/* The case as a <details>. label stands before the name ("" = none). 0 or ERR_IO. */
int case_put(struct html *h, struct site *site, const struct result *r, const char *label,
             enum case_place place);
/* Link to the case on the page of its cell ("../cells/x.html#c12"); to that page alone where it
 * shows another run, and plain text where there is none. */
void case_link(struct html *h, const struct site *site, const struct result *r, const char *label);
