/* SPDX-License-Identifier: Apache-2.0 */
/* intent: what a command line that was denied wanted, as far as its words say.
 *
 * For names in a record, never for a decision: a line that hides what it does has been denied
 * because it could not be read, and is not found out here either. */
#pragma once

#include <stddef.h>

struct arena;

/* The strongest first: of several the first is what the line is called by. */
#define INTENT_MAP(X)           \
    X(FORCE_PUSH, "force_push") \
    X(PUSH, "push")             \
    X(NETWORK, "network")       \
    X(DAEMON, "daemon")         \
    X(SYMLINK, "symlink")       \
    X(HARD_LINK, "hard_link")   \
    X(DELETION, "deletion")     \
    X(WRITING, "writing")

enum intent {
#define X(name, word) INTENT_##name,
    INTENT_MAP(X)
#undef X
        INTENT_NONE
};

enum { INTENT_WORDS_MAX = 1024 };

/* words: [*len] of the line, without quotes, in arena. */
enum intent intent_of(struct arena *arena, const char *line, const char *const **words,
                      size_t *len);
const char *intent_name(enum intent intent);
