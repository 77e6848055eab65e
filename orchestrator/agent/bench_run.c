/* SPDX-License-Identifier: Apache-2.0 */
/* The tools of a bench that run something: always in the sandbox, on its folder, watched. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/agent/attempt.h"
#include "orchestrator/agent/bench_tools.h"
#include "orchestrator/shell/intent.h"
#include "orchestrator/shell/judge.h"
#include "orchestrator/shell/scope.h"
#include "orchestrator/sweep/tracer.h"

/* The folder of the copy, watched; what it did is noted down. */
static int run_words(struct bench *b, const char *const *argv, const char *const *readable,
                     struct buf *out, struct buf *err) {
    struct attempt *t = b->attempt;
    struct sandbox_spec spec = {.argv = argv,
                                .tree = b->folder,
                                .read_only = t->read_only,
                                .may_lack = true,
                                .readable = readable,
                                .least = t->spec->least,
                                .only = t->spec->only,
                                .witness = true,
                                .limits = attempt_limits(t)};
    struct sandbox_sink said = {-1, out}, complaint = {-1, err};
    int rc = sandbox_run(&spec, &said, &complaint, t->spec->stop, &t->sandbox);
    if (rc < 0)
        return rc == ERR_ARG ? ERR_IO : rc;
    attempt_note_seen(t, &t->sandbox, b->turn);
    return 0;
}

static int run_line(struct bench *b, const char *line, struct buf *out) {
    struct attempt *t = b->attempt;
    const char *argv[] = {"sh", "-c", line, NULL};
    int rc = run_words(b, argv, t->spec->readable, out, out);
    if (rc < 0)
        return rc;
    out->over = false;
    buf_printf(out, "\nexit status %d%s%s\n", t->sandbox.code,
               t->sandbox.cut[0] ? ", cut by the limit of " : "", t->sandbox.cut);
    t->sandbox.cut[0] = '\0'; /* of one run; the attempt goes on */
    return 0;
}

/* The check of the attempt, on the folder as it is. */
int bench_run_case(struct bench *b, struct json a, struct buf *out) {
    const struct attempt_spec *s = b->attempt->spec;
    const char *line = s->case_line ? s->case_line : s->verify;
    (void)a;
    return line ? run_line(b, line, out) : err_set(ERR_ARG, "this attempt has no case to run");
}

/* ---- what two runs computed ---- */

static int words_of(struct bench *b, struct json a, const char *const **argv) {
    struct arena *arena = &b->attempt->arena;
    const char *engine = b->attempt->spec->engine, *first = "", *second = "";
    struct tracer_case c = {"", "", "", "cpu", "", false};
    struct {
        const char *key, **into;
    } keys[] = {
        {"fixture",   &c.fixture  },
        {"case",      &c.name     },
        {"backend",   &c.backend  },
        {"reference", &c.reference},
        {"dtype",     &c.dtype    },
        {"a",         &first      },
        {"b",         &second     },
    };
    int rc = json_opt_bool(a, "all", &c.all);
    for (size_t i = 0; rc == 0 && i < sizeof(keys) / sizeof(*keys); i++)
        rc = json_opt_str(a, keys[i].key, keys[i].into);
    if (rc < 0)
        return rc;
    bool there = *first && *second;
    if (!there && (!*c.fixture || !*c.name || !*c.backend))
        return err_set(ERR_ARG, "fixture, case and backend are wanted, or a and b");
    if (!there)
        return tracer_compare(arena, engine, &c, argv);
    *argv = tracer_diff(arena, engine, first, second, c.all);
    return 0;
}

/* The engine that lies elsewhere is seen as well. */
static const char *const *readable_of(const struct bench *b) {
    const struct attempt_spec *s = b->attempt->spec;
    size_t len = 0;
    while (s->readable && s->readable[len])
        len++;
    const char **all = arena_array(&b->attempt->arena, len + 2, sizeof(*all));
    for (size_t i = 0; i < len; i++)
        all[i] = s->readable[i];
    if (*s->engine == '/')
        all[len] = s->engine;
    return all;
}

int bench_trace_diff(struct bench *b, struct json a, struct buf *out) {
    const char *const *argv;
    struct buf complaint;
    if (!b->attempt->spec->engine)
        return err_set(ERR_ARG, "this attempt has no engine to trace with");
    int rc = words_of(b, a, &argv);
    if (rc < 0)
        return rc;
    buf_init(&complaint, TRACER_WORDS_MAX);
    rc = run_words(b, argv, readable_of(b), out, &complaint);
    if (rc == 0) {
        rc = tracer_judge(b->attempt->sandbox.code, out, &complaint);
        rc = rc == ERR_IO ? ERR_ARG : rc; /* for the model to read */
        b->attempt->sandbox.cut[0] = '\0';
    }
    buf_done(&complaint);
    return rc;
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
        const char *text, *name = NULL, *path = words[i];
        /* What is no path is none of "outside". */
        if (strchr(path, '/') || changes_has_prefix(rules.read_only, path))
            name = bench_closes(b, &path, &text);
        if (name) {
            attempt_note(b->attempt, name, path, b->turn, "a line of shell: %s", text);
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
