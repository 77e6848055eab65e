/* SPDX-License-Identifier: Apache-2.0 */
/* Compilers, linkers and CMake: why a subject could not be built. */
#include "orchestrator/parse/rule.h"

/* Patterns stand on lines of their own: the formatter would align them off the page. */
/* clang-format off */
static const struct rule rows[] = {
    {"build.compiler", 1, RULE_LOG,
     "^(?<location>[^\\s:]+:\\d+):\\d+: (?:fatal )?error: (?<what>.+)$",
     "compile", RULE_CODE, false},
    {"build.undefined", 1, RULE_LOG,
     "(?:(?<location>[^\\s:()]+):.*)?undefined reference to [`'](?<what>[^`']+)'",
     "link", RULE_CODE, false},
    {"build.duplicate", 1, RULE_LOG,
     "multiple definition of [`'](?<what>[^`']+)'",
     "link", RULE_CODE, false},
    {"build.cmake", 1, RULE_LOG,
     "^CMake Error at (?<location>[^\\s:]+:\\d+) \\(.*\\):\\s+(?<what>.+)$",
     "configure", RULE_CODE, false},
    {"build.package", 1, RULE_LOG,
     "(?<what>(?:Could NOT find|No package '[^']+' found|Package '[^']+', required by).*)$",
     "missing-library", RULE_DEPENDENCY, false},
    RULE_END,
};
/* clang-format on */

const struct rule_set rule_build = {"build", 15, rows};
