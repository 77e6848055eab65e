/* SPDX-License-Identifier: Apache-2.0 */
/* expect: how the entries of noctule.json about cases that may fail stand against a run.
 *
 * Judged anew from what the cases did, so that it also tells of entries written after the run. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/results.h"
#include "orchestrator/sweep/config.h"

struct arena;
struct buf;
struct db;

/* What a case did, as the entry sees it. */
enum expect_fate { EXPECT_FAILED, EXPECT_FAILED_OTHERWISE, EXPECT_PASSED, EXPECT_NOT_RUN };

struct expect_case {
    const struct result *result;
    enum expect_fate fate;
};

struct expect_entry {
    const struct waiver *waiver;
    size_t index;              /* in its list in noctule.json */
    struct expect_case *cases; /* [len] those of the run that it covers */
    size_t len;
    size_t count[EXPECT_NOT_RUN + 1]; /* by fate; in quarantine a failure is EXPECT_FAILED */
    bool expired;
};

/* All entries of one list. results[len] are those of the run. */
void expect_look(struct arena *arena, const struct waivers *list, const struct result *results,
                 size_t len, int64_t now_ms, struct expect_entry *out);
/* Somebody should do something: it expired, covers nothing, or cases pass or fail otherwise. */
bool expect_is_due(const struct expect_entry *e);

/* The entries of both lists; run "" = nothing was swept yet. */
void expect_print_table(struct buf *out, const struct expect_entry *rows, size_t len,
                        const char *run);
void expect_print_json(struct buf *out, const struct expect_entry *rows, size_t len,
                       const char *run);
