/* SPDX-License-Identifier: Apache-2.0 */
/* diagnose: why one compatibility case fails. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "engine/diagnose/diagnose.h"

enum { OUTPUT_MAX = 1 << 20, PATH_SIZE = 4096 };

struct options {
    const char *id, *backend, *dtype, *good;
    int64_t threads, budget_ms;
    bool json;
};
static const struct options defaults = {.backend = "cpu", .dtype = "f32", .budget_ms = 20000};

#define FIELD(f) offsetof(struct options, f)
static const struct opt rows[] = {
    {OPT_STR,  "case",    'c', FIELD(id),        "ID",     0, 0,   "The case that fails."              },
    {OPT_STR,  "backend", 'b', FIELD(backend),   "NAME",   0, 0,   "The backend of the cell (cpu)."    },
    {OPT_STR,  "dtype",   'd', FIELD(dtype),     "NAME",   0, 0,   "How the cell stores weights (f32)."},
    {OPT_STR,  "good",    'g', FIELD(good),      "ENGINE", 0, 0,
     "Another build of this program, with which the case passed."                                      },
    {OPT_INT,  "threads", 't', FIELD(threads),   "N",      0, 256, "Of the CPU; 0 is one per core."    },
    {OPT_INT,  "budget",  0,   FIELD(budget_ms), "MS",     1, 1e7,
     "Look no longer than this at a part (20000)."                                                     },
    {OPT_FLAG, "json",    'j', FIELD(json),      NULL,     0, 0,   "Print one JSON object."            },
    OPT_END_ROW,
};

/* The path of this very program. */
static const char *self(char path[PATH_SIZE]) {
    ssize_t len = readlink("/proc/self/exe", path, PATH_SIZE - 1);
    if (len <= 0)
        return NULL;
    path[len] = 0;
    return path;
}

/* It would be passed over in silence later, as an old engine is that cannot trace the case. */
static int check_good(const char *engine) {
    struct stat st;
    if (!engine || !*engine)
        return 0;
    if (stat(engine, &st) != 0)
        return err_errno(ERR_NOTFOUND, "--good: there is no engine %s", engine);
    if (!S_ISREG(st.st_mode) || access(engine, X_OK) != 0)
        return err_set(ERR_UNSUPPORTED,
                       "--good: there is no engine %s: it is no file that can be run", engine);
    return 0;
}

static int print(const struct diagnosis *d, const char *id, bool json) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (json)
        diagnosis_json(&out, d, id);
    else
        diagnosis_text(&out, d, id);
    int rc = fputs(out.data, stdout) < 0 ? err_errno(ERR_IO, "writing the diagnosis") : 0;
    buf_done(&out);
    return rc;
}

static int run(const void *opts, int argc, char **argv) {
    const struct options *o = opts;
    struct diagnosis d;
    char path[PATH_SIZE];
    char *id = NULL;
    if (argc != 1 || !o->id)
        return err_set(ERR_ARG, "expected the folder of one FIXTURE and --case ID");
    const struct diagnose_options options = {.folder = argv[0],
                                             .case_id = o->id,
                                             .backend = o->backend,
                                             .dtype = o->dtype,
                                             .good = o->good,
                                             .suspect = self(path),
                                             .threads = o->threads,
                                             .budget_ms = o->budget_ms};
    int rc = check_good(o->good);
    if (rc == 0)
        rc = diagnose_case(&d, &options, &id);
    if (rc == 0)
        rc = print(&d, id, o->json);
    free(id);
    if (rc < 0)
        return rc;
    return d.explained ? EXIT_OK : EXIT_FAILED;
}

const struct cmd cmd_diagnose = {
    .name = "diagnose",
    .args = "FIXTURE --case ID",
    .summary = "Explains why a compatibility case fails: which op, parameter, weight or part of "
               "the engine, and by whose word. Exit code 0: explained; 1: it could not be; 2: "
               "could not run.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
