/* SPDX-License-Identifier: Apache-2.0 */
/* guard: the rules of a checkout over what is about to become public. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "orchestrator/git/repo.h"
#include "orchestrator/git/settings.h"
#include "orchestrator/git/views.h"
#include "orchestrator/policy/policy.h"

struct commits;

struct guard {
    struct arena arena;       /* owns what is found */
    struct settings settings; /* standing.h: where the project's are known, not the checkout's */
    const char *unheeded;     /* a sentence on what the checkout says otherwise, or NULL */
    struct policy *policy;
    bool project; /* the rules are the project's: what a range began from has a say as well */
    struct commits *commits;  /* of the checkout that holds the current folder */
    char base[REPO_HEX_SIZE]; /* the upstream's commit that settings stand in, "" = none */
    const char *config;       /* the noctule.json */
    const char *root;         /* its folder */
    const char *prefix;       /* the same below the top of the checkout, "" or "sub/" */
    const char *build_cache;  /* where commits are built; NULL = they are not */
};

/* rules: a noctule.json, or NULL for the one here or above. What lies outside of the checkout, or
 * is called otherwise, holds alone, and its paths count from the top. As policy_load() and
 * commits_open(). */
int guard_open(struct guard *out, const char *rules);
void guard_close(struct guard *g);           /* copes with a zeroed struct */
int guard_want_rules(const struct guard *g); /* 0, or ERR_NOTFOUND when there are none */

/* What leads to `to` and not to `from`, words as commits_find() takes them, or NULL for the
 * upstream, held to the rules that stood at `from`, too (rulebook.h). upstream: a word, or NULL for
 * the one of the settings, which need not be there. Builds when build_cache is set. 0,
 * ERR_NOTFOUND, also when no commit lies between, ERR_IO, ERR_LIMIT, ERR_STOPPED. */
int guard_range(struct guard *g, const char *from, const char *to, const char *upstream,
                struct view_range *range, struct findings *out);
/* The same with 40 digits; hidden: what is known elsewhere; base: whose rules hold, too, "" = there
 * is none. len 0 is fine. */
int guard_tip(struct guard *g, const struct views_ask *ask, const char *base,
              struct view_range *range, struct findings *out);
/* Whether neither the checkout nor the commit that the word names (NULL = the upstream), which need
 * not be there, has rules. */
bool guard_is_free(struct guard *g, const char *from);
int guard_staged(struct guard *g, struct view_range *range, struct findings *out);
/* draft: the file that git has a hook look at, judged as git will store it; in a merge, as one. */
void guard_message(struct guard *g, const char *text, size_t len, bool draft,
                   struct view_range *range, struct findings *out);
