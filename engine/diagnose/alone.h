/* SPDX-License-Identifier: Apache-2.0 */
/* alone: an op that is wrong on numbers that no activation was, so that nothing shows in what the
 * plans of the case computed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/diagnose/diagnosis.h"

struct check;

/* Whether cases of that type run ops alone. */
bool alone_is(const char *type);
/* index: of such a case, which fails. Explains it by the first op that is wrong. */
void alone_explain(struct diagnosis *d, struct check *check, size_t index, const char *type);
