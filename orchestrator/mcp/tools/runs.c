/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/clock.h"
#include "orchestrator/mcp/tool.h"

enum { RUNS_SHOWN = 20, RUNS_MAX = 1000 };

static const struct tool_arg args[] = {
    {TOOL_INT, "limit", false, 1, RUNS_MAX, "How many, the newest; 20 unless given."},
    TOOL_END_ROW,
};

static void put_run(struct json_writer *w, const struct run *r) {
    char time[CLOCK_ISO_SIZE];
    json_open_object(w, NULL);
    json_put_str(w, "run", r->name);
    json_put_str(w, "state", run_state_name(r->state));
    json_put_str(w, "commit", r->commit);
    json_put_str(w, "branch", r->branch);
    json_put_bool(w, "dirty", r->dirty);
    json_put_str(w, "scope", r->scope);
    json_put_str(w, "started", clock_iso(r->started_ms, time));
    json_put_str(w, "last_event", clock_iso(r->finished_ms, time));
    json_put_int(w, "planned", r->planned);
    json_put_int(w, "recorded", r->recorded);
    json_close_object(w);
}

static int run(struct call *c) {
    struct run *rows = NULL;
    struct json_writer w;
    size_t len = 0;
    int rc = call_index(c);
    if (rc == 0)
        rc = runs_list(c->db, &c->place.arena, c->place.config.name,
                       (size_t)call_int(c, "limit", RUNS_SHOWN), &rows, &len);
    if (rc < 0)
        return rc;
    json_writer_init(&w, &c->out, 0);
    json_open_object(&w, NULL);
    json_open_array(&w, "runs");
    for (size_t i = 0; i < len; i++)
        put_run(&w, &rows[i]);
    json_close_array(&w);
    json_close_object(&w);
    return 0;
}

const struct tool tool_runs = {
    .name = "runs",
    .title = "Runs",
    .about = "The sweeps on record, newest first: commit, scope, when, how many cases.",
    .args = args,
    .run = run,
};
