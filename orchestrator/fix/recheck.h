/* SPDX-License-Identifier: Apache-2.0 */
/* recheck: both trees of a proof, built and swept here, against what the proof says of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "orchestrator/proc/sandbox.h"
#include "orchestrator/proof/proof.h"

struct config;

struct recheck_spec {
    const struct config *config; /* of the base */
    const struct commits *commits;
    const char *folder; /* base/ and fixed/ are kept in it; emptied first */
    int64_t times;      /* runs of each tree; 0 = as many as the proof has */
    enum sandbox_level least, only;
    const volatile bool *stop;
};

struct recheck {
    int64_t runs; /* of each tree */
    size_t cases; /* to be mended, that do apply to this machine */
    size_t idle;  /* and those that do not: nothing is known of them here */
    struct proof_totals before, after;
    int64_t kept_before, kept_after; /* as struct proof has them, of all that was swept here */
    struct proof_decoys decoys;
    bool compared_kept; /* kept.sha256 with the names here; not when other cases apply here */
    enum sandbox_level level;
    double ms; /* builds and sweeps together */
};

/* Adds a fault for each thing that is not as the proof says. What the two machines may differ in,
 * as how many cases apply, is none. 0 (look at faults), or as rerun_run(). */
int recheck_run(struct recheck *out, const struct proof *p, const struct recheck_spec *spec,
                struct proof_faults *faults);
