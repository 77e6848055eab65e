/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/trial.h"

#include <math.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/proc/capture.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/sweep/death.h"
#include "orchestrator/sweep/event.h"
#include "orchestrator/sweep/exec/exec.h"
#include "orchestrator/sweep/plan.h"
#include "orchestrator/triage/finding.h"

enum { TURN_MS = 100, WORDS_MAX = CAPTURE_HEAD, QUOTED = 160 };

struct run {
    const struct trial_spec *spec;
    struct arena *arena;
    struct exec_job *job;
    struct proc_exit ended;
    struct buf line, words; /* stdout behind its last newline; stderr since the case began */
    struct loop_timer timer;
    enum death_cause killed;
    const char *why;
    int64_t oom_kills;
    bool began, over;
    bool has_result;
    struct event result;
};

static void end_worker(struct run *r, enum death_cause cause, const char *why) {
    if (r->killed != DEATH_OWN || r->over)
        return;
    r->killed = cause;
    r->why = why;
    r->spec->exec->ops->cancel(r->job);
}

static void on_limit(void *arg) {
    struct run *r = arg;
    const char *why =
        r->began
            ? arena_printf(r->arena, "no result within %.1f s", (double)r->spec->limit_ms / 1000)
            : arena_printf(r->arena, "the worker said nothing for %.1f s between cases",
                           (double)r->spec->cell->suite->startup_ms / 1000);
    end_worker(r, DEATH_TIMEOUT, why);
}

static void on_nonsense(struct run *r, const char *fault, const char *line, size_t len) {
    struct buf text;
    buf_init(&text, 4096);
    buf_printf(&text, "%s: \"", fault);
    event_quote(&text, line, len, QUOTED);
    buf_putc(&text, '"');
    end_worker(r, DEATH_NONSENSE, arena_strdup(r->arena, text.data));
    buf_done(&text);
}

static void on_line(struct run *r, const char *line, size_t len) {
    struct event e;
    if (r->killed != DEATH_OWN)
        return;
    if (event_parse(&e, r->arena, line, len) < 0) {
        on_nonsense(r, "the worker wrote a line that is no event", line, len);
    } else if (e.kind == EVENT_STARTED && strcmp(e.case_name, r->spec->case_name) == 0) {
        buf_reset(&r->words); /* what came before is no case's */
        r->began = true;
        loop_timer_set(r->spec->loop, &r->timer, r->spec->limit_ms, on_limit, r);
    } else if (e.kind == EVENT_RESULT && r->began && !r->has_result) {
        r->spec->exec->ops->drain(r->job);
        loop_timer_stop(r->spec->loop, &r->timer);
        buf_puts(&r->words, e.log);
        r->has_result = true;
        r->result = e;
    }
}

static void on_out(void *arg, const char *bytes, size_t len) {
    struct run *r = arg;
    while (len) {
        const char *newline = memchr(bytes, '\n', len);
        size_t part = newline ? (size_t)(newline - bytes) : len;
        buf_add(&r->line, bytes, part);
        if (!newline)
            return;
        on_line(r, r->line.data, r->line.len);
        buf_reset(&r->line);
        bytes += part + 1;
        len -= part + 1;
    }
}

static void on_err(void *arg, const char *bytes, size_t len) {
    struct run *r = arg;
    if (!r->has_result)
        buf_add(&r->words, bytes, len);
}

static void on_end(void *arg) {
    struct run *r = arg;
    loop_timer_stop(r->spec->loop, &r->timer);
    r->spec->exec->ops->collect(r->job, &r->ended);
    r->over = true;
}

/* What the case gets from how its worker ended. */
static void judge_death(const struct run *r, struct attempt *a) {
    const struct death d = {.cause = r->killed,
                            .why = r->why,
                            .exit_code = r->ended.code,
                            .signal = r->ended.signal,
                            .log = r->words.data,
                            .log_len = r->words.len,
                            .oom_killed = death_oom_kills() > r->oom_kills,
                            .in_case = r->began};
    *a = (struct attempt){.status = death_status(&d), .message = death_message(r->arena, &d)};
    a->signal = r->killed == DEATH_OWN ? r->ended.signal : 0;
    a->nmse = a->nmse_limit = (double)NAN;
}

static void judge(const struct run *r, struct trial *out) {
    struct attempt a;
    if (r->has_result)
        a = r->result.result;
    else
        judge_death(r, &a);
    *out =
        (struct trial){.status = a.status, .began = r->began, .what = "", .ms = r->ended.wall_ms};
    if (a.status == ATTEMPT_PASS)
        return;
    out->what = a.message ? a.message : "";
    if (!verdict_attempt_is_red(a.status))
        return;
    struct finding finding;
    const struct failure f = {.status = verdict_attempt_name(a.status),
                              .type = r->has_result ? r->result.type : "",
                              .message = a.message,
                              .worst_key = a.worst_key,
                              .log = r->words.data,
                              .log_len = r->words.len,
                              .signal = a.signal,
                              .nmse = a.nmse,
                              .limit = a.nmse_limit > 0 ? a.nmse_limit : 0};
    finding_make(&finding, r->arena, r->spec->rules, &f);
    memcpy(out->signature, finding.signature, sizeof(out->signature));
    out->what = finding.what;
}

static const char **make_argv(struct arena *arena, const struct trial_spec *spec) {
    size_t n = 0;
    while (spec->cell->argv[n])
        n++;
    const char **argv = arena_array(arena, n + 3, sizeof(*argv));
    memcpy(argv, spec->cell->argv, n * sizeof(*argv));
    argv[n] = "--case";
    argv[n + 1] = spec->case_name;
    return argv;
}

static int wait_for_end(struct run *r) {
    int rc = 0;
    while (!r->over) {
        int turned = r->spec->exec->ops->poll(r->spec->exec, TURN_MS);
        if (rc == 0 && turned < 0)
            rc = turned;
        if (rc < 0 || *r->spec->stop)
            end_worker(r, DEATH_STOPPED, "stopped");
    }
    return rc == 0 && r->killed == DEATH_STOPPED ? err_set(ERR_STOPPED, "stopped") : rc;
}

int trial_run(struct trial *out, struct arena *arena, const struct trial_spec *spec) {
    struct run r = {.spec = spec, .arena = arena, .why = "", .oom_kills = death_oom_kills()};
    const struct exec_request request = {.argv = make_argv(arena, spec),
                                         .cwd = spec->root,
                                         .memory_bytes = spec->cell->suite->memory_bytes,
                                         .on_out = on_out,
                                         .on_err = on_err,
                                         .on_end = on_end,
                                         .arg = &r};
    buf_init(&r.line, EVENT_LINE_MAX);
    buf_init(&r.words, WORDS_MAX);
    int rc = spec->exec->ops->submit(spec->exec, &request, &r.job);
    if (rc == 0) {
        loop_timer_set(spec->loop, &r.timer, spec->cell->suite->startup_ms, on_limit, &r);
        rc = wait_for_end(&r);
    } else if (rc == ERR_NOTFOUND) { /* a commit whose build makes no such program */
        *out = (struct trial){.status = ATTEMPT_ERROR, .what = arena_strdup(arena, err_text())};
        buf_done(&r.line);
        buf_done(&r.words);
        return 0;
    }
    if (rc == 0)
        judge(&r, out);
    buf_done(&r.line);
    buf_done(&r.words);
    return rc;
}
