/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever goes wrong here is exit status 2: to the programs that call it any other failure means
 * "go on". So the command line is read here, and the work is done in a child that is watched. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/opt.h"
#include "orchestrator/hook/caller.h"
#include "orchestrator/hook/hook.h"
#include "orchestrator/hook/record.h"
#include "orchestrator/hook/vigil.h"
#include "orchestrator/shell/judge.h"
#include "orchestrator/sweep/config.h"

enum { INPUT_MAX = 8 << 20, OUTPUT_MAX = 64 << 10, REFUSED = 2, SECONDS = 15 };

struct options {
    const char *dialect, *root, *level, *log, *try;
    struct opt_list read_only, editable;
    int64_t seconds;
    bool allowed;
};

static const struct opt opts[] = {
    {OPT_STR,  "dialect",   0, offsetof(struct options, dialect),   "NAME",   0, 0,
     "Who asks: claude, codex, gemini, cursor or noctule (the default)."                    },
    {OPT_STR,  "root",      0, offsetof(struct options, root),      "FOLDER", 0, 0,
     "The checkout; usually where noctule.json is, here or above."                          },
    {OPT_STR,  "level",     0, offsetof(struct options, level),     "LEVEL",  0, 0,
     "What commands may do: read, test (the default) or edit; each holds those before it."  },
    {OPT_LIST, "editable",  0, offsetof(struct options, editable),  "GLOB",   0, 0,
     "What may be written. Without it, all that --read-only leaves."                        },
    {OPT_LIST, "read-only", 0, offsetof(struct options, read_only), "GLOB",   0, 0,
     "What may not be written."                                                             },
    {OPT_STR,  "log",       0, offsetof(struct options, log),       "FILE",   0, 0,
     "Where each call leaves its line; usually logs/hooks.ndjson in the checkout."          },
    {OPT_INT,  "seconds",   0, offsetof(struct options, seconds),   "N",      1, 3600,
     "Refuse when it takes longer; usually 15. Each script of hooks/EVENT.d has half of it."},
    {OPT_STR,  "try",       0, offsetof(struct options, try),       "LINE",   0, 0,
     "Only say whether this command line may be run, and leave no record."                  },
    {OPT_FLAG, "allowed",   0, offsetof(struct options, allowed),   NULL,     0, 0,
     "Only list the programs and options that may be run."                                  },
    OPT_END_ROW,
};

/* One call of the hook, from its input to its answer. */
struct task {
    const struct options *options;
    enum hook_event event;
    const struct caller *dialect;
    struct hook_setup setup;
    char root[PATH_MAX];
    char *log;
    struct record record;
    int64_t started_ns;
};

/* Arrays of an options list end where it ends; a guard wants a NULL there. */
static const char *const *globs_of(struct arena *arena, const struct opt_list *l) {
    const char **all = arena_array(arena, l->len + 1, sizeof(*all));
    for (size_t i = 0; i < l->len; i++)
        all[i] = l->items[i];
    return l->len ? all : NULL;
}

static int find_root(struct arena *arena, const struct options *o, char out[PATH_MAX]) {
    const char *config = NULL, *folder = o->root;
    int rc = folder ? 0 : config_find(arena, &config);
    if (rc < 0) /* where nobody said what the tree is, whatever folder we are in would be one */
        return err_set(rc, "%s; name the checkout with --root", err_text());
    if (!folder)
        folder = arena_strndup(arena, config, (size_t)(file_base_name(config) - config));
    if (!realpath(folder, out) || chdir(out) != 0)
        return err_errno(ERR_NOTFOUND, "cannot use the checkout %s", folder);
    return 0;
}

static int prepare(struct task *t, struct arena *arena, const struct options *o) {
    int rc = caller_find(&t->dialect, o->dialect ? o->dialect : "noctule");
    if (rc == 0)
        rc = find_root(arena, o, t->root);
    t->setup = (struct hook_setup){.root = t->root,
                                   .level = ALLOW_TEST,
                                   .read_only = globs_of(arena, &o->read_only),
                                   .editable = globs_of(arena, &o->editable),
                                   .script_ms = (int)(o->seconds * 500)};
    if (rc == 0 && o->level)
        rc = allow_level_parse(&t->setup.level, o->level);
    t->log =
        o->log ? arena_strdup(arena, o->log) : arena_printf(arena, "%s/logs/hooks.ndjson", t->root);
    return rc;
}

static int read_input(struct buf *text) {
    char chunk[16 << 10];
    ssize_t n;
    while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) != 0) {
        if (n < 0 && errno != EINTR)
            return err_errno(ERR_IO, "cannot read standard input");
        if (n > 0)
            buf_add(text, chunk, (size_t)n);
        if (text->over)
            break;
    }
    return buf_ok(text, "the input");
}

/* The answer goes to stdout, the reason to stderr: which of the two is read, the caller knows. */
static int say(const struct task *t, const struct hook_call *call, enum hook_answer answer,
               const char *why) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    caller_answer(&out, t->dialect, call, answer, why);
    if (!out.over)
        (void)fputs(out.data, stdout);
    buf_done(&out);
    if (answer != HOOK_ALLOW)
        (void)fprintf(stderr, "%s\n", why);
    return answer == HOOK_ALLOW ? 0 : REFUSED;
}

static int leave_record(struct task *t, const struct hook_call *call, enum hook_answer answer,
                        const char *why) {
    t->record.event = hook_event_name(t->event);
    t->record.dialect = t->dialect->name;
    t->record.tool = call->tool ? call->tool : "";
    t->record.decision = hook_answer_name(answer);
    t->record.why = why;
    t->record.took_ms = (double)(clock_mono_ns() - t->started_ns) / 1e6;
    return record_append(t->log, &t->record);
}

/* In the child. Decides, leaves the record, then answers: in this order, for an answer without a
 * record would be one that cannot be proven. */
static int answer_call(void *arg) {
    struct task *t = arg;
    struct json_doc *doc = NULL;
    struct hook_call call = {.event = t->event, .dialect = t->dialect->name};
    enum hook_answer answer = HOOK_ERROR;
    struct buf input, why;
    buf_init(&input, INPUT_MAX);
    buf_init(&why, OUTPUT_MAX / 4);
    int rc = read_input(&input);
    (void)hash_bytes(input.data, input.len, t->record.input);
    if (rc == 0)
        rc = json_parse(&doc, input.data, input.len, "the input", 0);
    if (rc == 0)
        rc = caller_read(&call, t->dialect, t->event, json_root(doc));
    if (rc == 0)
        rc = hook_decide(&call, &t->setup, &answer, &why);
    if (rc < 0) {
        answer = HOOK_ERROR;
        buf_reset(&why);
        buf_printf(&why, "the hook could not decide: %s", err_text());
    }
    rc = leave_record(t, &call, answer, why.data);
    if (rc < 0) {
        answer = HOOK_ERROR;
        buf_reset(&why);
        buf_printf(&why, "the hook could not leave its record: %s", err_text());
    }
    int status = say(t, &call, answer, why.data);
    json_free(doc);
    buf_done(&input);
    buf_done(&why);
    return status;
}

/* The child did not answer: we do. */
static int answer_for(struct task *t) {
    struct hook_call call = {.event = t->event, .dialect = t->dialect->name};
    struct buf why;
    buf_init(&why, OUTPUT_MAX / 4);
    buf_printf(&why, "the hook could not decide: %s", err_text());
    (void)leave_record(t, &call, HOOK_ERROR, why.data); /* it is refused either way */
    int status = say(t, &call, HOOK_ERROR, why.data);
    buf_done(&why);
    return status;
}

static int watch(struct task *t, int64_t seconds) {
    struct buf out, err;
    int status = REFUSED;
    buf_init(&out, OUTPUT_MAX);
    buf_init(&err, OUTPUT_MAX);
    int rc = vigil_run(answer_call, t, seconds * 1000, &out, &err, &status);
    if (rc == 0 && status != 0 && (status != REFUSED || err.len == 0))
        rc = err_set(ERR_IO, "it ended with status %d", status);
    if (rc < 0)
        status = answer_for(t);
    if (rc == 0 && (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0))
        status = REFUSED;
    if (rc == 0)
        (void)fputs(err.data, stderr);
    buf_done(&out);
    buf_done(&err);
    return status;
}

static int try_line(const struct task *t, const char *line) {
    struct scope scope = {.root = t->root,
                          .cwd = t->root,
                          .read_only = t->setup.read_only,
                          .editable = t->setup.editable};
    int rc = judge_line(t->setup.level, &scope, line, strlen(line));
    (void)printf("%s%s\n", rc == 0 ? "allowed" : "denied: ", rc == 0 ? "" : err_text());
    return rc == 0 ? EXIT_OK : EXIT_FAILED;
}

static int print_allowed(void) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    allow_print(&out);
    (void)fputs(out.data, stdout);
    buf_done(&out);
    return EXIT_OK;
}

static int call_hook(const struct options *o, int argc, char **argv) {
    struct task t = {.options = o, .started_ns = clock_mono_ns()};
    struct arena arena;
    arena_init(&arena, 0);
    int status = REFUSED;
    int rc = prepare(&t, &arena, o);
    if (rc == 0 && o->try)
        status = try_line(&t, o->try);
    else if (rc == 0 && argc != 1)
        rc = err_set(ERR_ARG, "one event is wanted, and %d are there", argc);
    else if (rc == 0 && (rc = hook_event_parse(&t.event, argv[0])) == 0)
        status = watch(&t, o->seconds);
    if (rc < 0)
        (void)fprintf(stderr, "noctule hook: %s\n", err_text());
    arena_done(&arena);
    return status;
}

extern const struct cmd cmd_hook;

static int print_help(void) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    opt_help(&out, "noctule", cmd_hook.name, cmd_hook.args, cmd_hook.summary, opts);
    buf_puts(&out, "\nevents:\n");
#define X(name, word, text) buf_printf(&out, "    %-15s %s\n", word, text);
    HOOK_EVENT_MAP(X)
#undef X
    buf_puts(&out, "\nHere 2 is every refusal and every error, a wrong command line too.\n");
    (void)fputs(out.data, stdout);
    buf_done(&out);
    return EXIT_OK;
}

static int run(const void *unused, int argc, char **argv) {
    struct options o = {.seconds = SECONDS};
    (void)unused;
    int rc = opt_parse(opts, &o, &argc, argv), status = REFUSED;
    if (rc == ERR_STOPPED)
        status = print_help();
    else if (rc < 0)
        (void)fprintf(stderr, "noctule hook: %s\n", err_text());
    else
        status = o.allowed ? print_allowed() : call_hook(&o, argc, argv);
    opt_list_done(&o.read_only);
    opt_list_done(&o.editable);
    return status;
}

const struct cmd cmd_hook = {
    .name = "hook",
    .args = "EVENT",
    .summary = "Reads what a program is about to do as JSON, and says whether it may.",
    .run = run,
    .raw = true,
};
