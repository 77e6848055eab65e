/* SPDX-License-Identifier: Apache-2.0 */
/* runner: a kind of suite that is built in: a program of others that runs tests, made to speak as
 * a worker does (docs/subjects.md). One const row per file in runners/; registration is the file.
 *
 * A runner is told what to run by `noctule worker`, which speaks for it: row.list says which tests
 * there are, row.run runs one of them in a process of its own. One whose tests share a process has
 * row.become instead, and speaks for itself. Results come from files and descriptors that a test
 * does not write to, never from what it prints. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "orchestrator/store/verdict.h"

enum { RUNNER_TESTS_MAX = 100000 };

/* What the suite says. Lists are NULL-terminated. */
struct runner_suite {
    const char *dir;      /* where the runner works, seen from where we are; "." */
    const char **program; /* its words; a path among them is seen from where we are */
    const char **args;    /* more words for it */
};

struct runner_test {
    long position;    /* in the list, from 1 */
    const char *id;   /* of the case, made from the name: caseid.h */
    const char *name; /* as the runner has it */
    /* The runner's own, each empty where it has no use for it: */
    long number;
    const char *own_name;   /* within the group, where name says more */
    const char *group;      /* the program that holds it */
    const char *place;      /* a path that says where it is run */
    const char *const *env; /* "NAME=value", NULL-terminated */
    const char *skip;       /* why the runner will not run it, "" = it will */
    const char *fault;      /* why it cannot be run, "" = it can */
};

/* One run of the suite by a worker. */
struct runner_job {
    struct arena arena; /* of the tests */
    struct arena one;   /* of one test's run, forgotten after it */
    const struct runner_suite *suite;
    const char *scratch;       /* a folder of our own, absolute */
    struct runner_test *tests; /* [len] in the runner's order */
    size_t len, cap;
};

struct runner_result {
    enum attempt_status status;
    const char *message; /* why, for all but a pass */
    const char *log;     /* what the case wrote, unless that went to stderr meanwhile; not NULL */
    size_t log_len;
    int exit_code, signal; /* of its process when it crashed; else -1 and 0 */
};

struct runner {
    const char *name;     /* the kind in noctule.json: "ctest" */
    const char *summary;  /* what it runs, for --help */
    const char **program; /* what starts it unless the suite says; NULL = the suite must */
    const char *dir;      /* where, unless the suite says; may hold {build} */
    const char *install;  /* what a machine that lacks it is told: "install the package cmake" */
    /* Adds the tests, by runner_add(). 0, or ERR_* with the sentence. */
    int (*list)(struct runner_job *job);
    /* Runs one test whose skip and fault are empty; strings of *out in job->one. 0, or ERR_* when
     * no process could be started. */
    int (*run)(struct runner_job *job, const struct runner_test *t, struct runner_result *out);
    /* Instead of both: becomes the runner, whose events go to the descriptor events. cases: those
     * to be run, NULL = all; list: none, only their names. Returns only when it cannot. */
    int (*become)(const struct runner_suite *suite, int events, bool list,
                  const char *const *cases);
};

/* NULL when there is none of that name. */
const struct runner *runner_find(const char *name);
/* "cargo, ctest, gtest, pytest", in arena. */
const char *runner_names(struct arena *arena);

/* ---- for the rows ---- */

/* A test behind the others, without an id yet; strings are copied, env is not. 0 or ERR_LIMIT. */
int runner_add(struct runner_job *job, const struct runner_test *t);
/* The suite's words and those of rest (NULL-terminated) behind them, in arena. */
const char **runner_words(struct arena *arena, const struct runner_suite *suite,
                          const char *const *rest);
/* child_run(); where the suite's program is what is missing the sentence says what to do. */
struct child;
struct child_spec;
int runner_child(const struct runner *r, const struct runner_job *job, struct child *out,
                 const struct child_spec *spec);
/* What a child that ran for a test left of words: log of *out, and log_len. */
void runner_take_log(struct runner_job *job, const struct child *c, struct runner_result *out);
/* That it died is the result: crash by a signal, else error for what left none. */
void runner_take_end(struct runner_job *job, const struct child *c, struct runner_result *out);
/* The last line of text that is not blank, in arena, cut to a sentence's length; "" without one. */
const char *runner_last_line(struct arena *arena, const char *text, size_t len);
/* Lines joined by one blank each, in arena, cut likewise. */
const char *runner_one_line(struct arena *arena, const char *text);
