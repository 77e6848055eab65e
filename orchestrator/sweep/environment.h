/* SPDX-License-Identifier: Apache-2.0 */
/* environment: the machine that a run is made on, as far as it may change results. */
#pragma once

struct arena;
struct environment;

/* Asks the system; what it does not say is "". Never fails. Strings are in arena. */
void environment_read(struct environment *out, struct arena *arena);
