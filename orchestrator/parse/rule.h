/* SPDX-License-Identifier: Apache-2.0 */
/* rule: what a failure's output means, as ordered PCRE2 rows.
 *
 * One file in rules/ per tool; a rule set's rows are tried in order, the sets in the order of
 * their `order`, and the first row that matches wins. Each row has a fixture log
 * (tests/orchestrator/parse/rules/<id>.log) that must keep matching that very row. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum rule_scope {
    RULE_MESSAGE = 1 << 0, /* the sentence in the worker's result */
    RULE_LOG = 1 << 1,     /* what the worker wrote to stderr, or a build's output */
};

/* Whose fault it is (KCIDB's layers): decides whether a person, a retry or an operator is due. */
#define RULE_CODE       "code"        /* the code under test */
#define RULE_TEST       "test"        /* the case, its golden or its tolerance */
#define RULE_HARNESS    "harness"     /* this orchestrator or the worker's protocol */
#define RULE_INFRA      "infra"       /* disk, memory, device, network */
#define RULE_ASSET      "model-asset" /* a checkpoint, tokenizer or configuration file */
#define RULE_DEPENDENCY "dependency"  /* a library or tool that is not ours */

struct rule {
    const char *id;      /* "sanitizer.address", unique over all sets */
    int version;         /* raised whenever the pattern's meaning changes */
    int scope;           /* enum rule_scope bits */
    const char *pattern; /* PCRE2, multi-line. Groups `location` and `what` are kept when named */
    const char *class;   /* what kind of failure: "out-of-bounds", "wrong-shape" */
    const char *layer;   /* RULE_CODE … */
    bool retryable;      /* a second attempt may honestly differ */
};

struct rule_set {
    const char *name;
    int order;               /* sets with a lower one are tried first */
    const struct rule *rows; /* ended by a row whose id is NULL */
};

#define RULE_END \
    { NULL, 0, 0, NULL, NULL, NULL, false }
