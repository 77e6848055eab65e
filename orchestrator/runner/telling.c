/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/telling.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "engine/base/utf8.h"
#include "orchestrator/parse/colour.h"

static const char ellipsis[] = "…";
enum { TEXT_MAX = TELLING_SIZE - sizeof(ellipsis) };

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The line as a sentence: no colours, no blanks around it, and not too long. */
static void make_plain(char out[TELLING_SIZE], const char *line, size_t len) {
    const char *end = line + len;
    size_t n = 0;
    bool over = false;
    while (end > line && is_blank(end[-1]))
        end--;
    while (line < end && !over) {
        size_t skip = colour_len(line, end);
        if (!skip && *line && (n || !is_blank(*line)) && !(over = n == TEXT_MAX))
            out[n++] = *line;
        line += skip ? skip : 1;
    }
    if (over) {
        n -= utf8_incomplete_tail(out, n);
        memcpy(out + n, ellipsis, sizeof(ellipsis));
        return;
    }
    while (n && is_blank(out[n - 1]))
        n--;
    out[n] = '\0';
}

/* ":12" or "(12" behind a name with an ending that is no number. */
static bool names_place(const char *line) {
    for (const char *at = line; *at; at++) {
        if ((*at != ':' && *at != '(') || !isdigit((unsigned char)at[1]))
            continue;
        const char *ending = at;
        while (ending > line && isalnum((unsigned char)ending[-1]))
            ending--;
        if (ending - line > 1 && isalpha((unsigned char)*ending) && ending[-1] == '.' &&
            !is_blank(ending[-2]))
            return true;
    }
    return false;
}

static bool says_failure(const char *line) {
    static const char *const words[] = {"fail", "error", "assert", "expect", "panic", NULL};
    for (size_t i = 0; words[i]; i++)
        if (strcasestr(line, words[i]))
            return true;
    return false;
}

void telling_see(struct telling *t, const char *line, size_t len) {
    char plain[TELLING_SIZE];
    make_plain(plain, line, len);
    if (!*plain)
        return;
    memcpy(t->last, plain, sizeof(plain));
    if (!*t->place && names_place(plain) && says_failure(plain))
        memcpy(t->place, plain, sizeof(plain));
}

const char *telling_best(const struct telling *t) {
    return *t->place ? t->place : t->last;
}
