/* SPDX-License-Identifier: Apache-2.0 */
/* plan: subject × suite × axes = cells, and the cases of each.
 *
 * Ids are made by machine and stay what they are: a cell is SUITE/FAMILY/VALUES, the values in
 * the order of their axes' names; a variant is the SHA-256 of its sorted AXIS=VALUE lines; a
 * case's id is the worker's and holds no axis. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/opt.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/sweep/config.h"

enum { PLAN_CELLS_MAX = 100000, PLAN_CASES_MAX = 100000, PLAN_ID_MAX = 512 };

/* A command that says whether this machine has a value of an axis. */
struct plan_need {
    const char **argv; /* NULL-terminated */
    const char *line;  /* the same for a shell */
    const char *axis, *value;
};

struct plan_cell {
    const struct suite *suite;
    struct cell cell;           /* ids 0 until the index gives them */
    const char *fixture;        /* folder, below the root */
    const char **argv;          /* NULL-terminated: the worker of the whole cell */
    const char *command;        /* the same for a shell */
    const char *command_one;    /* with {case} for the case's id */
    const char *program;        /* what is tested: argv[0], or what a runner runs */
    const char *program_sha256; /* of that file, from prepare_program_hash(); "" = PATH's */
    const char **diagnose;      /* explains one case, whose id stands for {case}, and {good} for the
                                   program it passed with (diagnose.h); NULL = nothing does */
    const char **decoy; /* what spoils its fixture, as struct suite has it; NULL = nothing does */
    const char *log;    /* "compat.qwen3.cpu.bf16.log" */
    struct plan_need *needs; /* [need_count] */
    size_t need_count;
    const char *na;     /* why this machine has no such thing; "" = it has */
    const char *fault;  /* why the cell cannot be run at all; "" = it can */
    const char **cases; /* [case_count] */
    size_t case_count;
};

/* What of the plan is asked for. Empty lists do not filter. */
struct plan_filter {
    struct opt_list family, backend, dtype;
    struct opt_list cells; /* names of cells */
    struct opt_list cases; /* shell patterns of ids */
};
/* The group of rows (OPT_GROUP) that fills one. */
extern const struct opt plan_filter_opts[];

struct plan {
    struct arena arena;
    const struct config *config;
    const char *build;          /* what {build} stands for */
    const char *self;           /* this program, for workers that are it */
    const char *const *through; /* runs all that is the subject's (ward.h); NULL = nothing does */
    struct plan_cell *cells;
    size_t len, cap;
};

/* config must outlive the plan. */
void plan_init(struct plan *plan, const struct config *config, const char *build);
void plan_done(struct plan *plan);
/* The cells of one family. 0 or ERR_LIMIT. */
int plan_add_family(struct plan *plan, const struct suite *suite, const char *family,
                    const char *fixture);
/* The cells of every fixture there is, less what the filter leaves out. 0; ERR_NOTFOUND when
 * nothing is left, saying what there is; ERR_FORMAT when two cells have one name; ERR_IO. */
int plan_make(struct plan *plan, const struct plan_filter *filter);

/* "backend=cpu;family=gpt2,qwen3", sorted, "" for an empty filter; and back (lists and words in
 * the arena, not to be given to opt_list_done()). */
const char *plan_scope(struct arena *arena, const struct plan_filter *filter);
struct plan_filter plan_scope_filter(struct arena *arena, const char *scope);

struct loop;
/* Asks the commands of the cells' needs, each once: cell.na where one says that this machine lacks
 * something, cell.fault where one cannot say. 0 or ERR_STOPPED. */
int plan_ask_needs(struct plan *plan, struct loop *loop, const bool *stop);
/* Asks each worker which cases it has (--list), and keeps those that the filter wants. A cell that
 * is na takes those of its family in another variant, as its worker need not even start here. A
 * worker that cannot say leaves cell.fault. *stop ends it. 0, ERR_STOPPED, ERR_NOTFOUND when no
 * case is left. */
int plan_list_cases(struct plan *plan, struct loop *loop, const bool *stop,
                    const struct plan_filter *filter);

/* A word for a shell behind what out holds, quoted where it would be read otherwise. */
void plan_put_word(struct buf *out, const char *word);
/* What a person or another program reads. */
void plan_print_table(struct buf *out, const struct plan *plan);
void plan_print_json(struct buf *out, const struct plan *plan);
/* add_test() lines for cmake/Cells.cmake. */
void plan_print_ctest(struct buf *out, const struct plan *plan);
