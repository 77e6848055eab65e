/* SPDX-License-Identifier: Apache-2.0 */
/* backtest: what rules would have made of the failures that history holds. Their sentences are in
 * the index, their output in the logs; what was made of them then is beside it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct db;
struct rules;

/* Failures that one rule would take now and one took then. */
struct backtest_row {
    const char *rule, *class, *layer; /* now; rule "" = no rule knows it */
    const char *old_rule, *old_class, *old_layer;
    const char *file; /* of the rule, "" without one */
    size_t failures;
    const char **cells;      /* [n_cells] names */
    size_t n_cells, n_cases; /* cases: pairs with a cell */
    const char *first_run, *last_run;
    const char *what, *case_name; /* of the newest */
};

struct backtest {
    struct backtest_row *rows; /* [len] most failures first */
    size_t len;
    size_t failures, runs;             /* that were read */
    size_t lost;                       /* failures whose log is gone; not judged */
    size_t same;                       /* of those judged: the same rule, class and layer as then */
    size_t signatures, old_signatures; /* of those judged: how many distinct */
    size_t gave_up;                    /* how often a pattern ran into its limit */
    const char *gave_up_rule;
};

/* The newest `runs` runs, below the folder logs. 0 or ERR_IO. */
int backtest_run(struct backtest *out, struct db *db, struct arena *arena,
                 const struct rules *rules, const char *logs, int64_t runs);
/* file: all that its rules match is shown, changed or not; NULL = only what would change. */
void backtest_print_table(struct buf *out, const struct backtest *b, const char *file);
void backtest_print_json(struct buf *out, const struct backtest *b, const char *file);
