/* SPDX-License-Identifier: Apache-2.0 */
/* task: what is asked of whoever plays a role: as words for a model, and for a command as the file
 * that $NOCTULE_TASK names, which its sandbox may read. */
#pragma once

#include "orchestrator/proc/litter.h"

struct arena;
struct attempt_spec;

struct task {
    struct litter place; /* the folder of the file */
};

/* Sets task, readable and environment of the spec, in the arena. text is kept in the file `copy`,
 * too. 0 or ERR_IO. */
int task_give(struct task *out, struct arena *arena, const char *text, const char *copy,
              struct attempt_spec *spec);
void task_take_back(struct task *t); /* copes with a zeroed struct */
