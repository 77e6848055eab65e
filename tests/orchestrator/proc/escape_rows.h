/* SPDX-License-Identifier: Apache-2.0 */
/* escape_rows: what the files of the program `escape` share, and each way out as a function. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "tests/orchestrator/proc/escape.h"

enum { OUT = 0, HELD = 1, NO_SURROUNDINGS = 2, PATH_BYTES = 4096 };

const char *place(const char *name); /* E_…; ends the process when it is not said */
pid_t other(void);
int out_if(bool out); /* OUT, or HELD with the reason on stderr */
bool holds(const char *path, const char *text);

#define X(name, control) int name(void);
ESCAPE_MAP(X)
#undef X
