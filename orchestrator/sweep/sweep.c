/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "orchestrator/git/repo.h"
#include "orchestrator/parse/rules.h"
#include "orchestrator/proc/logfile.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/store/db.h"
#include "orchestrator/sweep/crew.h"
#include "orchestrator/sweep/diagnose.h"
#include "orchestrator/sweep/environment.h"
#include "orchestrator/sweep/exec/exec.h"
#include "orchestrator/sweep/prepare.h"
#include "orchestrator/sweep/programs.h"
#include "orchestrator/sweep/progress.h"
#include "orchestrator/sweep/record.h"
#include "orchestrator/sweep/resume.h"
#include "orchestrator/sweep/ward.h"
#include "orchestrator/sweep/watch.h"
#include "orchestrator/triage/pace.h"

enum { TURN_MS = 100, CURRENT_BYTES = 200, PATH_BYTES_MAX = 64 << 10 };

/* A cell's place in the sweep. */
struct job {
    const struct plan_cell *cell;
    struct crew_case *cases;
    size_t count;
    struct crew *crew;         /* while it works */
    bool worked;               /* each case has its verdict, or the crew was stopped */
    struct diagnose *diagnose; /* while its failures are explained */
    bool done;
};

struct sweep {
    const struct config *config;
    const struct sweep_options *options;
    struct db *db;
    const char *logs;
    struct loop *loop;
    const bool *stop;
    struct arena arena;
    struct plan plan;
    struct plan_filter filter;
    struct run run;
    struct crew_shared shared;
    struct rules *rules;
    struct job *jobs;
    size_t job_count, active;
    struct progress progress;
    int64_t recorded_before; /* cases that had their verdict when this stretch began */
};

/* Not finished, or killed while it was still being planned. */
static bool is_open(const struct run *run) {
    return run->state == RUN_RUNNING || run->state == RUN_INTERRUPTED ||
           run->recorded < run->planned;
}

static int find_unfinished(struct sweep *s) {
    struct run *newest;
    size_t len;
    int rc = runs_list(s->db, &s->arena, s->config->name, 1, &newest, &len);
    if (rc < 0)
        return rc;
    if (!len || newest->state == RUN_FINISHED || newest->state == RUN_ABANDONED)
        return err_set(ERR_NOTFOUND, "there is no unfinished run of %s to resume", s->config->name);
    s->run = *newest;
    s->filter = plan_scope_filter(&s->arena, newest->scope);
    return 0;
}

/* Another sweep begins: what the last one left open will never be run. */
static int close_unfinished(struct sweep *s) {
    struct run *runs;
    size_t len;
    int rc = runs_list(s->db, &s->arena, s->config->name, 0, &runs, &len);
    for (size_t i = 0; rc == 0 && i < len; i++) {
        struct record *r;
        if (!is_open(&runs[i]))
            continue;
        rc = record_resume(&r, s->db, s->logs, &runs[i], clock_wall_ms());
        if (rc == 0) {
            rc = record_abandoned(r, clock_wall_ms());
            record_close(r);
        }
        if (rc == 0)
            log_info("run %s was never finished: %lld cases are missing", runs[i].name,
                     (long long)(runs[i].planned - runs[i].recorded));
    }
    return rc;
}

static int describe_run(struct sweep *s, const char *program_hash) {
    struct repo_head head = {0};
    int rc = repo_read_head(&head, s->config->root, repo_records);
    if (rc == ERR_NOTFOUND)
        rc = 0; /* a subject need not be in git */
    if (head.dirty)
        log_info("%s is not committed, so this run is of no commit: noctule bisect cannot use it",
                 head.changed);
    s->run = (struct run){.subject = s->config->name,
                          .state = RUN_RUNNING,
                          .commit = arena_strdup(&s->arena, head.commit),
                          .tree = arena_strdup(&s->arena, head.tree),
                          .branch = arena_strdup(&s->arena, head.branch),
                          .dirty = head.dirty,
                          .build_sha256 = arena_strdup(&s->arena, program_hash),
                          .config_sha256 = s->config->sha256,
                          .scope = plan_scope(&s->arena, &s->filter),
                          .program = NOCTULE_VERSION,
                          .started_ms = clock_wall_ms(),
                          .workers = s->shared.exec->ops->probe(s->shared.exec)};
    s->run.name = record_name(&s->arena, s->logs, s->run.started_ms, s->run.commit);
    return rc;
}

static int begin_run(struct sweep *s, const char *program_hash) {
    struct environment env;
    int rc = plan_list_cases(&s->plan, s->loop, s->stop, &s->filter);
    if (rc == 0)
        rc = prepare_fault_cases(&s->plan, s->db);
    if (rc == 0)
        rc = close_unfinished(s);
    if (rc == 0)
        rc = describe_run(s, program_hash);
    if (rc < 0)
        return rc;
    environment_read(&env, &s->arena);
    rc = record_begin(&s->shared.record, s->db, s->logs, &s->run, &env, &s->plan);
    return rc < 0 ? err_while(rc, "beginning run %s", s->run.name) : 0;
}

static int resume_run(struct sweep *s, const char *program_hash) {
    int rc = resume_check(&s->run, s->config, program_hash);
    if (rc == 0)
        rc = record_resume(&s->shared.record, s->db, s->logs, &s->run, clock_wall_ms());
    s->recorded_before = s->run.recorded;
    return rc;
}

/* Verdicts that need no worker: the machine lacks what the cell needs, or the worker cannot even
 * say what its cases are. */
static int close_without_worker(struct sweep *s, struct job *job) {
    const struct plan_cell *c = job->cell;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < job->count; i++) {
        const char *name = job->cases[i].name;
        enum verdict v = *c->na                          ? VERDICT_NA
                         : prepare_is_list_case(c, name) ? VERDICT_ERROR
                                                         : VERDICT_PRECLUDED;
        rc = record_closed(s->shared.record, c->cell.name, name, v, *c->na ? c->na : c->fault);
        s->shared.recorded += rc == 0;
    }
    job->done = true;
    return rc;
}

/* On a resume the worker is not asked for its cases again; those of a fault keep their names. */
static bool needs_no_worker(const struct job *job) {
    return *job->cell->na || *job->cell->fault;
}

static int make_jobs(struct sweep *s) {
    s->jobs = arena_array(&s->arena, s->plan.len, sizeof(*s->jobs));
    int rc = prepare_order(&s->plan, s->db);
    for (size_t i = 0; rc == 0 && i < s->plan.len; i++) {
        struct job *job = &s->jobs[s->job_count];
        job->cell = &s->plan.cells[i];
        rc = prepare_open_cases(&s->plan, job->cell, s->db, s->run.id, &job->cases, &job->count);
        if (rc == ERR_NOTFOUND) { /* a fixture that came after the run began */
            rc = 0;
            continue;
        }
        s->job_count++;
        if (rc == 0 && job->count == 0)
            job->worked = true; /* and may lack a diagnosis */
        else if (rc == 0 && needs_no_worker(job))
            rc = close_without_worker(s, job);
    }
    return rc;
}

static void on_worked(void *arg) {
    ((struct job *)arg)->worked = true;
}

static void on_done(void *arg) {
    ((struct job *)arg)->done = true;
}

static void note_failure(struct sweep *s, int rc) {
    if (rc == 0 || s->shared.failed)
        return;
    s->shared.failed = rc;
    s->shared.failed_as = xstrdup(err_text());
}

/* Failures are explained in the slot that the cell has. */
static void start_diagnose(struct sweep *s, struct job *job) {
    int rc = diagnose_start(&job->diagnose, &s->shared, job->cell, s->db, s->run.id, on_done, job);
    note_failure(s, rc);
    if (job->diagnose)
        return;
    job->done = true;
    s->active--;
}

static void start_jobs(struct sweep *s) {
    int slots = s->shared.exec->ops->probe(s->shared.exec);
    for (size_t i = 0; i < s->job_count && (int)s->active < slots && !s->shared.failed; i++) {
        struct job *job = &s->jobs[i];
        if (job->done || job->crew || job->diagnose)
            continue;
        s->active++;
        if (job->worked) {
            start_diagnose(s, job);
            continue;
        }
        note_failure(s, crew_start(&job->crew, &s->shared, job->cell, job->cases, job->count,
                                   on_worked, job));
        if (!job->crew)
            s->active--;
    }
}

static void end_jobs(struct sweep *s, bool ending) {
    for (size_t i = 0; i < s->job_count; i++) {
        struct job *job = &s->jobs[i];
        if (job->crew && job->worked) {
            crew_free(job->crew);
            job->crew = NULL;
            if (ending)
                s->active--;
            else
                start_diagnose(s, job);
        } else if (job->diagnose && job->done) {
            diagnose_free(job->diagnose);
            job->diagnose = NULL;
            s->active--;
        }
    }
}

static void stop_jobs(struct sweep *s) {
    for (size_t i = 0; i < s->job_count; i++) {
        struct job *job = &s->jobs[i];
        if (job->crew && !job->worked)
            crew_stop(job->crew);
        if (job->diagnose && !job->done)
            diagnose_stop(job->diagnose);
    }
}

static void show(struct sweep *s, bool now) {
    struct buf current;
    struct progress_state state = {.cases_done = s->recorded_before + s->shared.recorded,
                                   .cases = s->run.planned,
                                   .cells = s->job_count};
    buf_init(&current, CURRENT_BYTES);
    for (size_t i = 0; i < s->job_count; i++) {
        const struct job *job = &s->jobs[i];
        state.cells_done += job->done && !job->diagnose;
        if (!job->crew && !job->diagnose)
            continue;
        const char *name = job->crew ? crew_current(job->crew) : "explained";
        buf_printf(&current, "%s%s", current.len ? ", " : "", s->jobs[i].cell->cell.name);
        if (name)
            buf_printf(&current, " %s", file_base_name(name));
    }
    state.current = current.data;
    progress_show(&s->progress, &state, now);
    buf_done(&current);
}

static bool has_work(const struct sweep *s) {
    for (size_t i = 0; i < s->job_count; i++)
        if (!s->jobs[i].done)
            return true;
    return false;
}

/* Until every case has its verdict, or something makes us stop. */
static void work(struct sweep *s) {
    bool ending = false;
    progress_begin(&s->progress, s->recorded_before + s->shared.recorded);
    show(s, true);
    while (s->active || (!ending && has_work(s))) {
        if (!ending && (*s->stop || s->shared.failed)) {
            ending = true;
            stop_jobs(s);
        }
        if (!ending)
            start_jobs(s);
        int rc = s->shared.exec->ops->poll(s->shared.exec, TURN_MS);
        note_failure(s, rc);
        end_jobs(s, ending || *s->stop || s->shared.failed);
        if (!s->shared.failed)
            note_failure(s, record_sync(s->shared.record));
        show(s, false);
    }
    show(s, !s->progress.terminal);
    progress_end(&s->progress);
}

static const struct plan_cell *plan_cell_of(const struct sweep *s, const char *name) {
    for (size_t i = 0; i < s->plan.len; i++)
        if (strcmp(s->plan.cells[i].cell.name, name) == 0)
            return &s->plan.cells[i];
    return NULL;
}

/* One further attempt of all cases of a cell that pass. */
static int make_repeat(struct sweep *s, const struct watch_cell *c, struct job *job) {
    int rc = 0;
    *job = (struct job){.cell = plan_cell_of(s, c->name), .count = c->count};
    if (!job->cell) { /* a fixture that is gone since the run began */
        job->done = true;
        return 0;
    }
    job->cases = arena_array(&s->arena, c->count, sizeof(*job->cases));
    for (size_t i = 0; rc == 0 && i < c->count; i++) {
        job->cases[i] =
            (struct crew_case){.name = c->cases[i].name, .attempts = c->cases[i].attempts};
        rc = prepare_limit(job->cell, s->db, c->id, c->cases[i].id, &job->cases[i].limit_ms);
    }
    return rc;
}

static int repeat(struct sweep *s, const struct watch *w) {
    int rc = 0;
    s->jobs = arena_array(&s->arena, w->n_again, sizeof(*s->jobs));
    s->job_count = w->n_again;
    for (size_t i = 0; rc == 0 && i < w->n_again; i++)
        rc = make_repeat(s, &w->again[i], &s->jobs[i]);
    if (rc == 0)
        work(s);
    return rc;
}

static int record_shifts(struct sweep *s, const struct shift_row *rows, size_t len) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < len; i++)
        rc = record_shift(s->shared.record, &rows[i]);
    return rc;
}

/* What passes, but not as it did; for times, once repeats bear it out. */
static int find_shifts(struct sweep *s) {
    struct watch w;
    struct shift_row *drifts = NULL;
    size_t n_drifts = 0;
    int rc = watch_times(&w, s->db, &s->arena, &s->run);
    for (int i = 0; rc == 0 && i < PACE_REPEATS && w.n_again; i++) {
        log_info("%zu cases took another time than before: running their cells again", w.suspects);
        rc = repeat(s, &w);
        if (rc < 0 || s->shared.failed || *s->stop)
            return rc;
        rc = watch_times(&w, s->db, &s->arena, &s->run);
    }
    if (rc == 0 && w.suspects)
        log_warn("%zu cases took another time than before, and there was none to run them again",
                 w.suspects);
    if (rc == 0)
        rc = record_shifts(s, w.found, w.n_found);
    if (rc == 0)
        rc = watch_errors(s->db, &s->arena, &s->run, &drifts, &n_drifts);
    return rc == 0 ? record_shifts(s, drifts, n_drifts) : rc;
}

static void compress_logs(struct sweep *s) {
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    for (size_t i = 0; i < s->plan.len; i++) {
        file_join(&path, s->shared.run_folder, s->plan.cells[i].log);
        if (logfile_compress(path.data) < 0)
            log_warn("%s", err_text()); /* it stays as it is, and is read as it is */
        buf_reset(&path);
    }
    buf_done(&path);
}

static int finish_run(struct sweep *s) {
    struct run reference = {.name = ""};
    int rc = runs_reference(s->db, &s->arena, s->run.subject, s->run.scope, s->run.id, &reference);
    if (rc < 0 && rc != ERR_NOTFOUND)
        return rc;
    rc = s->options->ending
             ? s->options->ending(s->options->ending_arg, s->shared.record, &s->run, reference.id)
             : 0;
    if (rc == 0)
        rc = record_finished(s->shared.record, reference.name, s->options->ledger, clock_wall_ms());
    if (rc < 0)
        return rc;
    compress_logs(s);
    if (programs_keep(s->db, s->logs, &s->plan, s->run.id) < 0)
        log_warn("the program is not kept for later runs: %s", err_text());
    return 0;
}

static int end_run(struct sweep *s) {
    const char *hint = "\"noctule sweep --resume\" goes on with the run";
    if (s->shared.failed) {
        int rc = err_set(s->shared.failed, "%s; %s once that is mended", s->shared.failed_as, hint);
        return rc;
    }
    if (!*s->stop)
        return finish_run(s);
    int rc = record_stopped(s->shared.record, "interrupted", clock_wall_ms());
    return rc < 0 ? rc : err_set(ERR_STOPPED, "stopped; %s", hint);
}

static int prepare(struct sweep *s) {
    char program_hash[HASH_HEX_SIZE];
    int rc = s->options->resume ? find_unfinished(s) : 0;
    if (rc == 0 && !s->options->no_build && s->config->build_count) {
        log_info("building %s", s->config->name);
        rc = prepare_build(s->config, s->options->build,
                           arena_printf(&s->arena, "%s/build.log", s->logs), 0, s->loop, s->stop);
    }
    if (rc == 0)
        rc = plan_make(&s->plan, &s->filter);
    if (rc == 0)
        rc = plan_ask_needs(&s->plan, s->loop, s->stop);
    if (rc == 0)
        rc = prepare_program_hash(&s->plan, program_hash);
    if (rc == 0)
        rc = rules_open(&s->rules, s->config->failure_rules);
    s->shared.rules = s->rules;
    if (rc == 0)
        rc = s->options->resume ? resume_run(s, program_hash) : begin_run(s, program_hash);
    return rc;
}

static int run_all(struct sweep *s) {
    struct buf folder;
    buf_init(&folder, PATH_BYTES_MAX);
    s->shared.run_folder = file_join(&folder, s->logs, s->run.name);
    int rc = make_jobs(s);
    if (rc == 0)
        rc = record_sync(s->shared.record);
    if (rc == 0) {
        work(s);
        if (!s->shared.failed && !*s->stop)
            rc = find_shifts(s);
    }
    if (rc == 0)
        rc = end_run(s);
    free(s->shared.failed_as);
    buf_done(&folder);
    return rc;
}

int sweep_run(const struct config *config, const struct sweep_options *options, struct db *db,
              const char *logs, struct loop *loop, const bool *stop, int64_t *run) {
    struct sweep s = {.config = config,
                      .options = options,
                      .db = db,
                      .logs = logs,
                      .loop = loop,
                      .stop = stop,
                      .filter = options->filter};
    arena_init(&s.arena, 0);
    plan_init(&s.plan, config, options->build);
    s.shared.loop = loop;
    s.shared.root = config->root;
    s.shared.logs = logs;
    const char *const *through = NULL;
    int rc = options->sandbox
                 ? ward_words(&through, &s.arena, config, options->require, options->level)
                 : 0;
    s.plan.through = through;
    if (rc == 0)
        rc = exec_open_local(&s.shared.exec, loop,
                             options->workers ? options->workers : config->workers, through);
    if (rc == 0)
        rc = prepare(&s);
    if (rc == 0) {
        *run = s.run.id;
        rc = run_all(&s);
    }
    record_close(s.shared.record);
    if (s.shared.exec)
        s.shared.exec->ops->close(s.shared.exec);
    rules_close(s.rules);
    plan_done(&s.plan);
    arena_done(&s.arena);
    return rc;
}
