/* SPDX-License-Identifier: Apache-2.0 */
/* pieces: the ranges of a text that become words, in order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/token/cuts.h"

struct piece {
    size_t begin, end;
    int32_t id; /* of an added token, or -1 */
};
struct pieces {
    struct piece *data;
    size_t len, cap;
};

/* Empty pieces are dropped, as HF drops them. */
void pieces_add(struct pieces *p, size_t begin, size_t end, int32_t id);
enum split_behavior {
    SPLIT_REMOVED,
    SPLIT_ISOLATED,
    SPLIT_MERGED_WITH_PREVIOUS,
    SPLIT_MERGED_WITH_NEXT,
    SPLIT_CONTIGUOUS,
};
/* Appends to out what the behavior makes of the cuts. */
void pieces_split(struct pieces *out, const struct cuts *cuts, enum split_behavior behavior,
                  bool invert);
