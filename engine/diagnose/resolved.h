/* SPDX-License-Identifier: Apache-2.0 */
/* resolved: a configuration that came out otherwise, in a number that an op computes with: then
 * what the op is given is named, as it is where a run shows it. */
#pragma once

#include <stdbool.h>

#include "engine/diagnose/diagnosis.h"

/* type, text: of a case that fails. Explains it if that is a case of a configuration, and text
 * names such a number. */
void resolved_explain(struct diagnosis *d, const char *type, const char *text);
