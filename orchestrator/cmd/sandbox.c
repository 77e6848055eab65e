/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/agent/tree.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/proc/litter.h"
#include "orchestrator/proc/sandbox.h"
#include "orchestrator/proc/stop.h"

struct sandbox_opts {
    const char *tree, *commit, *cwd, *require, *level, *report;
    struct opt_list read_only, readable, environment;
    int64_t seconds, memory, processes, disk, output;
    bool which, witness, empty, through;
};

/* clang-format off */
static const struct opt rows[] = {
    {OPT_STR, "tree", 0, offsetof(struct sandbox_opts, tree), "FOLDER", 0, 0,
     "The folder it may write; usually a throw-away copy of --commit, without .git."},
    {OPT_STR, "commit", 0, offsetof(struct sandbox_opts, commit), "COMMIT", 0, 0,
     "What the throw-away copy holds; HEAD unless given."},
    {OPT_FLAG, "empty", 0, offsetof(struct sandbox_opts, empty), NULL, 0, 0,
     "The throw-away folder holds nothing."},
    {OPT_STR, "cwd", 0, offsetof(struct sandbox_opts, cwd), "FOLDER", 0, 0,
     "Where it begins, in what it may read; usually in the folder that it may write."},
    {OPT_LIST, "read-only", 0, offsetof(struct sandbox_opts, read_only), "PATH", 0, 0,
     "A path in that folder that it may not write."},
    {OPT_LIST, "readable", 0, offsetof(struct sandbox_opts, readable), "PATH", 0, 0,
     "A path elsewhere that it may read. Otherwise it sees /usr alone."},
    {OPT_LIST, "env", 0, offsetof(struct sandbox_opts, environment), "NAME[=VALUE]", 0, 0,
     "A variable that it gets. Otherwise it gets a fixed few."},
    {OPT_STR, "require", 0, offsetof(struct sandbox_opts, require), "LEVEL", 0, 0,
     "Refuse to run below this level: namespaces (the default), landlock or limits."},
    {OPT_STR, "level", 0, offsetof(struct sandbox_opts, level), "LEVEL", 0, 0,
     "Use this level though a better one is there."},
    {OPT_INT, "seconds", 0, offsetof(struct sandbox_opts, seconds), "N", 1, 604800,
     "End it after so long; usually 600."},
    {OPT_INT, "memory", 0, offsetof(struct sandbox_opts, memory), "MIB", 1, 1 << 24,
     "End it when its processes together hold more; usually 4096."},
    {OPT_INT, "processes", 0, offsetof(struct sandbox_opts, processes), "N", 1, 32768,
     "End it when it has more of them and of threads; usually 256."},
    {OPT_INT, "disk", 0, offsetof(struct sandbox_opts, disk), "MIB", 1, 1 << 24,
     "End it when its folder holds more; usually 4096."},
    {OPT_INT, "output", 0, offsetof(struct sandbox_opts, output), "BYTES", 1, 1e12,
     "End it when it writes more to stdout and stderr; usually 64 MiB."},
    {OPT_STR, "report", 0, offsetof(struct sandbox_opts, report), "FILE", 0, 0,
     "Write how it ended there, as JSON."},
    {OPT_FLAG, "witness", 0, offsetof(struct sandbox_opts, witness), NULL, 0, 0,
     "Say what it tried that is not its to do: networks, pushing, writing elsewhere, daemons."},
    {OPT_FLAG, "through", 0, offsetof(struct sandbox_opts, through), NULL, 0, 0,
     "Its streams are ours, its output has no limit, and we end as it did, by the same signal too."},
    {OPT_FLAG, "which", 0, offsetof(struct sandbox_opts, which), NULL, 0, 0,
     "Only say which levels this machine reaches."},
    OPT_END_ROW,
};
/* clang-format on */

static int print_levels(void) {
    int abi;
    enum sandbox_level best = sandbox_best(&abi);
    for (enum sandbox_level l = SANDBOX_NAMESPACES; l >= SANDBOX_LIMITS; l--) {
        struct buf text;
        struct sandbox_report as = {.level = l, .landlock_abi = l == SANDBOX_LANDLOCK ? abi : 0};
        bool here = l <= best && (l != SANDBOX_LANDLOCK || abi > 0);
        buf_init(&text, 1024);
        sandbox_describe(&text, &as);
        (void)printf("%s %s\n", here ? "yes" : "no ", text.data);
        buf_done(&text);
    }
    return EXIT_OK;
}

/* NAME takes our value; NAME=VALUE is as given. NULL-terminated, freed by the caller. */
static char **environment_of(const struct opt_list *names) {
    char **all = xcalloc(names->len + 1, sizeof(*all));
    size_t len = 0;
    for (size_t i = 0; i < names->len; i++) {
        const char *value = getenv(names->items[i]);
        struct buf b;
        if (!strchr(names->items[i], '=') && !value)
            continue;
        buf_init(&b, 1 << 20);
        buf_puts(&b, names->items[i]);
        if (!strchr(names->items[i], '='))
            buf_printf(&b, "=%s", value);
        all[len++] = buf_detach(&b);
    }
    return all;
}

static const char **list_of(const struct opt_list *l) {
    const char **all = xcalloc(l->len + 1, sizeof(*all));
    for (size_t i = 0; i < l->len; i++)
        all[i] = l->items[i];
    return all;
}

static int write_report(const char *path, const struct sandbox_report *r) {
    struct buf b;
    struct json_writer w;
    buf_init(&b, 64 << 10);
    json_writer_init(&w, &b, 2);
    json_open_object(&w, NULL);
    sandbox_put(&w, r);
    json_close_object(&w);
    buf_putc(&b, '\n');
    int rc = file_replace(path, b.data, b.len);
    buf_done(&b);
    return rc;
}

static void say_seen(const struct sandbox_witness *w) {
    for (int s = 0; s < SANDBOX_SIGHTS; s++)
        for (int i = 0; i < SANDBOX_FIRST && w->first[s][i].what[0]; i++)
            log_info("%s: %s: %s", sandbox_sight_name((enum sandbox_sight)s),
                     w->first[s][i].program[0] ? w->first[s][i].program : "a program",
                     w->first[s][i].what);
}

/* The command's own status; what ended it before that is an error of ours. */
static int status_of(const struct sandbox_report *r) {
    struct buf text;
    buf_init(&text, 1024);
    sandbox_describe(&text, r);
    log_info("sandbox: %s", text.data);
    buf_done(&text);
    say_seen(&r->witness);
    if (r->cut[0])
        return err_set(ERR_LIMIT, "ended, for it exceeded its limit of %s", r->cut);
    return r->signal ? 128 + r->signal : r->code;
}

/* What ends this program when all is cleaned up; 0 = nothing but its status. */
static int end_by;

/* What the command cannot say of itself is said for it; of all else nothing is added. */
static int end_through(const struct sandbox_report *r) {
    if (r->cut[0])
        return err_set(ERR_LIMIT, "ended, for it exceeded its limit of %s", r->cut);
    end_by = r->signal;
    return r->signal ? EXIT_OK : r->code;
}

static int run_in(const struct sandbox_opts *o, const char *folder, char **argv) {
    const char **read_only = list_of(&o->read_only), **readable = list_of(&o->readable);
    char **environment = environment_of(&o->environment), tree[PATH_MAX], cwd[PATH_MAX];
    struct sandbox_spec spec = {
        .argv = (const char *const *)argv,
        .tree = tree,
        .read_only = read_only,
        .readable = readable,
        .environment = (const char *const *)environment,
        .plain = {isatty(STDOUT_FILENO), isatty(STDERR_FILENO)},
        .direct = o->through,
        .witness = o->witness,
        .limits = { .wall_ms = o->seconds * 1000,
                  .memory_mib = o->memory,
                  .processes = o->processes,
                  .tree_mib = o->disk,
                  .output_bytes = o->output}
    };
    const struct sandbox_sink out = {STDOUT_FILENO, NULL}, err = {STDERR_FILENO, NULL};
    struct sandbox_report report;
    int rc = realpath(folder, tree) ? 0 : err_errno(ERR_NOTFOUND, "cannot use --tree %s", folder);
    if (rc == 0 && o->cwd)
        rc = realpath(o->cwd, cwd) ? 0 : err_errno(ERR_NOTFOUND, "cannot use --cwd %s", o->cwd);
    spec.cwd = o->cwd ? cwd : NULL;
    if (rc == 0 && o->require)
        rc = sandbox_level_parse(&spec.least, o->require);
    if (rc == 0 && o->level)
        rc = sandbox_level_parse(&spec.only, o->level);
    if (rc == 0)
        rc = sandbox_run(&spec, &out, &err, stop_on_signals(), &report);
    if (rc == 0 && o->report)
        rc = write_report(o->report, &report);
    if (rc == 0)
        rc = o->through ? end_through(&report) : status_of(&report);
    for (char **e = environment; *e; e++)
        free(*e);
    free(environment);
    free(readable);
    free(read_only);
    return rc;
}

static int run_in_copy(const struct sandbox_opts *o, char **argv) {
    struct commits *commits = NULL;
    struct tree tree = {0};
    struct commits_entry entry;
    struct arena arena;
    char id[REPO_HEX_SIZE];
    arena_init(&arena, 0);
    int rc = commits_open(&commits, ".");
    if (rc == 0)
        rc = commits_find(commits, o->commit ? o->commit : "HEAD", id);
    if (rc == 0)
        rc = commits_entry(commits, &arena, id, &entry);
    if (rc == 0)
        rc = tree_make(&tree, commits, entry.tree);
    commits_close(commits);
    arena_done(&arena);
    if (rc == 0)
        rc = run_in(o, tree.folder, argv);
    tree_remove(&tree);
    return rc;
}

static int run_in_nothing(const struct sandbox_opts *o, char **argv) {
    struct litter place;
    struct buf folder;
    int rc = litter_make(&place, "noctule-tree", 0711);
    if (rc < 0)
        return rc;
    buf_init(&folder, PATH_MAX);
    rc = file_make_dirs(file_join(&folder, place.home, "work"));
    if (rc == 0)
        rc = run_in(o, folder.data, argv);
    litter_remove(&place);
    buf_done(&folder);
    return rc;
}

static int run_where(const struct sandbox_opts *o, char **argv) {
    if (o->empty && (o->tree || o->commit))
        return err_set(ERR_ARG, "--empty is a folder of its own; leave --tree and --commit out");
    if (o->empty)
        return run_in_nothing(o, argv);
    return o->tree ? run_in(o, o->tree, argv) : run_in_copy(o, argv);
}

static void end_by_signal(void) {
    static const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none); /* the core would be ours, not its */
    (void)signal(end_by, SIG_DFL);
    (void)raise(end_by);
}

static int run(const void *opts, int argc, char **argv) {
    const struct sandbox_opts *o = opts;
    if (o->which)
        return print_levels();
    if (argc == 0)
        return err_set(ERR_ARG, "a command is wanted behind \"--\"");
    char **words = xcalloc((size_t)argc + 1, sizeof(*words));
    memcpy(words, argv, (size_t)argc * sizeof(*words));
    int rc = run_where(o, words);
    free(words);
    if (end_by)
        end_by_signal();
    return rc;
}

const struct cmd cmd_sandbox = {
    .name = "sandbox",
    .args = "-- COMMAND …",
    .summary = "Runs a command that may write one folder, see the system's programs, and do "
               "nothing else.",
    .exits = "When the command has run, its own code; 128 + N when signal N ended it.",
    .opts = rows,
    .opts_size = sizeof(struct sandbox_opts),
    .run = run,
};
