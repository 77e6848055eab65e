/* SPDX-License-Identifier: Apache-2.0 */
/* choice: the next commit to test. search.h says by which rules. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct search;

/* False when no test would tell anything. */
bool choice_next(const struct search *s, size_t *at);
