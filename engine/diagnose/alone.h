/* SPDX-License-Identifier: Apache-2.0 */
/* alone: an op that is wrong on numbers that no activation was, so that nothing shows in what the
 * plans of the case computed. */
#pragma once

#include <stddef.h>

#include "engine/diagnose/diagnosis.h"

struct check;

/* index: of a case of hard numbers, which fails. Explains it by the first op that is wrong. */
void alone_explain(struct diagnosis *d, struct check *check, size_t index);
