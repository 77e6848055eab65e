/* SPDX-License-Identifier: Apache-2.0 */
/* remerge: what a merge would have come to by itself.
 *
 * A merge can hold anything, whatever its parents hold: what they have and it has not, say, is no
 * change against a parent that never had it. What differs from this tree is its author's doing. */
#pragma once

#include <git2.h>

struct commits;

/* Of a commit with several parents; where those are at odds the first has its way. Made in the
 * history's memory. *out is the caller's. 0 or ERR_IO. */
int remerge_tree(git_tree **out, const struct commits *c, const git_commit *merge);
