/* SPDX-License-Identifier: Apache-2.0 */
/* unloaded: a checkpoint that is refused for its tensors, in a fixture that has no cases of
 * loading, which would know more. */
#pragma once

#include "engine/diagnose/diagnosis.h"

struct fixture;

/* text: what the case said, of any device: "loading PATH: …". */
void unloaded_explain(struct diagnosis *d, const struct fixture *fixture, const char *text);
