/* SPDX-License-Identifier: Apache-2.0 */
/* fold: one line of a journal, as changes to the index. Depends on the line and on what was
 * folded before it, and on nothing else. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"

struct index;

/* 0, ERR_IO, or ERR_FORMAT when the line is no event of a journal. */
int fold_line(struct index *ix, const char *line, size_t len);
/* For the folds in files of their own: the ids of the names in the line, and a line of theirs. */
int fold_find_case(struct index *ix, struct json at, int64_t *cell, int64_t *case_id);
int fold_diagnosis(struct index *ix, struct json at);
int fold_waived(struct index *ix, struct json at);
int fold_mend(struct index *ix, struct json at);
/* The run has ended: groups what failed by its causes. 0 or ERR_IO. */
int fold_causes(struct index *ix);
