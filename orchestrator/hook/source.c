/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/source.h"

#include <stdbool.h>
#include <string.h>

const char *const source_banned[] = {
    "strcpy",    "strcat", "strncat", "strncpy", "sprintf", "vsprintf", "gets",  "strtok", "gmtime",
    "localtime", "ctime",  "asctime", "atoi",    "atol",    "atoll",    "atof",  "alloca", "tmpnam",
    "mktemp",    "rand",   "srand",   "setjmp",  "longjmp", "system",   "popen", NULL};

static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct reader {
    const char *at, *end;
    size_t line;
};

/* Passes over a comment or literal; false when none begins here. */
static bool skip_quiet(struct reader *r) {
    char c = *r->at, next = r->at + 1 < r->end ? r->at[1] : '\0';
    bool comment = c == '/' && (next == '*' || next == '/'), line = next == '/';
    if (!comment && c != '"' && c != '\'')
        return false;
    for (r->at += comment ? 2 : 1; r->at < r->end; r->at++) {
        bool last = r->at + 1 >= r->end;
        r->line += *r->at == '\n' && !(comment && line);
        if (comment && line && *r->at == '\n')
            return true;
        if (comment && !line && *r->at == '*' && !last && r->at[1] == '/') {
            r->at += 2;
            return true;
        }
        if (!comment && *r->at == '\\' && !last)
            r->at++;
        else if (!comment && *r->at == c) {
            r->at++;
            return true;
        }
    }
    return true;
}

static const char *banned_name(const char *name, size_t len) {
    for (const char *const *b = source_banned; *b; b++)
        if (strlen(*b) == len && memcmp(*b, name, len) == 0)
            return *b;
    return NULL;
}

/* At the start of a name; a member (x.system, x->rand) is somebody else's. */
static const char *read_call(struct reader *r, bool member) {
    const char *from = r->at;
    while (r->at < r->end && is_name(*r->at))
        r->at++;
    const char *open = r->at;
    while (open < r->end && *open == ' ')
        open++;
    return !member && open < r->end && *open == '(' ? banned_name(from, (size_t)(r->at - from))
                                                    : NULL;
}

void source_calls(const char *text, size_t size, source_call_fn *fn, void *arg) {
    struct reader r = {text, text + size, 1};
    while (r.at < r.end) {
        if (skip_quiet(&r))
            continue;
        if (!is_name(*r.at)) {
            r.line += *r.at++ == '\n';
            continue;
        }
        char before = r.at > text ? r.at[-1] : ' ';
        const char *name = read_call(&r, before == '.' || before == '>');
        if (name)
            fn(arg, r.line, name);
    }
}
