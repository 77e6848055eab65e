/* SPDX-License-Identifier: Apache-2.0 */
/* case: what a kind of compatibility case is, as data, and what one may ask for while it runs.
 *
 * A case type is a row; the rows of a group stand in one file of cases/. A case fails by what it
 * finds wrong (compare), or by returning a failure of the engine; it is an error when the
 * reference or an input is not there (then `broken` is set by the function that missed it), and
 * when it compared nothing at all. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/trace/compare.h"
#include "engine/check/event.h"
#include "engine/tensor/tensor.h"

struct check;

struct case_run {
    struct check *check; /* the cell it belongs to */
    const struct case_type *type;
    const struct tolerance *tolerance;
    struct json json;   /* its object in cases.json */
    const char *name;   /* without the family */
    const char *folder; /* of its checkpoint, or a GGUF file */
    bool exact;         /* activations stay f32 also where weights are in blocks */
    struct arena arena; /* dies with the case */
    struct compare_total total;
    struct event_route route; /* nodes of every plan that the case made */
    bool used_golden;
    uint64_t expects; /* bit i: member i of "expect" was asked for */
    bool broken;      /* the test is at fault, not the engine */
};

struct case_type {
    const char *type;       /* as in cases.json */
    const char *ref;        /* row of the compatibility table, "B6" */
    const char *tolerances; /* the letters that a case of this type may name */
    /* 0 when it ran to its end, whatever it found; a negative ERR_* otherwise. */
    int (*run)(struct case_run *c);
};

#define CASE_END_ROW \
    { NULL, NULL, NULL, NULL }

/* One file of cases/. */
struct case_group {
    const char *name;
    const struct case_type *types; /* ends with CASE_END_ROW */
};
extern const struct case_group *const case_table[];

/* NULL when no group has it. */
const struct case_type *case_type_find(const char *type);

/* "params" of the case; every getter of json.h copes when there are none. */
struct json case_params(const struct case_run *c);
/* As json_fail(), and the case counts as broken. */
int case_broken(struct case_run *c, int rc);
#ifdef __clang_analyzer__ /* which cannot see into another file that it returns rc */
#define case_broken(c, rc) ((void)case_broken(c, rc), (rc))
#endif

/* The tensor named by inputs.<name>. case_input_opt gives *out with rank -1 when the case does
 * not name one. Failures make the case broken. */
int case_input(struct case_run *c, const char *name, struct tensor *out);
int case_input_opt(struct case_run *c, const char *name, struct tensor *out);
bool case_has_input(const struct case_run *c, const char *name);
bool case_has_expect(const struct case_run *c, const char *output);
/* The reference named by expect.<output>. Failures make the case broken. */
int case_expect(struct case_run *c, const char *output, struct tensor *out);
/* The same for a reference that no weight enters: one does for all dtypes. */
int case_expect_any(struct case_run *c, const char *output, struct tensor *out);
/* Of a case that ran to its end and found nothing wrong: 0, or what it expects and never asked for
 * makes it broken, since it would pass whatever that is. */
int case_expects_met(struct case_run *c);
/* What to leave out: the case's "exclude", else attention_mask, else rank -1. */
int case_keep(struct case_run *c, struct tensor *out);

/* Compares under the class of the case against expect.<output>; a keep mask of rank -1 or NULL
 * compares all. */
int case_compare(struct case_run *c, const char *output, const struct tensor *got,
                 const struct tensor *keep);
/* The same under another class. */
int case_compare_as(struct case_run *c, const char *output, const struct tensor *got,
                    const struct tensor *keep, const struct tolerance *tolerance);
/* Two results of the engine against each other. */
int case_same(struct case_run *c, const char *label, const struct tensor *got,
              const struct tensor *want, const struct tolerance *tolerance);

/* A contiguous tensor in the case's arena, zeroed. */
struct tensor case_tensor(struct case_run *c, enum dtype dtype, int rank, const int64_t *shape);
/* A path inside the fixture's folder, in the case's arena. */
const char *case_path(struct case_run *c, const char *name);
