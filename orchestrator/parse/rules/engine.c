/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences of noctule-engine: what its cases and its loader say when they refuse. */
#include "orchestrator/parse/rule.h"

/* Patterns stand on lines of their own: the formatter would align them off the page. */
/* clang-format off */
static const struct rule rows[] = {
    {"engine.check", 1, RULE_LOG,
     "^(?<location>[\\w./-]+\\.[ch]:\\d+): (?<what>CHECK\\(.+\\) failed)",
     "invariant", RULE_CODE, false},
    {"engine.golden_changed", 1, RULE_MESSAGE,
     "^(?<location>[^:\\n]+\\.safetensors): (?<what>.*\\bsha256\\b.*)$",
     "golden", RULE_TEST, false},
    {"engine.golden_missing", 1, RULE_MESSAGE,
     "(?<what>(?:golden|reference)\\b.*\\b(?:missing|lacks|absent|not there|no such).*)$",
     "golden", RULE_TEST, false},
    {"engine.compared_nothing", 1, RULE_MESSAGE,
     "(?<what>compared (?:nothing|0 elements).*)$",
     "golden", RULE_TEST, false},
    {"engine.not_finite", 1, RULE_MESSAGE,
     "^(?:(?<location>[\\w.@-]+): )?(?<what>.*\\b(?:NaN|nan|Inf|inf|infinite|not finite)\\b.*)$",
     "not-finite", RULE_CODE, false},
    {"engine.over_limit", 1, RULE_MESSAGE,
     "^(?:(?<location>[\\w.@-]+): )?(?<what>.*\\bNMSE\\b.*)$",
     "numerics", RULE_CODE, false},
    {"engine.element_rule", 1, RULE_MESSAGE,
     "^(?:(?<location>[\\w.@-]+): )?(?<what>.*\\boff by\\b.*)$",
     "numerics", RULE_CODE, false},
    {"engine.shape", 1, RULE_MESSAGE,
     "(?<what>.*\\bshape\\b.*)$",
     "shape", RULE_CODE, false},
    {"engine.tensor_keys", 1, RULE_MESSAGE,
     "(?<what>.*\\b(?:missing|unexpected) (?:tensor|key)s?\\b.*)$",
     "tensor-keys", RULE_ASSET, false},
    {"engine.safetensors", 1, RULE_MESSAGE,
     "(?<location>[^\\s:]+\\.safetensors): (?<what>.+)$",
     "format", RULE_ASSET, false},
    {"engine.json", 1, RULE_MESSAGE,
     "(?<location>[^\\s:]+\\.json): (?<what>.+)$",
     "format", RULE_ASSET, false},
    {"engine.tokens", 1, RULE_MESSAGE,
     "(?<what>.*\\b(?:ids?|tokens?)\\b.*\\b(?:differs?|is \\d+, not|expected|instead of)\\b.*)$",
     "tokens", RULE_CODE, false},
    {"engine.unsupported", 1, RULE_MESSAGE,
     "(?<what>.*\\bnot supported\\b.*)$",
     "unsupported", RULE_CODE, false},
    RULE_END,
};
/* clang-format on */

const struct rule_set rule_engine = {"engine", 40, rows};
