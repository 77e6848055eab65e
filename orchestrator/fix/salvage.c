/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/salvage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"

enum { RUNS_MAX = 1000, PATH_BYTES_MAX = 64 << 10, JOURNAL_MIB_MAX = 4096 };

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

int salvage_program(const char *from, const char *to) {
    struct stat st;
    int in = open(from, O_RDONLY | O_CLOEXEC), rc = 0;
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    if (in < 0 || out < 0 || fstat(in, &st) != 0 || fchmod(out, 0755) != 0)
        rc = err_errno(ERR_IO, "cannot copy %s to %s", from, to);
    else
        rc = copy_bytes(in, out, st.st_size);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return rc;
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

/* from: an opened journal. */
static int keep(int from, off_t size, const char *to, const char *name) {
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    buf_printf(&path, "%s/%s", to, name);
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
