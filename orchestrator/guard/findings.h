/* SPDX-License-Identifier: Apache-2.0 */
/* findings: what the rules found, for a person or a program. */
#pragma once

#include <stddef.h>

struct buf;
struct findings;
struct json_writer;
struct view_range;

/* One violation a line, "COMMIT PLACE:LINE: RULE: what", and below it how to mend it. */
void findings_print(struct buf *out, const struct findings *f);
/* "3 rules, 2 commits: 1 error; not asked: builds", and who changed rules. */
void findings_sum(struct buf *out, const struct view_range *r, const struct findings *f);
/* Into the open object: "violations", "not_asked", and counts. */
void findings_json(struct json_writer *w, const struct view_range *r, const struct findings *f);
/* Every kind of rule there is with its parameters, and the presets. */
void findings_kinds(struct buf *out);
