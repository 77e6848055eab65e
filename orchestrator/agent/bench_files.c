/* SPDX-License-Identifier: Apache-2.0 */
/* The tools of a bench that read and write its files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/utf8.h"
#include "orchestrator/agent/attempt.h"
#include "orchestrator/agent/bench_tools.h"

enum { FILE_MAX = 1 << 20, HITS_MAX = 200, DEPTH_MAX = 32 };

/* Below the folder, by no link. */
static int open_below(const struct bench *b, const char *path, uint64_t flags) {
    struct open_how how = {.flags = flags | O_CLOEXEC,
                           .mode = flags & O_CREAT ? 0644 : 0,
                           .resolve =
                               RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, b->root, path, &how, sizeof(how));
}

static int read_file(const struct bench *b, const char *path, struct buf *out) {
    struct stat st;
    char chunk[8192];
    int fd = open_below(b, path, O_RDONLY | O_NONBLOCK);
    if (fd < 0)
        return err_errno(ERR_NOTFOUND, "cannot read %s", path);
    int rc = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX
                 ? 0
                 : err_set(ERR_ARG, "%s is no file, or a large one", path);
    for (ssize_t n; rc == 0 && (n = read(fd, chunk, sizeof(chunk))) > 0;)
        buf_add(out, chunk, (size_t)n);
    close(fd);
    size_t bad;
    if (rc == 0 && (!utf8_valid(out->data, out->len, &bad) || memchr(out->data, '\0', out->len)))
        rc = err_set(ERR_ARG, "%s is no text", path);
    return rc;
}

const char *bench_closes(const struct bench *b, const char **path, const char **text) {
    struct changes_rules rules = attempt_rules(b->attempt);
    char *plain = file_below(*path);
    if (plain)
        *path = arena_strdup(&b->attempt->arena, plain);
    free(plain);
    return changes_name(&rules, *path, text);
}

/* Whoever asks for it has tried it. */
static int may_write(struct bench *b, const char *path) {
    const char *text, *name = bench_closes(b, &path, &text);
    if (!name)
        return 0;
    attempt_note(b->attempt, name, path, b->turn, "%s", text);
    return err_set(ERR_ARG, "%s may not be changed: %s", path, text);
}

static int write_file(struct bench *b, const char *path, const char *text, size_t len) {
    int fd = open_below(b, path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK);
    if (fd < 0 && (errno == ELOOP || errno == EXDEV)) /* a link, or a way out of the folder */
        attempt_note(b->attempt, "outside", path, b->turn, "it leads somewhere else");
    if (fd < 0)
        return err_errno(ERR_ARG, "cannot write %s", path);
    int rc = 0;
    for (size_t done = 0; rc == 0 && done < len;) {
        ssize_t n = write(fd, text + done, len - done);
        if (n < 0 && errno != EINTR)
            rc = err_errno(ERR_IO, "cannot write %s", path);
        done += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    return rc;
}

/* ---- the tools ---- */

int bench_read(struct bench *b, struct json a, struct buf *out) {
    const char *path = "";
    int64_t first = 1, lines = 400;
    struct buf all;
    int rc = json_str(a, "path", &path);
    if (rc == 0)
        rc = json_opt_int(a, "first", 1, 10000000, &first);
    if (rc == 0)
        rc = json_opt_int(a, "lines", 1, 10000, &lines);
    buf_init(&all, FILE_MAX);
    if (rc == 0)
        rc = read_file(b, path, &all);
    int64_t number = 1;
    for (const char *at = all.data; rc == 0 && *at && number < first + lines; number++) {
        size_t len = strcspn(at, "\n");
        if (number >= first)
            buf_printf(out, "%.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
    buf_done(&all);
    return rc;
}

struct search {
    struct bench *bench;
    const char *text;
    struct buf *out;
    int hits;
};

static void search_file(struct search *s, const char *path) {
    struct buf all;
    int number = 1;
    buf_init(&all, FILE_MAX);
    if (read_file(s->bench, path, &all) == 0 && strstr(all.data, s->text))
        for (char *at = all.data; *at && s->hits < HITS_MAX; number++) {
            size_t len = strcspn(at, "\n");
            if (memmem(at, len, s->text, strlen(s->text))) {
                buf_printf(s->out, "%s:%d:%.*s\n", path, number, (int)(len < 200 ? len : 200), at);
                s->hits++;
            }
            at += len + (at[len] == '\n');
        }
    buf_done(&all);
}

static void search_folder(struct search *s, const char *path, int depth) {
    int fd = open_below(s->bench, *path ? path : ".", O_RDONLY | O_DIRECTORY);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir && fd >= 0)
        close(fd);
    for (struct dirent *e; dir && depth < DEPTH_MAX && s->hits < HITS_MAX && (e = readdir(dir));) {
        struct buf name;
        if (e->d_name[0] == '.')
            continue;
        buf_init(&name, 1 << 16);
        buf_printf(&name, "%s%s%s", path, *path ? "/" : "", e->d_name);
        if (!s->text && e->d_type != DT_DIR) {
            buf_printf(s->out, "%s\n", name.data);
            s->hits++;
        } else if (e->d_type == DT_REG) {
            search_file(s, name.data);
        }
        if (e->d_type == DT_DIR)
            search_folder(s, name.data, depth + 1);
        buf_done(&name);
    }
    if (dir)
        closedir(dir);
}

int bench_search(struct bench *b, struct json a, struct buf *out) {
    struct search s = {.bench = b, .out = out};
    const char *path = "";
    int rc = json_str(a, "text", &s.text);
    if (rc == 0 && !*s.text)
        rc = err_set(ERR_ARG, "there is no text to search");
    if (rc == 0)
        rc = json_opt_str(a, "path", &path);
    if (rc == 0)
        search_folder(&s, path, 0);
    return rc;
}

int bench_list(struct bench *b, struct json a, struct buf *out) {
    struct search s = {.bench = b, .out = out};
    const char *path = "";
    int rc = json_opt_str(a, "path", &path);
    if (rc == 0)
        search_folder(&s, path, 0);
    return rc;
}

/* The old text must be there once: an edit that could be meant for two places is meant for none. */
int bench_edit(struct bench *b, struct json a, struct buf *out) {
    const char *path = "", *old = "", *new = "";
    struct buf before, after;
    int rc = json_str(a, "path", &path);
    if (rc == 0)
        rc = json_str(a, "old", &old);
    if (rc == 0)
        rc = json_str(a, "new", &new);
    if (rc == 0)
        rc = may_write(b, path);
    if (rc < 0)
        return rc;
    buf_init(&before, FILE_MAX);
    buf_init(&after, FILE_MAX);
    rc = read_file(b, path, &before);
    const char *at = rc == 0 && *old ? strstr(before.data, old) : NULL;
    if (rc == 0 && !at)
        rc = err_set(ERR_ARG, "%s does not hold the old text", path);
    else if (rc == 0 && strstr(at + 1, old))
        rc = err_set(ERR_ARG, "%s holds the old text more than once", path);
    if (rc == 0 && at) {
        buf_add(&after, before.data, (size_t)(at - before.data));
        buf_puts(&after, new);
        buf_puts(&after, at + strlen(old));
        rc = buf_ok(&after, path) < 0 ? ERR_ARG : write_file(b, path, after.data, after.len);
    }
    if (rc == 0)
        buf_puts(out, "changed");
    buf_done(&after);
    buf_done(&before);
    return rc;
}

int bench_write(struct bench *b, struct json a, struct buf *out) {
    const char *path = "", *text = "";
    int rc = json_str(a, "path", &path);
    if (rc == 0)
        rc = json_str(a, "content", &text);
    if (rc == 0)
        rc = may_write(b, path);
    if (rc == 0)
        rc = write_file(b, path, text, strlen(text));
    if (rc == 0)
        buf_puts(out, "written");
    return rc;
}
