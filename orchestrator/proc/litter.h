/* SPDX-License-Identifier: Apache-2.0 */
/* litter: folders for a while, which whoever makes the next one takes away when their owner was
 * killed before it could.
 *
 * The name is BASE/PREFIX-PID-XXXXXX, and the owner holds a lock on it (flock) as long as it lives.
 * The lock alone counts: a number is somebody else's in another container, or is taken anew, or is
 * that of a process that died and that nobody has waited for yet. */
#pragma once

struct litter {
    char *home; /* absolute, no link in it; NULL = none */
    int held;   /* the lock */
};

/* A new folder of that mode below TMPDIR or /var/tmp, and those of the same prefix without an owner
 * are removed: ours alone, and never through a link. 0 or ERR_IO. */
int litter_make(struct litter *out, const char *prefix, unsigned mode);
/* With all that lies in it; copes with a zeroed struct. */
void litter_remove(struct litter *l);
