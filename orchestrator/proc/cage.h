/* SPDX-License-Identifier: Apache-2.0 */
/* cage: the walls of a sandbox, put up between fork and exec. A row per level. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "orchestrator/proc/sandbox.h"

/* What the keeper and the child that becomes the command share. */
struct cage {
    const struct sandbox_spec *spec;
    enum sandbox_level level;
    int landlock_abi;
    const char *scratch; /* a folder for temporary files, where /tmp is not its own */
    uid_t user;          /* to become; 0 = stay who we are */
    int held;            /* as long as this is open nobody else becomes that user; -1 = none */
    int nice;            /* of the command, as of its owner */
    int info;            /* where bubblewrap tells its pid; -1 = nowhere */
    int status;          /* where bubblewrap tells how the command ended; -1 = another level */
    int block;           /* where the command waits for the door; -1 = no door */
    int way;             /* the port of this machine that the door leads to; 0 = none: with
                          * namespaces it is a port of the inside */
    int watch;           /* where the witness is told how to look; -1 = there is none */
};

/* Before fork: what may fail with a sentence, and what belongs to the folder rather than to the
 * process. 0 or a negative ERR_. */
int cage_prepare(struct cage *c);
void cage_clean(struct cage *c); /* after the end; removes the scratch folder */

/* In the child. Becomes the command, or returns with errno and the name of what failed. */
const char *cage_become_namespaces(const struct cage *c);
const char *cage_become_landlock(const struct cage *c);
const char *cage_become_limits(const struct cage *c);

/* The data of each process. Last of all: this process, built with a sanitizer, holds more. */
void cage_limit_memory(const struct cage *c);
/* What is left of root after this cannot come back past no_new_privs. */
bool cage_become_user(const struct cage *c);

/* "NAME=value" of the fixed environment and the spec's, which replace fixed ones. Owned by the
 * caller with free(). */
char **cage_environment(const struct cage *c);
/* In the child: becomes the command with that environment, and by its PATH. Returns with errno. */
void cage_exec(const struct cage *c, char **environment);
/* The folder that it begins in. */
const char *cage_cwd(const struct cage *c);
/* Where bubblewrap is, or NULL. */
const char *cage_bubblewrap(void);
/* The folders that hold programs and libraries, and the files of /etc that those need. */
extern const char *const cage_system_paths[];
