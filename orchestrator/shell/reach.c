/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/reach.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/policy/glob.h"
#include "orchestrator/shell/scope.h"

enum { DEPTH_MAX = 64 };

/* ---- what lies below ---- */

struct walk {
    const struct scope *scope;
    const char *top; /* all below it is looked at, by its own name */
    unsigned flags;
    size_t files;
};

static int walk(struct walk *w, const char *folder, int depth);

/* A folder that is reached by a link and lies elsewhere. */
static int walk_link(struct walk *w, const char *path, int depth) {
    char real[PATH_MAX];
    const char *top = w->top;
    int rc = scope_read(w->scope, path);
    if (rc < 0 || !(w->flags & REACH_BY_LINKS) || !realpath(path, real) || !file_is_dir(real))
        return rc;
    size_t len = strlen(top);
    if (strncmp(real, top, len) == 0 && (real[len] == '/' || real[len] == '\0'))
        return 0;
    w->top = real;
    rc = walk(w, real, depth + 1);
    w->top = top;
    return rc;
}

static int walk_entry(struct walk *w, const char *folder, const char *name, int depth) {
    struct buf path;
    struct stat st;
    if (w->flags & REACH_SPARES_GIT && strcmp(name, ".git") == 0)
        return 0;
    if (strcasecmp(name, ".git") == 0)
        return err_set(ERR_ARG,
                       "a .git lies in %s, which only git's verbs read; name other folders, or "
                       "give grep --exclude-dir=.git",
                       folder);
    if (++w->files > REACH_FILES_MAX || depth > DEPTH_MAX)
        return err_set(ERR_ARG, "%s holds too much to be looked at; name parts of it", folder);
    buf_init(&path, PATH_MAX);
    file_join(&path, folder, name);
    int rc = buf_ok(&path, "a path");
    if (rc == 0 && lstat(path.data, &st) == 0 && S_ISLNK(st.st_mode))
        rc = walk_link(w, path.data, depth);
    else if (rc == 0 && S_ISDIR(st.st_mode))
        rc = walk(w, path.data, depth + 1);
    buf_done(&path);
    return rc;
}

static int walk(struct walk *w, const char *folder, int depth) {
    DIR *dir = opendir(folder);
    int rc = 0; /* what we cannot open they cannot */
    for (struct dirent *e; rc == 0 && dir && (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = walk_entry(w, folder, e->d_name, depth);
    if (dir)
        closedir(dir);
    return rc;
}

int reach_below(const struct scope *s, const char *path, unsigned flags) {
    char *folder = scope_absolute(s, path), real[PATH_MAX];
    int rc = folder ? scope_read(s, path) : err_set(ERR_ARG, "a path is too long");
    bool there = rc == 0 && !s->lexical && realpath(folder, real);
    struct walk w = {.scope = s, .top = there ? real : folder, .flags = flags};
    if (rc == 0 && s->lexical && strcmp(folder, s->root) == 0)
        rc = walk_entry(&w, folder, ".git", 0);
    else if (rc == 0 && !s->lexical)
        rc = walk(&w, folder, 0);
    free(folder);
    return rc;
}

/* ---- what a pattern fits ---- */

struct choice {
    const struct scope *scope;
    const char *whole; /* as it was given */
    bool picks;
    size_t choices;
};

/* In small letters, "[…]" as "?". */
static void simplify(const char *part, size_t len, char out[NAME_MAX + 1]) {
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        const char *end =
            part[i] == '[' && i + 2 < len ? memchr(part + i + 2, ']', len - i - 2) : NULL;
        out[n++] = end ? '?' : (char)tolower((unsigned char)part[i]);
        i = end ? (size_t)(end - part) : i;
    }
    out[n] = '\0';
}

/* first: nothing but "**" stands before it. */
static int check_part(const struct choice *c, const char *part, size_t len, bool first) {
    char name[NAME_MAX + 1];
    if (len > NAME_MAX)
        return err_set(ERR_ARG, "a part of %.60s… is too long", c->whole);
    simplify(part, len, name);
    if (strcmp(name, "..") == 0)
        return err_set(ERR_ARG, "%s may leave the tree; write it without \"..\"", c->whole);
    /* A star at the start is taken for no hidden name, but where it picks. */
    bool git = glob_match(name, ".git") && (*name != '*' || (c->picks && first));
    return git ? err_set(ERR_ARG, "%s fits .git, which only git's verbs touch", c->whole) : 0;
}

/* What of an absolute pattern is no pattern, up to a slash. */
static int check_top(const struct choice *c, const char *pattern) {
    size_t len = strcspn(pattern, "*?[");
    struct buf top;
    if (pattern[len])
        while (len > 1 && pattern[len - 1] != '/')
            len--;
    buf_init(&top, PATH_MAX);
    buf_add(&top, pattern, len);
    int rc = buf_ok(&top, "a pattern");
    if (rc == 0)
        rc = scope_read(c->scope, top.data);
    buf_done(&top);
    return rc;
}

static int check_plain(const struct choice *c, const char *pattern) {
    bool first = true;
    int rc = *pattern == '/' && !c->picks ? check_top(c, pattern) : 0;
    if (*pattern == '~' || strchr(pattern, '\\'))
        rc = err_set(ERR_ARG, "%s cannot be read; write it without \"~\" and backslashes", pattern);
    for (const char *p = pattern + strspn(pattern, "/"); rc == 0 && *p; p += strspn(p, "/")) {
        size_t len = strcspn(p, "/");
        bool stars = len == 2 && memcmp(p, "**", 2) == 0;
        if (!stars || !p[strcspn(p, "/")])
            rc = check_part(c, p, len, first);
        first = first && stars;
        p += len;
    }
    return rc;
}

/* The end of what "{" begins: its "}", or the "," of its own before that; NULL when it has none. */
static const char *end_of_choice(const char *p) {
    int depth = 0;
    for (; *p; p++) {
        if (depth == 0 && (*p == ',' || *p == '}'))
            return p;
        depth += *p == '{' ? 1 : *p == '}' ? -1 : 0;
    }
    return NULL;
}

static int check_choices(struct choice *c, const char *pattern) {
    size_t before = strcspn(pattern, "{");
    if (!pattern[before])
        return ++c->choices > REACH_CHOICES_MAX
                   ? err_set(ERR_ARG, "%s has too many choices", c->whole)
                   : check_plain(c, pattern);
    const char *last = end_of_choice(pattern + before + 1);
    while (last && *last == ',')
        last = end_of_choice(last + 1);
    if (!last)
        return err_set(ERR_ARG, "%s has a \"{\" without its \"}\"", c->whole);
    int rc = 0;
    for (const char *at = pattern + before; rc == 0 && *at != '}';) {
        const char *end = end_of_choice(at + 1);
        struct buf one;
        buf_init(&one, PATH_MAX);
        buf_add(&one, pattern, before);
        buf_add(&one, at + 1, (size_t)(end - at - 1));
        buf_puts(&one, last + 1);
        rc = buf_ok(&one, "a pattern");
        if (rc == 0)
            rc = check_choices(c, one.data);
        buf_done(&one);
        at = end;
    }
    return rc;
}

int reach_pattern(const struct scope *s, const char *pattern, bool picks) {
    struct choice c = {s, pattern, picks, 0};
    return *pattern == '!' ? 0 : check_choices(&c, pattern); /* "!" leaves out */
}
