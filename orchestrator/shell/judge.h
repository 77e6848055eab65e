/* SPDX-License-Identifier: Apache-2.0 */
/* judge: whether a command line may be run: every command in it, and every file it opens. */
#pragma once

#include <stddef.h>

#include "orchestrator/shell/allow.h"

struct scope;

/* 0, or a negative ERR_ with the sentence: what cannot be read is denied like what is forbidden.
 * "cd FOLDER && …" moves what follows; a cd that may or may not have happened is denied. */
int judge_line(enum allow_level level, const struct scope *scope, const char *text, size_t size);
