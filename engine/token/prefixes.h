/* SPDX-License-Identifier: Apache-2.0 */
/* prefixes: a set of tokens, asked for all of them that a text begins with.
 *
 * A double array: the node that the byte c leads to lies at base ^ c and says so with its label.
 * No two nodes have the same base, so the label is all there is to check. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct vocab_name;

/* A zero is free; a base of 0 leads to the first block, in which all are. */
struct prefixes_unit {
    uint32_t link; /* base << 8 | label */
    int32_t id;    /* of the token that ends here, or -1 */
};
struct prefixes {
    struct prefixes_unit *units; /* a multiple of 256 of them */
    uint32_t root;               /* its base */
};

/* The tokens of that many names, by their index, but for those without data. Of two that are the
 * same the last counts. 0, or ERR_LIMIT for more than the array can hold. */
int prefixes_build(struct prefixes *out, const struct vocab_name *names, size_t len);
void prefixes_done(struct prefixes *p); /* copes with a zeroed struct */

/* One byte on from *base: the node there, or NULL. Begin at the root; the end is also where *base
 * becomes 0. */
static inline const struct prefixes_unit *prefixes_step(const struct prefixes *p, uint32_t *base,
                                                        unsigned char byte) {
    const struct prefixes_unit *unit = &p->units[*base ^ byte];
    if ((unit->link & 0xff) != byte)
        return NULL;
    *base = unit->link >> 8;
    return unit;
}
