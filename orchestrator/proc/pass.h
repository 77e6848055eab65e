/* SPDX-License-Identifier: Apache-2.0 */
/* pass: a message to another process, with an open file in it. Over a SOCK_SEQPACKET pair. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* fd -1: none goes with it. 0, or -1 with errno. */
int pass_send(int to, const void *bytes, size_t size, int fd);
/* *fd: what came with it, or -1. False when the other side is gone, or the message is of another
 * size. */
bool pass_receive(int from, void *bytes, size_t size, int *fd);
