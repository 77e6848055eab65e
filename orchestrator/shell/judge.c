/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/judge.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/shell/line.h"
#include "orchestrator/shell/scope.h"

static int judge_redirects(const struct line_command *c, enum allow_level level,
                           const struct scope *scope) {
    for (size_t i = 0; i < c->redirect_count; i++) {
        const struct line_redirect *r = &c->redirects[i];
        if (r->write && level < ALLOW_EDIT && strcmp(r->path, "/dev/null") != 0)
            return err_set(ERR_ARG, "writing into %s is for the level \"edit\"", r->path);
        int rc = r->write ? scope_write(scope, r->path) : scope_read(scope, r->path);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* *moved: the new current folder, malloc'd. In a pipe it would move nothing, behind "||" or ";"
 * nobody knows whether it did. */
static int judge_cd(const struct line *line, size_t i, const struct scope *scope, char **moved) {
    const struct line_command *c = &line->commands[i];
    if (c->argc != 2 || *c->argv[1] == '-' || c->redirect_count > 0)
        return err_set(ERR_ARG, "cd takes one folder and nothing else");
    for (size_t k = 0; k < line->len; k++) {
        enum line_join join = line->commands[k].join;
        if ((k < i && join != LINE_AND) ||
            (k >= i && join != LINE_AND && join != LINE_LAST && (k == i || join != LINE_PIPE)))
            return err_set(ERR_ARG, "cd may only stand before \"&&\", in a line without \"||\" "
                                    "and \";\"");
    }
    int rc = scope_read(scope, c->argv[1]);
    if (rc == 0 && !(*moved = scope_absolute(scope, c->argv[1])))
        rc = err_set(ERR_ARG, "a path is too long");
    return rc;
}

/* Whether the line holds more than one command that may change anything. */
static bool is_company(const struct line *line) {
    size_t others = 0;
    for (size_t i = 0; i < line->len; i++)
        others += strcmp(line->commands[i].argv[0], "cd") != 0;
    return others > 1;
}

static int judge_commands(enum allow_level level, const struct scope *scope,
                          const struct line *line) {
    struct scope here = *scope;
    here.in_company = is_company(line);
    char *cwd = NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < line->len; i++) {
        const struct line_command *c = &line->commands[i];
        char *moved = NULL;
        if (strcmp(c->argv[0], "cd") == 0)
            rc = judge_cd(line, i, &here, &moved);
        else
            rc = allow_command(level, &here, c->argv, c->argc);
        if (rc == 0)
            rc = judge_redirects(c, level, &here);
        if (moved) {
            free(cwd);
            here.cwd = cwd = moved;
        }
    }
    free(cwd);
    return rc;
}

int judge_line(enum allow_level level, const struct scope *scope, const char *text, size_t size) {
    struct arena arena;
    struct line line;
    arena_init(&arena, 0);
    int rc = line_parse(&line, &arena, text, size);
    if (rc == 0)
        rc = judge_commands(level, scope, &line);
    arena_done(&arena);
    return rc;
}
