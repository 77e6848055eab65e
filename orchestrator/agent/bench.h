/* SPDX-License-Identifier: Apache-2.0 */
/* bench: the workplace of a model behind an API: a folder, and the few tools on it.
 *
 * A path is opened below the folder without following any link. What a tool may write is what the
 * role may; the tree is judged all the same. A call that was turned down for what it tried is noted
 * down in the attempt. */
#pragma once

#include <stdint.h>

#include "orchestrator/agent/dialect.h"

struct attempt;
struct role;

struct bench {
    struct attempt *attempt;
    const char *folder;
    int root;     /* the folder, opened */
    int64_t turn; /* of the model, from 1; its calls are noted down with it */
};

/* 0 or ERR_IO. */
int bench_open(struct bench *b, struct attempt *a, const char *folder);
void bench_close(struct bench *b);
/* The tools that the role has, ended by a NULL name, in the attempt's arena. */
const struct dialect_tool *bench_tools(const struct bench *b);
/* Runs a call: sets its result and whether it failed. ERR_STOPPED, ERR_UNSUPPORTED or ERR_IO when
 * there is no going on. */
int bench_call(struct bench *b, struct conversation *c, struct dialect_call *call);
