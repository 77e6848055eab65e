/* SPDX-License-Identifier: Apache-2.0 */
/* AddressSanitizer, UndefinedBehaviorSanitizer, LeakSanitizer and ThreadSanitizer reports. The
 * location is the first frame that has a source line: frames of the runtime have none. */
#include "orchestrator/parse/rule.h"

#define FRAME "(?s:.*?)#\\d+ 0x[0-9a-f]+ in \\S+ (?<location>[^\\s:()]+:\\d+)"

/* Patterns stand on lines of their own: the formatter would align them off the page. */
/* clang-format off */
static const struct rule rows[] = {
    {"sanitizer.undefined", 1, RULE_LOG,
     "^(?<location>[^\\s:]+:\\d+):\\d+: runtime error: (?<what>.+)$",
     "undefined-behaviour", RULE_CODE, false},
    {"sanitizer.leak", 1, RULE_LOG,
     "^.*ERROR: LeakSanitizer: (?<what>detected memory leaks)" FRAME,
     "leak", RULE_CODE, false},
    {"sanitizer.race", 1, RULE_LOG,
     "^WARNING: ThreadSanitizer: (?<what>[^\\n(]+?) \\(pid"
     "(?s:.*?)#\\d+ \\S+ (?<location>[^\\s:()]+:\\d+)",
     "race", RULE_CODE, true},
    {"sanitizer.address", 1, RULE_LOG,
     "^.*ERROR: AddressSanitizer:? (?<what>[A-Za-z-]+)" FRAME,
     "memory", RULE_CODE, false},
    RULE_END,
};
/* clang-format on */

const struct rule_set rule_sanitizer = {"sanitizer", 10, rows};
