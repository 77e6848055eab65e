/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/closed.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"

/* In one way, or ERR_ARG: ".." is none, for what it means is up to links. */
static int normalise(struct arena *arena, const char *path, const char **out) {
    struct buf b;
    int rc = 0;
    if (*path == '/' || !*path)
        return err_set(ERR_ARG, "\"%s\" cannot be closed: it is no path below the folder", path);
    buf_init(&b, PATH_MAX - 1);
    for (const char *p = path; *p; p += strspn(p, "/")) {
        size_t len = strcspn(p, "/");
        if (len == 2 && memcmp(p, "..", 2) == 0)
            rc = err_set(ERR_ARG, "%s cannot be closed: write it without \"..\"", path);
        if (len != 1 || *p != '.')
            buf_printf(&b, "%s%.*s", b.len ? "/" : "", (int)len, p);
        p += len;
    }
    if (rc == 0 && b.over)
        rc = err_set(ERR_ARG, "a path that is to be closed is too long");
    *out = arena_strdup(arena, b.data);
    buf_done(&b);
    return rc;
}

/* Every folder on the way is one, and the end is there. */
static int check_way(const char *tree, const char *path, bool may_lack) {
    char part[PATH_MAX];
    struct stat st;
    for (size_t len = strcspn(path, "/"); *path; len += 1 + strcspn(path + len + 1, "/")) {
        int n = snprintf(part, sizeof(part), "%s/%.*s", tree, (int)len, path);
        if (n < 0 || (size_t)n >= sizeof(part))
            return err_set(ERR_ARG, "a path that is to be closed is too long");
        if (lstat(part, &st) != 0 && errno == ENOENT)
            return may_lack ? 0
                            : err_set(ERR_NOTFOUND, "%s cannot be closed: it is not there", path);
        if (lstat(part, &st) != 0)
            return err_errno(ERR_ARG, "%s cannot be closed", path);
        if (S_ISLNK(st.st_mode))
            return err_set(ERR_ARG,
                           "%s cannot be closed: %.*s is a link, which could be made to lead "
                           "elsewhere; name what it leads to",
                           path, (int)len, path);
        if (!path[len])
            break;
    }
    return 0;
}

bool closed_has(const char *const *closed, const char *path) {
    for (const char *const *p = closed; p && *p; p++) {
        size_t len = strlen(*p);
        if (len == 0 || (strncmp(*p, path, len) == 0 && (path[len] == '/' || path[len] == '\0')))
            return true;
    }
    return false;
}

static size_t count_parts(const char *path) {
    size_t n = 1;
    for (; (path = strchr(path, '/')); path++)
        n++;
    return n;
}

int closed_resolve(struct arena *arena, const char *tree, const char *const *paths, bool may_lack,
                   const char *const **out) {
    const char **all = arena_array(arena, CLOSED_MAX + 1, sizeof(*all));
    size_t len = 0, parts = 0;
    for (const char *const *p = paths; p && *p; p++) {
        const char *path = "";
        int rc = normalise(arena, *p, &path);
        if (rc == 0)
            rc = check_way(tree, path, may_lack);
        parts += rc == 0 ? count_parts(path) : 0;
        if (rc == 0 && (len == CLOSED_MAX || parts > CLOSED_PARTS_MAX))
            rc = err_set(ERR_LIMIT, "more paths are to be closed than %d, or longer ones",
                         CLOSED_MAX);
        if (rc < 0)
            return rc;
        if (closed_has(all, path))
            continue;
        const char *const one[] = {path, NULL};
        size_t kept = 0;
        for (size_t i = 0; i < len; i++)
            if (!closed_has(one, all[i]))
                all[kept++] = all[i];
        all[kept] = path;
        all[len = kept + 1] = NULL;
    }
    *out = all;
    return 0;
}

bool closed_can_hold(struct arena *arena, const char *tree, const char *path) {
    const char *plain = "";
    return normalise(arena, path, &plain) == 0 && check_way(tree, plain, false) == 0;
}

static bool is_there(const char *tree, const char *path) {
    char full[PATH_MAX];
    struct stat st;
    int n = snprintf(full, sizeof(full), "%s/%s", tree, path);
    return n > 0 && (size_t)n < sizeof(full) && lstat(full, &st) == 0;
}

static bool is_among(const char *const *all, const char *path, size_t len) {
    for (; *all; all++)
        if (strlen(*all) == len && memcmp(*all, path, len) == 0)
            return true;
    return false;
}

const char *const *closed_ways(struct arena *arena, const char *tree, const char *const *closed) {
    size_t most = 0, len = 0;
    for (const char *const *p = closed; p && *p; p++)
        for (const char *at = *p; (at = strchr(at, '/')); at++)
            most++;
    const char **all = arena_array(arena, most + 1, sizeof(*all));
    for (const char *const *p = closed; p && *p; p++)
        for (const char *at = *p; is_there(tree, *p) && (at = strchr(at, '/')); at++)
            if (!is_among(all, *p, (size_t)(at - *p)))
                all[len++] = arena_strndup(arena, *p, (size_t)(at - *p));
    return all;
}
