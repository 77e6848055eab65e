/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/hook.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/guard/findings.h"
#include "orchestrator/guard/guard.h"
#include "orchestrator/hook/edit.h"
#include "orchestrator/hook/scripts.h"
#include "orchestrator/shell/judge.h"
#include "orchestrator/shell/reach.h"

static const char *const names[] = {
#define X(name, word, text) word,
    HOOK_EVENT_MAP(X)
#undef X
};
enum { EVENTS = sizeof(names) / sizeof(*names) };

const char *hook_event_name(enum hook_event event) {
    return names[event];
}

int hook_event_parse(enum hook_event *out, const char *word) {
    struct buf all;
    for (size_t i = 0; i < EVENTS; i++)
        if (strcmp(names[i], word) == 0) {
            *out = (enum hook_event)i;
            return 0;
        }
    buf_init(&all, 1024);
    for (size_t i = 0; i < EVENTS; i++)
        buf_printf(&all, "%s%s", i ? ", " : "", names[i]);
    int rc = err_set(ERR_ARG, "there is no event \"%s\"; there are %s", word, all.data);
    buf_done(&all);
    return rc;
}

const char *hook_answer_name(enum hook_answer answer) {
    static const char *const answers[] = {"allow", "deny", "error"};
    return answers[answer];
}

/* What line, of len bytes, names behind head; NULL when that is not what it is. Who reads such
 * patches passes over blanks and cases ("Be tolerant of case mismatches and extra padding", Codex,
 * apply_patch), so a line that only looks like one counts as well. malloc'd. */
static char *patched_path(const char *line, size_t len, const char *head) {
    static const char blanks[] = " \t\r\v\f";
    size_t size = strlen(head);
    while (len && strchr(blanks, *line)) {
        line++;
        len--;
    }
    while (len && strchr(blanks, line[len - 1]))
        len--;
    if (len < size || strncasecmp(line, head, size) != 0)
        return NULL;
    line += size;
    len -= size;
    while (len && strchr(blanks, *line)) {
        line++;
        len--;
    }
    return xstrndup(line, len);
}

/* Calls fn for every file that a patch names, "*** Add File: PATH" and the like, until one fails.
 * A patch that names none is not understood. */
static int each_patched(const struct scope *scope, const char *text,
                        int (*fn)(const struct scope *scope, const char *path, struct buf *why),
                        struct buf *why) {
    static const char *const heads[] = {
        "*** Add File:", "*** Update File:", "*** Delete File:", "*** Move to:"};
    size_t files = 0;
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
            char *path = patched_path(line, len, heads[i]);
            int rc = path ? fn(scope, path, why) : 0;
            files += path != NULL;
            free(path);
            if (rc < 0)
                return rc;
        }
        line += len + (line[len] == '\n');
    }
    return files ? 0 : err_set(ERR_ARG, "the patch names no file");
}

static int may_write(const struct scope *scope, const char *path, struct buf *why) {
    (void)why; /* the sentence is the error's */
    return scope_write(scope, path);
}

/* Every path of the call: which of them its program takes is not ours to guess. */
static int judge_paths(const struct hook_call *c, const struct scope *scope) {
    int rc = 0;
    for (const char *const *p = c->paths; rc == 0 && *p; p++)
        rc = c->use == HOOK_EDIT ? scope_write(scope, *p) : scope_read(scope, *p);
    if (rc == 0 && c->pattern)
        rc = reach_pattern(scope, c->pattern, false);
    return rc;
}

static int judge_call(const struct hook_call *c, const struct hook_setup *setup,
                      const struct scope *scope) {
    switch (c->use) {
    case HOOK_NOTHING:
        return 0;
    case HOOK_COMMAND:
        return judge_line(setup->level, scope, c->text, strlen(c->text));
    case HOOK_EDIT:
    case HOOK_READ:
        return judge_paths(c, scope);
    case HOOK_PATCH:
        return each_patched(scope, c->text, may_write, NULL);
    case HOOK_UNKNOWN:
        break;
    }
    return err_set(ERR_ARG, "the tool %s is not known here", *c->tool ? c->tool : "(none)");
}

/* What is staged, with the message when the caller says it; or what leads to HEAD. */
static int judge_commits(const struct hook_call *c, struct buf *why) {
    struct guard g;
    struct view_range range = {.len = 0};
    struct findings found = {.len = 0};
    int rc = guard_open(&g, NULL);
    if (rc < 0)
        return rc;
    const char *message = "";
    rc = json_opt_str(c->input, "message", &message);
    if (rc == 0 && c->event == HOOK_BEFORE_COMMIT)
        rc = guard_staged(&g, &range, &found);
    else if (rc == 0)
        rc = guard_range(&g, NULL, "HEAD", NULL, &range, &found);
    if (rc == 0 && range.len == 0)
        rc = err_set(ERR_NOTFOUND, "there is nothing to look at");
    if (rc == 0 && found.errors)
        findings_print(why, &found);
    if (rc == 0 && *message) {
        struct findings more = {.len = 0};
        guard_message(&g, message, strlen(message), false, &range, &more);
        if (more.errors)
            findings_print(why, &more);
    }
    guard_close(&g);
    return rc;
}

static int check_edits(const struct hook_call *c, const struct scope *scope, struct buf *why) {
    int rc = 0;
    if (c->use == HOOK_PATCH)
        return each_patched(scope, c->text, edit_check, why);
    for (const char *const *p = c->paths; rc == 0 && c->use == HOOK_EDIT && *p; p++)
        rc = edit_check(scope, *p, why);
    return rc;
}

/* Whether what the call does depends on where it is done. */
static bool has_place(const struct hook_call *c) {
    return c->use == HOOK_EDIT || c->use == HOOK_PATCH ||
           (c->event == HOOK_PRE_COMMAND && (c->use == HOOK_COMMAND || c->use == HOOK_READ));
}

/* *place, malloc'd: the folder that the call names, from the one its caller is in. */
static int find_place(const struct hook_call *c, const struct scope *tree, char **place) {
    struct scope from = *tree;
    char *cwd = NULL;
    int rc = *c->cwd ? scope_enter(tree, c->cwd, &cwd) : 0;
    if (cwd)
        from.cwd = cwd;
    if (rc == 0)
        rc = scope_enter(&from, c->folder ? c->folder : ".", place);
    free(cwd);
    return rc;
}

/* About files and commands. */
static int ask_there(const struct hook_call *c, const struct hook_setup *setup, struct buf *why) {
    struct scope scope = {.root = setup->root,
                          .cwd = setup->root,
                          .read_only = setup->read_only,
                          .editable = setup->editable};
    char *place = NULL;
    int rc = has_place(c) ? find_place(c, &scope, &place) : 0, broken = 0;
    if (place)
        scope.cwd = place;
    if (rc == 0 && c->event == HOOK_PRE_COMMAND)
        rc = judge_call(c, setup, &scope);
    else if (rc == 0)
        broken = check_edits(c, &scope, why);
    if (rc < 0)
        buf_puts(why, err_text());
    free(place);
    return broken;
}

/* What we ourselves have to say. */
static int ask_own(const struct hook_call *c, const struct hook_setup *setup, struct buf *why) {
    switch (c->event) {
    case HOOK_PRE_COMMAND:
    case HOOK_POST_EDIT:
        return ask_there(c, setup, why);
    case HOOK_BEFORE_COMMIT:
    case HOOK_BEFORE_PUSH:
    case HOOK_BEFORE_PR:
        return judge_commits(c, why);
    default:
        return 0;
    }
}

int hook_decide(const struct hook_call *call, const struct hook_setup *setup,
                enum hook_answer *answer, struct buf *why) {
    int rc = ask_own(call, setup, why);
    if (rc == 0 && why->len == 0)
        rc = scripts_ask(call, setup, why);
    *answer = why->len || why->over ? HOOK_DENY : HOOK_ALLOW;
    return rc;
}
