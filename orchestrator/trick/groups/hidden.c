/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that are in order, and run what the tree says. */
#include "orchestrator/trick/trick.h"

/* clang-format off */
static const struct trick rows[] = {
    {"make", "make all", true},
    {"ninja", "ninja y", true},
    {"tidy", "tests/tidy.sh .", true},
    {"own-program", "build/release/noctule-engine check tests/victim", true},
    {NULL, NULL, false},
};
/* clang-format on */

const struct trick_group trick_hidden = {"hidden", rows};
