/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/prepare.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/results.h"
#include "orchestrator/sweep/crew.h"
#include "orchestrator/sweep/plan.h"

enum { BUILD_OUTPUT_MAX = 16 << 20, BUILD_TAIL = 1500, LINE_MAX_BYTES = 400, HISTORY_RUNS = 10 };

static const char list_case[] = "list_cases";

/* The argument with {build} filled; the config has checked that there is no other hole. */
static const char *fill_build(struct arena *arena, const char *text, const char *build) {
    static const char hole[] = "{build}";
    const char *at = strstr(text, hole);
    if (!at)
        return text;
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, build,
                        fill_build(arena, at + strlen(hole), build));
}

const char **prepare_command(struct arena *arena, const char *const *words, const char *build) {
    size_t n = 0;
    while (words[n])
        n++;
    const char **command = arena_array(arena, n + 1, sizeof(*command));
    for (size_t i = 0; i < n; i++)
        command[i] = fill_build(arena, words[i], build);
    return command;
}

const char *prepare_last_line(struct arena *arena, const char *text, size_t len) {
    while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    size_t begin = len;
    while (begin && text[begin - 1] != '\n' && len - begin < LINE_MAX_BYTES)
        begin--;
    return arena_strndup(arena, text + begin, len - begin);
}

static int run_command(const struct config *config, const char *const *command, int64_t limit_ms,
                       struct loop *loop, const bool *stop, struct buf *output) {
    const struct proc_spec spec = {.argv = command, .cwd = config->root};
    struct proc_exit ended;
    int rc = proc_run(loop, &spec, limit_ms, stop, output, output, &ended);
    if (rc == 0 && (ended.code != 0 || ended.signal != 0)) {
        size_t from = output->len > BUILD_TAIL ? output->len - BUILD_TAIL : 0;
        rc = err_set(ERR_IO, "the build failed (%s, %s %d):\n%s", command[0],
                     ended.signal ? "signal" : "exit status",
                     ended.signal ? ended.signal : ended.code, output->data + from);
    }
    return rc;
}

int prepare_build(const struct config *config, const char *build, const char *log, int64_t limit_ms,
                  struct loop *loop, const bool *stop) {
    struct arena arena;
    struct buf output;
    int rc = 0;
    arena_init(&arena, 0);
    buf_init(&output, BUILD_OUTPUT_MAX);
    for (size_t i = 0; rc == 0 && i < config->build_count; i++) {
        const char *const *words = (const char *const *)config->build[i];
        const char **command = prepare_command(&arena, words, build);
        rc = run_command(config, command, limit_ms, loop, stop, &output);
    }
    if (output.len && file_replace(log, output.data, output.len) < 0)
        log_debug("the build's output could not be kept");
    buf_done(&output);
    arena_done(&arena);
    return rc;
}

/* What is tested, when it is a path and not a word for PATH. */
static int add_program(struct hash *hash, struct plan *plan, struct plan_cell *c) {
    char digits[HASH_HEX_SIZE];
    struct buf path;
    if (!strchr(c->program, '/'))
        return 0;
    buf_init(&path, 64 << 10);
    int rc = hash_file(file_join(&path, plan->config->root, c->program), digits);
    buf_done(&path);
    if (rc < 0)
        return err_while(rc, "the program to be swept");
    hash_add(hash, digits, strlen(digits));
    c->program_sha256 = arena_strdup(&plan->arena, digits);
    return 0;
}

int prepare_program_hash(struct plan *plan, char out[HASH_HEX_SIZE]) {
    struct hash *hash = hash_new();
    bool any = false;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < plan->len; i++) {
        struct plan_cell *c = &plan->cells[i];
        size_t first = 0;
        while (first < i && strcmp(plan->cells[first].program, c->program) != 0)
            first++;
        if (first < i)
            c->program_sha256 = plan->cells[first].program_sha256;
        else
            rc = add_program(hash, plan, c);
        any |= *c->program_sha256 != '\0';
    }
    hash_finish(hash, out);
    if (!any) /* the hash of nothing would be one of something */
        *out = '\0';
    return rc;
}

bool prepare_is_list_case(const struct plan_cell *cell, const char *case_name) {
    size_t family = strlen(cell->cell.family);
    return strncmp(case_name, cell->cell.family, family) == 0 && case_name[family] == '/' &&
           strcmp(case_name + family + 1, list_case) == 0;
}

/* The newest run of this cell, or len 0. */
static int last_run_of(struct db *db, struct arena *arena, const char *name, struct run_cell **out,
                       size_t *len) {
    struct cell known;
    *len = 0;
    int rc = cells_find(db, arena, name, &known);
    if (rc == ERR_NOTFOUND)
        return 0;
    return rc < 0 ? rc : cells_history(db, arena, known.id, 1, out, len);
}

static int fill_fault_cell(struct plan *plan, struct plan_cell *c, struct db *db) {
    struct run_cell *before;
    struct result *results = NULL;
    size_t runs, count = 0;
    int rc = last_run_of(db, &plan->arena, c->cell.name, &before, &runs);
    if (rc == 0 && runs) {
        const struct result_filter filter = {.run = before->run, .cell = before->cell.id};
        rc = results_list(db, &plan->arena, &filter, &results, &count);
    }
    if (rc < 0)
        return rc;
    c->cases = arena_array(&plan->arena, count + 1, sizeof(*c->cases));
    c->cases[0] = arena_printf(&plan->arena, "%s/%s", c->cell.family, list_case);
    c->case_count = 1;
    for (size_t i = 0; i < count; i++)
        if (!prepare_is_list_case(c, results[i].case_name))
            c->cases[c->case_count++] = results[i].case_name;
    return 0;
}

int prepare_fault_cases(struct plan *plan, struct db *db) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < plan->len; i++)
        if (*plan->cells[i].fault)
            rc = fill_fault_cell(plan, &plan->cells[i], db);
    return rc;
}

struct weighed {
    struct plan_cell cell;
    double expected_ms;
};

static int by_weight(const void *a, const void *b) {
    const struct weighed *x = a, *y = b;
    if (x->expected_ms > y->expected_ms || x->expected_ms < y->expected_ms)
        return x->expected_ms > y->expected_ms ? -1 : 1;
    return strcmp(x->cell.cell.name, y->cell.cell.name);
}

int prepare_order(struct plan *plan, struct db *db) {
    struct weighed *all = xcalloc(plan->len, sizeof(*all));
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < plan->len; i++) {
        struct run_cell *before;
        size_t len;
        rc = last_run_of(db, &plan->arena, plan->cells[i].cell.name, &before, &len);
        all[i] = (struct weighed){plan->cells[i], rc == 0 && len ? before->busy_ms : 1e18};
    }
    if (rc == 0) {
        qsort(all, plan->len, sizeof(*all), by_weight);
        for (size_t i = 0; i < plan->len; i++)
            plan->cells[i] = all[i].cell;
    }
    free(all);
    return rc;
}

static int64_t limit_for(const struct suite *s, double longest_ms) {
    if (longest_ms <= 0)
        return s->default_ms;
    double limit = longest_ms * s->factor;
    return limit > (double)s->floor_ms ? (int64_t)limit : s->floor_ms;
}

int prepare_limit(const struct plan_cell *cell, struct db *db, int64_t cell_id, int64_t case_id,
                  int64_t *limit_ms) {
    double longest;
    int rc = results_longest_pass(db, cell_id, case_id, HISTORY_RUNS, &longest);
    if (rc == 0)
        *limit_ms = limit_for(cell->suite, longest);
    return rc;
}

int prepare_open_cases(struct plan *plan, const struct plan_cell *cell, struct db *db, int64_t run,
                       struct crew_case **out, size_t *len) {
    struct cell known;
    struct result *open = NULL;
    size_t count = 0;
    int rc = cells_find(db, &plan->arena, cell->cell.name, &known);
    const struct result_filter filter = {
        .run = run, .cell = known.id, .verdicts = 1u << VERDICT_NONE};
    if (rc == 0)
        rc = results_list(db, &plan->arena, &filter, &open, &count);
    if (rc < 0)
        return rc;
    struct crew_case *cases = arena_array(&plan->arena, count, sizeof(*cases));
    for (size_t i = 0; rc == 0 && i < count; i++) {
        cases[i].name = open[i].case_name;
        rc = prepare_limit(cell, db, known.id, open[i].case_id, &cases[i].limit_ms);
    }
    *out = cases;
    *len = count;
    return rc;
}
