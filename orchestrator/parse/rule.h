/* SPDX-License-Identifier: Apache-2.0 */
/* rule: what a failure's output means, as ordered PCRE2 rows.
 *
 * Rows come from rule files (rule_file.h): those of rules/, one per tool, are part of the program,
 * a subject may have its own. Rows of a file are tried in order, files in the order of their
 * `order`, and the first row that matches wins. Each row has fixtures: texts that must match that
 * very row, and texts that it must leave alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

struct rule_fixture {
    bool matches;                /* that very row, and with what follows; else the row must not */
    const char *message, *log;   /* one of them, NULL = not there */
    const char *location, *what; /* as in struct rule_match; NULL = no matter what */
};

struct rule {
    const char *id;      /* "sanitizer.address", unique over all files */
    int version;         /* raised whenever the pattern's meaning changes */
    int scope;           /* enum rule_scope bits */
    const char *pattern; /* PCRE2, multi-line. Groups `location` and `what` are kept when named */
    const char *class;   /* what kind of failure: "out-of-bounds", "wrong-shape" */
    const char *layer;   /* RULE_CODE … */
    bool retryable;      /* a second attempt may honestly differ */
    const struct rule_fixture *fixtures; /* [fixture_count] */
    size_t fixture_count;
    const char *file; /* that it comes from, as messages call it */
};
