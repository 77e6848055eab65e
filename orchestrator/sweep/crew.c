/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/crew.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "orchestrator/proc/capture.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/sweep/death.h"
#include "orchestrator/sweep/event.h"
#include "orchestrator/sweep/exec/exec.h"
#include "orchestrator/sweep/plan.h"
#include "orchestrator/sweep/record.h"
#include "orchestrator/triage/finding.h"

enum { WORDS_MAX = 4096, DEAD_LAUNCHES_MAX = 2, MESSAGE_MAX = 2000, LINE_QUOTED = 160, NONE = -1 };

struct crew {
    struct crew_shared *shared;
    const struct plan_cell *cell;
    struct crew_case *cases;
    size_t count;
    struct map by_name;
    void (*on_done)(void *);
    void *arg;

    struct exec_job *job; /* NULL between workers */
    struct arena arena;   /* of one worker's life */
    const char **argv;
    struct buf line; /* stdout so far, behind its last newline */
    struct capture *log;
    struct buf words; /* the last that this worker wrote to stderr */
    struct loop_timer timer;
    int64_t oom_kills;    /* of the machine, when the worker began */
    int64_t started_ms;   /* wall clock, of the case in flight */
    int64_t started_ns;   /* monotonic, likewise */
    int in_flight;        /* index, or NONE */
    int closed_by_worker; /* cases that this worker brought to a verdict */
    int dead_launches;    /* workers in a row that brought none */
    bool stopping;        /* asked to: what is open stays open */
    bool said_done;
    double calibration_ms;   /* of this worker, 0 = it did not say */
    int64_t calibration;     /* version of it */
    enum death_cause killed; /* why we killed this worker, or DEATH_OWN */
    struct buf why;          /* a sentence for that */
};

const char *crew_current(const struct crew *c) {
    return c->in_flight == NONE ? NULL : c->cases[c->in_flight].name;
}

size_t crew_open_cases(const struct crew *c) {
    size_t open = 0;
    for (size_t i = 0; i < c->count; i++)
        open += !c->cases[i].closed;
    return open;
}

/* Remembers the first failure to record; the sweep then stops all crews. */
static void check(struct crew *c, int rc) {
    if (rc == 0 || c->shared->failed)
        return;
    c->shared->failed = rc;
    c->shared->failed_as = xstrdup(err_text());
}

/* The worker is gone, so nothing was said after this case. One that we ended because it was silent
 * said its last words long before. */
static bool is_last(const struct crew *c) {
    return c->job == NULL && c->killed != DEATH_TIMEOUT;
}

static void find_cause(struct crew *c, struct arena *arena, const struct attempt *a,
                       const char *type, struct finding *out) {
    size_t len;
    const char *log = capture_text(c->log, &len);
    if (!len && is_last(c)) {
        log = c->words.data;
        len = c->words.len;
    }
    const struct failure f = {.status = verdict_attempt_name(a->status),
                              .type = type,
                              .message = a->message,
                              .worst_key = a->worst_key,
                              .log = log,
                              .log_len = len,
                              .signal = a->signal,
                              .nmse = a->nmse,
                              .limit = a->nmse_limit > 0 ? a->nmse_limit : 0};
    finding_make(out, arena, c->shared->rules, &f);
}

/* Gives a case its attempt, with cause and place in the log. */
static void close_case(struct crew *c, int index, struct attempt *a, const char *type,
                       const char *ref) {
    struct crew_case *which = &c->cases[index];
    struct finding finding;
    struct arena arena;
    arena_init(&arena, 0);
    a->n = ++which->attempts;
    bool red = verdict_attempt_is_red(a->status);
    if (red)
        find_cause(c, &arena, a, type, &finding);
    check(c, capture_end(c->log, &a->log_begin, &a->log_end));
    if (a->log_begin == a->log_end && is_last(c) && (int64_t)c->words.len <= a->log_end)
        a->log_begin = a->log_end - (int64_t)c->words.len;
    check(c, record_result(c->shared->record, c->cell->cell.name, which->name, type, ref, a,
                           red ? &finding : NULL));
    arena_done(&arena);
    which->closed = true;
    which->red = red;
    c->shared->recorded += which->attempts == 1;
    c->closed_by_worker++;
    c->in_flight = NONE;
}

static void set_limit(struct crew *c, int64_t ms);

/* Ends the worker for a reason of ours; what the case in flight gets is decided when it is gone. */
static void end_worker(struct crew *c, enum death_cause cause) {
    if (c->killed == DEATH_OWN)
        c->killed = cause;
    if (c->job)
        c->shared->exec->ops->cancel(c->job);
}

static void on_limit(void *arg) {
    struct crew *c = arg;
    buf_reset(&c->why);
    if (c->in_flight != NONE)
        buf_printf(&c->why, "no result within %.1f s",
                   (double)c->cases[c->in_flight].limit_ms / 1000);
    else
        buf_printf(&c->why, "the worker said nothing for %.1f s between cases",
                   (double)c->cell->suite->startup_ms / 1000);
    end_worker(c, DEATH_TIMEOUT);
}

static void set_limit(struct crew *c, int64_t ms) {
    loop_timer_set(c->shared->loop, &c->timer, ms, on_limit, c);
}

/* A line that is none of a worker's. The line is quoted, the worker is not believed any more. */
static void on_nonsense(struct crew *c, const char *fault, const char *line, size_t len) {
    if (c->killed != DEATH_OWN)
        return;
    buf_reset(&c->why);
    buf_printf(&c->why, "%s: \"", fault);
    event_quote(&c->why, line, len, LINE_QUOTED);
    buf_putc(&c->why, '"');
    end_worker(c, DEATH_NONSENSE);
}

static void on_started(struct crew *c, const struct event *e, const char *line, size_t len) {
    uint32_t index;
    if (c->in_flight != NONE) {
        on_nonsense(c, "the worker started a case within a case", line, len);
    } else if (!map_find_str(&c->by_name, e->case_name, &index) || c->cases[index].closed) {
        on_nonsense(c, "the worker started a case that it was not asked for", line, len);
    } else {
        int64_t begin, end;
        check(c, capture_end(c->log, &begin, &end)); /* what came between is no case's */
        c->in_flight = (int)index;
        c->started_ms = clock_wall_ms();
        c->started_ns = clock_mono_ns();
        check(c, record_started(c->shared->record, c->cell->cell.name, e->case_name,
                                c->cases[index].attempts + 1, c->started_ms));
        set_limit(c, c->cases[index].limit_ms);
    }
}

static void on_result(struct crew *c, const struct event *e, const char *line, size_t len) {
    if (c->in_flight == NONE || strcmp(c->cases[c->in_flight].name, e->case_name) != 0) {
        on_nonsense(c, "the worker gave a result that no case asked for", line, len);
        return;
    }
    struct attempt a = e->result;
    a.started_ms = c->started_ms;
    a.ms = (double)(clock_mono_ns() - c->started_ns) / 1e6; /* our clock, as for the limits */
    c->shared->exec->ops->drain(c->job); /* its last words may still be in the pipe */
    if (*e->log)
        check(c, capture_add(c->log, e->log, strlen(e->log)));
    close_case(c, c->in_flight, &a, e->type, e->ref);
    set_limit(c, c->cell->suite->startup_ms);
}

static void on_worker_done(struct crew *c, const struct event *e) {
    c->said_done = true;
    c->calibration_ms = e->calibration_ms;
    c->calibration = e->calibration;
}

static void on_line(struct crew *c, const char *line, size_t len) {
    struct event e;
    struct arena arena;
    if (c->killed != DEATH_OWN || c->shared->failed)
        return; /* whatever it still says is not heard */
    arena_init(&arena, 0);
    if (c->said_done)
        on_nonsense(c, "the worker went on after it was done", line, len);
    else if (event_parse(&e, &arena, line, len) < 0)
        on_nonsense(c, "the worker wrote a line that is no event", line, len);
    else if (e.kind == EVENT_STARTED)
        on_started(c, &e, line, len);
    else if (e.kind == EVENT_RESULT)
        on_result(c, &e, line, len);
    else if (e.kind == EVENT_DONE && c->in_flight != NONE)
        on_nonsense(c, "the worker was done in the middle of a case", line, len);
    else if (e.kind == EVENT_DONE)
        on_worker_done(c, &e);
    arena_done(&arena);
}

static void on_out(void *arg, const char *bytes, size_t len) {
    struct crew *c = arg;
    while (len) {
        const char *newline = memchr(bytes, '\n', len);
        size_t part = newline ? (size_t)(newline - bytes) : len;
        buf_add(&c->line, bytes, part);
        if (c->line.over) {
            on_nonsense(c, "the worker wrote a line without end", c->line.data, c->line.len);
            return;
        }
        if (!newline)
            return;
        on_line(c, c->line.data, c->line.len);
        buf_reset(&c->line);
        bytes += part + 1;
        len -= part + 1;
    }
}

/* Keeps the last WORDS_MAX bytes. */
static void keep_words(struct crew *c, const char *bytes, size_t len) {
    if (len > WORDS_MAX) {
        bytes += len - WORDS_MAX;
        len = WORDS_MAX;
    }
    size_t drop = c->words.len + len > WORDS_MAX ? c->words.len + len - WORDS_MAX : 0;
    memmove(c->words.data, c->words.data + drop, c->words.len - drop);
    c->words.len -= drop;
    buf_add(&c->words, bytes, len);
}

static void on_err(void *arg, const char *bytes, size_t len) {
    struct crew *c = arg;
    keep_words(c, bytes, len);
    check(c, capture_add(c->log, bytes, len));
}

/* What the case in flight gets from how its worker ended. A worker that runs ahead of us may have
 * said its last words before we read that the case had begun; they are its last all the same. */
static void judge(struct crew *c, const struct proc_exit *ended, struct attempt *a) {
    const struct death d = {.cause = c->killed,
                            .why = c->why.data,
                            .exit_code = ended->code,
                            .signal = ended->signal,
                            .log = c->words.data,
                            .log_len = c->words.len,
                            .oom_killed = death_oom_kills() > c->oom_kills,
                            .in_case = c->in_flight != NONE};
    *a = (struct attempt){.status = death_status(&d),
                          .started_ms = c->in_flight != NONE ? c->started_ms : clock_wall_ms(),
                          .message = death_message(&c->arena, &d),
                          .exit_code = c->killed == DEATH_OWN ? ended->code : -1,
                          .signal = c->killed == DEATH_OWN ? ended->signal : 0};
    a->nmse = a->nmse_limit = a->max_abs = a->worst_got = a->worst_want = (double)NAN;
    a->cpu_ms = (double)NAN;
    a->ms = c->in_flight != NONE ? (double)(clock_mono_ns() - c->started_ns) / 1e6 : 0;
}

/* The cell cannot even begin: every case that is left gets that verdict. */
static void give_up(struct crew *c, const struct attempt *last) {
    for (size_t i = 0; i < c->count && !c->shared->failed; i++) {
        if (c->cases[i].closed)
            continue;
        struct attempt a = *last;
        close_case(c, (int)i, &a, "", "");
    }
}

/* A red case with attempts to spare is opened again. */
static void open_retries(struct crew *c) {
    for (size_t i = 0; i < c->count; i++)
        if (c->cases[i].red && c->cases[i].attempts <= c->cell->suite->retries)
            c->cases[i].closed = c->cases[i].red = false;
}

static void next_worker(struct crew *c);

static void on_end(void *arg) {
    struct crew *c = arg;
    struct proc_exit ended;
    struct attempt a;
    c->shared->exec->ops->collect(c->job, &ended);
    c->job = NULL;
    loop_timer_stop(c->shared->loop, &c->timer);
    bool stopped = c->stopping || c->shared->failed;
    if (!stopped && c->line.len && c->killed == DEATH_OWN && ended.signal == 0)
        on_nonsense(c, "the worker ended within a line", c->line.data, c->line.len);
    judge(c, &ended, &a);
    if (!c->shared->failed) {
        bool remark = c->in_flight == NONE && !c->stopping && death_is_remarkable(&a, ended.code);
        check(c, record_worker(c->shared->record, c->cell->cell.name, &ended,
                               remark ? a.message : "", c->calibration, c->calibration_ms));
    }
    if (!stopped && c->in_flight != NONE)
        close_case(c, c->in_flight, &a, "", "");
    c->dead_launches = c->closed_by_worker ? 0 : c->dead_launches + 1;
    if (!stopped && c->dead_launches >= DEAD_LAUNCHES_MAX)
        give_up(c, &a);
    next_worker(c);
}

static void finish(struct crew *c) {
    capture_close(c->log);
    c->log = NULL;
    c->on_done(c->arg);
}

/* The whole cell, or what is left of it by name. */
static void make_argv(struct crew *c, size_t open) {
    size_t n = 0;
    while (c->cell->argv[n])
        n++;
    c->argv = arena_array(&c->arena, n + 2 * open + 1, sizeof(*c->argv));
    memcpy(c->argv, c->cell->argv, n * sizeof(*c->argv));
    for (size_t i = 0; i < c->count; i++) {
        if (c->cases[i].closed)
            continue;
        c->argv[n++] = "--case";
        c->argv[n++] = c->cases[i].name;
    }
}

static void launch(struct crew *c) {
    arena_reset(&c->arena);
    buf_reset(&c->line);
    buf_reset(&c->why);
    buf_reset(&c->words);
    make_argv(c, crew_open_cases(c));
    c->in_flight = NONE;
    c->closed_by_worker = 0;
    c->said_done = false;
    c->calibration_ms = 0;
    c->calibration = 0;
    c->killed = DEATH_OWN;
    c->oom_kills = death_oom_kills();
    const struct exec_request request = {.argv = c->argv,
                                         .cwd = c->shared->root,
                                         .memory_bytes = c->cell->suite->memory_bytes,
                                         .on_out = on_out,
                                         .on_err = on_err,
                                         .on_end = on_end,
                                         .arg = c};
    int rc = c->shared->exec->ops->submit(c->shared->exec, &request, &c->job);
    if (rc == 0) {
        set_limit(c, c->cell->suite->startup_ms);
        return;
    }
    /* Nothing a second try would change: the machine is out of processes, or there is no program.
     */
    const struct attempt a = {.status = rc == ERR_NOTFOUND ? ATTEMPT_ERROR : ATTEMPT_INFRA,
                              .message = arena_strdup(&c->arena, err_text()),
                              .started_ms = clock_wall_ms(),
                              .exit_code = -1,
                              .cpu_ms = (double)NAN,
                              .nmse = (double)NAN,
                              .nmse_limit = (double)NAN,
                              .max_abs = (double)NAN,
                              .worst_got = (double)NAN,
                              .worst_want = (double)NAN};
    give_up(c, &a);
    finish(c);
}

static void next_worker(struct crew *c) {
    if (!c->stopping && !c->shared->failed && crew_open_cases(c) == 0)
        open_retries(c);
    if (c->stopping || c->shared->failed || crew_open_cases(c) == 0)
        finish(c);
    else
        launch(c);
}

void crew_stop(struct crew *c) {
    c->stopping = true;
    end_worker(c, DEATH_STOPPED);
}

int crew_start(struct crew **out, struct crew_shared *shared, const struct plan_cell *cell,
               const struct crew_case *cases, size_t count, void (*on_done)(void *arg), void *arg) {
    struct crew *c = xcalloc(1, sizeof(*c));
    struct buf path;
    *c = (struct crew){.shared = shared, .cell = cell, .on_done = on_done, .arg = arg};
    c->in_flight = NONE;
    c->count = count;
    c->cases = xcalloc(count, sizeof(*cases));
    if (count)
        memcpy(c->cases, cases, count * sizeof(*cases));
    map_init(&c->by_name, count);
    for (size_t i = 0; i < count; i++)
        (void)map_add(&c->by_name, cases[i].name, strlen(cases[i].name), (uint32_t)i);
    arena_init(&c->arena, 0);
    buf_init(&c->line, EVENT_LINE_MAX);
    buf_init(&c->why, MESSAGE_MAX);
    buf_init(&c->words, WORDS_MAX);
    buf_init(&path, 64 << 10);
    int rc = capture_open(&c->log, file_join(&path, shared->run_folder, cell->log));
    buf_done(&path);
    if (rc < 0) {
        crew_free(c);
        return rc;
    }
    *out = c;
    launch(c);
    return 0;
}

void crew_free(struct crew *c) {
    if (!c)
        return;
    capture_close(c->log);
    map_done(&c->by_name);
    arena_done(&c->arena);
    buf_done(&c->line);
    buf_done(&c->why);
    buf_done(&c->words);
    free(c->cases);
    free(c);
}
