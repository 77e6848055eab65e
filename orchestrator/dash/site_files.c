/* SPDX-License-Identifier: Apache-2.0 */
/* How pages become files, and how pages that are no more go away. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/dash/site.h"

/* Most pages of older runs do not change, and a write that is synced costs milliseconds. */
static bool holds_already(const char *path, const struct buf *out) {
    struct file old = {0};
    if (file_map(&old, path) < 0)
        return false;
    bool same = old.size == out->len && (!old.size || memcmp(old.data, out->data, out->len) == 0);
    file_done(&old);
    return same;
}

int site_write(struct site *site, const char *name, struct buf *out) {
    struct buf path;
    buf_init(&path, 1 << 16);
    file_join(&path, site->out, name);
    int rc = buf_ok(out, name);
    if (rc == 0)
        rc = buf_ok(&path, "the path of a page");
    if (rc == 0 && !holds_already(path.data, out))
        rc = file_replace(path.data, out->data, out->len);
    if (rc == 0)
        map_set(&site->written, arena_strdup(&site->arena, name), strlen(name), 0);
    buf_done(&path);
    buf_done(out);
    return rc;
}

int site_finish(struct site *site, const char *name, struct buf *out, int rc) {
    if (rc == 0)
        return site_write(site, name, out);
    buf_done(out);
    return rc;
}

/* A regular file that begins as our pages do. */
static bool is_ours(int folder, const char *name) {
    struct stat st;
    char head[512];
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read(fd, head, sizeof(head)) : -1;
    close(fd);
    return n > 0 && memmem(head, (size_t)n, HTML_MARK, strlen(HTML_MARK)) != NULL;
}

static bool is_html(const char *name) {
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".html") == 0;
}

static int prune_folder(struct site *site, const char *folder, int fd) {
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return err_errno(ERR_IO, "cannot list %s", folder);
    }
    int rc = 0;
    for (struct dirent *e = readdir(dir); e && rc == 0; e = readdir(dir)) {
        uint32_t unused;
        const char *name = arena_printf(&site->arena, "%s/%s", folder, e->d_name);
        if (!is_html(e->d_name) || map_find_str(&site->written, name, &unused))
            continue;
        if (is_ours(fd, e->d_name) && unlinkat(fd, e->d_name, 0) != 0 && errno != ENOENT)
            rc = err_errno(ERR_IO, "cannot remove the old page %s/%s", site->out, name);
    }
    closedir(dir);
    return rc;
}

int site_prune(struct site *site) {
    static const char *const folders[] = {"models", "runs", "cells"};
    struct buf path;
    int rc = 0;
    buf_init(&path, 1 << 16);
    for (size_t i = 0; rc == 0 && i < sizeof(folders) / sizeof(*folders); i++) {
        buf_reset(&path);
        file_join(&path, site->out, folders[i]);
        int fd = open(path.data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0) /* a link to elsewhere is not our folder */
            rc = prune_folder(site, folders[i], fd);
    }
    buf_done(&path);
    return rc;
}
