/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/glob.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

/* A place to come back to: what follows the star, and how far it has eaten. */
struct star {
    const char *pattern, *path;
    bool folders; /* eats whole folders only: "**" and a slash */
};

/* Gives the star more to eat. False when there is no more that it may. */
static bool eat(struct star *s) {
    if (!s->pattern)
        return false;
    const char *slash = s->folders ? strchr(s->path, '/') : s->path;
    if (!slash || !*slash)
        return false;
    s->path = slash + 1;
    return true;
}

static bool is_same(char a, char b, bool folded) {
    bool letter = folded && (a | 32) >= 'a' && (a | 32) <= 'z';
    return a == b || (letter && (a | 32) == (b | 32));
}

/* Only the last star of each kind needs to be tried again: one that has given more to an earlier
 * star finds nothing that a longer last one would not. So it is quadratic at worst. */
static bool match(const char *pattern, const char *path, bool folded) {
    struct star one = {NULL, NULL, false}, many = one;
    for (;;) {
        if (pattern[0] == '*' && pattern[1] == '*') {
            bool folders = pattern[2] == '/';
            pattern += folders ? 3 : 2;
            many = (struct star){pattern, path, folders};
            one.pattern = NULL;
        } else if (*pattern == '*') {
            one = (struct star){++pattern, path, false};
        } else if (*pattern == '/' && !pattern[1] && *path == '/' && path[1]) {
            return true;
        } else if (*path &&
                   (is_same(*pattern, *path, folded) || (*pattern == '?' && *path != '/'))) {
            pattern++;
            path++;
        } else if (!*pattern && !*path) {
            return true;
        } else if (one.pattern && *one.path != '/' && eat(&one)) {
            pattern = one.pattern;
            path = one.path;
        } else if (eat(&many)) {
            pattern = many.pattern;
            path = many.path;
            one.pattern = NULL;
        } else {
            return false;
        }
    }
}

bool glob_match(const char *pattern, const char *path) {
    return match(pattern, path, false);
}

static bool match_any(const char *const *patterns, const char *path, bool folded) {
    for (size_t i = 0; patterns && patterns[i]; i++)
        if (match(patterns[i], path, folded))
            return true;
    return false;
}

bool glob_match_any(const char *const *patterns, const char *path) {
    return match_any(patterns, path, false);
}

bool glob_closes(const char *const *patterns, const char *path) {
    return match_any(patterns, path, true);
}

/* Whether one folder's name fits one part of a pattern. */
static bool fits(const char *part, size_t part_len, const char *name, size_t len) {
    char pattern[NAME_MAX + 1], text[NAME_MAX + 1];
    if (part_len > NAME_MAX || len > NAME_MAX)
        return false;
    memcpy(pattern, part, part_len);
    memcpy(text, name, len);
    pattern[part_len] = text[len] = '\0';
    return glob_match(pattern, text);
}

/* What of the pattern is left for what lies in folder; NULL when it is of something else, or of
 * the folder itself, or says "**" before. */
static const char *left_in(const char *pattern, const char *folder) {
    while (*folder) {
        size_t part = strcspn(pattern, "/"), name = strcspn(folder, "/");
        if (!pattern[part] || (part == 2 && memcmp(pattern, "**", 2) == 0) ||
            !fits(pattern, part, folder, name))
            return NULL;
        pattern += part + 1;
        folder += name + (folder[name] == '/');
    }
    return pattern;
}

bool glob_is_all_of(const char *pattern, const char *folder) {
    const char *left = *folder ? left_in(pattern, folder) : NULL;
    return left && (!*left || strcmp(left, "**") == 0);
}

bool glob_leads_into(const char *pattern, const char *folder) {
    const char *left = left_in(pattern, folder);
    return left && strncmp(left, "**/", 3) != 0;
}
