/* SPDX-License-Identifier: Apache-2.0 */
/* crew: the workers of one cell, one after another, until each of its cases has its verdict.
 *
 * A worker that dies, hangs or talks nonsense gives the case in flight its verdict, and a fresh
 * one runs the rest. Two in a row that die before any case give the rest theirs: it always ends. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exec;
struct loop;
struct plan_cell;
struct record;
struct rules;

struct crew_case {
    const char *name;
    int64_t limit_ms; /* from its `started` line on */
    int attempts;     /* so far */
    bool closed;      /* has what it needs */
    bool red;         /* its last attempt was */
};

/* What all crews of a sweep share. */
struct crew_shared {
    struct exec *exec;
    struct loop *loop;
    struct record *record;
    const struct rules *rules;
    const char *root;       /* where workers run */
    const char *logs;       /* of all runs */
    const char *run_folder; /* logs/<run> */
    int failed;             /* first ERR_ of a record or a log; its text is in failed_as */
    char *failed_as;
    int64_t recorded; /* cases that got their first verdict */
    int unexplained;  /* diagnoses in a row that came to nothing */
};

struct crew;

/* cases is copied; names are borrowed. on_done is called once, when every case is closed or the
 * crew was stopped. 0, or ERR_IO for the log. */
int crew_start(struct crew **out, struct crew_shared *shared, const struct plan_cell *cell,
               const struct crew_case *cases, size_t count, void (*on_done)(void *arg), void *arg);
/* Kills the worker; the case in flight stays open, for the next time. */
void crew_stop(struct crew *c);
/* The case in flight, or NULL. */
const char *crew_current(const struct crew *c);
size_t crew_open_cases(const struct crew *c);
void crew_free(struct crew *c); /* after on_done; NULL is fine */
