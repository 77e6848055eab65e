/* SPDX-License-Identifier: Apache-2.0 */
/* lint_text: the text of a role, which is Markdown, taken apart into sentences and lines of code.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct role;

enum { LINT_LINE_BYTES = 2048 };

/* A line of code, or a sentence over all the lines that it takes; what is longer is cut. */
struct lint_line {
    char said[LINT_LINE_BYTES]; /* as it stands there, blanks made one */
    char text[LINT_LINE_BYTES]; /* in lower case */
    size_t number;              /* of the file, where it begins */
    bool code;                  /* in a fence, or indented: what is written there is done */
    bool negated;               /* it forbids */
};

typedef void lint_text_fn(void *arg, const struct lint_line *line);
/* Each of them in order. */
void lint_text_each(const struct role *role, lint_text_fn *see, void *arg);
