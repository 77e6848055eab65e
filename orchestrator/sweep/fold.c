/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/fold.h"

#include <math.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/store/results.h"
#include "orchestrator/store/shifts.h"
#include "orchestrator/store/signatures.h"
#include "orchestrator/store/timings.h"
#include "orchestrator/sweep/index.h"
#include "orchestrator/triage/finding.h"

enum { MILLION = 1000000 };
static const int64_t TIME_MAX = INT64_C(1) << 52;

/* Time passes between events; what lies between a stop and a resume does not count as work. */
static int fold_time(struct index *ix, struct json at, bool pause) {
    int64_t t = ix->run.finished_ms;
    int rc = json_opt_int(at, "t", 0, TIME_MAX, &t);
    if (rc == 0 && !pause && t > ix->run.finished_ms)
        ix->run.active_ms += t - ix->run.finished_ms;
    ix->run.finished_ms = t > ix->run.finished_ms ? t : ix->run.finished_ms;
    return rc;
}

/* Optional texts of one object, into fields that are "" without them. */
struct text_row {
    const char *key;
    const char **into;
};

static int read_texts(struct arena *arena, struct json at, const struct text_row *rows) {
    int rc = 0;
    for (; rc == 0 && rows->key; rows++) {
        const char *text = "";
        rc = json_opt_str(at, rows->key, &text);
        *rows->into = arena_strdup(arena, text);
    }
    return rc;
}

static int fold_environment(struct index *ix, struct json at) {
    struct environment env = {0};
    const struct text_row texts[] = {
        {"hash",     &env.hash    },
        {"os",       &env.os      },
        {"kernel",   &env.kernel  },
        {"cpu",      &env.cpu     },
        {"compiler", &env.compiler},
        {"libc",     &env.libc    },
        {NULL,       NULL         }
    };
    int rc = read_texts(&ix->line, at, texts);
    if (rc == 0)
        rc = json_opt_int(at, "cores", 0, MILLION, &env.cores);
    if (rc == 0)
        rc = json_opt_int(at, "memory_kib", 0, TIME_MAX, &env.memory_kib);
    return rc == 0 ? runs_add_environment(ix->db, &env, &ix->run.environment) : rc;
}

static int fold_run(struct index *ix, struct json at) {
    struct run *run = &ix->run;
    struct json environment;
    if (run->id)
        return json_fail(at, "a second run in one journal");
    const struct text_row texts[] = {
        {"subject",       &run->subject      },
        {"scope",         &run->scope        },
        {"commit",        &run->commit       },
        {"tree",          &run->tree         },
        {"branch",        &run->branch       },
        {"build_sha256",  &run->build_sha256 },
        {"config_sha256", &run->config_sha256},
        {"program",       &run->program      },
        {NULL,            NULL               }
    };
    int rc = read_texts(&ix->arena, at, texts);
    if (rc == 0)
        rc = json_opt_bool(at, "dirty", &run->dirty);
    if (rc == 0)
        rc = json_opt_int(at, "workers", 0, MILLION, &run->workers);
    if (rc == 0)
        rc = json_int(at, "t", 0, TIME_MAX, &run->started_ms);
    if (rc == 0)
        rc = json_object(at, "environment", &environment);
    if (rc == 0)
        rc = fold_environment(ix, environment);
    run->finished_ms = run->started_ms;
    run->state = RUN_ABANDONED; /* until it is planned to the end */
    return rc == 0 ? runs_add(ix->db, run, &run->id) : rc;
}

static int fold_cell(struct index *ix, struct json at) {
    struct run_cell rc_row = {.run = ix->run.id, .note = ""};
    struct cell *c = &rc_row.cell;
    const struct text_row texts[] = {
        {"cell",           &c->name              },
        {"suite",          &c->suite             },
        {"family",         &c->family            },
        {"variant",        &c->variant.hash      },
        {"axes",           &c->variant.axes      },
        {"label",          &c->variant.label     },
        {"backend",        &c->variant.backend   },
        {"dtype",          &c->variant.dtype     },
        {"command",        &rc_row.command       },
        {"command_one",    &rc_row.command_one   },
        {"log",            &rc_row.log           },
        {"program_sha256", &rc_row.program_sha256},
        {NULL,             NULL                  }
    };
    struct json cases = {0};
    int rc = read_texts(&ix->line, at, texts);
    if (rc == 0)
        rc = json_array(at, "cases", &cases);
    if (rc < 0)
        return rc;
    rc_row.planned = (int64_t)json_len(cases);
    rc = cells_put(ix->db, c, &c->id);
    if (rc == 0)
        rc = cells_add_to_run(ix->db, &rc_row);
    for (struct json v = json_first(cases); rc == 0 && v.node; v = json_next(v)) {
        const char *name;
        int64_t id = 0;
        rc = json_as_str(v, &name);
        if (rc == 0)
            rc = cells_put_case(ix->db, c->suite, c->family, name, &id);
        if (rc == 0)
            rc = results_plan(ix->db, ix->run.id, c->id, id);
        ix->run.planned += rc == 0;
    }
    return rc;
}

/* The line that ends the plan only lets readers check it. */
static int fold_planned(struct index *ix, struct json at) {
    int64_t cases;
    int rc = json_int(at, "cases", 0, TIME_MAX, &cases);
    if (rc == 0 && cases != ix->run.planned)
        rc = json_fail(at, "says %lld cases and %lld were planned", (long long)cases,
                       (long long)ix->run.planned);
    ix->run.state = RUN_RUNNING;
    return rc;
}

static int find_cell(struct index *ix, struct json at, struct cell *cell) {
    const char *name;
    int rc = json_str(at, "cell", &name);
    return rc == 0 ? cells_find(ix->db, &ix->line, name, cell) : rc;
}

/* The ids of the names in the line. */
int fold_find_case(struct index *ix, struct json at, int64_t *cell, int64_t *case_id) {
    const char *name;
    struct cell c;
    int rc = find_cell(ix, at, &c);
    if (rc == 0)
        rc = json_str(at, "case", &name);
    if (rc == 0)
        rc = cells_find_case(ix->db, c.suite, name, case_id);
    if (rc == 0)
        *cell = c.id;
    return rc;
}

static int fold_started(struct index *ix, struct json at) {
    int64_t cell = 0, case_id = 0;
    int rc = fold_time(ix, at, false);
    return rc == 0 ? fold_find_case(ix, at, &cell, &case_id) : rc;
}

static int read_real(struct json at, const char *key, double *out) {
    const char *word;
    *out = (double)NAN;
    if (json_type(json_get(at, key)) != JSON_STRING)
        return json_opt_real(at, key, out);
    int rc = json_str(at, key, &word);
    *out = rc == 0 && word[0] == '-' ? -(double)INFINITY : (double)INFINITY;
    return rc;
}

static int read_figures(struct arena *arena, struct json at, struct attempt *a) {
    const struct text_row texts[] = {
        {"message",       &a->message      },
        {"tolerance",     &a->tolerance    },
        {"worst_key",     &a->worst_key    },
        {"worst_index",   &a->worst_index  },
        {"golden_sha256", &a->golden_sha256},
        {"requested",     &a->requested    },
        {"actual",        &a->actual       },
        {NULL,            NULL             }
    };
    const struct {
        const char *key;
        double *into;
    } reals[] = {
        {"ms",         &a->ms        },
        {"cpu_ms",     &a->cpu_ms    },
        {"nmse",       &a->nmse      },
        {"nmse_limit", &a->nmse_limit},
        {"max_abs",    &a->max_abs   },
        {"worst_got",  &a->worst_got },
        {"worst_want", &a->worst_want},
        {NULL,         NULL          }
    };
    const struct {
        const char *key;
        int64_t *into;
    } ints[] = {
        {"compared",  &a->compared  },
        {"native",    &a->native    },
        {"composite", &a->composite },
        {"reference", &a->reference },
        {"log_begin", &a->log_begin },
        {"log_end",   &a->log_end   },
        {"t",         &a->started_ms},
        {NULL,        NULL          }
    };
    int rc = read_texts(arena, at, texts);
    for (size_t i = 0; rc == 0 && reals[i].key; i++)
        rc = read_real(at, reals[i].key, reals[i].into);
    for (size_t i = 0; rc == 0 && ints[i].key; i++)
        rc = json_opt_int(at, ints[i].key, 0, TIME_MAX, ints[i].into);
    return rc;
}

/* An older algorithm's signature is made anew: what it was made from is in the journal. So history
 * is clustered again by rebuilding the index. */
static void sign_again(struct index *ix, struct signature_row *row, const struct attempt *a,
                       const char *type) {
    struct finding f = {
        .rule = row->rule, .class = row->class, .layer = row->layer, .what = a->what};
    finding_sign(&f, &ix->line,
                 &(struct failure){.status = verdict_attempt_name(a->status),
                                   .type = type,
                                   .worst_key = a->worst_key,
                                   .nmse = a->nmse,
                                   .limit = a->nmse_limit > 0 ? a->nmse_limit : 0});
    row->algo = SIGNATURE_ALGO;
    row->template = f.template;
    row->hash = arena_strdup(&ix->line, f.signature);
}

static int fold_finding(struct index *ix, struct json at, struct attempt *a, const char *type) {
    struct signature_row row = {0};
    int64_t algo, version = 0;
    const struct text_row texts[] = {
        {"signature", &row.hash    },
        {"class",     &row.class   },
        {"layer",     &row.layer   },
        {"rule",      &row.rule    },
        {"template",  &row.template},
        {"location",  &a->location },
        {"what",      &a->what     },
        {"tail",      &a->tail     },
        {NULL,        NULL         }
    };
    int rc = json_int(at, "algo", 0, MILLION, &algo);
    if (rc == 0)
        rc = json_opt_int(at, "rule_version", 0, MILLION, &version);
    if (rc == 0)
        rc = read_texts(&ix->line, at, texts);
    row.algo = (int)algo;
    row.rule_version = (int)version;
    a->hash = row.hash; /* an expectation was written when that was its name */
    if (rc == 0 && row.algo != SIGNATURE_ALGO)
        sign_again(ix, &row, a, type);
    return rc == 0 ? signatures_put(ix->db, &row, ix->run.id, &a->signature) : rc;
}

static int fold_result(struct index *ix, struct json at) {
    struct attempt a = {.run = ix->run.id};
    const char *status, *type = "", *ref = "";
    int64_t n = 0, exit_code = -1, signal = 0;
    int rc = fold_time(ix, at, false);
    if (rc == 0)
        rc = fold_find_case(ix, at, &a.cell, &a.case_id);
    if (rc == 0)
        rc = json_str(at, "status", &status);
    if (rc == 0 && (a.status = verdict_attempt_find(status)) == ATTEMPT_NONE)
        rc = json_fail(json_get(at, "status"), "\"%s\" is no status", status);
    if (rc == 0)
        rc = json_int(at, "n", 1, MILLION, &n);
    if (rc == 0)
        rc = json_opt_int(at, "exit", -1, 255, &exit_code);
    if (rc == 0)
        rc = json_opt_int(at, "signal", 0, 255, &signal);
    if (rc == 0)
        rc = read_figures(&ix->line, at, &a);
    if (rc == 0)
        rc = json_opt_str(at, "type", &type);
    if (rc == 0 && json_exists(json_get(at, "finding")))
        rc = fold_finding(ix, json_get(at, "finding"), &a, type);
    if (rc == 0)
        rc = json_opt_str(at, "ref", &ref);
    if (rc < 0)
        return rc;
    a.n = (int)n;
    a.exit_code = (int)exit_code;
    a.signal = (int)signal;
    rc = results_add(ix->db, &a);
    if (rc == 0 && a.cpu_ms > 0)
        rc = timings_add(ix->db, &a);
    return rc == 0 && *type ? cells_describe_case(ix->db, a.case_id, type, ref) : rc;
}

static int fold_closed(struct index *ix, struct json at) {
    int64_t cell = 0, case_id = 0;
    const char *word = "", *message = "";
    int rc = fold_find_case(ix, at, &cell, &case_id);
    if (rc == 0)
        rc = json_str(at, "verdict", &word);
    if (rc == 0 && verdict_find(word) == VERDICT_NONE)
        rc = json_fail(json_get(at, "verdict"), "\"%s\" is no verdict", word);
    if (rc == 0)
        rc = json_opt_str(at, "message", &message);
    if (rc < 0)
        return rc;
    return results_close(ix->db, ix->run.id, cell, case_id, verdict_find(word), message);
}

static int fold_worker(struct index *ix, struct json at) {
    struct cell cell;
    double ms = 0, calibration_ms = 0;
    int64_t rss = 0, calibration = 0;
    const char *note = "";
    int rc = find_cell(ix, at, &cell);
    if (rc == 0)
        rc = json_opt_real(at, "ms", &ms);
    if (rc == 0)
        rc = json_opt_int(at, "peak_rss_kib", 0, TIME_MAX, &rss);
    if (rc == 0)
        rc = json_opt_str(at, "note", &note);
    if (rc == 0)
        rc = json_opt_int(at, "calibration", 0, TIME_MAX, &calibration);
    if (rc == 0)
        rc = json_opt_real(at, "calibration_ms", &calibration_ms);
    if (rc == 0)
        rc = cells_add_worker(ix->db, ix->run.id, cell.id, ms, rss, note);
    if (rc != 0 || calibration_ms <= 0)
        return rc;
    return timings_calibrate(ix->db, ix->run.id, cell.id, calibration, calibration_ms);
}

static int fold_shift(struct index *ix, struct json at) {
    struct shift_row s = {.run = ix->run.id};
    const char *kind = "";
    int rc = fold_find_case(ix, at, &s.cell, &s.case_id);
    if (rc == 0)
        rc = json_str(at, "kind", &kind);
    if (rc == 0 && (s.kind = shift_find(kind)) == SHIFT_NONE)
        rc = json_fail(json_get(at, "kind"), "\"%s\" is no kind of shift", kind);
    if (rc == 0)
        rc = read_real(at, "before", &s.before);
    if (rc == 0)
        rc = read_real(at, "now", &s.now);
    if (rc == 0)
        rc = json_opt_int(at, "runs", 0, MILLION, &s.runs);
    if (rc == 0)
        rc = json_opt_int(at, "attempts", 0, MILLION, &s.attempts);
    return rc == 0 ? shifts_put(ix->db, &s) : rc;
}

static int fold_stopped(struct index *ix, struct json at) {
    ix->run.state = RUN_INTERRUPTED;
    return fold_time(ix, at, false);
}

static int fold_resumed(struct index *ix, struct json at) {
    ix->run.state = RUN_RUNNING;
    return fold_time(ix, at, true);
}

static int fold_abandoned(struct index *ix, struct json at) {
    int64_t closed;
    int rc = fold_time(ix, at, true);
    ix->run.state = RUN_ABANDONED;
    if (rc == 0)
        rc = results_close_rest(ix->db, ix->run.id, "its run was never finished", &closed);
    return rc == 0 ? fold_causes(ix) : rc;
}

/* Nothing is open by now; should something be, it is missing and not forgotten. */
static int fold_finished(struct index *ix, struct json at) {
    const char *reference = "";
    struct run before;
    int64_t closed;
    int rc = fold_time(ix, at, false);
    if (rc == 0)
        rc = json_opt_str(at, "reference", &reference);
    if (rc == 0)
        rc = json_opt_bool(at, "ledger", &ix->run.ledger);
    if (rc == 0)
        rc = results_close_rest(ix->db, ix->run.id, "it was never run", &closed);
    if (rc == 0)
        rc = shifts_turn_ratchet(ix->db, ix->run.id);
    if (rc == 0)
        rc = fold_causes(ix);
    ix->run.state = RUN_FINISHED;
    ix->run.reference = 0;
    if (rc < 0 || !*reference)
        return rc;
    rc = runs_find_name(ix->db, &ix->line, reference, &before);
    if (rc == ERR_NOTFOUND)
        return 0; /* its logs were cleared away */
    ix->run.reference = before.id;
    return rc == 0 ? results_compare(ix->db, ix->run.id, before.id) : rc;
}

static int fold_event(struct index *ix, struct json at) {
    static const struct {
        const char *name;
        int (*fold)(struct index *, struct json);
    } kinds[] = {
        {"run",       fold_run      },
        {"cell",      fold_cell     },
        {"planned",   fold_planned  },
        {"started",   fold_started  },
        {"result",    fold_result   },
        {"closed",    fold_closed   },
        {"worker",    fold_worker   },
        {"diagnosis", fold_diagnosis},
        {"waived",    fold_waived   },
        {"shift",     fold_shift    },
        {"mend",      fold_mend     },
        {"stopped",   fold_stopped  },
        {"resumed",   fold_resumed  },
        {"finished",  fold_finished },
        {"abandoned", fold_abandoned},
        {NULL,        NULL          },
    };
    const char *name;
    int rc = json_str(at, "event", &name);
    if (rc < 0)
        return rc;
    for (size_t i = 0; kinds[i].name; i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        if (i > 0 && !ix->run.id)
            return json_fail(at, "\"%s\" stands before the run", name);
        return kinds[i].fold(ix, at);
    }
    return json_fail(json_get(at, "event"), "\"%s\" is no event of a journal", name);
}

int fold_line(struct index *ix, const char *line, size_t len) {
    struct json_doc *doc;
    int rc = json_parse(&doc, line, len, "the event", 0);
    if (rc < 0)
        return rc;
    rc = json_type(json_root(doc)) == JSON_OBJECT ? fold_event(ix, json_root(doc))
                                                  : json_fail(json_root(doc), "expected an object");
    json_free(doc);
    return rc;
}
