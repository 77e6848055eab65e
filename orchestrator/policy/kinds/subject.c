/* SPDX-License-Identifier: Apache-2.0 */
/* The first line of a message: which form it has. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/fold.h"
#include "orchestrator/policy/kind.h"

struct params {
    const char *form, *end;
    const char **types;
    struct pattern *pattern;
    bool lower, scope;
    int64_t min;
};

static const struct param rows[] = {
    {"form",    PARAM_STR,     offsetof(struct params, form),    NULL   },
    {"pattern", PARAM_PATTERN, offsetof(struct params, pattern), NULL   },
    {"types",   PARAM_WORDS,   offsetof(struct params, types),   NULL   },
    {"scope",   PARAM_BOOL,    offsetof(struct params, scope),   "false"},
    {"end",     PARAM_STR,     offsetof(struct params, end),     NULL   },
    {"lower",   PARAM_BOOL,    offsetof(struct params, lower),   "false"},
    {"min",     PARAM_INT,     offsetof(struct params, min),     "1"    },
    PARAM_END_ROW,
};

static bool is(const char *a, const char *b) {
    return a && strcmp(a, b) == 0;
}

static int accept(const void *params) {
    const struct params *p = params;
    if (!p->form == !p->pattern)
        return err_set(ERR_ARG, "says its \"form\", \"file\" or \"type\", or else a \"pattern\"");
    if (p->form && !is(p->form, "file") && !is(p->form, "type"))
        return err_set(ERR_ARG, "\"%s\" is no form; there are file and type", p->form);
    return p->types && !is(p->form, "type")
               ? err_set(ERR_ARG, "\"types\" belong to the form \"type\"")
               : 0;
}

/* What precedes the colon, up to the first; NULL when there is none, or no brief behind it. */
static const char *find_brief(const struct message_line *l) {
    const char *colon = memchr(l->text, ':', l->len);
    size_t at = colon ? (size_t)(colon - l->text) : 0;
    return colon && at + 2 < l->len && colon[1] == ' ' && colon[2] != ' ' ? colon + 2 : NULL;
}

/* "run/parity, cmd/parity: …": paths, or areas, with commas between. */
static const char *check_file(const struct message_line *l, struct finder *f) {
    const char *brief = find_brief(l);
    const char *end = brief ? brief - 2 : l->text;
    bool good = brief && end > l->text;
    for (const char *c = l->text; c < end; c++) {
        bool comma = *c == ',' && c > l->text && c + 2 < end && c[1] == ' ' && c[2] != ' ';
        bool blank = *c == ' ' && c > l->text && c[-1] == ',';
        if ((!comma && !blank) && (*c == ' ' || *c == ',' || *c == '(' || *c == ')'))
            good = false;
    }
    if (!good)
        finder_add(f, "subject", 1, "\"%.*s\" is not of the form \"file: brief\"", (int)l->len,
                   l->text);
    return good ? brief : NULL;
}

static bool is_type_char(char c) {
    return (c >= 'a' && c <= 'z') || c == '-';
}

/* "type(scope)!: …" as conventionalcommits.org 1.0.0 has it. */
static const char *check_type(const struct params *p, const struct message_line *l,
                              struct finder *f) {
    size_t n = 0, type;
    while (n < l->len && is_type_char(l->text[n]))
        n++;
    type = n;
    bool scope = n < l->len && l->text[n] == '(', good = type > 0;
    if (scope) {
        const char *close = memchr(l->text + n, ')', l->len - n);
        good &= close && close > l->text + n + 1;
        n = close ? (size_t)(close - l->text) + 1 : l->len;
    }
    n += n < l->len && l->text[n] == '!';
    const char *brief = find_brief(l);
    if (!good || !brief || brief != l->text + n + 2) {
        finder_add(f, "subject", 1, "\"%.*s\" is not of the form \"type%s: brief\"", (int)l->len,
                   l->text, p->scope ? "(scope)" : "");
        return NULL;
    }
    bool known = !p->types;
    for (size_t i = 0; p->types && p->types[i]; i++)
        known |= strlen(p->types[i]) == type && memcmp(p->types[i], l->text, type) == 0;
    if (!known)
        finder_add(f, "subject", 1, "\"%.*s\" is no type that is known here", (int)type, l->text);
    if (p->scope && !scope)
        finder_add(f, "subject", 1, "a scope is wanted: \"%.*s(scope): …\"", (int)type, l->text);
    return brief;
}

static void check_brief(const struct params *p, const struct message_line *l, const char *brief,
                        struct finder *f) {
    size_t len = l->len - (size_t)(brief - l->text);
    const struct message_line rest = {brief, len, l->number};
    if ((int64_t)message_columns(&rest) < p->min)
        finder_add(f, "subject", 1, "says too little: \"%.*s\"", (int)len, brief);
    size_t n;
    const char *folded = fold_text(f->arena, brief, len, &n);
    if (p->end && n && strchr(p->end, folded[n - 1]) && !(n > 2 && folded[n - 2] == '.'))
        finder_add(f, "subject", 1, "must not end in \"%c\"", folded[n - 1]);
    /* One capital and small letters behind it begin a sentence; "GGUF" is a name. */
    if (p->lower && len > 1 && brief[0] >= 'A' && brief[0] <= 'Z' && brief[1] >= 'a' &&
        brief[1] <= 'z')
        finder_add(f, "subject", 1, "begins with a capital: \"%.*s\"", (int)len, brief);
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    const struct message *m = &v->message;
    if (m->count == 0) {
        finder_add(f, "subject", 0, "the message is empty");
        return;
    }
    const struct message_line *l = &m->lines[0];
    const char *brief = l->text;
    if (p->pattern && !finder_match(f, p->pattern, l->text, l->len, "subject", 1))
        finder_add(f, "subject", 1, "\"%.*s\" is not of the form that is wanted", (int)l->len,
                   l->text);
    if (p->form)
        brief = is(p->form, "file") ? check_file(l, f) : check_type(p, l, f);
    if (brief)
        check_brief(p, l, brief, f);
}

const struct kind kind_subject = {
    .name = "subject",
    .summary = "The form of the first line: \"file: brief\", \"type(scope): brief\", or a pattern.",
    .mend = "begin with what is changed (or the type), a colon and a blank, then say it in brief",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .accept = accept,
    .check = check,
};
