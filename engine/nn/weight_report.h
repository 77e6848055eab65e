/* SPDX-License-Identifier: Apache-2.0 */
/* weight_report: what is wrong with the tensors of a file, for one sentence: the first few by name,
 * and how many more there are. */
#pragma once

#include <stddef.h>

#include "engine/base/buf.h"

enum { WEIGHT_REPORT_TOLD = 4, WEIGHT_REPORT_MAX = 1 << 12 /* bytes */ };

struct weight_report {
    struct buf text;
    size_t count;
};

void weight_report_init(struct weight_report *r);
void weight_report_done(struct weight_report *r); /* copes with a zeroed struct */
/* Counts one more fault. Where it is to be told, behind what stands between two; NULL when enough
 * are told. */
struct buf *weight_report_add(struct weight_report *r, const char *between);
/* All of it, borrowed; it is asked for once. */
const char *weight_report_text(struct weight_report *r);
