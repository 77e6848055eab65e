/* SPDX-License-Identifier: Apache-2.0 */
/* memory: where values lie that do not live at the same time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Bytes that are needed from node `first` to node `last`, both included. */
struct memory_span {
    size_t size;
    int first, last;
    size_t offset; /* set by memory_layout() */
};

/* Of every offset; and sizes are rounded up to it. */
enum { MEMORY_ALIGNMENT = 64 };

/* Sets each offset such that spans which live at the same time do not overlap; with reuse false,
 * no two overlap at all. *total is where the last one ends. 0, or ERR_LIMIT when that does not fit
 * in size_t. The largest are placed first, each at the lowest offset that is free. */
int memory_layout(struct memory_span *spans, int count, bool reuse, size_t *total);
