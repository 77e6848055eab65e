/* SPDX-License-Identifier: Apache-2.0 */
/* progress: a bar on the terminal while something takes its time; nothing where nobody looks. */
#pragma once

#include <stdbool.h>

struct progress {
    bool shown; /* stderr is a terminal */
    int width;  /* columns that were written, to be wiped */
};

void progress_init(struct progress *p);
/* label may be NULL. */
void progress_show(struct progress *p, int done, int all, const char *label);
void progress_done(struct progress *p); /* wipes it */
