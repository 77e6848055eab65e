/* SPDX-License-Identifier: Apache-2.0 */
/* panel: a matrix of blocks with 16 rows interleaved, so that each lane of a vector is a row.
 *
 * 16 neighbouring rows are a panel. It holds, for each block of k, the same bytes as these rows'
 * blocks do, in another order: first the fields of two bytes (scales), row by row; then all other
 * bytes as words of four, word by word, each word for the 16 rows in turn. A word holds numbers of
 * four neighbouring k. Bytes of q8_0 are stored plus 128, for processors multiply unsigned by
 * signed. The rows behind the last whole panel stay as they were. In all, the bytes are as many
 * as before, and panel p lies where rows 16p … 16p + 15 lay. */
#pragma once

#include "engine/backend/backend.h"

enum { PANEL_ROWS = 16 };

/* Where things lie in a block of a panel, in bytes. Words of field f begin at the given place,
 * PANEL_ROWS · 4 bytes from one to the next. */
enum {
    PANEL_SCALE = 0, /* [16] f16, of every dtype */
    PANEL_Q8_0_WORDS = 32,
    PANEL_Q4_0_WORDS = 32,
    PANEL_Q4_K_MIN = 32, /* [16] f16 */
    PANEL_Q4_K_SCALES = 64,
    PANEL_Q4_K_WORDS = 64 + 3 * 64,
    PANEL_Q6_K_SCALES = 32,
    PANEL_Q6_K_LOW = 32 + 4 * 64,
    PANEL_Q6_K_HIGH = 32 + 4 * 64 + 32 * 64,
};

/* Whether a matrix is worth a panel. */
bool panel_packs(const struct device *dev, const struct tensor *t);
/* t, as rows, into out, which may be where t lies. Shared out over the device's threads. */
void panel_pack(struct device *dev, void *out, const struct tensor *t);
/* Row `row` of a tensor in panels, as the blocks it was packed from: dtype_bytes() of them. */
void panel_row(void *out, const struct tensor *t, int64_t row);
