/* SPDX-License-Identifier: Apache-2.0 */
/* request: one that came over a socket, for a server that takes them one by one. */
#pragma once

#include <stdbool.h>

#include "engine/base/buf.h"

struct request {
    char method[16], target[2048];
    char *head; /* the headers, a line each, NUL-terminated */
    struct buf body;
};

/* False when it is none, or ends too soon; request_done() copes with that, and with a zeroed one.
 */
bool request_read(struct request *out, int fd);
void request_done(struct request *r);
/* Answers it by git http-backend over the repositories of folder: what follows /git. */
void request_run_git(struct request *r, int fd, const char *folder);
