/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/subject.h"

#include <stddef.h>
#include <string.h>

#include "engine/diagnose/ladder.h"

static bool is_one_of(const char *word, const char *const *list) {
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

bool subject_has_numbers(const char *type) {
    static const char *const others[] = {"tokenizer", "truncation", "loading", "config", NULL};
    return !is_one_of(ladder_group(type), others);
}

bool subject_has_weights(const char *type) {
    static const char *const others[] = {"tokenizer", "truncation", NULL};
    static const char *const types[] = {"processor", "argmax", NULL};
    return !is_one_of(ladder_group(type), others) && !is_one_of(type, types);
}

bool subject_is_output(const char *type) {
    static const char *const types[] = {"final_logits", "head", "token_types", NULL};
    return is_one_of(type, types);
}
