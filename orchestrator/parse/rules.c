/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "orchestrator/parse/rules.h"

#include <pcre2.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"

extern const struct rule_set *const rule_table[];

/* Logs are untrusted: a pattern may not backtrack for ever over one. */
enum { MATCH_LIMIT = 1000000, DEPTH_LIMIT = 10000, WHAT_MAX = 400 };

struct rules {
    const struct rule **rows;
    pcre2_code **codes; /* one per row */
    size_t count;
    pcre2_match_context *context;
};

static int compile_row(pcre2_code **out, const struct rule *row) {
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)row->pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_MULTILINE | PCRE2_DUPNAMES, &error, &offset, NULL);
    if (!code) {
        PCRE2_UCHAR text[120];
        pcre2_get_error_message(error, text, sizeof(text));
        return err_set(ERR_FORMAT, "rule %s: pattern offset %zu: %s", row->id, offset,
                       (const char *)text);
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without JIT it is only slower */
    *out = code;
    return 0;
}

static int by_order(const void *a, const void *b) {
    const struct rule_set *const *x = a;
    const struct rule_set *const *y = b;
    return ((*x)->order > (*y)->order) - ((*x)->order < (*y)->order);
}

static size_t count_sets(void) {
    size_t n = 0;
    while (rule_table[n])
        n++;
    return n;
}

static int add_set(struct rules *r, const struct rule_set *set) {
    for (const struct rule *row = set->rows; row->id; row++) {
        r->rows = xrealloc(r->rows, (r->count + 1) * sizeof(*r->rows));
        r->codes = xrealloc(r->codes, (r->count + 1) * sizeof(*r->codes));
        r->rows[r->count] = row;
        r->codes[r->count] = NULL;
        int rc = compile_row(&r->codes[r->count++], row);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int rules_open(struct rules **out) {
    struct rules *r = xcalloc(1, sizeof(*r));
    size_t n = count_sets();
    const struct rule_set **sets = xcalloc(n + 1, sizeof(*sets));
    int rc = 0;
    for (size_t i = 0; i < n; i++)
        sets[i] = rule_table[i];
    qsort(sets, n, sizeof(*sets), by_order);
    r->context = pcre2_match_context_create(NULL);
    CHECK(r->context);
    pcre2_set_match_limit(r->context, MATCH_LIMIT);
    pcre2_set_depth_limit(r->context, DEPTH_LIMIT);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_set(r, sets[i]);
    free(sets);
    if (rc < 0) {
        rules_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

void rules_close(struct rules *r) {
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        pcre2_code_free(r->codes[i]);
    pcre2_match_context_free(r->context);
    free(r->codes);
    free(r->rows);
    free(r);
}

const struct rule *const *rules_list(const struct rules *r, size_t *count) {
    *count = r->count;
    return r->rows;
}

/* A named group that took part in the match, or NULL. */
static const char *group(const pcre2_code *code, pcre2_match_data *data, struct arena *arena,
                         const char *name) {
    PCRE2_UCHAR *text = NULL;
    PCRE2_SIZE len = 0;
    if (pcre2_substring_number_from_name(code, (PCRE2_SPTR)name) == PCRE2_ERROR_NOSUBSTRING)
        return NULL;
    if (pcre2_substring_get_byname(data, (PCRE2_SPTR)name, &text, &len) != 0)
        return NULL;
    char *copy = arena_strndup(arena, (const char *)text, len < WHAT_MAX ? len : WHAT_MAX);
    pcre2_substring_free(text);
    return copy;
}

/* The line around the start of the match, for rules that name no `what`. */
static const char *line_at(struct arena *arena, const char *text, size_t len, size_t at) {
    size_t begin = at, end = at;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    while (end < len && text[end] != '\n')
        end++;
    return arena_strndup(arena, text + begin, end - begin < WHAT_MAX ? end - begin : WHAT_MAX);
}

static size_t line_number(const char *text, size_t at) {
    size_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

static bool match_row(const struct rules *r, size_t i, struct arena *arena, const char *text,
                      size_t len, struct rule_match *out) {
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(r->codes[i], NULL);
    CHECK(data);
    int rc = pcre2_match(r->codes[i], (PCRE2_SPTR)text, len, 0, 0, data, r->context);
    if (rc >= 0) {
        size_t at = pcre2_get_ovector_pointer(data)[0];
        const char *location = group(r->codes[i], data, arena, "location");
        const char *what = group(r->codes[i], data, arena, "what");
        out->rule = r->rows[i];
        out->location = location ? location : "";
        out->what = what ? what : line_at(arena, text, len, at);
        out->line = line_number(text, at);
    }
    pcre2_match_data_free(data);
    return rc >= 0;
}

bool rules_match(const struct rules *r, struct arena *arena, const char *message, const char *log,
                 size_t log_len, struct rule_match *out) {
    if (log && log_len > RULE_LOG_MAX) {
        log += log_len - RULE_LOG_MAX;
        log_len = RULE_LOG_MAX;
    }
    for (size_t i = 0; i < r->count; i++) {
        int scope = r->rows[i]->scope;
        if ((scope & RULE_MESSAGE) && message &&
            match_row(r, i, arena, message, strlen(message), out))
            return true;
        if ((scope & RULE_LOG) && log && match_row(r, i, arena, log, log_len, out))
            return true;
    }
    return false;
}
