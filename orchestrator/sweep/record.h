/* SPDX-License-Identifier: Apache-2.0 */
/* record: what happens in a run, written once as a line of its journal and folded from that very
 * line into the index. So the index holds nothing that the journal does not, and rebuilding it is
 * the same fold again.
 *
 * Lines: run, cell (one per cell, with its cases), waived, planned; then started, result, closed,
 * worker as they come, diagnosis behind them; stopped, resumed; shift; mend; finished or abandoned
 * at the end. Field names are those of store/. docs/events.md describes them for other programs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/store/results.h"
#include "orchestrator/store/runs.h"

struct arena;
struct db;
struct finding;
struct plan;
struct plan_cell;
struct record;

/* A name for a run that began then: "20261121-021504-e055885", unique below logs by a number behind
 * it when need be. */
const char *record_name(struct arena *arena, const char *logs, int64_t started_ms,
                        const char *commit);
/* Begins a run: its folder, its journal with the lines run, cell…, planned. run's id, planned and
 * reference are filled in here. 0, ERR_IO. */
int record_begin(struct record **out, struct db *db, const char *logs, struct run *run,
                 const struct environment *env, const struct plan *plan);
/* Goes on with an unfinished run, whose index is up to date. */
int record_resume(struct record **out, struct db *db, const char *logs, const struct run *run,
                  int64_t now_ms);
void record_close(struct record *r); /* NULL is fine; what is not committed is folded next time */

/* All take names, not ids: the index finds them. `a` says n, status, started_ms … of one attempt.
 * 0 or ERR_IO; after a failure all others fail too. */
int record_started(struct record *r, const char *cell, const char *case_name, int n,
                   int64_t now_ms);
int record_result(struct record *r, const char *cell, const char *case_name, const char *type,
                  const char *ref, const struct attempt *a, const struct finding *finding);
int record_closed(struct record *r, const char *cell, const char *case_name, enum verdict v,
                  const char *message);
/* Why the case failed, or d->error: why that is not known. */
struct diagnosis;
int record_diagnosis(struct record *r, const char *cell, const char *case_name,
                     const struct diagnosis *d);
struct proc_exit;
/* calibration_ms 0: the worker did not calibrate. */
int record_worker(struct record *r, const char *cell, const struct proc_exit *ended,
                  const char *note, int64_t calibration, double calibration_ms);
struct shift_row;
int record_shift(struct record *r, const struct shift_row *s); /* by its names */
struct mend_row;
int record_mend(struct record *r, const struct mend_row *m);
int record_stopped(struct record *r, const char *why, int64_t now_ms);
/* reference: name of the run to compare with, "" = none. */
int record_finished(struct record *r, const char *reference, bool ledger, int64_t now_ms);
int record_abandoned(struct record *r, int64_t now_ms);
/* Brings journal and index to disk. */
int record_sync(struct record *r);
