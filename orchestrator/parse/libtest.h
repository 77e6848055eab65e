/* SPDX-License-Identifier: Apache-2.0 */
/* libtest: what the test programs of Rust say, in text, for the stable ones know no other form.
 * https://doc.rust-lang.org/rustc/tests/index.html */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"

/* The next line of `--list --format terse` at *text, which is put behind it: "NAME: test" or
 * "NAME: benchmark". *name in arena. 1; 0 at the end; ERR_FORMAT for a line that is neither. */
int libtest_next(struct arena *arena, const char **text, const char **name);

enum libtest_outcome { LIBTEST_NONE, LIBTEST_OK, LIBTEST_FAILED, LIBTEST_IGNORED };
/* What a file of --logfile says of the test: "ok NAME", "failed NAME", "ignored: WHY NAME", where
 * WHY may have several lines. Nothing else writes to that file, so it cannot be printed by a test.
 */
enum libtest_outcome libtest_outcome(const char *log, const char *name);

/* Why a test failed, from its output, in one line and in arena: its first panic, "lib.rs:3:9:
 * assertion failed: x", and what other or that any was expected; else the error that it returned;
 * "" when it says neither. */
const char *libtest_why(struct arena *arena, const char *text);
