/* SPDX-License-Identifier: Apache-2.0 */
/* What the C library, the dynamic linker and the C++ runtime say before a process dies. */
#include "orchestrator/parse/rule.h"

/* Patterns stand on lines of their own: the formatter would align them off the page. */
/* clang-format off */
static const struct rule rows[] = {
    {"runtime.assert", 1, RULE_LOG,
     "^\\S+: (?<location>[^\\s:]+:\\d+): .*: Assertion [`'](?<what>.+)' failed\\.$",
     "invariant", RULE_CODE, false},
    {"runtime.heap", 1, RULE_LOG,
     "^(?<what>(?:double free or corruption|free\\(\\): invalid|malloc\\(\\): |realloc\\(\\): |"
     "corrupted size vs|munmap_chunk\\(\\)).*)$",
     "memory", RULE_CODE, false},
    {"runtime.stack", 1, RULE_LOG,
     "(?<what>\\*\\*\\* stack smashing detected \\*\\*\\*)",
     "memory", RULE_CODE, false},
    {"runtime.cpp_exception", 1, RULE_LOG,
     "^terminate called after throwing an instance of '(?<what>[^']+)'",
     "exception", RULE_CODE, false},
    {"runtime.loader", 1, RULE_LOG,
     "error while loading shared libraries: (?<what>[^:]+:.*)$",
     "missing-library", RULE_DEPENDENCY, false},
    {"runtime.glibc_version", 1, RULE_LOG,
     "version `(?<what>[A-Z]+_[0-9.]+)' not found",
     "missing-library", RULE_DEPENDENCY, false},
    RULE_END,
};
/* clang-format on */

const struct rule_set rule_runtime = {"runtime", 20, rows};
