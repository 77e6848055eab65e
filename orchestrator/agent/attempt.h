/* SPDX-License-Identifier: Apache-2.0 */
/* attempt: one bounded try of a role at a change: propose, judge, verify, and a receipt.
 *
 * The receipt is written from what was measured. A proposal that was refused, or does not do what
 * it is for, leaves no patch behind. */
#pragma once

#include "orchestrator/agent/meter.h"
#include "orchestrator/agent/role.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/proc/sandbox.h"
#include "orchestrator/trick/prove.h"

struct buf;
struct dialect;
struct driver;
struct upstream;

/* proposed: judged and let in; verified: and does what it is for. */
#define ATTEMPT_VERDICT_MAP(X)                                                        \
    X(PROPOSED, "proposed", "let in; nothing was asked of it")                        \
    X(VERIFIED, "verified", "let in, passes, and without it the same fails")          \
    X(REPORTED, "reported", "a role that may change nothing said what it had to say") \
    X(UNVERIFIED, "unverified", "let in, and does not pass")                          \
    X(UNCONTROLLED, "uncontrolled", "passes, and so does the base without it")        \
    X(REFUSED, "refused", "the tree breaks the role's policy")                        \
    X(CUT, "cut", "a limit or a budget ended it")                                     \
    X(FAILED, "failed", "the driver did not come to a proposal")

enum attempt_verdict {
#define X(name, word, text) ATTEMPT_##name,
    ATTEMPT_VERDICT_MAP(X)
#undef X
};

/* Something forbidden that was tried, whatever became of it. */
struct attempt_try {
    const char *name; /* "network", "edits_test" … */
    const char *path; /* "" when it is about none */
    const char *text;
    int64_t turn; /* of a model, from 1; 0 = it was a command */
};
enum { ATTEMPT_TRIES_MAX = 64 };

struct attempt_spec {
    const struct role *role;
    const struct driver *driver;
    const char *commit;         /* 40 digits: what it starts from */
    const char *culprit;        /* 40 digits, or NULL */
    const char *patch;          /* NUL-terminated, or NULL */
    const char *const *command; /* NULL-terminated, or NULL */
    const char *task;           /* what is asked of a model */
    const char *model;          /* its name, or NULL */
    const struct dialect *dialect;
    const char *base_url;        /* of the API, without /v1; NULL = none */
    const char *key;             /* never written anywhere; NULL = none */
    const char *record, *replay; /* files of model traffic, or NULL */
    double usd_in, usd_out;      /* per million tokens; 0 = the model costs nothing */
    const char *verify;          /* a line of shell that must succeed, or NULL */
    int64_t times;               /* so often; 0 = 1 */
    const char *case_line;       /* what run_case runs in the copy; NULL = verify */
    const char *engine; /* what trace_diff runs: absolute, or below the copy; NULL = none */
    /* Prefixes, NULL-terminated, or NULL: beside those that the role calls so. */
    const char *const *tests, *const *tolerances;
    const char *const *readable;    /* see struct sandbox_spec */
    const char *const *environment; /* the same, for the driver's command */
    const char *log; /* a file that takes what the driver's command says; NULL = stderr does */
    enum sandbox_level least, only;
    const volatile bool *stop;
};

struct attempt {
    const struct attempt_spec *spec;
    struct commits *commits;
    struct arena arena;
    char base[REPO_HEX_SIZE], proposed[REPO_HEX_SIZE]; /* trees */
    struct changes changes;
    struct changes_named named[4];
    const char *const *read_only; /* of the role and the spec; NULL-terminated */
    struct attempt_try tries[ATTEMPT_TRIES_MAX];
    size_t tried;                  /* may be more than are kept */
    struct sandbox_report sandbox; /* of the driver; level 0 when it used none */
    struct sandbox_report control_sandbox;
    bool asked_guards;   /* guards were to be proven */
    struct prove guards; /* and were, or not */
    struct meter meter;
    bool may_delete;      /* the driver knows why: what a culprit added goes */
    int64_t left_out;     /* files of a revert that the role may not touch */
    int64_t runs, passed; /* of the verification */
    int64_t control_runs, control_failed;
    enum attempt_verdict verdict;
    const char *said; /* the model's last words, for whom they are what is wanted; or "" */
    const char *why;  /* a sentence where the verdict wants one, or "" */
    double wall_ms;
};

/* Runs it; root is a folder of the repository. 0 whatever the verdict is; a negative ERR_ when it
 * could not be tried at all: ERR_UNSUPPORTED when a guard is unproven and somebody else's code
 * would run, unless the spec's least level is limits, which asks for that. attempt_done()
 * afterwards in any case. */
int attempt_run(struct attempt *out, const struct attempt_spec *spec, const char *root);
void attempt_done(struct attempt *a);
const char *attempt_verdict_name(enum attempt_verdict v);

/* The model that the spec names, under the role's budget; *out NULL when it names none, or the role
 * may not. Its meter becomes the attempt's by attempt_close_model(). */
int attempt_open_model(struct attempt *a, struct upstream **out);
void attempt_close_model(struct attempt *a, struct upstream *u); /* NULL is fine */

/* For drivers: the role's policy in the words of those that hold it. */
struct changes_rules attempt_rules(const struct attempt *a);
struct sandbox_limits attempt_limits(const struct attempt *a);
/* Notes down what was tried; what a sandbox saw. turn as in struct attempt_try. */
void attempt_note(struct attempt *a, const char *name, const char *path, int64_t turn,
                  const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void attempt_note_seen(struct attempt *a, const struct sandbox_report *report, int64_t turn);
/* Makes the folder's difference the proposal, with what gathering refuses. */
int attempt_gather(struct attempt *a, const char *folder);
