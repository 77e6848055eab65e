/* SPDX-License-Identifier: Apache-2.0 */
/* drain: what a pipe holds now. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { DRAIN_TURN = 1 << 20 }; /* bytes, as fs.pipe-max-size is */

typedef void drain_sink(void *arg, const char *bytes, size_t len);

/* Hands on what fd, which does not block, holds, and of a flood no more than DRAIN_TURN, so that
 * timers and others are not starved. That is also all that a process left there that has ended: a
 * pipe holds no more. False at the end of the file or when it cannot be read: then it is the
 * caller's to close. */
bool drain(int fd, drain_sink *sink, void *arg);
