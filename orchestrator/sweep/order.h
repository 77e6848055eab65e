/* SPDX-License-Identifier: Apache-2.0 */
/* order: the runs of a logs folder, in the order in which they were made.
 *
 * Names begin with the time of the start, so theirs is that order, as long as nobody sets the clock
 * back. A run that was compared with another came after it, whatever their names say. */
#pragma once

#include <stddef.h>

struct order {
    char **names; /* [len] of folders with a journal in them */
    size_t len;
};

/* A folder that is not there has no runs. 0 or ERR_IO. order_done() in any case. */
int order_read(struct order *out, const char *logs);
void order_done(struct order *o); /* copes with a zeroed struct */
