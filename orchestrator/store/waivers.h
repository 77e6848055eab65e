/* SPDX-License-Identifier: Apache-2.0 */
/* waivers: what noctule.json said, when a run was planned, of cases that may fail: that a failure
 * is expected, or that the case is in quarantine. The numbers of the kinds are stored. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/store/verdict.h"

struct arena;
struct attempt;
struct db;

#define WAIVER_MAP(X)      \
    X(EXPECT, 1, "expect") \
    X(QUARANTINE, 2, "quarantine")

enum waiver_kind {
    WAIVER_NONE = 0,
#define X(name, code, text) WAIVER_##name = (code),
    WAIVER_MAP(X)
#undef X
        WAIVER_COUNT
};
const char *waiver_kind_name(enum waiver_kind k);    /* "expect"; "" for WAIVER_NONE */
enum waiver_kind waiver_kind_find(const char *name); /* WAIVER_NONE when there is none */

/* One entry of noctule.json over one case of a run. A string is never NULL once read. */
struct waiver_row {
    int64_t run, cell, case_id;
    enum waiver_kind kind;
    int64_t entry;          /* its place in the list of its kind, from 0 */
    const char *signatures; /* beginnings of hashes, a blank between two; "" = no matter which */
    const char *reason, *owner, *issue;
    const char *expires; /* "2026-12-31", the last day */
    bool expired;        /* when the run began */
    bool strict;         /* a pass fails the sweep */
    /* Filled in when read: */
    enum verdict verdict;
    const char *cell_name, *case_name, *label, *message;
};

/* By kind, cell, case and entry. case_id 0 = all of the run (then cell does not matter). 0 or
 * ERR_IO. */
int waivers_list(struct db *db, struct arena *arena, int64_t run, int64_t cell, int64_t case_id,
                 struct waiver_row **out, size_t *len);
/* Cases of the run that pass though they are expected to fail by an entry that is strict or has
 * expired: the entry has to go. */
int waivers_count_strict(struct db *db, int64_t run, int64_t *out);
/* Cases that failed, are flaky or crashed, and are in a quarantine that has not expired. */
int waivers_count_quarantined(struct db *db, int64_t run, int64_t *out);

/* For the writer. 0 or ERR_IO. */
int waivers_put(struct db *db, const struct waiver_row *w);
/* What the expectations of a case make of its attempt `a`, whose verdict would be *v: *v and the
 * sentence that people read, *message, which names the entry. Both stay as they are when nothing is
 * expected. */
int waivers_judge(struct db *db, struct arena *arena, const struct attempt *a, enum verdict *v,
                  const char **message);
