/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/libtest.h"

#include <string.h>

#include "engine/base/err.h"

static const char *line_end(const char *line) {
    return strchrnul(line, '\n');
}

static bool ends_with(const char *begin, const char *end, const char *tail) {
    size_t len = strlen(tail);
    return (size_t)(end - begin) > len && memcmp(end - len, tail, len) == 0;
}

int libtest_next(struct arena *arena, const char **text, const char **name) {
    static const char *const kinds[] = {": test", ": benchmark", NULL};
    const char *line = *text, *end = line_end(line);
    if (!*line)
        return 0;
    *text = *end ? end + 1 : end;
    for (size_t i = 0; kinds[i]; i++)
        if (ends_with(line, end, kinds[i])) {
            *name = arena_strndup(arena, line, (size_t)(end - line) - strlen(kinds[i]));
            return 1;
        }
    return err_set(ERR_FORMAT, "\"%.*s\" is no line of a list of tests",
                   (int)(end - line < 200 ? end - line : 200), line);
}

enum libtest_outcome libtest_outcome(const char *log, const char *name) {
    static const struct {
        const char *word;
        enum libtest_outcome outcome;
    } words[] = {
        {"ok",      LIBTEST_OK     },
        {"failed",  LIBTEST_FAILED },
        {"ignored", LIBTEST_IGNORED},
        {NULL,      LIBTEST_NONE   },
    };
    for (const char *line = log, *end; *line; line = *end ? end + 1 : end) {
        size_t len = strlen(name);
        end = line_end(line);
        if ((size_t)(end - line) <= len + 1 || memcmp(end - len, name, len) != 0 ||
            end[-(ptrdiff_t)len - 1] != ' ')
            continue;
        size_t word = strcspn(line, " :\n");
        for (size_t i = 0; words[i].word; i++)
            if (strlen(words[i].word) == word && memcmp(line, words[i].word, word) == 0)
                return words[i].outcome;
    }
    return LIBTEST_NONE;
}

/* Without the folders in front of a path. */
static const char *base_of(const char *path, size_t len) {
    const char *slash = memrchr(path, '/', len);
    return slash ? slash + 1 : path;
}

/* Up to Rust 1.72 "panicked at 'WHAT', FILE:LINE:COLUMN"; since then "panicked at
 * FILE:LINE:COLUMN:" and WHAT in the line below. */
const char *libtest_why(struct arena *arena, const char *text) {
    static const char mark[] = " panicked at ";
    const char *at = strstr(text, mark), *returned = strstr(text, "\nError: ");
    if (!at && !returned)
        return "";
    if (!at)
        return arena_strndup(arena, returned + 1, (size_t)(line_end(returned + 1) - returned - 1));
    at += strlen(mark);
    const char *end = line_end(at);
    if (end > at && end[-1] == ':' && *end) {
        const char *what = end + 1, *where = base_of(at, (size_t)(end - at));
        return arena_printf(arena, "%.*s %.*s", (int)(end - where), where,
                            (int)(line_end(what) - what), what);
    }
    const char *comma = *at == '\'' ? memrchr(at, ',', (size_t)(end - at)) : NULL;
    if (!comma || comma - at < 2 || comma[-1] != '\'' || comma[1] != ' ')
        return arena_strndup(arena, at, (size_t)(end - at));
    const char *where = base_of(comma + 2, (size_t)(end - comma - 2));
    return arena_printf(arena, "%.*s: %.*s", (int)(end - where), where, (int)(comma - at - 2),
                        at + 1);
}
