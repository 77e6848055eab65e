/* SPDX-License-Identifier: Apache-2.0 */
/* search: which commit to test next, and when the answer is known. It tests nothing itself.
 *
 *     search_init(&s, commits, len, &options);
 *     while (search_next(&s, &next) == SEARCH_TEST)
 *         search_see(&s, next, what the case said at commit `next`);
 *
 * The bad end is tested first. While nothing speaks of noise the search halves: the commits that
 * are left are split so that ceil(log2(commits + 1)) tests are always enough, and the last few so
 * that the fewest builds remain, those included that verifying needs. Else it takes the
 * test that is expected to tell most for its cost, and running a build once more is cheap. It
 * walks the first-parent line; the branches that a merge brought in are opened when the culprit is
 * likely to be in there. Where commits cannot be tested it moves away from them, and when those
 * are all that is left it says which. */
#pragma once

#include "orchestrator/bisect/belief.h"

struct search_commit {
    struct ancestry_commit links;
    double weight; /* how likely it is the culprit before anything is known; above 0 */
    int32_t build; /* commits of one number share a build; at least 0 */
    bool older;    /* the good end has it: if it is broken, the good end was no good end */
};

struct search_options {
    struct rate q, m;   /* what history says of false failures, and of passes in spite of a fault */
    int32_t good_build; /* the build of the good end, ANCESTRY_NONE = none of those above */
    double confidence;  /* of the answer: 0.99 */
    double build_cost;  /* of a build, in runs of the case */
    int max_builds, max_runs;
};

enum search_answer {
    SEARCH_TEST,           /* go on with this position */
    SEARCH_CULPRIT,        /* this commit */
    SEARCH_RANGE,          /* one of these: no test can tell them apart */
    SEARCH_UNDECIDED,      /* one of these, probably: the budget is spent */
    SEARCH_NOT_REPRODUCED, /* the bad end passes, or fails for another reason */
    SEARCH_GOOD_IS_BAD,    /* the good end fails as well */
};

struct search_tally {
    int count[OUTCOME_COUNT];
};

struct search {
    struct search_options options;
    struct search_commit *commits;
    struct ancestry_commit *links;
    struct ancestry ancestry;
    struct belief belief;
    struct search_tally *tally; /* [len + 1] the last is the good end */
    size_t *tested;             /* [tested_count] positions, in order of their first test */
    size_t tested_count;
    int runs;
    bool steady; /* history knows of no noise, and nothing has contradicted it */
};

/* Copies commits (not their parents). 0, ERR_LIMIT, or ERR_NOTNOW for an empty range. */
int search_init(struct search *out, const struct search_commit *commits, size_t len,
                const struct search_options *options);
void search_done(struct search *s); /* copes with a zeroed struct */
/* *at: the position to test (len = the good end), or the culprit. */
enum search_answer search_next(struct search *s, size_t *at);
void search_see(struct search *s, size_t at, enum outcome outcome);
/* The likeliest commits whose probabilities reach the confidence, the likeliest first; *rest is
 * what the good end and "nowhere" have. out has room for len. */
size_t search_suspects(const struct search *s, size_t *out, double *rest);
/* Builds that were asked for so far; those that failed count. */
int search_builds(const struct search *s);

/* For choice.c. A position that was built, or shares the build of one that was. */
bool search_is_built(const struct search *s, size_t at);
/* It, or one that shares its build, could not be tested. */
bool search_is_blocked(const struct search *s, size_t at);
int32_t search_build_of(const struct search *s, size_t at);
