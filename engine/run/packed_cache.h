/* SPDX-License-Identifier: Apache-2.0 */
/* packed_cache: what a model's weights became when they were loaded, kept for the next start.
 *
 * A file for each model and way to load it, in one folder, of which each start reads every byte
 * before it believes it. Its key is all that the bytes depend on: the files of the checkpoint,
 * which they are, since when they are as they are and what their heads say; how weights are stored;
 * the layout of the device; this version of the program. A cache never makes a load fail: what
 * cannot be used is left alone, or replaced, and said. */
#pragma once

#include <stdbool.h>

#include "engine/base/hash.h"

struct model;
struct packed;
struct weights_options;

struct packed_cache {
    char *path; /* NULL: there is none */
    char key[HASH_HEX_SIZE];
    bool writes;           /* also when there is nothing to read yet */
    struct packed *packed; /* NULL: nothing that fits */
    char *said;            /* a sentence about what became of it, or NULL */
};

/* Where: NULL or "off"; "auto", which reads what is there in the user's cache; "on", which makes it
 * when it is not; else a folder to read and to write in. The user's cache is NOCTULE_CACHE, else
 * the folder noctule in XDG_CACHE_HOME or ~/.cache. Fills a zeroed struct. m has its configuration
 * and its checkpoint, which is mapped; o is what it will be loaded with. */
void packed_cache_open(struct packed_cache *c, const char *where, const struct model *m,
                       const struct weights_options *o);
/* Writes what m's weights own, if that was wished and is not there. */
void packed_cache_keep(struct packed_cache *c, const struct model *m);
void packed_cache_done(struct packed_cache *c); /* copes with a zeroed struct; weights first */
