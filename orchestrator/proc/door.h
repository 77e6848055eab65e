/* SPDX-License-Identifier: Apache-2.0 */
/* door: the one way out of a sandbox's network, served outside.
 *
 * With namespaces it is a socket that listens in the sandbox's own network, where nothing else is.
 * Without, the network is the machine's, and nobody inside may connect to anything: who connects to
 * the door's address is asked about (witness.h), and gets a socket that the keeper has connected to
 * a port of this run. What the address was when the kernel would have looked does not matter. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct cage;

struct door {
    int listening; /* made before the command; -1 with namespaces */
    int info;      /* bubblewrap tells here who its first process is */
    int block;     /* the command waits at the other end until it may begin */
};
#define DOOR_NONE ((struct door){-1, -1, -1})

/* In the keeper, before the fork: sets the cage's ends. 0, or -1 with errno. */
int door_open(struct door *d, struct cage *c);
/* In a process of the keeper, after the fork: hands the socket to the owner, waits for its answer,
 * lets the command begin. 0, or -1 with errno. */
int door_show(struct door *d, const struct cage *c, int tell);
/* In the keeper, for a cage that has a way: puts a socket that leads through the door where that
 * process has its own, fd; id is of the call that it waits in. It never waits long. 0, or -1 with
 * errno. */
int door_lead(const struct cage *c, int listener, uint64_t id, pid_t pid, int fd);
/* In the keeper, when another process shows it. info stays open: bubblewrap dies of a pipe that
 * nobody reads; and block does: it takes its closing for leave to begin. */
void door_close(struct door *d, const struct cage *c);
