/* SPDX-License-Identifier: Apache-2.0 */
/* script: what a runner is told in its own language; the files of scripts/ as they were when the
 * program was built. */
#pragma once

#include <stddef.h>

/* Ended by a name that is NULL. */
struct runner_script {
    const char *name; /* "pytest" */
    const char *text;
    size_t len;
};
extern const struct runner_script runner_scripts[];
