/* SPDX-License-Identifier: Apache-2.0 */
/* panel: a matrix of blocks with 16 rows interleaved, so that each lane of a vector is a row.
 *
 * 16 neighbouring rows are a panel. It holds their blocks in the order of k, so that a product
 * reads it from its first byte to its last: with scales kept apart, processors fetch ahead badly,
 * and a token took half as long again. A block of 16 rows holds field after field; a field of two
 * bytes (a scale) lies row by row, any other as words of four bytes, word by word, each word for
 * the 16 rows in turn. A word of q holds numbers of four neighbouring k. Bytes of q8_0 are stored
 * plus 128, for processors multiply unsigned by signed. The rows behind the last whole panel stay
 * as they were. In all, the bytes are as many as before, and panel p lies where rows 16p … 16p + 15
 * lay. */
#pragma once

#include "engine/backend/backend.h"

enum { PANEL_ROWS = 16 };
/* Packed weights are kept from start to start under this name (tests/…/panel_test.c tells when a
 * change of the bytes needs another). */
#define PANEL_LAYOUT "panels of 16, 1"

/* A field of a block: how many bytes of the block's lie before it in the panel, how many it has,
 * where it begins in a block in rows. */
struct panel_field {
    int before, bytes, from;
};
/* clang-format off */
#define PANEL_Q8_0_Q { 0, 32, 2 }
#define PANEL_Q8_0_D { 32, 2, 0 }
#define PANEL_Q4_0_Q { 0, 16, 2 }
#define PANEL_Q4_0_D { 16, 2, 0 }
#define PANEL_Q4_K_Q { 16, 128, 16 }
#define PANEL_Q4_K_SCALES { 0, 12, 4 }
#define PANEL_Q4_K_D { 12, 2, 0 }
#define PANEL_Q4_K_MIN { 14, 2, 2 }
#define PANEL_Q6_K_LOW { 82, 128, 0 }
#define PANEL_Q6_K_HIGH { 18, 64, 128 }
#define PANEL_Q6_K_SCALES { 0, 16, 192 }
#define PANEL_Q6_K_D { 16, 2, 208 }
/* clang-format on */

/* Whether a matrix is worth a panel. */
bool panel_packs(const struct device *dev, const struct tensor *t);
/* t, as rows, into out, which may be where t lies. Shared out over the device's threads. */
void panel_pack(struct device *dev, void *out, const struct tensor *t);
/* Row `row` of a tensor in panels, as the blocks it was packed from: dtype_bytes() of them. */
void panel_row(void *out, const struct tensor *t, int64_t row);
