/* SPDX-License-Identifier: Apache-2.0 */
/* noctule worker: what a sweep starts for a suite of a kind that is built in. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/runner/runner.h"
#include "orchestrator/runner/worker.h"

struct options {
    const char *dir;
    struct opt_list program, args, cases;
    bool list;
};

static const struct opt opts[] = {
    {OPT_STR,  "dir",     0, offsetof(struct options, dir),     "FOLDER", 0, 0,
     "Where the runner works; the current folder unless given."                                  },
    {OPT_LIST, "program", 0, offsetof(struct options, program), "WORD",   0, 0,
     "A word of what starts the runner."                                                         },
    {OPT_LIST, "arg",     0, offsetof(struct options, args),    "WORD",   0, 0,
     "An argument for the runner, as --arg=WORD."                                                },
    {OPT_FLAG, "list",    0, offsetof(struct options, list),    NULL,     0, 0,
     "Print which cases there are, and run none."                                                },
    {OPT_LIST, "case",    0, offsetof(struct options, cases),   "ID",     0, 0, "Only this case."},
    OPT_END_ROW,
};

static const char **words_of(struct arena *arena, const struct opt_list *list) {
    const char **words = arena_array(arena, list->len + 1, sizeof(*words));
    for (size_t i = 0; i < list->len; i++)
        words[i] = list->items[i];
    return words;
}

/* The runner works in another folder than we do, and a path means what it means here. */
static void resolve(struct arena *arena, const char **words) {
    char whole[PATH_MAX];
    if (words[0] && strchr(words[0], '/') && realpath(words[0], whole))
        words[0] = arena_strdup(arena, whole);
}

/* From now on whatever is printed, by us or by a test, is chat. */
static int take_stdout(void) {
    int events = dup(STDOUT_FILENO);
    if (events < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return err_errno(ERR_IO, "cannot set stdout apart");
    return events;
}

static int work(struct arena *arena, const struct runner *r, const struct options *o) {
    const char **program = o->program.len ? words_of(arena, &o->program) : r->program;
    if (!program)
        return err_set(ERR_ARG, "%s wants a --program", r->name);
    resolve(arena, program);
    const struct runner_suite suite = {
        .dir = o->dir ? o->dir : ".", .program = program, .args = words_of(arena, &o->args)};
    int events = take_stdout();
    if (events < 0)
        return events;
    if (!r->become)
        return worker_run(r, &suite, events, o->list, &o->cases);
    const char **cases = o->cases.len ? words_of(arena, &o->cases) : NULL;
    return r->become(&suite, events, o->list, (const char *const *)cases);
}

static int run(const void *options, int argc, char **argv) {
    const struct runner *r = argc == 1 ? runner_find(argv[0]) : NULL;
    struct arena arena;
    arena_init(&arena, 0);
    int rc = r ? work(&arena, r, options)
               : err_set(ERR_ARG, "which kind of runner? There are %s", runner_names(&arena));
    arena_done(&arena);
    return rc;
}

const struct cmd cmd_worker = {
    .name = "worker",
    .args = "KIND",
    .summary = "Runs the tests of a runner of others and prints an event per line: what a sweep "
               "starts for a suite of that kind, and the command that repeats one case of it.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
