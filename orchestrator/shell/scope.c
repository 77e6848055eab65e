/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/scope.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/policy/glob.h"

/* Hooks, roles and rules; what other programs read as instructions or start by themselves. */
const char *const scope_guarded[] = {
    "hooks/", "agents/", ".claude/", ".codex/", ".gemini/", ".cursor/", ".githooks/", ".vscode/",
    "ledger/", "**/noctule.json", "logs/", ".mcp.json", ".envrc", ".gitmodules",
    "**/.gitattributes",
    /* Instructions, which are read in the folder that is worked in and in those above it. */
    "**/CLAUDE.md", "**/CLAUDE.local.md", "**/AGENTS.md", "**/AGENTS.override.md", "**/AGENT.md",
    "**/GEMINI.md", "**/CODEX.md", "**/.claude/", "**/.cursor/", "**/.cursorrules",
    "**/.windsurfrules", ".windsurf/", "**/.clinerules", "**/.clinerules/", ".roo/", ".roorules",
    ".rules", ".kiro/", ".junie/", ".continue/", ".goosehints", ".aider.conf.yml",
    ".github/copilot-instructions.md", ".github/instructions/", ".github/prompts/",
    ".github/chatmodes/", ".github/agents/", ".github/hooks/", NULL};

char *scope_absolute(const struct scope *s, const char *path) {
    struct buf b;
    const char *parts[2] = {*path == '/' ? "" : s->cwd, path};
    buf_init(&b, PATH_MAX - 1);
    for (int i = 0; i < 2; i++)
        for (const char *p = parts[i] + strspn(parts[i], "/"); *p; p += strspn(p, "/")) {
            size_t len = strcspn(p, "/");
            if (len == 2 && memcmp(p, "..", 2) == 0) {
                while (b.len > 0 && b.data[--b.len] != '/') {
                }
                b.data[b.len] = '\0';
            } else if (len != 1 || *p != '.') {
                buf_putc(&b, '/');
                buf_add(&b, p, len);
            }
            p += len;
        }
    if (b.len == 0)
        buf_putc(&b, '/');
    if (!b.over)
        return buf_detach(&b);
    buf_done(&b);
    return NULL;
}

/* What of path lies below root, "" for root itself; NULL when it lies elsewhere. */
static const char *below(const char *root, const char *path) {
    size_t len = strlen(root);
    if (strncmp(path, root, len) != 0 || (path[len] != '/' && path[len] != '\0'))
        return NULL;
    return path[len] ? path + len + 1 : path + len;
}

/* Case matters not: it does not to some file systems. */
static bool has_git(const char *path) {
    for (; *path; path += strcspn(path, "/"), path += strspn(path, "/"))
        if (strcspn(path, "/") == 4 && strncasecmp(path, ".git", 4) == 0)
            return true;
    return false;
}

/* A folder that holds a HEAD may be a repository to git, .git or not. */
static bool is_head(const char *path) {
    const char *slash = strrchr(path, '/');
    return strcasecmp(slash ? slash + 1 : path, "HEAD") == 0;
}

/* What a pattern closes: what it matches, what lies below a name that it gives whole, and the
 * folder that it is all of. */
static bool closes(const char *pattern, const char *rest) {
    struct buf below;
    if (glob_match(pattern, rest) || glob_is_all_of(pattern, rest))
        return true;
    const char *slash = strrchr(pattern, '/');
    if (strpbrk(slash ? slash : pattern, "*?"))
        return false;
    buf_init(&below, PATH_MAX);
    buf_printf(&below, "%s/", pattern);
    bool closed = below.over || glob_match(below.data, rest);
    buf_done(&below);
    return closed;
}

static bool is_closed(const struct scope *s, const char *rest,
                      bool (*by)(const char *pattern, const char *path)) {
    const char *const *lists[] = {scope_guarded, s->read_only};
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const char *const *p = lists[i]; p && *p; p++)
            if (by(*p, rest))
                return true;
    return false;
}

enum want { READ, TAKE, WRITE };

static int check_name(const struct scope *s, const char *word, const char *rest, enum want want) {
    if (!rest)
        return err_set(ERR_ARG, "%s lies outside of the tree", word);
    if (has_git(rest))
        return err_set(ERR_ARG, "%s lies in .git, which only git's verbs touch", word);
    if (want != READ && is_closed(s, rest, closes))
        return err_set(ERR_ARG, "%s may be read and not written", word);
    if (want != READ && is_head(rest))
        return err_set(ERR_ARG, "%s would make its folder a repository of git's", word);
    if (want == WRITE && s->editable && !glob_match_any(s->editable, rest))
        return err_set(ERR_ARG, "%s is not among what may be written", word);
    return 0;
}

/* Where path leads when symbolic links are followed; its last names may not exist yet. */
static int follow(const char *path, char real[PATH_MAX]) {
    struct buf head;
    int rc = 0;
    buf_init(&head, PATH_MAX);
    buf_puts(&head, path);
    while (!realpath(head.data, real)) {
        struct stat st;
        /* A link to nothing would be made something by whoever writes through it. */
        if (errno != ENOENT || (lstat(head.data, &st) == 0 && S_ISLNK(st.st_mode))) {
            rc = err_errno(ERR_ARG, "cannot tell where %s leads", path);
            break;
        }
        char *slash = strrchr(head.data, '/');
        head.len = slash == head.data ? 1 : (size_t)(slash - head.data);
        head.data[head.len] = '\0';
    }
    size_t used = rc == 0 ? strlen(real) : 0, rest = head.len > 1 ? head.len : 0;
    if (rc == 0 && used + strlen(path + rest) >= PATH_MAX)
        rc = err_set(ERR_ARG, "%s leads to too long a path", path);
    if (rc == 0)
        memcpy(real + (used > 1 ? used : 0), path + rest, strlen(path + rest) + 1);
    buf_done(&head);
    return rc;
}

static int check_disk(const struct scope *s, const char *word, const char *path, enum want want) {
    char real[PATH_MAX];
    struct stat st;
    int rc = follow(path, real);
    if (rc == 0)
        rc = check_name(s, word, below(s->root, real), want);
    if (rc < 0)
        return err_while(rc, "symbolic links followed");
    if (want != READ && stat(real, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 1)
        return err_set(ERR_ARG, "%s has a second name (a hard link), which would change too", word);
    if (stat(real, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return err_set(ERR_ARG, "%s is neither a file nor a folder", word);
    return 0;
}

static int check(const struct scope *s, const char *word, enum want want) {
    if (strcmp(word, "/dev/null") == 0)
        return 0;
    if (*word == '\0')
        return err_set(ERR_ARG, "a path is empty");
    char *path = scope_absolute(s, word);
    int rc = path ? check_name(s, word, below(s->root, path), want)
                  : err_set(ERR_ARG, "a path is too long");
    /* "link/.." is not what it reads: the disk is asked about each folder on the way. */
    if (rc == 0 && !s->lexical && strstr(word, "..")) {
        struct buf raw;
        buf_init(&raw, PATH_MAX - 1);
        file_join(&raw, s->cwd, word);
        rc = buf_ok(&raw, "a path");
        if (rc == 0)
            rc = check_disk(s, word, raw.data, want);
        buf_done(&raw);
    }
    if (rc == 0 && !s->lexical)
        rc = check_disk(s, word, path, want);
    free(path);
    return rc;
}

int scope_read(const struct scope *s, const char *path) {
    return check(s, path, READ);
}

int scope_write(const struct scope *s, const char *path) {
    return check(s, path, WRITE);
}

int scope_take(const struct scope *s, const char *path) {
    char *full = scope_absolute(s, path);
    int rc = full ? check_name(s, path, below(s->root, full), TAKE)
                  : err_set(ERR_ARG, "a path is too long");
    free(full);
    return rc;
}

int scope_move(const struct scope *s, const char *folder) {
    char *full = scope_absolute(s, folder);
    const char *rest = full ? below(s->root, full) : NULL;
    int rc = !rest ? err_set(ERR_ARG, "%s lies outside of the tree", folder)
             : is_closed(s, rest, glob_leads_into)
                 ? err_set(ERR_ARG, "%s is the folder of what may be read and not written", folder)
                 : 0;
    free(full);
    return rc;
}

/* As it reads and as it leads are one. */
static int check_folder(const struct scope *s, const char *word, const char *path) {
    char real[PATH_MAX];
    struct buf raw;
    buf_init(&raw, PATH_MAX - 1);
    file_join(&raw, s->cwd, word);
    int rc = raw.over || !realpath(raw.data, real) || !file_is_dir(real)
                 ? err_set(ERR_ARG, "%s is no folder to be in", word)
             : strcmp(real, path) != 0
                 ? err_set(ERR_ARG, "%s leads through a link; name the folder itself", word)
                 : 0;
    buf_done(&raw);
    return rc;
}

int scope_enter(const struct scope *s, const char *folder, char **out) {
    int rc = scope_read(s, folder);
    char *path = rc == 0 ? scope_absolute(s, folder) : NULL;
    if (rc == 0 && !s->lexical)
        rc = check_folder(s, folder, path);
    if (rc < 0) {
        free(path);
        return rc;
    }
    *out = path;
    return 0;
}

static bool has(const char *folder, const char *name) {
    struct buf path;
    struct stat st;
    buf_init(&path, PATH_MAX);
    file_join(&path, folder, name);
    bool there = !path.over && lstat(path.data, &st) == 0;
    buf_done(&path);
    return there;
}

/* From where git starts up to where it finds what it looks for, or to the top. */
int scope_ask_git(const struct scope *s) {
    char *folder = s->lexical ? NULL : scope_absolute(s, ".");
    int rc = 0;
    for (bool top = !folder; rc == 0 && !top;) {
        const char *rest = below(s->root, folder);
        top = !rest || !*rest;
        if (has(folder, ".git")) /* which nothing that is judged here wrote */
            break;
        if (has(folder, "HEAD") && (has(folder, "objects") || has(folder, "commondir")))
            rc = err_set(ERR_ARG, "git takes %s for a repository; ask git elsewhere", folder);
        if (!top)
            *strrchr(folder, '/') = '\0';
    }
    free(folder);
    return rc;
}
