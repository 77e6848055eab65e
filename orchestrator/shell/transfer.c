/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/transfer.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/shell/scope.h"

enum { DEPTH_MAX = 64 };

enum thing { NOTHING, FILE_OR_SO, FOLDER, LINK };

/* What the command would find there: path is not made shorter, for "link/.." is not what it reads.
 * *place: where that is. */
static enum thing look(const struct scope *s, const char *path, struct buf *place) {
    struct stat st;
    file_join(place, s->cwd, path);
    while (place->len > 1 && place->data[place->len - 1] == '/')
        place->data[--place->len] = '\0';
    if (s->lexical || place->over || lstat(place->data, &st) != 0)
        return NOTHING;
    return S_ISLNK(st.st_mode) ? LINK : S_ISDIR(st.st_mode) ? FOLDER : FILE_OR_SO;
}

struct walk {
    const struct scope *scope;
    size_t files;
};

static int walk_entry(struct walk *w, const char *place, const char *as, int depth);

/* Every name below place, as it would be below `as`. */
static int walk(struct walk *w, const char *place, const char *as, int depth) {
    DIR *dir = opendir(place);
    int rc = dir ? 0 : err_errno(ERR_ARG, "cannot look into %s", place);
    for (struct dirent *e; rc == 0 && (e = readdir(dir));) {
        struct buf from, to;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        buf_init(&from, PATH_MAX);
        buf_init(&to, PATH_MAX);
        file_join(&from, place, e->d_name);
        file_join(&to, as, e->d_name);
        rc = from.over || to.over ? err_set(ERR_ARG, "a path in %s is too long", as)
                                  : walk_entry(w, from.data, to.data, depth);
        buf_done(&from);
        buf_done(&to);
    }
    if (dir)
        closedir(dir);
    return rc;
}

static int walk_entry(struct walk *w, const char *place, const char *as, int depth) {
    struct stat st;
    if (++w->files > TRANSFER_FILES_MAX || depth > DEPTH_MAX)
        return err_set(ERR_ARG, "the folder holds too much to be looked at; move parts of it");
    int rc = scope_write(w->scope, as);
    if (rc < 0 || lstat(place, &st) != 0)
        return rc;
    if (S_ISLNK(st.st_mode))
        return err_set(ERR_ARG, "%s is a link, which would lead elsewhere", place);
    return S_ISDIR(st.st_mode) ? walk(w, place, as, depth + 1) : 0;
}

static int walk_all(const struct scope *s, const char *place, const char *as) {
    struct walk w = {s, 0};
    return walk(&w, place, as, 0);
}

/* What other commands of the line make of a folder cannot be known before they have run. */
static int check_company(const struct scope *s, const char *src) {
    return s->in_company
               ? err_set(ERR_ARG, "%s is a folder, or not there yet; move it by a line of its own",
                         src)
               : 0;
}

int transfer_from(const struct scope *s, const char *src) {
    struct buf place;
    buf_init(&place, PATH_MAX);
    int rc = scope_write(s, src);
    enum thing thing = look(s, src, &place);
    if (rc == 0 && thing == LINK)
        rc = err_set(ERR_ARG, "%s is a link, which would lead elsewhere", src);
    if (rc == 0 && thing != FILE_OR_SO) /* by its name it may be a folder */
        rc = scope_move(s, src);
    if (rc == 0 && thing != FILE_OR_SO)
        rc = check_company(s, src);
    if (rc == 0 && thing == FOLDER)
        rc = walk_all(s, place.data, src);
    buf_done(&place);
    return rc;
}

/* Whether dest is a folder, links followed: what it is given then lies in it. */
static bool takes_in(const struct scope *s, const char *dest) {
    struct buf place;
    buf_init(&place, PATH_MAX);
    (void)look(s, dest, &place);
    bool folder = !s->lexical && !place.over && file_is_dir(place.data);
    buf_done(&place);
    return folder;
}

/* In `inside`, what src would be called in dest. */
static int name_inside(const struct scope *s, const char *src, const char *dest,
                       struct buf *inside) {
    char *full = scope_absolute(s, src);
    if (full)
        file_join(inside, dest, file_base_name(full));
    free(full);
    return full && !inside->over ? 0 : err_set(ERR_ARG, "a path is too long");
}

int transfer_into(const struct scope *s, const char *src, const char *dest) {
    struct buf inside, place;
    buf_init(&inside, PATH_MAX);
    buf_init(&place, PATH_MAX);
    int rc = scope_write(s, dest);
    bool folder = rc == 0 && takes_in(s, dest);
    if (rc == 0)
        rc = name_inside(s, src, dest, &inside);
    /* What is no folder now may be one when it comes to it. */
    if (rc == 0)
        rc = folder ? scope_write(s, inside.data) : scope_take(s, inside.data);
    if (rc == 0 && look(s, src, &place) == FOLDER) {
        const char *lands = folder ? inside.data : dest;
        rc = scope_move(s, lands);
        if (rc == 0)
            rc = walk_all(s, place.data, lands);
    }
    buf_done(&inside);
    buf_done(&place);
    return rc;
}
