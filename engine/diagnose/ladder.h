/* SPDX-License-Identifier: Apache-2.0 */
/* ladder: which part of the engine a failing case is about, by what else of the fixture fails.
 *
 * Cases of simple parts stand below those that use them: a wrong token sampled under a temperature
 * is no fault of the sampler when the case of the temperature alone fails as well. */
#pragma once

#include "engine/check/case.h"
#include "engine/diagnose/diagnosis.h"

/* Kind and component of c, which fails; said is what it said. Runs other cases of the cell, no
 * longer than budget_ns in all. */
void ladder_climb(struct diagnosis *d, struct case_run *c, const char *said, int64_t budget_ns);
/* The group of a case type: "forward", "tokenizer" …; "" for none. */
const char *ladder_group(const char *type);
