/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/help.h"
#include "engine/base/opt.h"
#include "orchestrator/proc/halt.h"
#include "orchestrator/verb/lines.h"
#include "orchestrator/verb/verb.h"

enum { OUTPUT_MAX = 64 << 20, COLUMN = 19 };

static int print(const struct buf *out, int code) {
    (void)fputs(out->data, stdout);
    return code;
}

static int print_verbs(void) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    buf_puts(&out, "usage: noctule git VERB [OPTIONS]\n       noctule git serve\n\n");
    help_wrap(&out, 0, 0,
              "The git operations there are; each answers with one JSON object. "
              "serve takes them as JSON lines: docs/git.md.");
    buf_puts(&out, "\nverbs:\n");
    for (const struct verb *const *v = verb_table; *v; v++)
        help_row(&out, COLUMN, (*v)->name, (*v)->summary);
    buf_puts(&out, "\n\"noctule git VERB --help\" says more.\n");
    opt_help_exit_codes(&out);
    int code = print(&out, EXIT_OK);
    buf_done(&out);
    return code;
}

static int print_help(const struct verb *v) {
    struct buf out, name;
    buf_init(&out, OUTPUT_MAX);
    buf_init(&name, OUTPUT_MAX);
    buf_printf(&name, "git %s", v->name);
    opt_help(&out, "noctule", name.data, "", v->summary, v->opts);
    int code = print(&out, EXIT_OK);
    buf_done(&name);
    buf_done(&out);
    return code;
}

static bool asks_help(int argc, char **argv) {
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run_verb(struct verb_desk *d, const struct verb *v, int argc, char **argv) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    halt_arm();
    int rc = verb_run(d, v, argc, argv, &out);
    if (rc >= 0) {
        buf_putc(&out, '\n');
        rc = print(&out, rc);
    }
    buf_done(&out);
    if (rc >= 0 && fflush(stdout) != 0)
        rc = err_errno(ERR_IO, "cannot print");
    halt_disarm();
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    struct verb_desk d;
    (void)options;
    bool help = asks_help(argc, argv);
    const struct verb *v = argc > 0 ? verb_find(argv[0]) : NULL;
    bool serve = argc == 1 && strcmp(argv[0], "serve") == 0;
    if (argc > 0 && help)
        return v ? print_help(v) : print_verbs();
    if (!v && !serve)
        return err_set(ERR_ARG, argc ? "\"%s\" is no verb" : "a verb is wanted",
                       argc ? argv[0] : "");
    int rc = verb_open(&d);
    if (rc < 0)
        return rc;
    rc = serve ? lines_serve(&d, stdin, stdout) : run_verb(&d, v, argc - 1, argv + 1);
    verb_close(&d);
    return rc;
}

const struct cmd cmd_git = {
    .name = "git",
    .args = "VERB",
    .summary = "Git, by the operations that cannot lose anything: status, fetch, commit, rebase, "
               "squash, push, open-pr, report-conflict; also as JSON lines.",
    .run = run,
    .raw = true,
};
