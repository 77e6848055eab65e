/* SPDX-License-Identifier: Apache-2.0 */
/* spoil: reference values made wrong, or made other values that are as right.
 *
 * Whoever compares sees the first for what they are, wherever he looks; a sum, a mean or a hash of
 * the right ones does not tell the second from a file that nobody touched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct dice;

/* All elements of the tensor, by the dtype's name in a safetensors header ("F32"). False, and
 * nothing done, for a dtype that is not known or when there is no element. */
bool spoil_tensor(struct dice *d, const char *dtype, void *bytes, size_t size);
/* The last bit of one element of F32; nothing for another dtype. */
void spoil_last_bit(struct dice *d, const char *dtype, void *bytes, size_t size);
