/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/lint.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "orchestrator/agent/lint_text.h"
#include "orchestrator/agent/lint_words.h"
#include "orchestrator/agent/role.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/mcp/tool.h"

enum { DEEDS = 10, SAYINGS_MAX = 128, WORDS_BETWEEN = 4 };

/* One thing that texts forbid in words and then do in a block of commands. */
struct deed {
    const char *name;
    const char *words[4];    /* how it is called */
    const char *commands[6]; /* how it is done: lower case, * = whatever between */
};
/* clang-format off */
static const struct deed deeds[DEEDS] = {
    {"force push",
     {"force push", "force-push", "push --force"},
     {"push*--force", "push*-f ", "push* +", "push*--mirror"}},
    {"reset",
     {"git reset", "never reset", "reset --"},
     {"git reset"}},
    {"amend",
     {"amend"},
     {"commit --amend"}},
    {"delete a branch",
     {"delete branch", "delete a branch", "delete the branch"},
     {"branch*-d ", "push*--delete", "push* :"}},
    {"resolve a conflict unseen",
     {"auto-resolve", "resolve conflicts", "resolve a conflict"},
     {"--ours", "--theirs", "-x ours", "-x theirs"}},
    {"skip hooks",
     {"--no-verify", "skip hooks", "bypass hooks"},
     {"--no-verify", "core.hookspath"}},
    {"throw work away",
     {"throw away", "discard"},
     {"git clean", "git checkout --", "git restore", "git stash drop", "rm -rf"}},
    {"rewrite history",
     {"rewrite history", "filter-branch"},
     {"filter-branch", "filter-repo", "rebase -i"}},
    {"use the network",
     {"network", "download"},
     {"curl ", "wget ", "pip install", "apt install", "npm install", "git clone"}},
    {"commit by shell",
     {"git commit"},
     {"git commit", "git push", "git rebase", "git fetch", "git add", "gh pr"}},
};
/* clang-format on */

struct linter {
    struct buf *out;
    const struct role *role;
    size_t faults;
    bool forbidden[DEEDS]; /* by the text's own words */
    char sayings[SAYINGS_MAX][160];
    bool never[SAYINGS_MAX];
    size_t said;
};

static void fault(struct linter *l, size_t line, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void fault(struct linter *l, size_t line, const char *rule, const char *fmt, ...) {
    va_list ap;
    buf_puts(l->out, l->role->file);
    if (line)
        buf_printf(l->out, ":%zu", line);
    buf_printf(l->out, ": %s: ", rule);
    va_start(ap, fmt);
    buf_vprintf(l->out, fmt, ap);
    va_end(ap);
    buf_putc(l->out, '\n');
    l->faults++;
}

static bool has_any(const char *text, const char *const *words, size_t len) {
    for (size_t i = 0; i < len && words[i]; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

/* ---- the policy alone ---- */

static bool has_edit_tool(const struct role *r) {
    return role_has(r, ROLE_EDIT) || role_has(r, ROLE_WRITE);
}

static bool has_git_tool(const struct role *r) {
    for (enum role_tool t = ROLE_GIT_STATUS; t <= ROLE_GIT_REPORT; t++)
        if (role_has(r, t))
            return true;
    return false;
}

static void check_name(struct linter *l) {
    const struct role *r = l->role;
    const char *base = file_base_name(r->file);
    size_t len = strlen(r->name);
    if (strncmp(base, r->name, len) != 0 || strcmp(base + len, ".md") != 0)
        fault(l, 0, "name", "the role is called \"%s\" and its file is not", r->name);
    if (strspn(r->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len || len > 40)
        fault(l, 0, "name", "a name is small letters, digits and hyphens");
}

static void check_paths(struct linter *l) {
    const struct role *r = l->role;
    if (has_edit_tool(r) && !*r->edit)
        fault(l, 0, "edit", "it has a tool to edit and no path that it may edit");
    if (!has_edit_tool(r) && !role_has(r, ROLE_SHELL) && *r->edit)
        fault(l, 0, "edit", "it may edit \"%s\" and has no tool to do so", *r->edit);
    if (role_has(r, ROLE_SHELL) && !*r->edit)
        fault(l, 0, "shell", "a role that may edit nothing has a shell, which edits");
    for (const char **p = r->edit; *p; p++)
        if (changes_has_prefix(r->read_only, *p))
            fault(l, 0, "edit", "\"%s\" may be edited and is read-only", *p);
    if (*r->edit && (r->files == 0 || r->lines == 0 || r->bytes == 0))
        fault(l, 0, "diff", "it may edit, and how much (diff: files, lines, bytes) is not said");
}

/* A tool of our server must be one that it has. */
static void check_served(struct linter *l) {
    static const char server[] = "mcp__noctule__";
    const size_t len = sizeof(server) - 1;
    for (int t = 0; t < ROLE_TOOLS; t++) {
        const char *name = role_tool_claude((enum role_tool)t);
        if (role_has(l->role, (enum role_tool)t) && strncmp(name, server, len) == 0 &&
            !tool_find(name + len))
            fault(l, 0, "tools", "noctule mcp has no tool \"%s\"", name + len);
    }
}

static void check_tools(struct linter *l) {
    const struct role *r = l->role;
    if (r->tools == 0)
        fault(l, 0, "tools", "it has no tools");
    if (has_git_tool(r) && (has_edit_tool(r) || role_has(r, ROLE_SHELL)))
        fault(l, 0, "privileges",
              "who writes the fix must not be who pushes it: it has tools for "
              "both");
    if (has_git_tool(r) != (r->network == ROLE_NETWORK_REMOTE))
        fault(l, 0, "network",
              has_git_tool(r) ? "verbs of git need network: remote"
                              : "network: remote is for verbs of git alone");
}

/* ---- the text ---- */

static bool is_command(const struct lint_line *line, const char *at) {
    size_t ticks = 0;
    for (const char *p = line->text; p < at; p++)
        ticks += *p == '`';
    return line->code || ticks % 2 == 1 || lint_words_use(line->text, at);
}

static void note_forbidden(void *arg, const struct lint_line *line) {
    struct linter *l = arg;
    for (size_t d = 0; d < DEEDS; d++)
        if (line->negated && has_any(line->text, deeds[d].words, 4))
            l->forbidden[d] = true;
}

/* Where a command begins that has the parts between the stars, in order. */
static const char *find_command(const char *text, const char *command) {
    const char *begin = NULL;
    for (const char *part = command; *part;) {
        char word[64];
        size_t len = strcspn(part, "*");
        (void)snprintf(word, sizeof(word), "%.*s", (int)len, part);
        const char *at = strstr(text, word);
        if (!at)
            return NULL;
        begin = begin ? begin : at;
        text = at + len;
        part += len + (part[len] == '*');
    }
    return begin;
}

static void check_deeds(struct linter *l, const struct lint_line *line) {
    for (size_t d = 0; d < DEEDS; d++)
        for (size_t i = 0; i < 6 && deeds[d].commands[i]; i++) {
            const char *at = find_command(line->text, deeds[d].commands[i]);
            if (!at || !is_command(line, at) || (line->negated && !line->code))
                continue;
            if (l->forbidden[d])
                fault(l, line->number, "contradiction",
                      "it does \"%s\", and elsewhere it forbids to %s", at, deeds[d].name);
            else
                fault(l, line->number, "impossible", "\"%s\": nothing lets it %s", at,
                      deeds[d].name);
            return;
        }
}

/* What is done in words, where no command says so. */
static void check_asks(struct linter *l, const struct lint_line *line) {
    for (const struct lint_ask *a = lint_asks; !line->code && a->rule; a++)
        if ((!a->allowed || !a->allowed(l->role)) && lint_words_ask(a, line->text))
            fault(l, line->number, a->rule, "\"%s\": %s", line->text, a->text);
}

/* What a verb has to do with a path ends where something else is told of it. */
static bool is_near(const char *verb, const char *path) {
    static const char *const words[] = {",", " as ", " like ", " that ", " so ", " because "};
    size_t blanks = 0;
    if (!verb || verb >= path)
        return false;
    for (const char *p = verb; p < path; p++)
        blanks += *p == ' ';
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        const char *at = strstr(verb, words[i]);
        if (at && at < path)
            return false;
    }
    return blanks <= WORDS_BETWEEN + 1;
}

/* Whether that is said of the path at `at`: close before it, when the path has no ticks. */
static bool is_about(const struct lint_line *line, const char *at, bool bare) {
    static const char *const verbs[] = {"edit",   "change", "modify", "write",
                                        "update", "fix",    "touch",  "loosen"};
    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
        const char *verb = lint_words_find(line->text, verbs[i]);
        if (verb && !bare)
            return true;
        if (is_near(verb, at) &&
            (line->negated ? lint_words_ban(line->text, verb) : lint_words_order(line->text, verb)))
            return true;
    }
    return false;
}

static bool is_limited(const char *text) {
    static const char *const words[] = {"only ",      "except", " but ",   "outside",
                                        "other than", "beyond", "unless ", " else"};
    return has_any(text, words, sizeof(words) / sizeof(*words));
}

static void check_line_paths(struct linter *l, const struct lint_line *line) {
    char path[256];
    const char *next = line->said, *at;
    bool bare;
    while (!line->code && (at = lint_words_path(&next, l->role, path, sizeof(path), &bare))) {
        bool editable = changes_has_prefix(l->role->edit, path) &&
                        !changes_has_prefix(l->role->read_only, path);
        if (!is_about(line, line->text + (at - line->said), bare))
            continue;
        if (line->negated && editable && !is_limited(line->text))
            fault(l, line->number, "promise",
                  "the text says that \"%s\" is not changed, and the policy lets it", path);
        if (!line->negated && !editable && !(bare && is_limited(line->text)))
            fault(l, line->number, "promise",
                  "the text says that \"%s\" is changed, and the policy does not let it", path);
    }
}

static void check_claims(struct linter *l, const struct lint_line *line) {
    static const char *const signs[] = {"co-authored-by:", "signed-off-by:", "generated with",
                                        "assisted-by:"};
    if (has_any(line->text, signs, sizeof(signs) / sizeof(*signs)) && !line->negated)
        fault(l, line->number, "receipt",
              "who did what is written from receipts, not by whoever plays the role");
}

/* "never push to main" → "push to main". */
static const char *saying(const char *text, const char *word) {
    const char *at = strstr(text, word);
    if (!at || (at > text && isalnum((unsigned char)at[-1])))
        return NULL;
    at += strlen(word);
    return at + strspn(at, " *:_");
}

static void note_saying(struct linter *l, const struct lint_line *line, const char *said,
                        bool never) {
    char text[160];
    size_t len = 0;
    for (; *said && *said != '.' && *said != ';' && *said != ',' && len + 1 < sizeof(text); said++)
        if (*said != '*' && *said != '`' && *said != '"')
            text[len++] = *said;
    while (len && text[len - 1] == ' ')
        len--;
    text[len] = '\0';
    for (size_t i = 0; len > 3 && i < l->said; i++)
        if (strcmp(l->sayings[i], text) == 0 && l->never[i] != never)
            fault(l, line->number, "contradiction", "always and never: \"%s\"", text);
    if (len > 3 && l->said < SAYINGS_MAX) {
        memcpy(l->sayings[l->said], text, len + 1);
        l->never[l->said++] = never;
    }
}

static void check_sayings(struct linter *l, const struct lint_line *line) {
    const char *never = saying(line->text, "never "), *always = saying(line->text, "always ");
    if (never)
        note_saying(l, line, never, true);
    if (always)
        note_saying(l, line, always, false);
}

static void check_line(void *arg, const struct lint_line *line) {
    struct linter *l = arg;
    check_deeds(l, line);
    check_asks(l, line);
    check_line_paths(l, line);
    check_claims(l, line);
    check_sayings(l, line);
}

size_t lint_role(struct buf *out, const struct role *role) {
    struct linter l = {.out = out, .role = role};
    check_name(&l);
    check_paths(&l);
    check_tools(&l);
    check_served(&l);
    if (strspn(role->text, " \n") == strlen(role->text))
        fault(&l, 0, "text", "it has no instructions");
    lint_text_each(role, note_forbidden, &l);
    lint_text_each(role, check_line, &l);
    return l.faults;
}
