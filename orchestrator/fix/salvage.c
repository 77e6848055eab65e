/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/salvage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"

enum {
    RUNS_MAX = 1000,
    PATH_BYTES_MAX = 64 << 10,
    JOURNAL_MIB_MAX = 4096,
    DEPTH_MAX = 64,
    FOLDER_GIB_MAX = 16,
};

static const char journal[] = "events.ndjson";

static int copy_bytes(int from, int to, off_t size) {
    while (size > 0) {
        ssize_t n = sendfile(to, from, NULL, (size_t)size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_errno(ERR_IO, "cannot copy a file");
        size -= n;
    }
    return 0;
}

/* Each part of the name is opened by itself. */
static int open_below(const char *folder, const char *name) {
    int at = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    for (size_t len; at >= 0 && *name; name += len + (name[len] == '/')) {
        char part[NAME_MAX + 1];
        len = strcspn(name, "/");
        bool last = !name[len];
        if (len > NAME_MAX) {
            close(at);
            return -1;
        }
        memcpy(part, name, len);
        part[len] = '\0';
        int next = openat(
            at, part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (last ? 0 : O_DIRECTORY));
        close(at);
        at = next;
    }
    return at;
}

int salvage_check(const char *tree, const char *below) {
    struct stat st;
    int at = open_below(tree, below);
    bool whole = at >= 0 && fstat(at, &st) == 0 && S_ISDIR(st.st_mode);
    if (at >= 0)
        close(at);
    return whole ? 0
                 : err_set(ERR_FORMAT, "what ran there has put something else in place of %s",
                           *below ? below : tree);
}

int salvage_file(const char *from, const char *to, const char *name) {
    struct stat st;
    struct buf path;
    int in = open_below(from, name), out = -1, rc = 0;
    if (in < 0 || fstat(in, &st) != 0 || !S_ISREG(st.st_mode)) {
        rc = err_set(ERR_NOTFOUND, "there is no file %s/%s", from, name);
        if (in >= 0)
            close(in);
        return rc;
    }
    buf_init(&path, PATH_BYTES_MAX);
    buf_printf(&path, "%s/%s", to, name);
    char *slash = strrchr(path.data, '/');
    *slash = '\0';
    rc = file_make_dirs(path.data);
    *slash = '/';
    if (rc == 0)
        out = open(path.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (rc == 0 && (out < 0 || fchmod(out, 0755) != 0))
        rc = err_errno(ERR_IO, "cannot make %s", path.data);
    if (rc == 0)
        rc = copy_bytes(in, out, st.st_size);
    if (out >= 0)
        close(out);
    close(in);
    buf_done(&path);
    return rc;
}

/* ---- a whole folder ---- */

/* Which leads to nothing that lies above it. */
static bool is_near(const char *target) {
    return *target && *target != '/' && strcmp(target, "..") != 0 &&
           strncmp(target, "../", 3) != 0 && !strstr(target, "/../") &&
           (strlen(target) < 3 || strcmp(target + strlen(target) - 3, "/..") != 0);
}

static int copy_link(int from, int to, const char *name) {
    char target[PATH_MAX];
    ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);
    if (n <= 0)
        return 0;
    target[n] = '\0';
    return !is_near(target) || symlinkat(target, to, name) == 0
               ? 0
               : err_errno(ERR_IO, "cannot make the link %s", name);
}

/* room: bytes that may still be copied; a file of holes is as long as it says. */
static int copy_file(int from, int to, const char *name, int64_t *room) {
    struct stat st;
    int rc = 0, out = -1;
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (in < 0 || fstat(in, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1) {
        if (in >= 0)
            close(in);
        return 0;
    }
    mode_t mode = st.st_mode & S_IXUSR ? 0755 : 0644;
    if (st.st_size > *room) {
        close(in);
        return err_set(ERR_LIMIT,
                       "what was built is larger than %d GiB; bisect.keep names what runs "
                       "the cases",
                       FOLDER_GIB_MAX);
    }
    *room -= st.st_size;
    out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (out < 0 || fchmod(out, mode) != 0)
        rc = err_errno(ERR_IO, "cannot make %s", name);
    else
        rc = copy_bytes(in, out, st.st_size);
    if (out >= 0)
        close(out);
    close(in);
    return rc;
}

static int copy_folder(int from, int to, int depth, int64_t *room);

static int copy_entry(int from, int to, const char *name, int depth, int64_t *room) {
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (S_ISLNK(st.st_mode))
        return copy_link(from, to, name);
    if (!S_ISDIR(st.st_mode))
        return copy_file(from, to, name, room);
    int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), out = -1, rc = 0;
    if (in < 0)
        return 0;
    if (mkdirat(to, name, 0755) == 0)
        out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (out < 0 || fchmod(out, 0755) != 0)
        rc = err_errno(ERR_IO, "cannot make the folder %s", name);
    else
        rc = copy_folder(in, out, depth + 1, room);
    if (out >= 0)
        close(out);
    close(in);
    return rc;
}

static int copy_folder(int from, int to, int depth, int64_t *room) {
    int own = fcntl(from, F_DUPFD_CLOEXEC, 3), rc = 0;
    DIR *entries = own >= 0 ? fdopendir(own) : NULL;
    if (!entries) {
        rc = err_errno(ERR_IO, "cannot read a folder");
        if (own >= 0)
            close(own);
        return rc;
    }
    if (depth > DEPTH_MAX)
        rc =
            err_set(ERR_LIMIT, "what was built has more than %d folders in one another", DEPTH_MAX);
    for (struct dirent *e; rc == 0 && (e = readdir(entries));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = copy_entry(from, to, e->d_name, depth, room);
    closedir(entries);
    return rc;
}

int salvage_folder(const char *from, const char *to) {
    int in = open(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), out = -1;
    int64_t room = (int64_t)FOLDER_GIB_MAX << 30;
    if (in < 0 && errno == ENOENT)
        return 0; /* a build may leave its product elsewhere, or need none */
    int rc = file_make_dirs(to);
    if (rc == 0)
        out = open(to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (rc == 0 && (in < 0 || out < 0))
        rc = err_errno(ERR_IO, "cannot copy %s to %s", from, to);
    if (rc == 0)
        rc = copy_folder(in, out, 0, &room);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return rc;
}

/* from: an opened journal. */
static int keep(int from, off_t size, const char *to, const char *name) {
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    buf_printf(&path, "%s/%s", to, name);
    for (int i = 2; file_exists(path.data) && i < RUNS_MAX; i++) {
        buf_reset(&path);
        buf_printf(&path, "%s/%s-%d", to, name, i);
    }
    int rc = file_make_dirs(path.data);
    buf_printf(&path, "/%s", journal);
    int out = rc == 0 ? open(path.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644) : -1;
    if (rc == 0 && out < 0)
        rc = err_errno(ERR_IO, "cannot make %s", path.data);
    if (rc == 0)
        rc = copy_bytes(from, out, size);
    if (out >= 0)
        close(out);
    buf_done(&path);
    return rc;
}

/* One entry of the folder of logs; what is no journal is passed over. */
static int visit(int logs, const char *name, const char *to, int *count) {
    struct stat st;
    int folder = openat(logs, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = 0;
    if (folder < 0)
        return 0;
    int file = openat(folder, journal, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file >= 0 && fstat(file, &st) == 0 && S_ISREG(st.st_mode)) {
        if (++*count > RUNS_MAX || st.st_size > (off_t)JOURNAL_MIB_MAX << 20)
            rc = err_set(ERR_LIMIT, "the sweeps of the tree wrote more journals than they may");
        else
            rc = keep(file, st.st_size, to, name);
    }
    if (file >= 0)
        close(file);
    close(folder);
    return rc;
}

int salvage_journals(const char *from, const char *to) {
    int logs = open(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = 0, count = 0;
    DIR *entries = logs >= 0 ? fdopendir(logs) : NULL;
    if (!entries) {
        rc = err_errno(ERR_IO, "cannot read %s", from);
        if (logs >= 0)
            close(logs);
        return rc;
    }
    for (struct dirent *e = readdir(entries); rc == 0 && e; e = readdir(entries))
        if (e->d_name[0] != '.' && file_is_plain_name(e->d_name, strlen(e->d_name)))
            rc = visit(logs, e->d_name, to, &count);
    closedir(entries);
    return rc;
}
