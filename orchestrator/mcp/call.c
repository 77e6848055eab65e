/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/mcp/call.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/mcp/method.h"
#include "orchestrator/mcp/peer.h"
#include "orchestrator/mcp/tool.h"
#include "orchestrator/store/db.h"

enum { TICK_MS = 500, PROGRESS_BYTES_MAX = 64 << 10, STATUS_OK = 200 };

/* What noctule.json says of suites is not read, so there need be none. */
static int open_bare(struct place *p) {
    const char *path = "";
    arena_init(&p->arena, 0);
    int rc = config_find(&p->arena, &path);
    size_t len = (size_t)(file_base_name(path) - path);
    p->root = len > 1 ? arena_strndup(&p->arena, path, len - 1) : ".";
    return rc;
}

static void end(struct call *c, int rc) {
    c->rc = rc;
    if (rc < 0)
        c->why = xstrdup(err_text());
}

struct call *call_begin(struct request *r, const struct tool *tool, struct json args) {
    struct call *c = xcalloc(1, sizeof(*c));
    *c = (struct call){
        .request = r, .tool = tool, .args = args, .began_ns = clock_mono_ns(), .told = -1};
    buf_init(&c->out, CALL_OUT_MAX);
    int rc = tool->flags & TOOL_BARE ? open_bare(&c->place) : place_open(&c->place, NULL);
    if (rc == 0)
        rc = tool_check(tool, args);
    if (rc == 0)
        rc = tool->run(c);
    if (rc != CALL_RUNS)
        end(c, rc);
    return c;
}

bool call_poll(struct call *c) {
    struct proc_exit ended;
    int rc;
    if (!c->runs)
        return true;
    if (!proc_job_poll(&c->job, &ended, &rc))
        return false;
    c->runs = false;
    loop_timer_stop(c->request->loop, &c->tick);
    end(c, rc == 0 ? c->then(c, &ended) : rc);
    return true;
}

void call_close(struct call *c) {
    if (!c)
        return;
    if (c->runs) {
        loop_timer_stop(c->request->loop, &c->tick);
        proc_job_kill(&c->job);
    }
    db_close(c->db);
    place_close(&c->place);
    buf_done(&c->said);
    buf_done(&c->err);
    buf_done(&c->out);
    free(c->why);
    free(c);
}

const char *call_str(const struct call *c, const char *name, const char *fallback) {
    const char *v;
    return json_as_str(json_member(c->args, name), &v) == 0 ? v : fallback;
}

int64_t call_int(const struct call *c, const char *name, int64_t fallback) {
    int64_t v;
    return json_as_int(json_member(c->args, name), -INT64_MAX, INT64_MAX, &v) == 0 ? v : fallback;
}

bool call_bool(const struct call *c, const char *name) {
    bool v = false;
    return json_as_bool(json_member(c->args, name), &v) == 0 && v;
}

const char *call_path(struct call *c, const char *name) {
    char real[PATH_MAX], root[PATH_MAX];
    const char *word = call_str(c, name, ""), *p = word;
    if (*word != '/')
        p = arena_printf(&c->place.arena, "%s/%s", c->place.root, word);
    bool found = realpath(p, real) && realpath(c->place.root, root);
    size_t len = found ? strlen(root) : 0;
    if (!found || strncmp(real, root, len) != 0 || (real[len] && real[len] != '/')) {
        (void)err_set(ERR_NOTFOUND, "%s: there is no \"%.200s\" in the checkout", name, word);
        return NULL;
    }
    return arena_strdup(&c->place.arena, real);
}

int call_index(struct call *c) {
    return c->db ? 0 : place_open_index(&c->db, &c->place);
}

int call_run(struct call *c, struct run *out) {
    int rc = call_index(c);
    return rc < 0 ? rc : runs_find(c->db, &c->place.arena, call_str(c, "run", "last"), out);
}

/* "notifications/progress", when the request asked for it: seconds, which only grow. */
static void tell(struct call *c, const char *what) {
    struct request *r = c->request;
    struct json token = json_member(json_member(r->m.params, "_meta"), "progressToken");
    double seconds = (double)(clock_mono_ns() - c->began_ns) / 1e9;
    bool usable = json_type(token) == JSON_STRING || json_type(token) == JSON_NUMBER;
    struct json_writer w;
    struct buf out;
    if (!usable || !r->peer || r->cancelled || seconds <= c->told)
        return;
    buf_init(&out, PROGRESS_BYTES_MAX);
    json_writer_init(&w, &out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "jsonrpc", "2.0");
    json_put_str(&w, "method", "notifications/progress");
    json_open_object(&w, "params");
    json_put_json(&w, "progressToken", token);
    json_put_real(&w, "progress", seconds);
    json_put_str(&w, "message", what);
    json_close_object(&w);
    json_close_object(&w);
    if (!out.over)
        r->peer->send(r->peer, out.data, out.len, false, STATUS_OK);
    buf_done(&out);
    c->told = seconds;
}

/* Twice a second, and more often what is asked to end. */
static void on_tick(void *arg) {
    struct call *c = arg;
    struct request *r = c->request;
    if (!r->cancelled && r->peer && r->peer->gone && r->peer->gone(r->peer)) {
        r->cancelled = true;
        proc_job_stop(&c->job, ERR_STOPPED);
    }
    tell(c, "running");
    loop_timer_set(r->loop, &c->tick, r->cancelled ? PROC_POLL_MS : TICK_MS, on_tick, c);
}

void call_stop(struct call *c) {
    if (!c->runs)
        return;
    proc_job_stop(&c->job, ERR_STOPPED);
    loop_timer_set(c->request->loop, &c->tick, PROC_POLL_MS, on_tick, c);
}

int call_command(struct call *c, const struct proc_spec *spec, int64_t limit_ms, size_t said_max,
                 size_t err_max, int (*then)(struct call *c, const struct proc_exit *ended)) {
    CHECK(!c->runs);
    tell(c, "begun");
    buf_init(&c->said, said_max);
    buf_init(&c->err, err_max);
    int rc = proc_job_start(&c->job, c->request->loop, spec, limit_ms, &c->said, &c->err);
    if (rc < 0)
        return rc;
    c->runs = true;
    c->then = then;
    loop_timer_set(c->request->loop, &c->tick, TICK_MS, on_tick, c);
    return CALL_RUNS;
}
