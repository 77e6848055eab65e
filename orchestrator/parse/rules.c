/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "orchestrator/parse/rules.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/parse/rule_file.h"

/* Logs are untrusted: a pattern may not backtrack for ever over one. */
enum { MATCH_LIMIT = 1000000, DEPTH_LIMIT = 10000, HEAP_LIMIT_KIB = 20000, WHAT_MAX = 400 };

struct rules_noted;

struct rules {
    struct arena arena; /* of what the files say */
    struct rule_file *files;
    size_t file_count;
    const struct rule **rows;
    pcre2_code **codes; /* one per row */
    size_t count;
    pcre2_match_context *context;
    pcre2_match_data *data;
    struct rules_noted *noted;
};

/* What a match leaves behind, though it changes no rule. */
struct rules_noted {
    size_t gave_up;
    const struct rule *last;
};

static int compile_row(pcre2_code **out, const struct rule *row) {
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)row->pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_MULTILINE | PCRE2_DUPNAMES, &error, &offset, NULL);
    if (!code) {
        PCRE2_UCHAR text[120];
        pcre2_get_error_message(error, text, sizeof(text));
        return err_set(ERR_FORMAT, "%s: the pattern of %s is wrong at offset %zu: %s", row->file,
                       row->id, offset, (const char *)text);
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without JIT it is only slower */
    *out = code;
    return 0;
}

/* Files of one order by their names: it must not depend on who named them first. */
static int by_order(const void *a, const void *b) {
    const struct rule_file *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int check_id(const struct rules *r, const struct rule *row) {
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->rows[i]->id, row->id) == 0)
            return err_set(ERR_FORMAT, "%s: the id %s is also that of a rule in %s", row->file,
                           row->id, r->rows[i]->file);
    return 0;
}

static int add_file(struct rules *r, const struct rule_file *file) {
    for (size_t i = 0; i < file->len; i++) {
        int rc = check_id(r, &file->rows[i]);
        if (rc < 0)
            return rc;
        r->rows = xrealloc(r->rows, (r->count + 1) * sizeof(*r->rows));
        r->codes = xrealloc(r->codes, (r->count + 1) * sizeof(*r->codes));
        r->rows[r->count] = &file->rows[i];
        r->codes[r->count] = NULL;
        rc = compile_row(&r->codes[r->count++], &file->rows[i]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_files(struct rules *r, const char *const *paths) {
    size_t own = 0, more = 0;
    int rc = 0;
    while (rule_texts[own].name)
        own++;
    while (paths && paths[more])
        more++;
    r->files = arena_array(&r->arena, own + more, sizeof(*r->files));
    for (size_t i = 0; rc == 0 && i < own; i++)
        rc = rule_file_parse(&r->files[r->file_count++], &r->arena, rule_texts[i].text,
                             rule_texts[i].len,
                             arena_printf(&r->arena, "%s.json", rule_texts[i].name));
    for (size_t i = 0; rc == 0 && i < more; i++)
        rc = rule_file_load(&r->files[r->file_count++], &r->arena, paths[i]);
    return rc;
}

static void make_context(struct rules *r) {
    r->context = pcre2_match_context_create(NULL);
    r->data = pcre2_match_data_create(100, NULL);
    CHECK(r->context && r->data);
    pcre2_set_match_limit(r->context, MATCH_LIMIT);
    pcre2_set_depth_limit(r->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(r->context, HEAP_LIMIT_KIB);
}

int rules_open(struct rules **out, const char *const *paths) {
    struct rules *r = xcalloc(1, sizeof(*r));
    arena_init(&r->arena, 0);
    r->noted = arena_alloc(&r->arena, sizeof(*r->noted));
    make_context(r);
    int rc = read_files(r, paths);
    if (rc == 0)
        qsort(r->files, r->file_count, sizeof(*r->files), by_order);
    for (size_t i = 0; rc == 0 && i < r->file_count; i++)
        rc = add_file(r, &r->files[i]);
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
    pcre2_match_data_free(r->data);
    arena_done(&r->arena);
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
    int rc = pcre2_match(r->codes[i], (PCRE2_SPTR)text, len, 0, 0, r->data, r->context);
    if (rc < 0 && rc != PCRE2_ERROR_NOMATCH) {
        r->noted->gave_up++;
        r->noted->last = r->rows[i];
    }
    if (rc < 0)
        return false;
    size_t at = pcre2_get_ovector_pointer(r->data)[0];
    const char *location = group(r->codes[i], r->data, arena, "location");
    const char *what = group(r->codes[i], r->data, arena, "what");
    out->rule = r->rows[i];
    out->location = location ? location : "";
    out->what = what ? what : line_at(arena, text, len, at);
    out->line = line_number(text, at);
    return true;
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

size_t rules_gave_up(const struct rules *r, const struct rule **rule) {
    *rule = r->noted->last;
    return r->noted->gave_up;
}

/* ---- fixtures ---- */

static bool is_same(const char *want, const char *got) {
    return !want || strcmp(want, got) == 0;
}

/* The rule alone: true when it matches. */
static bool match_alone(const struct rules *r, size_t i, struct arena *arena,
                        const struct rule_fixture *f, struct rule_match *out) {
    const char *text = f->log ? f->log : f->message;
    return match_row(r, i, arena, text, strlen(text), out);
}

/* What is wrong with one fixture; nothing when it does as it says. */
static void check_fixture(const struct rules *r, size_t i, size_t number,
                          const struct rule_fixture *f, struct arena *arena, struct buf *faults) {
    const struct rule *row = r->rows[i];
    struct rule_match m = {0};
    size_t before = r->noted->gave_up;
    const char *list = f->matches ? "match" : "no_match";
    bool alone = match_alone(r, i, arena, f, &m);
    if (r->noted->gave_up > before) {
        buf_printf(faults, "%s: %s gives up on %s[%zu]: it backtracks for too long\n", row->file,
                   row->id, list, number);
    } else if (!f->matches) {
        if (alone)
            buf_printf(faults, "%s: %s matches %s[%zu]: %s\n", row->file, row->id, list, number,
                       m.what);
    } else if (!alone) {
        buf_printf(faults, "%s: %s does not match %s[%zu]\n", row->file, row->id, list, number);
    } else if (!rules_match(r, arena, f->message, f->log, f->log ? strlen(f->log) : 0, &m) ||
               m.rule != row) {
        buf_printf(faults, "%s: %s[%zu] of %s is taken by %s of %s, which is tried before\n",
                   row->file, list, number, row->id, m.rule ? m.rule->id : "nothing",
                   m.rule ? m.rule->file : "");
    } else if (!is_same(f->location, m.location)) {
        buf_printf(faults, "%s: %s, %s[%zu]: the location is \"%s\", not \"%s\"\n", row->file,
                   row->id, list, number, m.location, f->location);
    } else if (!is_same(f->what, m.what)) {
        buf_printf(faults, "%s: %s, %s[%zu]: what it says is \"%s\", not \"%s\"\n", row->file,
                   row->id, list, number, m.what, f->what);
    }
}

size_t rules_check(const struct rules *r, struct buf *faults, size_t *fixtures) {
    struct arena arena;
    size_t count = 0;
    *fixtures = 0;
    arena_init(&arena, 0);
    for (size_t i = 0; i < r->count; i++) {
        size_t number[2] = {0};
        for (size_t k = 0; k < r->rows[i]->fixture_count; k++) {
            const struct rule_fixture *f = &r->rows[i]->fixtures[k];
            size_t before = faults->len;
            check_fixture(r, i, number[f->matches]++, f, &arena, faults);
            count += faults->len > before;
            ++*fixtures;
            arena_reset(&arena);
        }
    }
    arena_done(&arena);
    return count;
}
