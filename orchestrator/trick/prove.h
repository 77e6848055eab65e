/* SPDX-License-Identifier: Apache-2.0 */
/* prove: all ways around the guards tried, before work is handed to somebody.
 *
 * It takes some seconds, so what was proven is kept for a day in the user's cache folder, by level:
 * for this boot, kernel, program and bubblewrap. Only a level with walls may be kept: what runs
 * behind them cannot write there, which is among what was proven. A file there that others may
 * write counts for nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/proc/sandbox.h"

enum { PROVE_WHY = 320 };

struct prove {
    enum sandbox_level level; /* that was tried */
    size_t tried, unproven;
    bool kept;           /* proven earlier today */
    double took_ms;      /* when it was tried */
    char why[PROVE_WHY]; /* of the first that is unproven */
};

/* least and only as in struct sandbox_spec. A level below least, or limits, is not tried: it is
 * unproven by nature. 0, also when something is unproven; ERR_IO when it could not be tried,
 * ERR_STOPPED. */
int prove_guards(struct prove *out, enum sandbox_level least, enum sandbox_level only,
                 const volatile bool *stop);
/* The same at one level, whatever was proven before. */
int prove_anew(struct prove *out, enum sandbox_level level, const volatile bool *stop);
