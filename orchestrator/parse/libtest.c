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

/* The row of words[] that a line begins with, or that of NULL. *goes_on: a reason follows, which
 * may take several lines. */
static enum libtest_outcome outcome_of(const char *line, bool *goes_on) {
    static const struct {
        const char *word;
        enum libtest_outcome outcome;
    } words[] = {
        {"ok",      LIBTEST_OK     },
        {"failed",  LIBTEST_FAILED },
        {"ignored", LIBTEST_IGNORED},
        {NULL,      LIBTEST_NONE   },
    };
    size_t i = 0, len = strcspn(line, " :\n");
    while (words[i].word && (strlen(words[i].word) != len || memcmp(line, words[i].word, len) != 0))
        i++;
    *goes_on = words[i].word && line[len] == ':';
    return words[i].outcome;
}

enum libtest_outcome libtest_outcome(const char *log, const char *name) {
    enum libtest_outcome said = LIBTEST_NONE;
    size_t len = strlen(name);
    bool goes_on = false;
    for (const char *line = log, *end; *line; line = *end ? end + 1 : end) {
        bool new = false;
        enum libtest_outcome here = outcome_of(line, &new);
        end = line_end(line);
        if (here != LIBTEST_NONE || !goes_on) {
            said = here;
            goes_on = new;
        }
        if ((size_t)(end - line) > len + 1 && memcmp(end - len, name, len) == 0 &&
            end[-(ptrdiff_t)len - 1] == ' ' && said != LIBTEST_NONE)
            return said;
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
static const char *panic_in(struct arena *arena, const char *text) {
    static const char mark[] = " panicked at ";
    const char *at = strstr(text, mark);
    if (!at)
        return "";
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

/* The line that begins with the words, without those; NULL when there is none. */
static const char *line_behind(struct arena *arena, const char *text, const char *words) {
    const char *at = strstr(text, words);
    at = at ? at + strlen(words) : NULL;
    return at ? arena_strndup(arena, at, (size_t)(line_end(at) - at)) : NULL;
}

/* Of #[should_panic]: "note: test did not panic as expected at src/lib.rs:2:28", whose place older
 * ones leave out; or "note: panic did not contain expected string" and lines below it. "" when it
 * is neither. */
static const char *should_panic(struct arena *arena, const char *text, const char *panic) {
    static const char none[] = "test did not panic as expected";
    const char *where = line_behind(arena, text, "\nnote: test did not panic as expected");
    const char *other = line_behind(arena, text, "\nnote: panic did not contain expected string");
    const char *wanted = line_behind(arena, text, "\n expected substring: ");
    if (where && strncmp(where, " at ", 4) == 0)
        return arena_printf(arena, "%s: %s", base_of(where + 4, strlen(where + 4)), none);
    if (where)
        return none;
    if (other && wanted)
        return arena_printf(arena, "%s; the panic was to contain %s", panic, wanted);
    return "";
}

const char *libtest_why(struct arena *arena, const char *text) {
    const char *panic = panic_in(arena, text), *expected = should_panic(arena, text, panic);
    const char *returned = line_behind(arena, text, "\nError: ");
    if (*expected || *panic)
        return *expected ? expected : panic;
    return returned ? arena_printf(arena, "Error: %s", returned) : "";
}
