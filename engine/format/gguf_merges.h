/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_merges: the merges that a SentencePiece vocabulary implies.
 *
 * SentencePiece joins two neighbours whenever what they spell is a piece, that of the highest score
 * first. Said as HF says it (generate_merges() in its convert_slow_tokenizer.py): every way to cut
 * a piece in two pieces is a merge, and the earlier the higher the score is; equal scores go by id,
 * cuts of one piece from the left. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct gguf_vocabulary;

enum { GGUF_PIECE_MAX = 512 }; /* bytes: every cut of a piece is looked up */

struct gguf_merge {
    float score;
    int32_t id;    /* of the piece */
    uint32_t left; /* bytes of it before the cut */
};

struct gguf_merges {
    struct gguf_merge *data; /* earliest first */
    size_t len, cap;
};

/* Fills a zeroed struct. 0, or ERR_FORMAT naming file and key: scores are missing, too few or not
 * finite, a piece is over the limit. done is due in any case. */
int gguf_merges_make(struct gguf_merges *m, const struct gguf_vocabulary *v);
void gguf_merges_done(struct gguf_merges *m); /* copes with a zeroed struct */
