/* SPDX-License-Identifier: Apache-2.0 */
/* attest: the receipt and the review that a bundle holds. They are objects of others within it, so
 * nothing but this compares them with the rest: those of another attempt prove nothing of this. */
#pragma once

#include "orchestrator/proof/proof.h"

/* Adds a fault RECEIPT or REVIEW for each thing that they say otherwise than the bundle. */
void attest_check(const struct proof *p, struct proof_faults *faults);
