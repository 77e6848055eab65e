/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/litter.h"
#include "orchestrator/runner/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/map.h"
#include "engine/base/utf8.h"
#include "orchestrator/runner/caseid.h"
#include "orchestrator/runner/child.h"
#include "orchestrator/runner/runner.h"

enum { LINE_MAX_BYTES = 64 << 20, LOG_MAX = 128 << 10, SCHEMA = 1 };

struct worker {
    const struct runner *runner;
    struct runner_job job;
    int events;
    struct buf line;
};

static struct json_writer begin(struct worker *w, const char *event) {
    struct json_writer json;
    buf_reset(&w->line);
    json_writer_init(&json, &w->line, 0);
    json_open_object(&json, NULL);
    json_put_str(&json, "event", event);
    return json;
}

static int end(struct worker *w, struct json_writer *json) {
    json_close_object(json);
    buf_putc(&w->line, '\n');
    int rc = buf_ok(&w->line, "an event");
    for (size_t at = 0; rc == 0 && at < w->line.len;) {
        ssize_t n = write(w->events, w->line.data + at, w->line.len - at);
        if (n < 0 && errno != EINTR)
            rc = err_errno(ERR_IO, "cannot write an event");
        at += n > 0 ? (size_t)n : 0;
    }
    return rc;
}

/* JSON holds UTF-8 without U+0000; of a log that is other bytes, those are written \xNN. */
static const char *fit_for_json(struct arena *arena, const char *text, size_t len) {
    struct buf out;
    uint32_t cp;
    buf_init(&out, 4 * len + 1);
    for (size_t i = 0, n; i < len; i += n ? n : 1) {
        n = utf8_decode(text + i, len - i, &cp);
        if (n && text[i])
            buf_add(&out, text + i, n);
        else
            buf_printf(&out, "\\x%02x", (unsigned char)text[i]);
    }
    const char *fit = arena_strdup(arena, out.data);
    buf_done(&out);
    return fit;
}

static int put_plan(struct worker *w) {
    struct json_writer json = begin(w, "plan");
    json_put_int(&json, "schema", SCHEMA);
    json_open_array(&json, "cases");
    for (size_t i = 0; i < w->job.len; i++)
        json_put_str(&json, NULL, w->job.tests[i].id);
    json_close_array(&json);
    return end(w, &json);
}

static int put_started(struct worker *w, const struct runner_test *t) {
    struct json_writer json = begin(w, "started");
    json_put_str(&json, "case", t->id);
    return end(w, &json);
}

/* The first and the last of a log that is too long. */
static void put_log(struct worker *w, struct json_writer *json, const struct runner_result *r) {
    struct arena *arena = &w->job.one;
    const char *gap = "\n… left out …\n";
    if (r->log_len <= LOG_MAX) {
        json_put_str(json, "log", fit_for_json(arena, r->log, r->log_len));
        return;
    }
    const char *head = fit_for_json(arena, r->log, LOG_MAX / 2);
    const char *tail = fit_for_json(arena, r->log + r->log_len - LOG_MAX / 2, LOG_MAX / 2);
    json_put_str(json, "log", arena_printf(arena, "%s%s%s", head, gap, tail));
}

static int put_result(struct worker *w, const struct runner_test *t, const struct runner_result *r,
                      double ms) {
    struct arena *arena = &w->job.one;
    bool judged = r->status == ATTEMPT_PASS || r->status == ATTEMPT_XPASS;
    struct json_writer json = begin(w, "result");
    json_put_str(&json, "case", t->id);
    json_put_str(&json, "status", verdict_attempt_name(r->status));
    json_put_real(&json, "ms", ms);
    if (judged)
        json_put_int(&json, "compared", 1);
    else
        json_put_str(&json, r->status == ATTEMPT_NA ? "reason" : "message",
                     fit_for_json(arena, r->message, strlen(r->message)));
    if (r->status == ATTEMPT_CRASH && r->signal)
        json_put_int(&json, "signal", r->signal);
    else if (r->status == ATTEMPT_CRASH && r->exit_code >= 0)
        json_put_int(&json, "exit", r->exit_code);
    if (r->log_len)
        put_log(w, &json, r);
    return end(w, &json);
}

static int put_done(struct worker *w, int64_t cases) {
    struct json_writer json = begin(w, "done");
    json_put_int(&json, "cases", cases);
    return end(w, &json);
}

static int judge(struct worker *w, const struct runner_test *t, struct runner_result *out) {
    *out = (struct runner_result){.message = "", .log = "", .exit_code = -1};
    if (*t->fault) {
        out->status = ATTEMPT_ERROR;
        out->message = t->fault;
        return 0;
    }
    if (*t->skip) {
        out->status = ATTEMPT_NA;
        out->message = t->skip;
        return 0;
    }
    return w->runner->run(&w->job, t, out);
}

static int run_one(struct worker *w, const struct runner_test *t) {
    struct runner_result r;
    int rc = put_started(w, t);
    int64_t began = clock_mono_ns();
    if (rc == 0)
        rc = judge(w, t, &r);
    if (rc == 0)
        rc = put_result(w, t, &r, (double)(clock_mono_ns() - began) / 1e6);
    arena_reset(&w->job.one);
    return rc;
}

static void make_ids(struct runner_job *job) {
    struct caseid ids;
    caseid_init(&ids, &job->arena);
    for (size_t i = 0; i < job->len; i++)
        job->tests[i].id = caseid_make(&ids, job->tests[i].name);
    caseid_done(&ids);
}

/* The tests of those ids, in the runner's order. */
static size_t choose(struct runner_job *job, const struct opt_list *cases) {
    struct map wanted;
    uint32_t at;
    size_t kept = 0;
    map_init(&wanted, cases->len);
    for (size_t i = 0; i < cases->len; i++)
        map_set(&wanted, cases->items[i], strlen(cases->items[i]), 0);
    for (size_t i = 0; i < job->len; i++) {
        const char *id = job->tests[i].id;
        if (!map_find_str(&wanted, id, &at))
            continue;
        map_set(&wanted, id, strlen(id), 1);
        job->tests[kept++] = job->tests[i];
    }
    for (size_t i = 0; i < cases->len; i++)
        if (map_find_str(&wanted, cases->items[i], &at) && at == 0)
            (void)fprintf(stderr, "there is no test \"%s\" here\n", cases->items[i]);
    map_done(&wanted);
    return kept;
}

static int work(struct worker *w, bool list, const struct opt_list *cases) {
    struct runner_job *job = &w->job;
    int rc = w->runner->list(job);
    if (rc == 0 && job->len == 0)
        rc = err_set(ERR_NOTFOUND, "%s has no tests here", w->runner->name);
    if (rc < 0)
        return rc;
    make_ids(job);
    if (list)
        return put_plan(w);
    if (cases->len)
        job->len = choose(job, cases);
    for (size_t i = 0; rc == 0 && i < job->len; i++)
        rc = run_one(w, &job->tests[i]);
    return rc == 0 ? put_done(w, (int64_t)job->len) : rc;
}

int worker_run(const struct runner *r, const struct runner_suite *suite, int events, bool list,
               const struct opt_list *cases) {
    struct worker w = {.runner = r, .job = {.suite = suite}, .events = events};
    struct litter place = {NULL, -1};
    arena_init(&w.job.arena, 0);
    arena_init(&w.job.one, 0);
    buf_init(&w.line, LINE_MAX_BYTES);
    child_adopt();
    (void)fcntl(events, F_SETFD, FD_CLOEXEC); /* a test has no way to write there */
    int rc = litter_make(&place, "noctule-worker", 0700);
    w.job.scratch = place.home;
    if (rc == 0)
        rc = work(&w, list, cases);
    litter_remove(&place);
    buf_done(&w.line);
    arena_done(&w.job.one);
    arena_done(&w.job.arena);
    return rc;
}
