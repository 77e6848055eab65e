/* SPDX-License-Identifier: Apache-2.0 */
/* preset: the rule sets that come with the program: each file of presets/, byte for byte. */
#pragma once

#include <stddef.h>

struct preset {
    const char *name; /* "conventional" */
    const char *text; /* [len] JSON with comments, as a noctule.json */
    size_t len;
};

/* Ended by a NULL name; made by CMake from the files. */
extern const struct preset preset_table[];
