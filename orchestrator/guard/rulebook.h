/* SPDX-License-Identifier: Apache-2.0 */
/* rulebook: the rules that the commits of a range are held to.
 *
 * Those of the checkout come first. Whoever wrote the range could change them, in it or beside it,
 * so those of the commit that it begins from hold as well, and those of its tip. What several of
 * them have just so is asked once; what differs is told. */
#pragma once

#include <stddef.h>

struct arena;
struct findings;
struct guard;
struct policy;
struct view_range;

enum { RULEBOOK_MAX = 3 };

struct rulebook {
    struct policy *rows[RULEBOOK_MAX]; /* [len] the first is the guard's; each lacks the former's */
    size_t len;
    const char *changed; /* a sentence for findings, or NULL */
};

/* base, tip: 40 digits; base "" = there is none. 0; ERR_FORMAT when what stands there is no set of
 * rules; ERR_IO, ERR_LIMIT. */
int rulebook_open(struct rulebook *out, struct guard *g, const char *base, const char *tip);
void rulebook_close(struct rulebook *b); /* copes with a zeroed struct */
/* Paths that any of them wants to see. */
const char *const *rulebook_files(const struct rulebook *b, struct arena *arena, size_t *count);
void rulebook_check(const struct rulebook *b, struct arena *arena, const struct view_range *range,
                    struct findings *out);
