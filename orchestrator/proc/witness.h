/* SPDX-License-Identifier: Apache-2.0 */
/* witness: sees what a command in a sandbox asks for that is not its to have.
 *
 * The command's filter (syscalls.h) hands certain calls to the keeper, which looks at them, notes
 * them down and answers: what the walls refuse is refused, anything else goes on. So a command that
 * was only held becomes one that is known to have tried. It is no wall itself: a program that is
 * renamed, or that changes its words behind the look, is not recognised. When the keeper is gone
 * the calls fail with ENOSYS, and nothing waits for ever. seccomp_unotify(2), Linux 5.5. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "orchestrator/proc/sandbox.h"

struct cage;
struct seccomp_notif;
struct seccomp_notif_resp;

struct witness {
    const struct cage *cage;
    struct sandbox_witness *seen; /* where it is noted down */
    int channel;                  /* the listener comes from here; -1 = it came, or none will */
    int listener;                 /* -1 = none */
    struct seccomp_notif *request;
    struct seccomp_notif_resp *answer;
    pid_t first;    /* bubblewrap outside; 0 = another level */
    int programs;   /* started so far */
    bool held;      /* first wants to end and waits: below it all is still as it was */
    uint64_t end;   /* its question */
    pid_t pusher;   /* one push is tried along PATH, as several programs */
    uint64_t words; /* where its words were */
};

/* In the keeper, before the fork: sets the cage's end when its spec wants a witness. */
void witness_open(struct witness *w, struct cage *c, struct sandbox_witness *seen);
/* In the keeper, after the fork; child: what it started. */
void witness_begin(struct witness *w, pid_t child);
/* To poll for reading; -1 = nothing comes any more. */
int witness_fd(const struct witness *w);
/* Answers all that waits. */
void witness_serve(struct witness *w);
/* What is held may end. */
void witness_release(struct witness *w);
/* program, "" = not known. */
void witness_note(struct witness *w, enum sandbox_sight sight, pid_t pid, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void witness_close(struct witness *w);

/* In the child, with no_new_privs: from here on it is watched. False when nobody looks, which the
 * keeper is told. */
bool witness_enter(const struct cage *c);
