/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/glob.h"

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

/* Only the last star of each kind needs to be tried again: one that has given more to an earlier
 * star finds nothing that a longer last one would not. So it is quadratic at worst. */
bool glob_match(const char *pattern, const char *path) {
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
        } else if (*path && (*pattern == *path || (*pattern == '?' && *path != '/'))) {
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

bool glob_match_any(const char *const *patterns, const char *path) {
    for (size_t i = 0; patterns && patterns[i]; i++)
        if (glob_match(patterns[i], path))
            return true;
    return false;
}
