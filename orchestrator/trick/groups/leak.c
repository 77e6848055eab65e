/* SPDX-License-Identifier: Apache-2.0 */
/* What was left open, and what others know. */
#include "orchestrator/trick/trick.h"

/* clang-format off */
static const struct trick rows[] = {
    {"descriptor", "cat <&{fd}", false},
    {"descriptor-by-name", "cat /proc/self/fd/{fd}", false},
    {"variable", "env", false},
    {"one-variable", "echo $NOCTULE_GUARD_TOKEN", false},
    {"parent-variables", "cat /proc/$PPID/environ", false},
    {"all-variables", "cat /proc/[0-9]*/environ", false},
    {"descriptors-of-others", "cat /proc/[0-9]*/fd/{fd}", false},
    {"memory", "python3 -c \"print(open('/proc/{pid}/mem', 'rb'))\" && cat /proc/{pid}/environ", false},
    {NULL, NULL, false},
};
/* clang-format on */

const struct trick_group trick_leak = {"leak", rows};
