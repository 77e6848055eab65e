/* SPDX-License-Identifier: Apache-2.0 */
/* start: what a process does between being the keeper's child and being the command. */
#pragma once

struct cage;

enum { START_OWN_PROCESSES = 2 }; /* bubblewrap outside, and as the first process inside */

/* What the keeper is told when it came to nothing; else tell is closed by what it became. */
struct start_refusal {
    int error; /* errno */
    char stage[16];
};

_Noreturn void start_child(const struct cage *c, int out, int err, int tell);
