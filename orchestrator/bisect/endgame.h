/* SPDX-License-Identifier: Apache-2.0 */
/* endgame: when few commits are left, the test after which the fewest builds remain.
 *
 * Halving counts tests; what is to be paid are builds, and the culprit and its parents have to be
 * built in the end, to verify it. So of few hypotheses all ways to the end are gone through: the
 * best is the one whose longest way is the shortest, and of equals the one that is short on
 * average. */
#pragma once

#include "orchestrator/bisect/search.h"

enum { ENDGAME_MOST = 8 };

/* left: [count] hypotheses that tests have not ruled out, 2 ≤ count ≤ ENDGAME_MOST. False when no
 * test tells any of them apart. */
bool endgame_next(const struct search *s, const size_t *left, size_t count, size_t *at);
