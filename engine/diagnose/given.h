/* SPDX-License-Identifier: Apache-2.0 */
/* given: what the plans of a case were given, weights and nodes, against what the files demand.
 *
 * Of what was computed nothing is asked: that is the audit's. */
#pragma once

#include <stdbool.h>

#include "engine/check/audit.h"
#include "engine/diagnose/diagnosis.h"

struct weights;

struct given {
    struct diagnosis *d; /* said there */
    const struct audit *audit;
    const char *path;           /* of the checkpoint */
    const struct weights *held; /* by the model; NULL = there is none */
    const struct weights *rows; /* the same as plain rows, whatever the device likes; or NULL */
    /* What the case names itself: positions, types of tokens, which tokens' outputs to keep. */
    bool positions, types, list;
};

/* What all devices take numbers apart with: wrong there, it is wrong in every op that reads them,
 * and no device can judge another. True when it explains the failure; so with the others. */
bool given_decoder(const struct given *g);
bool given_weights(const struct given *g);
bool given_nodes(const struct given *g);
