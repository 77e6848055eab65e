/* SPDX-License-Identifier: Apache-2.0 */
/* step_check: whether a step can be run at all, decided before anything is written. */
#pragma once

#include "engine/run/session.h"

/* kv NULL: no cache. 0, ERR_ARG naming the value out of range, ERR_LIMIT for the capacity. */
int step_check(const struct step *st, const struct config *c, const struct kv *kv,
               int64_t max_rows);
/* The largest position of the step, for rotary tables that depend on the length. */
int64_t step_last_position(const struct step *st, const struct kv *kv);
