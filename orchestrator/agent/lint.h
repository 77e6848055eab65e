/* SPDX-License-Identifier: Apache-2.0 */
/* lint: a role whose text promises what its policy does not keep, asks for what it does not give,
 * or contradicts itself. What is only written is not kept; so it must not be written. */
#pragma once

#include <stddef.h>

struct buf;
struct role;

/* Appends a line "FILE:LINE: rule: what is wrong" per fault. How many. */
size_t lint_role(struct buf *out, const struct role *role);
