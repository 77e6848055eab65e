/* SPDX-License-Identifier: Apache-2.0 */
/* report: the answer of a hunt, for a person and for a program. docs/bisect.md explains it. */
#pragma once

#include "engine/base/buf.h"

struct hunt;

void report_text(struct buf *out, const struct hunt *h);
/* indent as json_writer_init() has it. */
void report_json(struct buf *out, const struct hunt *h, int indent);
/* There is a culprit, and nothing has cleared it. */
bool report_is_decided(const struct hunt *h);
