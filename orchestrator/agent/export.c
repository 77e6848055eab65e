/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/agent/role.h"
#include "orchestrator/shell/allow.h"

enum { FILES_MAX = 256, TEXT_MAX = 4 << 20, HOOK_SECONDS = 20 };

/* The file is owned by the export; its text is what b holds, which is emptied. */
static void add(struct export *e, const char *folder, const char *name, struct buf *b) {
    struct buf path;
    CHECK(e->len < FILES_MAX && !b->over);
    buf_init(&path, 4096);
    buf_printf(&path, "%s%s", folder, name);
    e->files[e->len].path = buf_detach(&path);
    e->files[e->len++].text = buf_detach(b);
    buf_init(b, TEXT_MAX);
}

static void put_paths(struct buf *b, const char *label, const char *const *paths) {
    buf_printf(b, "- %s:", label);
    for (const char *const *p = paths; *p; p++)
        buf_printf(b, "%s `%s`", p == paths ? "" : ",", *p);
    buf_puts(b, *paths ? "\n" : " nothing\n");
}

/* What the policy says, for a reader that is given the text alone. */
static void put_policy(struct buf *b, const struct role *r) {
    buf_puts(b, "\nWhat holds, whatever is done:\n\n");
    put_paths(b, "may be changed", (const char *const *)r->edit);
    put_paths(b, "read-only", (const char *const *)r->read_only);
    buf_printf(b, "- network: %s\n", role_network_name(r->network));
    buf_printf(b, "- at most %lld s, %lld turns, %lld tokens, %.2f USD\n",
               (long long)r->budget.seconds, (long long)r->budget.turns,
               (long long)r->budget.tokens, r->budget.usd);
    if (r->files)
        buf_printf(b, "- a change of at most %lld files, %lld lines, %lld bytes\n",
                   (long long)r->files, (long long)r->lines, (long long)r->bytes);
}

/* A plain scalar may be read as something else; a JSON string is a YAML string too. */
static void put_yaml(struct buf *b, const char *key, const char *value) {
    struct json_writer w;
    buf_printf(b, "%s: ", key);
    json_writer_init(&w, b, 0);
    json_put_str(&w, NULL, value);
    buf_putc(b, '\n');
}

static void put_tools(struct buf *b, const struct role *r) {
    const char *comma = "";
    for (int t = 0; t < ROLE_TOOLS; t++)
        if (role_has(r, (enum role_tool)t)) {
            buf_printf(b, "%s%s", comma, role_tool_claude((enum role_tool)t));
            comma = ", ";
        }
}

/* ---- calls of our hook, with what a role may ---- */

struct hook_row {
    const char *event, *matcher, *ours;
};

/* One word of a shell. */
static void put_word(struct buf *b, const char *option, const char *word) {
    buf_printf(b, " %s '", option);
    for (const char *p = word; *p; p++)
        if (*p == '\'')
            buf_puts(b, "'\\''");
        else
            buf_putc(b, *p);
    buf_putc(b, '\'');
}

/* A prefix as globs of noctule hook: the name itself unless it is a folder's, and all below. */
static void put_globs(struct buf *b, const char *option, const char *const *prefixes) {
    for (const char *const *p = prefixes; *p; p++) {
        size_t len = strlen(*p);
        bool folder = len && (*p)[len - 1] == '/';
        char below[4096];
        put_word(b, option, *p);
        if (folder)
            continue;
        (void)snprintf(below, sizeof(below), "%s/", *p);
        put_word(b, option, below);
    }
}

static enum allow_level level_of(const struct role *r) {
    if (role_has(r, ROLE_SHELL) && *r->edit)
        return ALLOW_EDIT;
    return role_has(r, ROLE_RUN_CASE) || role_has(r, ROLE_SHELL) ? ALLOW_TEST : ALLOW_READ;
}

static bool is_in(const char *const *paths, const char *path) {
    for (const char *const *p = paths; *p; p++)
        if (strcmp(*p, path) == 0)
            return true;
    return false;
}

/* What holds whichever of them is played: what any may edit, and what none of them may. */
static void put_bounds(struct buf *b, const struct role *const *roles) {
    enum allow_level level = ALLOW_READ;
    const struct role *editor = NULL;
    for (const struct role *const *r = roles; *r; r++) {
        level = level_of(*r) > level ? level_of(*r) : level;
        editor = !editor && *(*r)->edit ? *r : editor;
    }
    buf_printf(b, " --level %s", allow_level_name(level));
    if (!editor) {
        put_word(b, "--read-only", "**");
        return;
    }
    for (const struct role *const *r = roles; *r; r++)
        put_globs(b, "--editable", (const char *const *)(*r)->edit);
    for (const char **p = editor->read_only; *p; p++) {
        const char *const one[] = {*p, NULL};
        bool all = true;
        for (const struct role *const *r = roles; *r; r++)
            all = all && (!*(*r)->edit || is_in((const char *const *)(*r)->read_only, *p));
        if (all)
            put_globs(b, "--read-only", one);
    }
}

static void put_hook_object(struct json_writer *w, const char *ours, const char *dialect,
                            long long timeout, const struct role *const *roles) {
    struct buf command;
    buf_init(&command, TEXT_MAX);
    buf_printf(&command, "noctule hook %s --dialect %s", ours, dialect);
    put_bounds(&command, roles);
    json_open_object(w, NULL);
    json_put_str(w, "type", "command");
    json_put_str(w, "command", command.data);
    json_put_int(w, "timeout", timeout);
    json_close_object(w);
    buf_done(&command);
}

static void put_hooks(struct json_writer *w, const struct hook_row *rows, const char *dialect,
                      long long timeout, const struct role *const *roles) {
    for (const struct hook_row *h = rows; h->event; h++) {
        bool first = h == rows || strcmp(h[-1].event, h->event) != 0;
        bool last = !h[1].event || strcmp(h[1].event, h->event) != 0;
        if (first)
            json_open_array(w, h->event);
        json_open_object(w, NULL);
        if (h->matcher)
            json_put_str(w, "matcher", h->matcher);
        json_open_array(w, "hooks");
        put_hook_object(w, h->ours, dialect, timeout, roles);
        json_close_array(w);
        json_close_object(w);
        if (last)
            json_close_array(w);
    }
}

/* ---- Claude Code: .claude/agents/NAME.md, .claude/settings.json ---- */

static const struct hook_row claude_rows[] = {
    {"PreToolUse",  "Bash|Edit|Write|NotebookEdit", "pre-command"},
    {"PostToolUse", "Edit|Write|NotebookEdit",      "post-edit"  },
    {"Stop",        NULL,                           "stop"       },
    {NULL,          NULL,                           NULL         },
};

/* The role's own hooks go with it, in its front matter; JSON is YAML, too. */
static void claude_agent(struct export *e, struct buf *b, const struct role *r) {
    const struct role *const one[] = {r, NULL};
    struct json_writer w;
    char name[256];
    buf_puts(b, "---\n");
    put_yaml(b, "name", r->name);
    put_yaml(b, "description", r->description);
    buf_puts(b, "tools: ");
    put_tools(b, r);
    buf_printf(b, "\nmodel: inherit\nmaxTurns: %lld\nhooks: ", (long long)r->budget.turns);
    json_writer_init(&w, b, 0);
    json_open_object(&w, NULL);
    put_hooks(&w, claude_rows, "claude", HOOK_SECONDS, one);
    json_close_object(&w);
    buf_puts(b, "\n---\n");
    buf_puts(b, r->text);
    put_policy(b, r);
    (void)snprintf(name, sizeof(name), "%s.md", r->name);
    add(e, ".claude/agents/", name, b);
}

static void claude_settings(struct export *e, struct buf *b, const struct role *const *roles) {
    static const char *const denied[] = {"Bash(git push --force:*)", "Bash(git push -f:*)",
                                         "Bash(git reset --hard:*)", "Read(./.env)", NULL};
    struct json_writer w;
    json_writer_init(&w, b, 2);
    json_open_object(&w, NULL);
    json_open_object(&w, "hooks");
    put_hooks(&w, claude_rows, "claude", HOOK_SECONDS, roles);
    json_close_object(&w);
    json_open_object(&w, "permissions");
    json_open_array(&w, "deny");
    for (const char *const *d = denied; *d; d++)
        json_put_str(&w, NULL, *d);
    json_close_array(&w);
    json_close_object(&w);
    json_close_object(&w);
    buf_putc(b, '\n');
    add(e, ".claude/", "settings.json", b);
}

/* ---- Codex: .codex/hooks.json ---- */

static void codex_hooks(struct export *e, struct buf *b, const struct role *const *roles) {
    static const struct hook_row rows[] = {
        {"PreToolUse",  "Bash|apply_patch", "pre-command"},
        {"PostToolUse", "apply_patch",      "post-edit"  },
        {"Stop",        NULL,               "stop"       },
        {NULL,          NULL,               NULL         },
    };
    struct json_writer w;
    json_writer_init(&w, b, 2);
    json_open_object(&w, NULL);
    json_open_object(&w, "hooks");
    put_hooks(&w, rows, "codex", HOOK_SECONDS, roles);
    json_close_object(&w);
    json_close_object(&w);
    buf_putc(b, '\n');
    add(e, ".codex/", "hooks.json", b);
}

/* ---- Gemini CLI: .gemini/settings.json and a policy ---- */

static void gemini_settings(struct export *e, struct buf *b, const struct role *const *roles) {
    static const struct hook_row rows[] = {
        {"BeforeTool", "run_shell_command|write_file|replace", "pre-command"},
        {"AfterTool",  "write_file|replace",                   "post-edit"  },
        {"AfterAgent", NULL,                                   "stop"       },
        {NULL,         NULL,                                   NULL         },
    };
    struct json_writer w;
    json_writer_init(&w, b, 2);
    json_open_object(&w, NULL);
    json_open_object(&w, "hooks");
    put_hooks(&w, rows, "gemini", HOOK_SECONDS * 1000, roles); /* it counts in milliseconds */
    json_close_object(&w);
    json_open_object(&w, "context");
    json_put_str(&w, "fileName", "AGENTS.md");
    json_close_object(&w);
    json_close_object(&w);
    buf_putc(b, '\n');
    add(e, ".gemini/", "settings.json", b);
}

static void gemini_policy(struct export *e, struct buf *b) {
    static const char *const denied[] = {"git push --force",       "git push -f",
                                         "git reset --hard",       "git clean",
                                         "git commit --no-verify", NULL};
    buf_puts(b, "# What is refused whoever asks; the rest is judged by `noctule hook`.\n");
    for (const char *const *d = denied; *d; d++)
        buf_printf(b,
                   "\n[[rule]]\ntoolName = \"run_shell_command\"\ncommandPrefix = \"%s\"\n"
                   "decision = \"deny\"\npriority = 900\n",
                   *d);
    add(e, ".gemini/policies/", "noctule.toml", b);
}

/* ---- AGENTS.md: plain text for all others ---- */

/* A heading of a role becomes one below the role's own. */
static void put_demoted(struct buf *b, const char *text) {
    bool code = false;
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n");
        if (strncmp(at, "```", 3) == 0)
            code = !code;
        if (*at == '#' && !code)
            buf_putc(b, '#');
        buf_add(b, at, len);
        buf_putc(b, '\n');
        at += len + (at[len] == '\n');
    }
}

static void agents_text(struct export *e, struct buf *b, const struct roles *roles) {
    buf_puts(b, "# Roles\n\nMade by `noctule agents export` from `agents/`. Play one role at a "
                "time, and no other.\n");
    for (size_t i = 0; i < roles->len; i++) {
        buf_putc(b, '\n');
        put_demoted(b, roles->items[i].text + strspn(roles->items[i].text, "\n"));
        put_policy(b, &roles->items[i]);
    }
    add(e, "", "AGENTS.md", b);
}

int export_make(struct export *out, const struct roles *roles, const char *session) {
    const struct role **played = xcalloc(roles->len + 1, sizeof(*played));
    size_t count = 0;
    struct buf b;
    for (size_t i = 0; i < roles->len; i++)
        if (!session || strcmp(roles->items[i].name, session) == 0)
            played[count++] = &roles->items[i];
    if (count == 0) {
        free(played);
        return err_set(ERR_NOTFOUND, "there is no role \"%s\"", session ? session : "");
    }
    *out = (struct export){.files = xcalloc(FILES_MAX, sizeof(*out->files))};
    buf_init(&b, TEXT_MAX);
    for (size_t i = 0; i < roles->len; i++)
        claude_agent(out, &b, &roles->items[i]);
    claude_settings(out, &b, played);
    codex_hooks(out, &b, played);
    gemini_settings(out, &b, played);
    gemini_policy(out, &b);
    agents_text(out, &b, roles);
    buf_done(&b);
    free(played);
    return 0;
}

void export_done(struct export *e) {
    for (size_t i = 0; i < e->len; i++) {
        free(e->files[i].path);
        free(e->files[i].text);
    }
    free(e->files);
    *e = (struct export){0};
}

static int write_one(const struct export_file *f, const char *folder, struct buf *left) {
    struct buf path, parent;
    struct stat st;
    buf_init(&path, 1 << 16);
    buf_init(&parent, 1 << 16);
    file_join(&path, folder, f->path);
    buf_add(&parent, path.data, (size_t)(file_base_name(path.data) - path.data));
    int rc = file_make_dirs(parent.data);
    if (rc == 0 && lstat(path.data, &st) == 0 && S_ISLNK(st.st_mode))
        buf_printf(left, "%s\n", f->path);
    else if (rc == 0)
        rc = file_replace(path.data, f->text, strlen(f->text));
    buf_done(&parent);
    buf_done(&path);
    return rc;
}

int export_write(const struct export *e, const char *folder, struct buf *left) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < e->len; i++)
        rc = write_one(&e->files[i], folder, left);
    return rc;
}

size_t export_check(const struct export *e, const char *folder, struct buf *stale) {
    size_t count = 0;
    for (size_t i = 0; i < e->len; i++) {
        struct buf path;
        struct stat st;
        struct file f = {0};
        buf_init(&path, 1 << 16);
        file_join(&path, folder, e->files[i].path);
        bool link = lstat(path.data, &st) == 0 && S_ISLNK(st.st_mode);
        size_t len = strlen(e->files[i].text);
        bool same = link || (file_read(&f, path.data, TEXT_MAX) == 0 && f.size == len &&
                             memcmp(f.data, e->files[i].text, len) == 0);
        if (!same)
            buf_printf(stale, "%s\n", e->files[i].path);
        count += !same;
        file_done(&f);
        buf_done(&path);
    }
    return count;
}
