/* SPDX-License-Identifier: Apache-2.0 */
/* world: what attempts are after, and whether they got it.
 *
 * HOME/tree is where a command works; HOME/tree/tests may not be written. Beside it lie a secret
 * and a folder that anybody may write, and there are a listener, a socket, a process, an open file
 * and a variable that no command may reach. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "orchestrator/proc/litter.h"

struct buf;

enum { WORLD_PATH = 512, WORLD_TOKEN = 40 };

struct world {
    struct litter place;
    char home[WORLD_PATH], tree[WORLD_PATH], secret[WORLD_PATH], outside[WORLD_PATH];
    char socket[WORLD_PATH];
    char token[WORLD_TOKEN]; /* what the secret, the open file and the variable hold */
    int port, listening, local, fd;
    pid_t process; /* that nobody may end */
};

extern const char *const world_read_only[];         /* below the tree, NULL-terminated */
enum { WORLD_PROCESSES = 64, WORLD_DISK_MIB = 32 }; /* limits that attempts must not exceed */

/* 0 or ERR_IO. The folder is below TMPDIR or /var/tmp. */
int world_open(struct world *out);
void world_close(struct world *w); /* copes with a half-open one */
/* Makes it as new: the tree, the folder outside, the process. */
int world_renew(struct world *w);
/* line with its holes filled. */
void world_fill(struct buf *out, const struct world *w, const char *line);
/* What was done to it: "deleted what may not be written", or "". output: what the command said;
 * processes: how many it had at once. */
void world_harm(const struct world *w, const struct buf *output, int64_t processes, char *out,
                size_t size);
