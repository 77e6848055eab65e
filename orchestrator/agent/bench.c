/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/bench.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "orchestrator/agent/attempt.h"
#include "orchestrator/agent/bench_tools.h"

enum { RESULT_MAX = 64 << 10 };

struct bench_row {
    enum role_tool tool;
    const char *name, *description, *parameters;
    int (*run)(struct bench *b, struct json arguments, struct buf *out);
};

/* clang-format off */
#define STRING "{\"type\":\"string\"}"
static const struct bench_row rows[] = {
    {ROLE_READ, "read", "Lines of a file.",
     "{\"type\":\"object\",\"properties\":{\"path\":" STRING ",\"first\":{\"type\":\"integer\"},\"lines\":{\"type\":\"integer\"}},\"required\":[\"path\"]}",
     bench_read},
    {ROLE_SEARCH, "search", "Lines that hold a text, below a folder.",
     "{\"type\":\"object\",\"properties\":{\"text\":" STRING ",\"path\":" STRING "},\"required\":[\"text\"]}",
     bench_search},
    {ROLE_LIST, "list", "The files below a folder.",
     "{\"type\":\"object\",\"properties\":{\"path\":" STRING "}}",
     bench_list},
    {ROLE_EDIT, "edit", "Replaces a text that a file holds once.",
     "{\"type\":\"object\",\"properties\":{\"path\":" STRING ",\"old\":" STRING ",\"new\":" STRING "},\"required\":[\"path\",\"old\",\"new\"]}",
     bench_edit},
    {ROLE_WRITE, "write", "Writes a whole file.",
     "{\"type\":\"object\",\"properties\":{\"path\":" STRING ",\"content\":" STRING "},\"required\":[\"path\",\"content\"]}",
     bench_write},
    {ROLE_RUN_CASE, "run_case", "Runs the failing case on the files as they are.",
     "{\"type\":\"object\",\"properties\":{}}",
     bench_run_case},
    {ROLE_TRACE_DIFF, "trace_diff",
     "Traces a case on two backends and compares them stage by stage; or compares two traces that are there (a, b).",
     "{\"type\":\"object\",\"properties\":{\"fixture\":" STRING ",\"case\":" STRING ",\"backend\":" STRING ",\"reference\":" STRING
     ",\"dtype\":" STRING ",\"a\":" STRING ",\"b\":" STRING ",\"all\":{\"type\":\"boolean\"}}}",
     bench_trace_diff},
    {ROLE_SHELL, "shell", "Runs a command line in the sandbox, in the copy, when the rules for commands allow it.",
     "{\"type\":\"object\",\"properties\":{\"command\":" STRING "},\"required\":[\"command\"]}",
     bench_shell},
};
/* clang-format on */
enum { ROWS = sizeof(rows) / sizeof(*rows) };

int bench_open(struct bench *b, struct attempt *a, const char *folder) {
    *b = (struct bench){.attempt = a, .folder = folder};
    b->root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

/* A shell by another name is asked for what a shell would do. */
static int no_such_tool(struct bench *b, const char *name, struct json arguments) {
    const char *line = "";
    if (json_opt_str(arguments, "command", &line) == 0 && *line)
        bench_note_line(b, line);
    return err_set(ERR_ARG, "there is no tool \"%.40s\"", name);
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
    rc = json_parse(&doc, call->arguments, strlen(call->arguments), "the arguments", 0);
    if (!row)
        rc = no_such_tool(b, call->name, rc == 0 ? json_root(doc) : (struct json){0});
    else if (rc == 0)
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
