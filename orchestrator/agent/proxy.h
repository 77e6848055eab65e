/* SPDX-License-Identifier: Apache-2.0 */
/* proxy: the door of a sandbox that leads to a model and nowhere else. It serves HTTP on the
 * socket that it is given, counts and cuts what passes (upstream.h), and puts the real key in. */
#pragma once

#include <sys/types.h>

struct upstream;

struct proxy {
    struct upstream *upstream;
    const char *token; /* what a request must show as its key */
    pid_t pid;         /* of the group that serves; 0 = none */
};

/* A sandbox_door_fn: arg is the struct proxy. Serves in processes of its own. */
int proxy_open(void *arg, int listening);
void proxy_close(struct proxy *p); /* copes with one that was not opened */
