/* SPDX-License-Identifier: Apache-2.0 */
/* sum: a checksum of much memory, at the speed of reading it.
 *
 * It finds what disks, torn writes and slips do to bytes: a change within one word always, any
 * other but once in 2^64. Who means to deceive can; against that there is hash. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The same on every machine. */
uint64_t sum_bytes(const void *data, size_t size);
