/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/token/text.h"

enum {
    PATTERN_MAX = 16384,       /* bytes of a translated pattern */
    MATCH_LIMIT = 1000000,     /* backtracks within one match, and … */
    MATCH_LIMIT_PER_BYTE = 8,  /* … as a run of blanks may be gone back over whole */
    HEAP_LIMIT_KB = 65536,     /* for the interpreter, when the JIT stack is too small */
    WALK_SECONDS = 20,         /* for one text, however many matches that are each within limits */
    STEPS_PER_CLOCK_LOOK = 64, /* matches */
};

struct regex {
    pcre2_code *code;
    pcre2_compile_context *compile;
};

static int compile(struct regex *r, const char *pattern, size_t len) {
    r->compile = pcre2_compile_context_create(NULL);
    CHECK(r->compile);
    pcre2_set_parens_nest_limit(r->compile, 100);
    pcre2_set_newline(r->compile, PCRE2_NEWLINE_LF);
    int code = 0;
    PCRE2_SIZE at = 0;
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
    r->code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &code, &at, r->compile);
    if (!r->code) {
        char text[160];
        pcre2_get_error_message(code, (PCRE2_UCHAR *)text, sizeof(text));
        return err_set(ERR_FORMAT, "the pattern is wrong at byte %zu: %s", (size_t)at, text);
    }
    pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* where there is no JIT, it is interpreted */
    return 0;
}

bool regex_knows_script(const char *name, size_t len) {
    char pattern[64];
    int code = 0;
    PCRE2_SIZE at = 0;
    if (len == 0 || len > 48 || strcspn(name, "}:=\\") < len)
        return false;
    int n = snprintf(pattern, sizeof(pattern), "\\p{sc:%.*s}", (int)len, name);
    pcre2_code *script = pcre2_compile((PCRE2_SPTR)pattern, (size_t)n, PCRE2_UTF, &code, &at, NULL);
    pcre2_code_free(script);
    return script != NULL;
}

int regex_new(struct regex **out, const char *pattern) {
    struct buf pcre;
    buf_init(&pcre, PATTERN_MAX);
    struct regex *r = xcalloc(1, sizeof(*r));
    int rc = pattern_translate(&pcre, pattern);
    if (rc == 0)
        rc = buf_ok(&pcre, "the pattern");
    if (rc == 0)
        rc = compile(r, pcre.data, pcre.len);
    buf_done(&pcre);
    if (rc < 0)
        regex_free(r);
    else
        *out = r;
    return rc;
}

void regex_free(struct regex *r) {
    if (!r)
        return;
    pcre2_code_free(r->code);
    pcre2_compile_context_free(r->compile);
    free(r);
}

void regex_walk_init(struct regex_walk *w, const struct regex *r) {
    *w = (struct regex_walk){.regex = r};
    w->match = pcre2_match_data_create(1, NULL); /* the whole match is all we read */
    w->context = pcre2_match_context_create(NULL);
    CHECK(w->match && w->context);
    pcre2_set_heap_limit(w->context, HEAP_LIMIT_KB);
    w->deadline_ns = clock_mono_ns() + WALK_SECONDS * INT64_C(1000000000);
}

void regex_walk_done(struct regex_walk *w) {
    pcre2_match_data_free(w->match);
    pcre2_match_context_free(w->context);
    w->match = w->context = NULL;
}

void regex_walk_start(struct regex_walk *w, const char *text, size_t len) {
    w->text = text;
    w->len = len;
    w->next = 0;
    w->last_end = SIZE_MAX;
    size_t more = len < UINT32_MAX / 16 ? len : UINT32_MAX / 16;
    pcre2_set_match_limit(w->context, MATCH_LIMIT + (uint32_t)more * MATCH_LIMIT_PER_BYTE);
}

/* The first match at or behind w->next: 1, 0 or ERR_LIMIT. */
static int find(struct regex_walk *w) {
    PCRE2_SPTR text = (PCRE2_SPTR)w->text;
    const struct regex *r = w->regex;
    int n = pcre2_match(r->code, text, w->len, w->next, PCRE2_NO_UTF_CHECK, w->match, w->context);
    if (n == PCRE2_ERROR_JIT_STACKLIMIT)
        n = pcre2_match(r->code, text, w->len, w->next, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, w->match,
                        w->context);
    if (n == PCRE2_ERROR_NOMATCH)
        return 0;
    if (++w->steps % STEPS_PER_CLOCK_LOOK == 0 && clock_mono_ns() > w->deadline_ns)
        return err_set(ERR_LIMIT, "the pattern needs over %d s for this text", WALK_SECONDS);
    if (n < 0)
        return err_set(ERR_LIMIT, "the pattern backtracks without end at byte %zu of the text",
                       w->next);
    PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(w->match);
    w->begin = bounds[0];
    w->end = bounds[1];
    if (w->begin > w->end || w->begin < w->next) /* \K in a look-behind can do that */
        return err_set(ERR_LIMIT, "the pattern matches backwards");
    return 1;
}

int regex_walk_next(struct regex_walk *w) {
    while (w->next <= w->len) {
        int rc = find(w);
        if (rc <= 0)
            return rc;
        /* An empty match right behind the last one does not count; go on one character. */
        if (w->begin == w->end && w->end == w->last_end) {
            w->next += w->next < w->len ? text_width((unsigned char)w->text[w->next]) : 1;
            continue;
        }
        w->next = w->last_end = w->end;
        return 1;
    }
    return 0;
}
