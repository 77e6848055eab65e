/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/again.h"

#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/results.h"

enum { SECONDS = 120, SECONDS_MAX = 3600, OUTPUT_MAX = 64 << 10, MS = 1000 };

const struct tool_arg again_args[] = {
    {TOOL_STR, "cell",    true,  0, 0,           "The cell, \"compat/qwen3/cpu/bf16\"."       },
    {TOOL_STR, "case",    true,  0, 0,           "The case, \"qwen3/final_logits.prompt\"."   },
    {TOOL_STR, "run",     false, 0, 0,           "The run that has it; the last unless given."},
    {TOOL_INT, "seconds", false, 1, SECONDS_MAX, "How long it may take; 120 unless given."    },
    TOOL_END_ROW,
};

/* Only what the sweep itself ran is run: the client names a case, never a command. */
static int find(struct call *c, struct result *out) {
    struct arena *arena = &c->place.arena;
    const char *name = call_str(c, "case", "");
    struct result_filter filter = {0};
    struct result *rows = NULL;
    struct cell cell = {0};
    struct run r = {0};
    size_t len = 0;
    int rc = call_run(c, &r);
    if (rc == 0)
        rc = cells_find(c->db, arena, call_str(c, "cell", ""), &cell);
    if (rc < 0)
        return rc;
    filter.run = r.id;
    filter.cell = cell.id;
    rc = results_list(c->db, arena, &filter, &rows, &len);
    for (size_t i = 0; rc == 0 && i < len; i++)
        if (strcmp(rows[i].case_name, name) == 0) {
            *out = rows[i];
            return *out->command ? 0 : err_set(ERR_UNSUPPORTED, "%s has no command", name);
        }
    return rc < 0 ? rc
                  : err_set(ERR_NOTFOUND, "run %s has no case %s in %s", r.name, name, cell.name);
}

static void put_end(struct json_writer *w, const char *key, const struct buf *text) {
    json_put_strn(w, key, text->data, text->len);
    if (text->over)
        json_put_bool(w, strcmp(key, "stdout") == 0 ? "stdout_cut" : "stderr_cut", true);
}

static int report(struct call *c, const struct proc_exit *ended) {
    const struct result *r = c->kept;
    struct json_writer w;
    json_writer_init(&w, &c->out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "command", r->command);
    json_put_bool(&w, "passed", ended->code == 0);
    json_put_int(&w, "exit", ended->code);
    json_put_int(&w, "signal", ended->signal);
    json_put_real(&w, "ms", ended->wall_ms);
    json_put_str(&w, "verdict_in_run", verdict_name(r->verdict));
    put_end(&w, "stdout", &c->said);
    put_end(&w, "stderr", &c->err);
    json_close_object(&w);
    return 0;
}

int again_run(struct call *c) {
    struct result *r = arena_array(&c->place.arena, 1, sizeof(*r));
    int rc = find(c, r);
    if (rc < 0)
        return rc;
    const char *const argv[] = {"sh", "-c", r->command, NULL};
    const struct proc_spec spec = {.argv = argv, .cwd = c->place.root};
    c->kept = r;
    return call_command(c, &spec, call_int(c, "seconds", SECONDS) * MS, OUTPUT_MAX, OUTPUT_MAX,
                        report);
}
