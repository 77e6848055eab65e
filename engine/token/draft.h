/* SPDX-License-Identifier: Apache-2.0 */
/* draft: one text being cut into pieces, and the ways to cut it.
 *
 * Pieces are ranges of the text, in order; a piece with an id is an added token already and is
 * left alone. A stage that only cuts writes new pieces; one that also rewrites writes a new text
 * with the pieces in it. Both are double-buffered, so a reused draft allocates nothing. */
#pragma once

#include "engine/token/cuts.h"
#include "engine/token/pieces.h"
#include "engine/token/text.h"

struct draft {
    struct text text, next_text, work; /* work: the normalizers' second buffer */
    struct pieces pieces, next_pieces;
    struct cuts cuts;
};
void draft_done(struct draft *d); /* copes with a zeroed struct */
/* What a stage wrote becomes what the next one reads. */
void draft_take_pieces(struct draft *d);
void draft_take_text(struct draft *d); /* and pieces */

/* Copies one piece's text behind next_text and adds the piece there. */
void draft_carry(struct draft *d, const struct piece *p);
