/* SPDX-License-Identifier: Apache-2.0 */
/* The tools of a bench that run something: always in the sandbox, on its folder, watched. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/agent/attempt.h"
#include "orchestrator/agent/bench_tools.h"
#include "orchestrator/shell/intent.h"
#include "orchestrator/shell/judge.h"
#include "orchestrator/shell/scope.h"

static int run_line(struct bench *b, const char *line, struct buf *out) {
    struct attempt *t = b->attempt;
    const char *argv[] = {"sh", "-c", line, NULL};
    struct sandbox_spec spec = {.argv = argv,
                                .tree = b->folder,
                                .read_only = t->read_only,
                                .readable = t->spec->readable,
                                .least = t->spec->least,
                                .only = t->spec->only,
                                .witness = true,
                                .limits = attempt_limits(t)};
    struct sandbox_sink sink = {-1, out};
    int rc = sandbox_run(&spec, &sink, &sink, t->spec->stop, &t->sandbox);
    if (rc < 0)
        return rc == ERR_ARG ? ERR_IO : rc;
    attempt_note_seen(t, &t->sandbox, b->turn);
    out->over = false;
    buf_printf(out, "\n%s, exit status %d%s%s\n", t->sandbox.code == 0 ? "it passes" : "it fails",
               t->sandbox.code, t->sandbox.cut[0] ? ", cut by the limit of " : "", t->sandbox.cut);
    t->sandbox.cut[0] = '\0'; /* of one run; the attempt goes on */
    return 0;
}

/* The check of the attempt, on the folder as it is. */
int bench_run_case(struct bench *b, struct json a, struct buf *out) {
    (void)a;
    if (!b->attempt->spec->verify)
        return err_set(ERR_ARG, "this attempt has no case to run");
    return run_line(b, b->attempt->spec->verify, out);
}

/* ---- a line of shell ---- */

/* A prefix of a role as globs: the name itself, and all below. */
static const char *const *globs_of(struct arena *arena, const char *const *prefixes) {
    size_t len = 0;
    for (const char *const *p = prefixes; *p; p++)
        len++;
    const char **all = arena_array(arena, 2 * len + 1, sizeof(*all));
    for (size_t i = 0; i < len; i++) {
        size_t n = strlen(prefixes[i]);
        while (n && prefixes[i][n - 1] == '/')
            n--;
        all[2 * i] = arena_strndup(arena, prefixes[i], n);
        all[2 * i + 1] = arena_printf(arena, "%s/", all[2 * i]);
    }
    return all;
}

/* A path that a line names and that may not be changed: what it is called. */
static bool note_path(struct bench *b, const char *const *words, size_t len) {
    struct changes_rules rules = attempt_rules(b->attempt);
    for (size_t i = 1; i < len; i++) {
        const char *text, *name = NULL;
        /* What is no path is none of "outside". */
        if (strchr(words[i], '/') || changes_has_prefix(rules.read_only, words[i]))
            name = changes_name(&rules, words[i], &text);
        if (name) {
            attempt_note(b->attempt, name, words[i], b->turn, "a line of shell: %s", text);
            return true;
        }
    }
    return false;
}

void bench_note_line(struct bench *b, const char *line) {
    const char *const *words;
    size_t len;
    enum intent intent = intent_of(&b->attempt->arena, line, &words, &len);
    bool writes = intent == INTENT_WRITING || intent == INTENT_DELETION;
    if (intent == INTENT_NONE || (writes && note_path(b, words, len)) || intent == INTENT_WRITING)
        return;
    attempt_note(b->attempt, intent_name(intent), "", b->turn, "a line of shell: %.200s", line);
}

int bench_shell(struct bench *b, struct json a, struct buf *out) {
    struct attempt *t = b->attempt;
    const char *line = "";
    const struct scope scope = {.root = b->folder,
                                .cwd = b->folder,
                                .read_only = globs_of(&t->arena, t->read_only),
                                .editable =
                                    globs_of(&t->arena, (const char *const *)t->spec->role->edit)};
    int rc = json_str(a, "command", &line);
    if (rc < 0)
        return rc;
    rc = judge_line(ALLOW_EDIT, &scope, line, strlen(line));
    if (rc == 0)
        return run_line(b, line, out);
    struct buf why;
    buf_init(&why, 4096);
    buf_puts(&why, err_text());
    bench_note_line(b, line);
    rc = err_set(ERR_ARG, "denied: %s", why.data);
    buf_done(&why);
    return rc;
}
