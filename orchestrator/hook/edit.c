/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/edit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/hook/source.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/shell/scope.h"

enum { TOOL_MS = 10000, SAID_MAX = 4 << 10 };

enum edit_flag {
    EDIT_TABS = 1 << 0,   /* may hold tabs */
    EDIT_BLANKS = 1 << 1, /* may have blanks at the end of lines: they mean something */
    EDIT_CALLS = 1 << 2,  /* is C: no banned call */
    EDIT_JSON = 1 << 3,
};

/* By the end of a name; the first that fits. */
struct edit_kind {
    const char *ends; /* ".c|.h" or a whole name, "Makefile" */
    int width;        /* columns; 0 = any */
    unsigned flags;
    const char *tool[4]; /* run with the path behind it: status 0 or what it says is the fault */
    const char *needs;   /* only where this file is in the root; NULL = always */
};

/* clang-format off */
static const struct edit_kind kinds[] = {
    {".c|.h|.cu|.cpp|.hpp|.cc",
     100,                            EDIT_CALLS,
     {"clang-format-14", "--dry-run", "-Werror"},
     ".clang-format"                                                },
    {".sh",                     120, EDIT_TABS,   {"sh", "-n"}, NULL},
    {".py",                     120, 0,           {NULL},       NULL},
    {".json",                   0,   EDIT_JSON,   {NULL},       NULL},
    {".md",                     0,   EDIT_BLANKS, {NULL},       NULL},
    {".cmake|CMakeLists.txt",   0,   0,           {NULL},       NULL},
    {".rs|.toml|.yml|.yaml",    0,   0,           {NULL},       NULL},
    {"Makefile|.mk|.go",        0,   EDIT_TABS,   {NULL},       NULL},
    {NULL,                      0,   0,           {NULL},       NULL},
};
/* clang-format on */

static bool ends_so(const char *ends, const char *path) {
    size_t len = strlen(path);
    for (; *ends; ends += strcspn(ends, "|"), ends += *ends == '|') {
        size_t n = strcspn(ends, "|");
        bool name = *ends != '.' && (len == n || (len > n && path[len - n - 1] == '/'));
        if (len >= n && memcmp(path + len - n, ends, n) == 0 && (*ends == '.' || name))
            return true;
    }
    return false;
}

static const struct edit_kind *kind_of(const char *path) {
    const struct edit_kind *k = kinds;
    while (k->ends && !ends_so(k->ends, path))
        k++;
    return k->ends ? k : NULL;
}

struct look {
    const char *path;
    struct buf *why;
    size_t found;
};

static void report(struct look *l, size_t line, const char *what) {
    if (l->found++ < EDIT_FINDINGS_MAX)
        buf_printf(l->why, "%s:%zu: %s\n", l->path, line, what);
}

static int columns(const char *line, size_t len) {
    int n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)line[i] & 0xc0) != 0x80;
    return n;
}

static void look_at_line(struct look *l, const struct edit_kind *k, size_t number, const char *line,
                         size_t len) {
    char last = len ? line[len - 1] : 'x';
    if (!(k->flags & EDIT_BLANKS) && (last == ' ' || last == '\t'))
        report(l, number, "a blank at the end of the line");
    if (last == '\r')
        report(l, number, "a carriage return at the end of the line");
    if (!(k->flags & EDIT_TABS) && memchr(line, '\t', len))
        report(l, number, "a tab");
    if (k->width && columns(line, len) > k->width) {
        char text[64];
        (void)snprintf(text, sizeof(text), "the line is %d columns wide, over %d",
                       columns(line, len), k->width);
        report(l, number, text);
    }
    if (len >= 7 && (memcmp(line, "<<<<<<<", 7) == 0 || memcmp(line, ">>>>>>>", 7) == 0))
        report(l, number, "a conflict is not resolved");
}

static void look_at_call(void *arg, size_t line, const char *name) {
    char text[64];
    (void)snprintf(text, sizeof(text), "banned call: %s()", name);
    report(arg, line, text);
}

static void look_at_json(struct look *l, const char *text, size_t size) {
    struct json_doc *doc = NULL;
    if (json_parse(&doc, text, size, l->path, JSON_COMMENTS) < 0 && l->found++ < EDIT_FINDINGS_MAX)
        buf_printf(l->why, "%s\n", err_text());
    json_free(doc);
}

void edit_look(const char *path, const char *text, size_t size, struct buf *why) {
    const struct edit_kind *k = kind_of(path);
    struct look l = {path, why, 0};
    size_t number = 0;
    if (!k)
        return;
    for (const char *at = text, *end = text + size; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);
        look_at_line(&l, k, ++number, at, len);
        at += len + 1;
    }
    if (size && text[size - 1] != '\n')
        report(&l, number, "no newline at the end of the file");
    if (k->flags & EDIT_CALLS)
        source_calls(text, size, look_at_call, &l);
    if (k->flags & EDIT_JSON)
        look_at_json(&l, text, size);
    if (l.found > EDIT_FINDINGS_MAX)
        buf_printf(why, "%s: and %zu more\n", path, l.found - EDIT_FINDINGS_MAX);
}

/* The tool's own words when it ends with a status; one that is not installed is left out. */
static int ask_tool(const struct scope *scope, const struct edit_kind *k, const char *path,
                    struct buf *why) {
    const char *argv[6] = {0};
    struct proc_spec spec = {.argv = argv, .cwd = scope->root};
    struct proc_exit end = {0};
    struct loop *loop = NULL;
    struct buf said, needs;
    size_t n = 0;
    for (; k->tool[n]; n++)
        argv[n] = k->tool[n];
    argv[n] = path;
    buf_init(&said, SAID_MAX);
    buf_init(&needs, 8192);
    bool wanted = n > 0 && (!k->needs || file_exists(file_join(&needs, scope->root, k->needs)));
    int rc = wanted ? loop_new(&loop) : 0;
    if (rc == 0 && wanted)
        rc = proc_run(loop, &spec, TOOL_MS, NULL, NULL, &said, &end);
    if (rc == ERR_NOTFOUND)
        rc = 0;
    else if (rc == 0 && wanted && (end.code != 0 || end.signal))
        buf_printf(why, "%s is not content: %s\n", k->tool[0],
                   said.len ? said.data : "it does not say why");
    loop_free(loop);
    buf_done(&said);
    buf_done(&needs);
    return rc;
}

int edit_check(const struct scope *scope, const char *path, struct buf *why) {
    struct file file;
    struct stat st;
    if (scope_write(scope, path) < 0) {
        buf_printf(why, "%s\n", err_text());
        return 0;
    }
    char *full = scope_absolute(scope, path);
    CHECK(full); /* scope_write() has made the same of it */
    int rc = 0;
    if (lstat(full, &st) == 0) {
        const struct edit_kind *k = kind_of(full);
        if (!S_ISREG(st.st_mode))
            buf_printf(why, "%s is no plain file\n", path);
        else if ((rc = file_read(&file, full, EDIT_BYTES_MAX)) == 0) {
            edit_look(path, (const char *)file.data, file.size, why);
            file_done(&file);
            rc = k && k->tool[0] ? ask_tool(scope, k, full, why) : 0;
        }
    }
    free(full);
    return rc;
}
