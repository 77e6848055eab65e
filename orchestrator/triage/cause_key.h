/* SPDX-License-Identifier: Apache-2.0 */
/* cause_key: what one failure says of its cause, as text. Failures with one key have one cause;
 * which keys are one cause all the same is cause.h's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"

struct arena;
struct cluster_failure;

/* Of a failure that was explained: its kernel, stage or part, by the rule of cause.h. */
void cause_key_explained(struct buf *b, struct arena *arena, const struct cluster_failure *f);
/* Of any other: verdict, class, layer, rule and masked text. */
void cause_key_signature(struct buf *b, const struct cluster_failure *f);
/* A kernel's name without the level of its instructions: "cpu-native.rms_norm". */
const char *cause_key_kernel(struct arena *arena, const char *kernel);
bool cause_key_is_level(const char *word, size_t len);
/* The part of the model that a stage is in; the stage itself when it is a part of its own. */
const char *cause_key_part(const char *stage);
/* Whether its stage tells where the fault is. */
bool cause_key_is_of_stage(const struct cluster_failure *f);
/* Of two with one key, both kernels: whether a's kernel gave the name to b's and its kin. */
bool cause_key_leads(const struct cluster_failure *a, const struct cluster_failure *b);
/* The length of the case's name that f's diagnosis begins with when that one fails too and f stands
 * on it; else 0. */
size_t cause_key_ground(const struct cluster_failure *f);
