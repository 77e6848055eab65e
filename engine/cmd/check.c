/* SPDX-License-Identifier: Apache-2.0 */
/* check: the compatibility cases of one cell, as events on stdout; and the mutation gate. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/opt.h"
#include "engine/check/check.h"
#include "engine/check/mutations.h"
#include "engine/tensor/dtype.h"

enum { PATH_SIZE_MAX = 1 << 16 };

struct options {
    const char *backend, *dtype, *mutation;
    int64_t threads;
    struct opt_list cases;
    bool list, strict, mutations;
};

static const struct opt opts[] = {
    {OPT_STR,  "backend",   'b', offsetof(struct options, backend),   "NAME", 0, 0,
     "what computes; `ops` lists the backends (cpu)"                       },
    {OPT_STR,  "dtype",     'd', offsetof(struct options, dtype),     "NAME", 0, 0,
     "how weights are stored: f32, bf16, f16, q8_0, q4_0, q4_k, q6_k (f32)"},
    {OPT_LIST, "case",      'c', offsetof(struct options, cases),     "ID",   0, 0,
     "run this case only; may be repeated"                                 },
    {OPT_FLAG, "list",      'l', offsetof(struct options, list),      NULL,   0, 0,
     "print the plan and load nothing"                                     },
    {OPT_INT,  "threads",   't', offsetof(struct options, threads),   "N",    0, 256,
     "of the CPU; 0 is one per core"                                       },
    {OPT_FLAG, "strict",    0,   offsetof(struct options, strict),    NULL,   0, 0,
     "refuse operations that the backend cannot compute itself"            },
    {OPT_STR,  "mutation",  'm', offsetof(struct options, mutation),  "NAME", 0, 0,
     "plant this bug; succeed when its case sees it"                       },
    {OPT_FLAG, "mutations", 0,   offsetof(struct options, mutations), NULL,   0, 0,
     "plant each bug of mutations.json for the dtype and print a table"    },
    OPT_END_ROW,
};

static const struct options defaults = {.backend = "cpu", .dtype = "f32"};

/* One line of the table: what was planted, where it should show, how clearly it does. */
static int try_mutation(struct check *k, const struct mutation *m, size_t *survived) {
    double nmse = 0, limit = 0, factor = 0;
    int rc = check_mutation(k, m, &nmse, &limit, &factor);
    bool killed = rc == 0 && factor >= MUTATION_MARGIN;
    const char *verdict = rc < 0 ? "error" : killed ? "killed" : "SURVIVED";
    *survived += !killed;
    printf("%-32s %-32s %10.3g %10.3g %10.3g  %s\n", m->name, m->case_name, nmse, limit, factor,
           verdict);
    if (rc < 0)
        fprintf(stderr, "%s\n", err_text());
    return fflush(stdout) == 0 ? 0 : err_errno(ERR_IO, "writing the table");
}

/* All that are for cells of the dtype, or the one of that name. */
static int try_mutations(struct check *k, const struct mutations *all, const char *dtype,
                         const char *name) {
    const struct mutation *one = name ? mutations_find(all, name) : NULL;
    size_t tried = 0, survived = 0;
    enum dtype cell = DTYPE_F32;
    int rc = 0;
    (void)dtype_parse(&cell, dtype); /* check_open() did */
    if (name && !one)
        return err_set(ERR_ARG, "there is no mutation \"%s\"", name);
    for (size_t i = 0; rc == 0 && i < mutations_count(all); i++) {
        const struct mutation *m = mutations_at(all, i);
        if ((one && m != one) || !(m->dtypes & DTYPE_BIT(cell)))
            continue;
        if (tried++ == 0)
            printf("%-32s %-32s %10s %10s %10s\n", "mutation", "case", "nmse", "limit", "factor");
        rc = try_mutation(k, m, &survived);
    }
    if (rc == 0 && tried == 0)
        rc = one ? err_set(ERR_ARG, "mutation %s is not for %s", name, dtype)
                 : err_set(ERR_FORMAT, "mutations.json lists none for %s, so nothing is gated",
                           dtype);
    if (rc < 0)
        return rc;
    return survived == 0 ? EXIT_OK : EXIT_FAILED;
}

static int run_mutations(struct check *k, const char *folder, const char *dtype, const char *name) {
    struct mutations *all = NULL;
    struct buf path;
    buf_init(&path, PATH_SIZE_MAX);
    int rc = mutations_load(&all, file_join(&path, folder, "mutations.json"));
    if (rc == 0)
        rc = try_mutations(k, all, dtype, name);
    mutations_free(all);
    buf_done(&path);
    return rc;
}

static int run_cases(struct check *k) {
    struct check_counts counts;
    int rc = check_run(k, stdout, &counts);
    if (rc < 0)
        return rc;
    return counts.other == 0 ? EXIT_OK : EXIT_FAILED;
}

static int run(const void *opts_read, int argc, char **argv) {
    struct options o = *(const struct options *)opts_read;
    struct check *k = NULL;
    if (argc != 1)
        return err_set(ERR_ARG, "give the folder of one fixture");
    struct check_options options = {.folder = argv[0],
                                    .backend = o.backend,
                                    .dtype = o.dtype,
                                    .threads = o.threads,
                                    .strict = o.strict,
                                    .list = o.list,
                                    .cases = &o.cases};
    int rc = check_open(&k, &options);
    if (rc == 0 && o.list)
        rc = check_list(k, stdout);
    else if (rc == 0 && (o.mutations || o.mutation))
        rc = run_mutations(k, argv[0], o.dtype, o.mutation);
    else if (rc == 0)
        rc = run_cases(k);
    check_close(k);
    return rc;
}

const struct cmd cmd_check = {
    .name = "check",
    .args = "FIXTURE",
    .summary = "Runs the compatibility cases of a fixture and prints one event a line (schema 1). "
               "Exit code 0: all passed or do not apply; 1: some did not; 2: could not run. "
               "NOCTULE_TEST_FAULT=CASE:kill|hang|oom|exit|garbage makes a case go wrong on "
               "purpose, for tests of what watches this program.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
