/* SPDX-License-Identifier: Apache-2.0 */
/* lint_words: what a sentence in English tells its reader to do. Sentences are in lower case; what
 * is only spoken of ("who loosened a tolerance") or asked ("does it skip a test?") is no order. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct role;

/* Whether what stands in [text, end) forbids; end NULL = all of it. */
bool lint_words_forbid(const char *text, const char *end);
/* Whether the verb at `at` is an order: "Edit …", "…, then edit …", "you may edit …". */
bool lint_words_order(const char *text, const char *at);
/* Whether the verb at `at` is a ban: "never edit …", "must not edit …". */
bool lint_words_ban(const char *text, const char *at);
/* Whether it is an order to use the command at `command`: "run …". */
bool lint_words_use(const char *text, const char *command);
/* Where word stands, as a whole word, or NULL. */
const char *lint_words_find(const char *text, const char *word);

/* Something that no policy lets anybody do, whatever words call it. */
struct lint_ask {
    const char *rule;
    const char *verbs[14];   /* the order */
    const char *objects[16]; /* one of them behind the verb; none = whatever stands there */
    const char *text;        /* what is wrong with it */
    bool (*allowed)(const struct role *role); /* NULL: for no role */
    bool said; /* the verbs are what is said ("no limit"), not an order */
};
extern const struct lint_ask lint_asks[]; /* ended by a NULL rule */
/* Whether the sentence asks for it. */
bool lint_words_ask(const struct lint_ask *ask, const char *text);

/* The next thing of the sentence from *at on that looks like a path of the checkout: between two
 * ticks, or bare when it ends with a slash, has a suffix or begins as a path of the role does.
 * Where it begins, or NULL. */
const char *lint_words_path(const char **at, const struct role *role, char *out, size_t room,
                            bool *bare);
