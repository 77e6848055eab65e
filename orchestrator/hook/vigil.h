/* SPDX-License-Identifier: Apache-2.0 */
/* vigil: work in a child process, watched: a crash, a hang and a wrong status are all seen by
 * somebody who is still there to say no. */
#pragma once

#include <stdint.h>

struct buf;

/* In the child; stdout and stderr are collected. Its result is the child's exit status, 0…255. */
typedef int vigil_fn(void *arg);

/* *status: what fn returned. ERR_LIMIT when it took longer than ms, ERR_IO when it ended in any
 * other way or wrote more than fits; everything that it started in its group is dead then. */
int vigil_run(vigil_fn *fn, void *arg, int64_t ms, struct buf *out, struct buf *err, int *status);
