/* SPDX-License-Identifier: Apache-2.0 */
/* isa: the instruction sets that kernels are compiled for, and which this machine has.
 *
 * Every level brings all ops. Which are compiled, and with what, is said in CMakeLists.txt; what
 * one asks of the machine, in isa.c. docs/backends.md tells how to add one. */
#pragma once

#include <stdbool.h>

#include "engine/backend/backend.h"

struct native_level {
    const char *name;             /* "avx512vnni" */
    const struct kernel *kernels; /* ended by KERNEL_END_ROW */
    bool (*is_there)(void);       /* asks the processor and the system */
};

/* From the plainest to the best; ended by a NULL name. */
extern const struct native_level native_levels[];
extern const char *const native_isas[]; /* their names, ended by NULL */
/* Names of levels that this build lacks: of other processors, or beyond its compiler. */
extern const char *const native_absent[];
/* name NULL: what NOCTULE_CPU says, else the best that the machine has. 0; ERR_NOTFOUND naming the
 * levels; ERR_UNSUPPORTED when the machine or the build lacks it. */
int native_level_choose(const struct native_level **out, const char *name);
