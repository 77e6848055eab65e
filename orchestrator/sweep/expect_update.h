/* SPDX-License-Identifier: Apache-2.0 */
/* expect_update: the edit of noctule.json that a run asks for.
 *
 * By itself it only tightens: entries whose cases all pass, that are about no case or have expired
 * go, patterns give way to what still fails. New failures are added only for an owner who says for
 * which cases, under which issue and until when. */
#pragma once

#include "engine/base/opt.h"
#include "orchestrator/sweep/expect.h"

/* What to expect from now on; nothing without owner. */
struct expect_wish {
    struct opt_list cells, cases; /* shell patterns; empty = all */
    const char *owner, *issue, *expires, *reason;
};

/* Changes text, the text of noctule.json, for the entries rows[len] and the results of a run, and
 * appends a line to notes for each change. whole: the run covered everything. 0, or ERR_ARG when
 * the wish lacks something, ERR_NOTFOUND when it is about no failure. */
int expect_update(struct buf *text, struct buf *notes, struct arena *arena,
                  const struct expect_entry *rows, size_t len, const struct result *results,
                  size_t result_count, bool whole, const struct expect_wish *wish);
