/* SPDX-License-Identifier: Apache-2.0 */
/* gather: a folder that somebody else wrote, made into a git tree, in memory.
 *
 * The folder is untrusted: it is walked by descriptors, no link is followed, and what a tree
 * cannot hold (hard links, devices, sockets, pipes) is refused by name. */
#pragma once

#include <stdint.h>

struct changes;
struct commits;

struct gather_rules {
    const char *const *dropped; /* prefixes left out without a word, as builds are; NULL = none */
    int64_t file_bytes;         /* a larger file is refused */
    int64_t entries;            /* so many at most */
    int64_t bytes;              /* of files that base has not, together; 0 = any */
};

/* out->tree: base with what the folder holds instead. Paths of base that the folder lacks are
 * deleted from it. New files that the repository ignores are dropped. 0 (look at out->refused),
 * ERR_IO, ERR_LIMIT. */
int gather_tree(struct changes *out, const struct commits *c, const char *base, const char *folder,
                const struct gather_rules *rules);
