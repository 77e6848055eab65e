/* SPDX-License-Identifier: Apache-2.0 */
/* mutations: known bugs, planted on load, that a fixture must be able to see.
 *
 * A mutation is a patch to the configuration, or edits to weights, or both. A fixture that passes
 * under one of its mutations is blind to that bug, however green it looks. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/tensor/tensor.h"

struct checkpoint;
struct mutations;
struct weight_edit;

struct mutation {
    const char *name;
    const char *case_name;      /* the case expected to catch it, without the family */
    const char *config;         /* a JSON object to merge into config.json, or NULL */
    struct weight_edit **edits; /* [edit_count] */
    size_t edit_count;
    unsigned dtypes; /* DTYPE_BIT()s of the cells that it is for */
    double nmse;     /* as measured in the reference implementation */
};

/* A mutation counts as caught only this far above the limit. */
#define MUTATION_MARGIN 10.0

/* mutations.json. 0, ERR_NOTFOUND, ERR_IO, ERR_FORMAT naming the path at fault. */
int mutations_load(struct mutations **out, const char *path);
void mutations_free(struct mutations *m); /* NULL is fine */
size_t mutations_count(const struct mutations *m);
const struct mutation *mutations_at(const struct mutations *m, size_t index);
/* NULL when there is none of that name. */
const struct mutation *mutations_find(const struct mutations *m, const char *name);

/* Edits one tensor as it is loaded: when the mutation touches `name`, *t becomes a changed copy
 * in arena; else it is left alone. cp gives the other tensor of a swap. Returns 1 when the tensor
 * was changed, 0 when not, or ERR_FORMAT, ERR_NOTFOUND, ERR_UNSUPPORTED. */
int mutation_edit(const struct mutation *m, struct checkpoint *cp, const char *name,
                  struct tensor *t, struct arena *arena);
