/* SPDX-License-Identifier: Apache-2.0 */
/* door: the one way out of a sandbox's network, a socket that listens inside and is served
 * outside. With namespaces it is made in the sandbox's own network, where nothing else is. */
#pragma once

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
/* In the keeper, when another process shows it. info stays open: bubblewrap dies of a pipe that
 * nobody reads; and block does: it takes its closing for leave to begin. */
void door_close(struct door *d, const struct cage *c);
