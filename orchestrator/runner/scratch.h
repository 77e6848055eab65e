/* SPDX-License-Identifier: Apache-2.0 */
/* scratch: a folder for what a runner writes down of its results. It is locked while its worker
 * lives; those that a killed worker left are removed by the next one. */
#pragma once

enum { SCRATCH_PATH_MAX = 4096 };

struct scratch {
    char path[SCRATCH_PATH_MAX]; /* absolute */
    int lock;
};

/* 0 or ERR_IO. */
int scratch_open(struct scratch *s);
void scratch_close(struct scratch *s);
