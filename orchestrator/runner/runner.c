/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/runner.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/utf8.h"
#include "orchestrator/runner/child.h"
#include "orchestrator/runner/telling.h"

extern const struct runner *const runner_table[];

enum { NAMES_MAX = 1024, TESTS_FIRST = 64, SENTENCE_MAX = 500 };

const struct runner *runner_find(const char *name) {
    for (const struct runner *const *r = runner_table; *r; r++)
        if (strcmp((*r)->name, name) == 0)
            return *r;
    return NULL;
}

const char *runner_names(struct arena *arena) {
    struct buf names;
    buf_init(&names, NAMES_MAX);
    for (const struct runner *const *r = runner_table; *r; r++)
        buf_printf(&names, "%s%s", names.len ? ", " : "", (*r)->name);
    const char *text = arena_strdup(arena, names.data);
    buf_done(&names);
    return text;
}

int runner_add(struct runner_job *job, const struct runner_test *t) {
    if (job->len == RUNNER_TESTS_MAX)
        return err_set(ERR_LIMIT, "there are more than %d tests", RUNNER_TESTS_MAX);
    if (job->len == job->cap) {
        struct runner_test *more;
        job->cap = job->cap ? job->cap * 2 : TESTS_FIRST;
        more = arena_array(&job->arena, job->cap, sizeof(*more));
        if (job->len)
            memcpy(more, job->tests, job->len * sizeof(*more));
        job->tests = more;
    }
    struct runner_test *own = &job->tests[job->len++];
    *own = *t;
    own->position = (long)job->len;
    own->id = "";
    own->name = arena_strdup(&job->arena, t->name);
    own->own_name = arena_strdup(&job->arena, t->own_name ? t->own_name : "");
    own->group = arena_strdup(&job->arena, t->group ? t->group : "");
    own->place = arena_strdup(&job->arena, t->place ? t->place : "");
    own->skip = arena_strdup(&job->arena, t->skip ? t->skip : "");
    own->fault = arena_strdup(&job->arena, t->fault ? t->fault : "");
    return 0;
}

static size_t count(const char *const *words) {
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}

const char **runner_words(struct arena *arena, const struct runner_suite *suite,
                          const char *const *rest) {
    const char *const *parts[] = {(const char *const *)suite->program,
                                  (const char *const *)suite->args, rest};
    size_t n = 1;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        n += count(parts[i]);
    const char **argv = arena_array(arena, n, sizeof(*argv));
    n = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        for (size_t k = 0; parts[i][k]; k++)
            argv[n++] = parts[i][k];
    return argv;
}

int runner_child(const struct runner *r, const struct runner_job *job, struct child *out,
                 const struct child_spec *spec) {
    const char *program = job->suite->program[0];
    if (!file_is_dir(spec->cwd))
        return err_set(ERR_NOTFOUND, "there is no folder %s, where %s is to run", spec->cwd,
                       spec->argv[0]);
    int rc = child_run(out, spec);
    if (rc != ERR_NOTFOUND || strcmp(spec->argv[0], program) != 0)
        return rc;
    return err_set(rc, "there is no program %s: %s, or name another as \"program\" of the suite",
                   program, r->install);
}

void runner_take_log(struct runner_job *job, const struct child *c, struct runner_result *out) {
    if (c->told)
        return;
    out->log = arena_strndup(&job->one, c->words.data, c->words.len);
    out->log_len = c->words.len;
}

void runner_take_end(struct runner_job *job, const struct child *c, struct runner_result *out) {
    struct buf why;
    buf_init(&why, NAMES_MAX);
    child_put_end(&why, c);
    out->status = c->signal ? ATTEMPT_CRASH : ATTEMPT_ERROR;
    out->signal = c->signal;
    out->message =
        arena_printf(&job->one, "%s%s", why.data, c->signal ? "" : " and left no result");
    buf_done(&why);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without half a character at the end. */
static const char *cut(struct arena *arena, const char *text, size_t len) {
    if (len <= SENTENCE_MAX)
        return arena_strndup(arena, text, len);
    len = SENTENCE_MAX - utf8_incomplete_tail(text, SENTENCE_MAX);
    return arena_printf(arena, "%.*s…", (int)len, text);
}

const char *runner_last_line(struct arena *arena, const char *text, size_t len) {
    struct telling t = {0};
    for (const char *line = text, *stop = text + len, *end; line < stop; line = end + 1) {
        end = memchr(line, '\n', (size_t)(stop - line));
        end = end ? end : stop;
        telling_see(&t, line, (size_t)(end - line));
    }
    return arena_strdup(arena, t.last);
}

const char *runner_one_line(struct arena *arena, const char *text) {
    char *line = arena_strdup(arena, text);
    size_t len = 0;
    for (; *text; text++)
        if (!is_blank(*text))
            line[len++] = *text;
        else if (len && line[len - 1] != ' ')
            line[len++] = ' ';
    while (len && line[len - 1] == ' ')
        len--;
    return cut(arena, line, len);
}
