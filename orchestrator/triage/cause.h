/* SPDX-License-Identifier: Apache-2.0 */
/* cause: which failures of a run have one cause. Pure: the same failures give the same causes.
 *
 * The rule, version CAUSE_ALGO. A case that was explained belongs to
 *   - its kernel without the level ("cpu-native.avx2.rms_norm" and its AVX-512 sister are
 *     cpu-native.rms_norm), whichever op it was first seen in, when a kernel is at fault; norms
 *     share their helpers, and so do the kernels of attention and those that multiply by one matrix
 *     or by several: of these each is one;
 *   - weights as such, when a weight is not what its file says, or not where it belongs;
 *   - otherwise the part of the model that its stage is in, whichever op a family has there, or
 *     kind and op where there is no stage, or kind and masked sentence.
 * All but kernels lie in what all variants share, so two of these that explain the same case in two
 * cells are one. Of one op's kernels on two devices, one that nothing proves is the same fault as
 * one with whose sister a case passes: without a reference of its own a case blames either. A case
 * that stands on another of its cell, says so and was explained has the cause of that one.
 *
 * A case with wrong numbers or words that was not explained belongs to
 *   - the cause that its own cell was explained with: of several the one that explains cases of
 *     its type, then the one with most cases there;
 *   - else the cause of the same case in other cells, when there is only one.
 *
 * A crash, time-out or error belongs to the cause of one explained in its cell that has its very
 * signature. What is left goes by rule and masked signature, less the type of the case and how far
 * the error was over its limit.
 *
 * A cause's primary is its smallest case: one explained in its words before others, one that names
 * a stage before others, then the fewest elements compared (not known last), then cell and case by
 * name. */
#pragma once

#include <stddef.h>

#include "orchestrator/store/clusters.h"
#include "orchestrator/triage/signature.h"

struct arena;

enum { CAUSE_ALGO = 5 };

struct cause {
    char hash[SIGNATURE_SIZE];
    const char *kind, *words; /* as in struct cluster */
    size_t primary;           /* among the failures */
    size_t cases, cells;
};

/* To which cause a failure belongs, and why it does. */
struct cause_link {
    size_t cause;
    const char *how; /* "diagnosis", "cell", "case", "signature" */
};

/* failures are sorted by cell. causes and links[len] are in arena; most cases first. */
void cause_find(struct arena *arena, const struct cluster_failure *failures, size_t len,
                struct cause **causes, size_t *count, struct cause_link **links);
