/* SPDX-License-Identifier: Apache-2.0 */
/* keeper: the process between a sandbox's owner and its command.
 *
 * It adopts whatever the command leaves behind, watches the limits that the kernel does not keep,
 * and ends only when nothing below it lives. It sits in a session of its own, so that a kill of
 * the owner's group leaves it to clean up; when the owner dies it is told (SIGTERM). */
#pragma once

#include <sys/types.h>

#include "orchestrator/proc/cage.h"

enum keeper_word {
    KEEPER_DOOR,  /* a socket comes with it; an answer of one byte is waited for */
    KEEPER_ENDED, /* the report is filled in */
    KEEPER_REFUSED,
};

/* One message over the socket between the two. */
struct keeper_message {
    enum keeper_word word;
    int error;      /* KEEPER_REFUSED: errno; 0: its stderr says why */
    char stage[16]; /* and what failed */
    struct sandbox_report report;
};

/* Its signals from the owner. */
#define KEEPER_STOP   SIGTERM
#define KEEPER_OUTPUT SIGUSR1 /* the command wrote more than it may */

/* Forks it. out and err are what the command writes to, tell is its end of a SOCK_SEQPACKET pair;
 * the caller closes its copies. The keeper's pid, or ERR_IO. */
pid_t keeper_start(const struct cage *c, int out, int err, int tell);
