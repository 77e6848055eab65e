/* SPDX-License-Identifier: Apache-2.0 */
/* weigh: what the cases did in the two trees, counted into the proof. It judges nothing but
 * whether it is worth going on: the proof is judged as a whole, by proof_holds(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "orchestrator/proof/proof.h"

struct arena;
struct decoys;
struct rerun;
struct target;

/* The base as it was first run: the cases of the target that fail in it as often as is needed
 * become those to be mended; also the totals. False when the primary is not among them. */
bool weigh_base(struct proof *p, struct arena *arena, const struct target *target,
                const struct rerun *base);
/* The fixed tree: what became of each, what is kept, the totals. *worst (in the arena) names a
 * case for the answer: one that is not mended, or one that was lost, "" = none. */
void weigh_fixed(struct proof *p, struct arena *arena, const struct rerun *base,
                 const struct rerun *fixed, const char **unmended, const char **lost);
/* The base once more. *passes: a case to be mended that does not fail as it did, "" = none. */
void weigh_control(struct proof *p, struct arena *arena, const struct rerun *control,
                   const char **passes);
/* A case that passes in the base and gives the wrong answer in the same decoys there, too, compares
 * something else than what was spoiled: it tells nothing of the change, and is not counted. */
struct weigh_doubt {
    const struct rerun *base;
    const char *folder; /* beside it, the journals of the base in the decoys */
};
/* What the cases that passed did in the decoys, whose journals lie beside folder, that of fixed.
 * by: NULL = nobody has doubts yet. *hollow: one that gave the wrong answer there, "" = none. 0, or
 * as rerun_load(). */
int weigh_decoys(struct proof *p, struct arena *arena, const struct decoys *decoys,
                 const struct rerun *fixed, const char *folder, const struct weigh_doubt *by,
                 const char **hollow);
