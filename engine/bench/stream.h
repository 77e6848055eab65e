/* SPDX-License-Identifier: Apache-2.0 */
/* stream: reading memory and doing nothing with it, as fast as this machine can. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    STREAM_STREAMS_MAX = 8,
    STREAM_STEP = 256, /* bytes of a stream read at once; sizes are rounded down to it */
};

/* How a buffer is walked: some processors keep more lines in flight with several streams, some
 * with a prefetch of our own. */
struct stream_walk {
    int streams; /* equal parts read side by side, ≤ STREAM_STREAMS_MAX */
    int ahead;   /* bytes to prefetch ahead; 0 = none */
};
/* The walks worth trying, ended by streams = 0. */
extern const struct stream_walk stream_walks[];

/* Reads size bytes (aligned to 64) and returns something that depends on all of them. */
uint64_t stream_read(const void *data, size_t size, const struct stream_walk *walk);
