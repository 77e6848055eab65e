/* SPDX-License-Identifier: Apache-2.0 */
/* compare: the two sides of a change, as bytes.
 *
 * What is text its bytes say, and no attribute of the path does: a commit may bring one along, and
 * a checkout hold one. A change is neither hidden by it nor passed for text. */
#pragma once

#include <git2.h>
#include <stdbool.h>

struct commits;

/* Which files differ between two trees, 40 digits each; flags: of enum git_diff_option_t. 0 or
 * ERR_IO. */
int compare_trees(git_diff **out, const struct commits *c, const char *base, const char *tree,
                  uint32_t flags);

struct compare {
    git_blob *old, *new; /* NULL where there is no file, or it is a submodule */
};

/* 0 or ERR_IO. */
int compare_open(struct compare *out, const struct commits *c, const git_diff_delta *d);
void compare_done(struct compare *p); /* copes with a zeroed struct */

bool compare_is_text(const git_blob *blob); /* false for NULL */
/* Whether one side is a file and no text. */
bool compare_is_binary(const struct compare *p);
/* The lines that differ, without any around them; what is no text on one side has none there.
 * *out may stay NULL. 0 or ERR_IO. */
int compare_lines(git_patch **out, const struct commits *c, const struct compare *p);
