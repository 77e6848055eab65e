/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/bench.h"

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

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "orchestrator/agent/attempt.h"

enum { FILE_MAX = 1 << 20, RESULT_MAX = 64 << 10, HITS_MAX = 200, DEPTH_MAX = 32 };

struct bench_row {
    enum role_tool tool;
    const char *name, *description, *parameters;
    /* Fills out; non-zero ERR_ARG and ERR_NOTFOUND are for the model to read. */
    int (*run)(struct bench *b, struct json arguments, struct buf *out);
};

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

static int may_write(const struct bench *b, const char *path) {
    struct changes_rules rules = attempt_rules(b->attempt);
    if (!changes_has_prefix(rules.allowed, path) || changes_has_prefix(rules.read_only, path))
        return err_set(ERR_ARG, "%s may not be changed", path);
    return 0;
}

static int write_file(const struct bench *b, const char *path, const char *text, size_t len) {
    int fd = open_below(b, path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK);
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

static int run_read(struct bench *b, struct json a, struct buf *out) {
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

static int run_search(struct bench *b, struct json a, struct buf *out) {
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

static int run_list(struct bench *b, struct json a, struct buf *out) {
    struct search s = {.bench = b, .out = out};
    const char *path = "";
    int rc = json_opt_str(a, "path", &path);
    if (rc == 0)
        search_folder(&s, path, 0);
    return rc;
}

/* The old text must be there once: an edit that could be meant for two places is meant for none. */
static int run_edit(struct bench *b, struct json a, struct buf *out) {
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

static int run_write(struct bench *b, struct json a, struct buf *out) {
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

/* The check of the attempt, in the sandbox, on the folder as it is. */
static int run_case(struct bench *b, struct json a, struct buf *out) {
    struct attempt *t = b->attempt;
    const char *argv[] = {"sh", "-c", t->spec->verify, NULL};
    struct sandbox_spec spec = {.argv = argv,
                                .tree = b->folder,
                                .read_only = (const char *const *)t->spec->role->read_only,
                                .readable = t->spec->readable,
                                .least = t->spec->least,
                                .only = t->spec->only,
                                .limits = attempt_limits(t)};
    struct sandbox_sink sink = {-1, out};
    (void)a;
    if (!t->spec->verify)
        return err_set(ERR_ARG, "this attempt has no case to run");
    int rc = sandbox_run(&spec, &sink, &sink, t->spec->stop, &t->sandbox);
    if (rc < 0)
        return rc == ERR_ARG ? ERR_IO : rc;
    out->over = false;
    buf_printf(out, "\n%s, exit status %d%s%s\n", t->sandbox.code == 0 ? "it passes" : "it fails",
               t->sandbox.code, t->sandbox.cut[0] ? ", cut by the limit of " : "", t->sandbox.cut);
    t->sandbox.cut[0] = '\0'; /* of one run; the attempt goes on */
    return 0;
}

/* clang-format off */
#define STRING "{\"type\":\"string\"}"
static const struct bench_row rows[] = {
    {ROLE_READ, "read", "Lines of a file.",
     "{\"type\":\"object\",\"properties\":{\"path\":" STRING ",\"first\":{\"type\":\"integer\"},\"lines\":{\"type\":\"integer\"}},\"required\":[\"path\"]}",
     run_read},
    {ROLE_SEARCH, "search", "Lines that hold a text, below a folder.",
     "{\"type\":\"object\",\"properties\":{\"text\":" STRING ",\"path\":" STRING "},\"required\":[\"text\"]}",
     run_search},
    {ROLE_LIST, "list", "The files below a folder.",
     "{\"type\":\"object\",\"properties\":{\"path\":" STRING "}}",
     run_list},
    {ROLE_EDIT, "edit", "Replaces a text that a file holds once.",
     "{\"type\":\"object\",\"properties\":{\"path\":" STRING ",\"old\":" STRING ",\"new\":" STRING "},\"required\":[\"path\",\"old\",\"new\"]}",
     run_edit},
    {ROLE_WRITE, "write", "Writes a whole file.",
     "{\"type\":\"object\",\"properties\":{\"path\":" STRING ",\"content\":" STRING "},\"required\":[\"path\",\"content\"]}",
     run_write},
    {ROLE_RUN_CASE, "run_case", "Runs the failing case on the files as they are.",
     "{\"type\":\"object\",\"properties\":{}}",
     run_case},
};
/* clang-format on */
enum { ROWS = sizeof(rows) / sizeof(*rows) };

int bench_open(struct bench *b, struct attempt *a, const char *folder) {
    *b = (struct bench){a, folder, open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return b->root < 0 ? err_errno(ERR_IO, "cannot open %s", folder) : 0;
}

void bench_close(struct bench *b) {
    if (b->root >= 0)
        close(b->root);
    b->root = -1;
}

const struct dialect_tool *bench_tools(const struct bench *b) {
    struct dialect_tool *all = arena_array(&b->attempt->arena, ROWS + 1, sizeof(*all));
    size_t len = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (role_has(b->attempt->spec->role, rows[i].tool))
            all[len++] =
                (struct dialect_tool){rows[i].name, rows[i].description, rows[i].parameters};
    return all;
}

int bench_call(struct bench *b, struct conversation *c, struct dialect_call *call) {
    struct json_doc *doc = NULL;
    struct buf out;
    const struct bench_row *row = NULL;
    int rc;
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, call->name) == 0 && role_has(b->attempt->spec->role, rows[i].tool))
            row = &rows[i];
    buf_init(&out, RESULT_MAX);
    if (!row)
        rc = err_set(ERR_ARG, "there is no tool \"%.40s\"", call->name);
    else
        rc = json_parse(&doc, call->arguments, strlen(call->arguments), "the arguments", 0);
    if (rc == 0 && row)
        rc = row->run(b, json_root(doc), &out);
    call->failed = rc < 0;
    /* What is cut in the middle of a character is no text any more. */
    out.len -= utf8_incomplete_tail(out.data, out.len);
    out.data[out.len] = '\0';
    bool text = utf8_valid(out.data, out.len, NULL);
    call->result = arena_printf(&c->arena, "%s%s",
                                rc < 0 ? err_text()
                                : text ? out.data
                                       : "(no text)",
                                out.over ? "\n(the rest is left out)" : "");
    json_free(doc);
    buf_done(&out);
    return rc == ERR_STOPPED || rc == ERR_UNSUPPORTED || rc == ERR_IO ? rc : 0;
}
