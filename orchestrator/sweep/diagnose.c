/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/diagnose.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/diagnoses.h"
#include "orchestrator/store/results.h"
#include "orchestrator/sweep/crew.h"
#include "orchestrator/sweep/event.h"
#include "orchestrator/sweep/exec/exec.h"
#include "orchestrator/sweep/plan.h"
#include "orchestrator/sweep/programs.h"
#include "orchestrator/sweep/record.h"

enum { WORDS_MAX = 600, ARGUMENT_MAX = 64 << 10, EXIT_COULD_NOT = 2, QUOTED = 300 };

static const char hole_case[] = "{case}", hole_good[] = "{good}";

struct diagnose {
    struct crew_shared *shared;
    const struct plan_cell *cell;
    struct db *db;
    int64_t run_id;
    void (*on_done)(void *);
    void *arg;
    struct arena arena; /* of the list of cases */
    const char **cases;
    size_t count, at; /* at: the case being explained */

    struct exec_job *job;
    struct arena run; /* of one command */
    struct buf out, words;
    struct loop_timer timer;
    bool timed_out, stopping;
    bool gave_up; /* one of this cell had to be killed */
};

static void check(struct diagnose *d, int rc) {
    if (rc == 0 || d->shared->failed)
        return;
    d->shared->failed = rc;
    d->shared->failed_as = xstrdup(err_text());
}

static void add(struct diagnose *d, const struct diagnosis *what) {
    check(d, record_diagnosis(d->shared->record, d->cell->cell.name, d->cases[d->at], what));
}

/* Why there is none; the case has an answer all the same. */
static void add_error(struct diagnose *d, const char *why) {
    const struct diagnosis none = {.layer = -1,
                                   .nmse = (double)NAN,
                                   .max_abs = (double)NAN,
                                   .limit = (double)NAN,
                                   .error = why};
    d->shared->unexplained++;
    add(d, &none);
}

static void on_out(void *arg, const char *bytes, size_t len) {
    struct diagnose *d = arg;
    buf_add(&d->out, bytes, len);
}

/* The first words are enough to say why it could not. */
static void on_err(void *arg, const char *bytes, size_t len) {
    struct diagnose *d = arg;
    size_t room = WORDS_MAX - d->words.len;
    buf_add(&d->words, bytes, len < room ? len : room);
}

static void on_limit(void *arg) {
    struct diagnose *d = arg;
    d->timed_out = true;
    d->shared->exec->ops->cancel(d->job);
}

static const char *quote(struct diagnose *d, const char *before, const struct buf *text) {
    struct buf line;
    size_t len = text->len;
    while (len && strchr("\r\n ", text->data[len - 1]))
        len--;
    buf_init(&line, WORDS_MAX * 8);
    buf_puts(&line, before);
    if (len) {
        buf_puts(&line, ": ");
        event_quote(&line, text->data, len, QUOTED);
    }
    const char *kept = arena_strdup(&d->run, line.data);
    buf_done(&line);
    return kept;
}

/* What came of one command, which has ended. */
static void judge(struct diagnose *d, const struct proc_exit *ended) {
    struct diagnosis got;
    if (d->timed_out) {
        d->gave_up = true;
        add_error(d, arena_printf(&d->run, "it took longer than %.0f s",
                                  (double)d->cell->suite->diagnose_ms / 1000));
    } else if (ended->signal) {
        add_error(d, quote(d, arena_printf(&d->run, "killed by %s", strsignal(ended->signal)),
                           &d->words));
    } else if (d->out.over) {
        add_error(d, "it printed without end");
    } else if (ended->code >= EXIT_COULD_NOT) {
        add_error(d, quote(d, arena_printf(&d->run, "it ended with exit status %d", ended->code),
                           &d->words));
    } else if (diagnose_parse(&got, &d->run, d->out.data, d->out.len, d->cases[d->at]) < 0) {
        add_error(d, arena_printf(&d->run, "what it printed is no diagnosis: %s", err_text()));
    } else {
        d->shared->unexplained = 0;
        add(d, &got);
    }
}

static void next(struct diagnose *d);

static void on_end(void *arg) {
    struct diagnose *d = arg;
    struct proc_exit ended;
    d->shared->exec->ops->collect(d->job, &ended);
    d->job = NULL;
    loop_timer_stop(d->shared->loop, &d->timer);
    if (!d->stopping && !d->shared->failed) {
        judge(d, &ended);
        d->at++;
    }
    next(d);
}

/* The kept program with which the case passed last. NULL: there is none, or it is the very one
 * that fails now, and would say what the failing one says. */
static const char *find_good(struct diagnose *d) {
    struct result failed = {.run = d->run_id};
    struct results_good good = {.whole = false};
    struct cell known;
    int rc = cells_find(d->db, &d->run, d->cell->cell.name, &known);
    if (rc == 0)
        rc = cells_find_case(d->db, d->cell->cell.suite, d->cases[d->at], &failed.case_id);
    if (rc == 0) {
        failed.cell = known.id;
        rc = results_last_good(d->db, &d->run, &failed, &good);
    }
    check(d, rc == ERR_NOTFOUND ? 0 : rc);
    if (rc < 0 || !good.whole || strcmp(good.program_sha256, d->cell->program_sha256) == 0)
        return NULL;
    return programs_find(&d->run, d->shared->logs, good.program_sha256);
}

/* One word with its holes filled, once: what fills one may look like another. */
static const char *fill(struct diagnose *d, const char *word, const char *good) {
    struct buf text;
    buf_init(&text, ARGUMENT_MAX);
    while (*word) {
        bool is_case = strncmp(word, hole_case, sizeof(hole_case) - 1) == 0;
        if (is_case || strncmp(word, hole_good, sizeof(hole_good) - 1) == 0) {
            buf_puts(&text, is_case ? d->cases[d->at] : good);
            word += sizeof(hole_case) - 1; /* both are as long */
        } else {
            buf_putc(&text, *word++);
        }
    }
    const char *filled = arena_strdup(&d->run, text.data);
    buf_done(&text);
    return filled;
}

/* The command with {case} and {good} filled. Without a good program the word that asks for it is
 * left out, and so is an option in a word of its own before it. */
static const char **make_argv(struct diagnose *d) {
    const char **words = d->cell->diagnose, *good = NULL;
    size_t len = 0, n = 0;
    bool asks = false;
    for (; words[len]; len++)
        asks |= strstr(words[len], hole_good) != NULL;
    if (asks)
        good = find_good(d);
    const char **argv = arena_array(&d->run, len + 1, sizeof(*argv));
    for (size_t i = 0; i < len; i++) {
        if (good || !strstr(words[i], hole_good))
            argv[n++] = fill(d, words[i], good);
        else if (i > 1 && strcmp(words[i], hole_good) == 0 && words[i - 1][0] == '-' &&
                 !strstr(words[i - 1], hole_good))
            argv[--n] = NULL;
    }
    return argv;
}

static int launch(struct diagnose *d) {
    arena_reset(&d->run);
    buf_reset(&d->out);
    buf_reset(&d->words);
    d->timed_out = false;
    /* It runs the case twice, so it may have twice the memory. */
    const struct exec_request request = {.argv = make_argv(d),
                                         .cwd = d->shared->root,
                                         .memory_bytes = 2 * d->cell->suite->memory_bytes,
                                         .on_out = on_out,
                                         .on_err = on_err,
                                         .on_end = on_end,
                                         .arg = d};
    int rc = d->shared->exec->ops->submit(d->shared->exec, &request, &d->job);
    if (rc == 0)
        loop_timer_set(d->shared->loop, &d->timer, d->cell->suite->diagnose_ms, on_limit, d);
    return rc;
}

/* Goes on until a command runs or nothing is left. */
static void next(struct diagnose *d) {
    for (; d->at < d->count && !d->stopping && !d->shared->failed; d->at++) {
        if (d->gave_up)
            add_error(d, "it was not asked: the one before it took too long");
        else if (d->shared->unexplained >= DIAGNOSE_VAIN_MAX)
            add_error(d, "it was not asked: too many before it came to nothing");
        else if (launch(d) == 0)
            return;
        else
            add_error(d, arena_strdup(&d->run, err_text()));
    }
    d->on_done(d->arg);
}

void diagnose_stop(struct diagnose *d) {
    d->stopping = true;
    if (d->job)
        d->shared->exec->ops->cancel(d->job);
}

int diagnose_start(struct diagnose **out, struct crew_shared *shared, const struct plan_cell *cell,
                   struct db *db, int64_t run, void (*on_done)(void *arg), void *arg) {
    *out = NULL;
    if (!cell->diagnose)
        return 0;
    struct diagnose *d = xcalloc(1, sizeof(*d));
    *d = (struct diagnose){
        .shared = shared, .cell = cell, .db = db, .run_id = run, .on_done = on_done, .arg = arg};
    arena_init(&d->arena, 0);
    arena_init(&d->run, 0);
    buf_init(&d->out, DIAGNOSE_OUT_MAX);
    buf_init(&d->words, WORDS_MAX);
    int rc = diagnoses_due(db, &d->arena, run, cell->cell.name, cell->suite->diagnose_cases,
                           &d->cases, &d->count);
    if (rc < 0 || !d->count) {
        diagnose_free(d);
        return rc;
    }
    *out = d;
    next(d);
    return 0;
}

void diagnose_free(struct diagnose *d) {
    if (!d)
        return;
    buf_done(&d->out);
    buf_done(&d->words);
    arena_done(&d->run);
    arena_done(&d->arena);
    free(d);
}
