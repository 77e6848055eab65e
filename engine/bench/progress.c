/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR = 30 };

void progress_init(struct progress *p) {
    *p = (struct progress){.shown = isatty(STDERR_FILENO) == 1};
}

void progress_show(struct progress *p, int done, int all, const char *label) {
    static const char full[] = "##############################";
    static const char empty[] = "..............................";
    int filled = all > 0 ? (int)((long long)BAR * done / all) : BAR;
    if (!p->shown)
        return;
    int wrote = fprintf(stderr, "\r[%.*s%.*s] %d/%d %s", filled, full, BAR - filled, empty, done,
                        all, label ? label : "");
    if (wrote < p->width)
        (void)fprintf(stderr, "%*s", p->width - wrote, "");
    p->width = wrote;
}

void progress_done(struct progress *p) {
    if (p->shown && p->width)
        (void)fprintf(stderr, "\r%*s\r", p->width, "");
    p->width = 0;
}
