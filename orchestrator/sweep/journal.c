/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"

struct journal {
    char *path;
    int fd;
    int64_t size;
    bool unsynced;
    int failed;      /* ERR_ of the write that failed, for ever after */
    char *failed_as; /* and its sentence */
};

static const char repaired[] = "{\"event\":\"repaired\"";

int64_t journal_size(const struct journal *j) {
    return j->size;
}

static int fail(struct journal *j, int rc) {
    if (!j->failed) {
        j->failed = rc;
        j->failed_as = xstrdup(err_text());
    }
    return rc;
}

int journal_add(struct journal *j, const char *line, size_t len) {
    CHECK(len > 0 && line[len - 1] == '\n');
    if (j->failed)
        return err_set(j->failed, "%s", j->failed_as);
    if (len > JOURNAL_LINE_MAX)
        return err_set(ERR_LIMIT, "%s: a line of %zu bytes", j->path, len);
    for (size_t done = 0; done < len;) {
        ssize_t n = write(j->fd, line + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int rc = fail(j, err_errno(ERR_IO, "cannot write %s", j->path));
            /* Giving space back works on a full disk too; should it not, the reader copes. */
            if (ftruncate(j->fd, j->size) != 0)
                j->size += (int64_t)done;
            return rc;
        }
        done += (size_t)n;
    }
    j->size += (int64_t)len;
    j->unsynced = true;
    return 0;
}

int journal_sync(struct journal *j) {
    if (j->failed)
        return err_set(j->failed, "%s", j->failed_as);
    if (j->unsynced && fdatasync(j->fd) != 0 && errno != EINVAL)
        return fail(j, err_errno(ERR_IO, "cannot sync %s", j->path));
    j->unsynced = false;
    return 0;
}

static int open_file(struct journal **out, const char *path, int flags) {
    struct journal *j = xcalloc(1, sizeof(*j));
    int rc = 0;
    j->path = xstrdup(path);
    j->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | flags, 0666);
    if (j->fd < 0)
        rc = err_errno(errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "cannot open %s", path);
    if (rc == 0 && (j->size = lseek(j->fd, 0, SEEK_END)) < 0)
        rc = err_errno(ERR_IO, "cannot read %s", path);
    if (rc < 0)
        journal_close(j);
    else
        *out = j;
    return rc;
}

int journal_create(struct journal **out, const char *path) {
    char *folder = xstrndup(path, (size_t)(file_base_name(path) - path));
    int rc = file_make_dirs(folder);
    free(folder);
    return rc < 0 ? rc : open_file(out, path, O_CREAT | O_EXCL);
}

/* Ends a last line that a kill cut off, and says so behind it. */
static int repair(struct journal *j) {
    char last = '\n', line[64];
    if (j->size > 0 && pread(j->fd, &last, 1, j->size - 1) != 1)
        return err_errno(ERR_IO, "cannot read %s", j->path);
    if (last == '\n')
        return 0;
    int n = snprintf(line, sizeof(line), "\n%s}\n", repaired);
    return journal_add(j, line, (size_t)n);
}

int journal_append_to(struct journal **out, const char *path) {
    struct journal *j;
    int rc = open_file(&j, path, 0);
    if (rc < 0)
        return rc;
    rc = repair(j);
    if (rc < 0)
        journal_close(j);
    else
        *out = j;
    return rc;
}

void journal_close(struct journal *j) {
    if (!j)
        return;
    if (j->fd >= 0)
        close(j->fd);
    free(j->path);
    free(j->failed_as);
    free(j);
}

static bool is_repair(const char *line, size_t len) {
    return len >= strlen(repaired) && memcmp(line, repaired, strlen(repaired)) == 0;
}

int journal_read(const char *path, int64_t offset, journal_line_fn *fn, void *arg) {
    struct file f;
    int rc = file_map(&f, path);
    if (rc < 0)
        return rc;
    const char *data = (const char *)f.data, *end = data + f.size;
    const char *line = offset >= 0 && offset <= (int64_t)f.size ? data + offset : end;
    if (offset > (int64_t)f.size)
        rc = err_set(ERR_FORMAT, "%s is shorter than it was: %zu bytes, %lld were read", path,
                     f.size, (long long)offset);
    while (rc == 0 && line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop)
            break; /* torn, and nobody has ended it yet */
        const char *next = stop + 1, *after = memchr(next, '\n', (size_t)(end - next));
        bool torn = after && is_repair(next, (size_t)(after - next));
        if (!torn && !is_repair(line, (size_t)(stop - line)))
            rc = fn(arg, line, (size_t)(stop - line), next - data);
        line = next;
    }
    file_done(&f);
    return rc;
}
