/* SPDX-License-Identifier: Apache-2.0 */
/* The lines "Token: value" at the end of a message. */
#include <string.h>
#include <strings.h>

#include "engine/base/err.h"
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/kind.h"

struct params {
    struct kind_trailer *required;
    const char **allowed;
    bool adjacent, none, last;
};

static const struct param rows[] = {
    {"required", PARAM_TRAILERS, offsetof(struct params, required), NULL   },
    {"allowed",  PARAM_WORDS,    offsetof(struct params, allowed),  NULL   },
    {"adjacent", PARAM_BOOL,     offsetof(struct params, adjacent), "false"},
    {"none",     PARAM_BOOL,     offsetof(struct params, none),     "false"},
    {"last",     PARAM_BOOL,     offsetof(struct params, last),     "false"},
    PARAM_END_ROW,
};

static int accept(const void *params) {
    const struct params *p = params;
    if (p->none && (p->required || p->allowed))
        return err_set(ERR_ARG, "\"none\" leaves nothing to be required or allowed");
    if (!p->none && !p->required && !p->allowed)
        return err_set(ERR_ARG, "says what is \"required\", what is \"allowed\", or \"none\"");
    return 0;
}

static bool is_token(const struct message_line *l, size_t len, const char *name) {
    return len && strlen(name) == len && strncasecmp(l->text, name, len) == 0;
}

/* The first trailer of that name at or behind `from`; count when there is none. */
static size_t find(const struct message *m, const char *name, size_t from) {
    while (from < m->count && !is_token(&m->lines[from], message_token(&m->lines[from]), name))
        from++;
    return from;
}

static void check_value(const struct kind_trailer *t, const struct message *m, size_t index,
                        struct finder *f) {
    const char *value = message_value(m, index, f->arena);
    size_t number = m->lines[index].number;
    if (!*value)
        finder_add(f, "trailer", number, "%s says nothing", t->name);
    else if (t->value && !finder_match(f, t->value, value, strlen(value), "trailer", number))
        finder_add(f, "trailer", number, "the value of %s is not of the form that is wanted",
                   t->name);
}

static void check_required(const struct params *p, const struct message *m, struct finder *f) {
    size_t from = m->trailers, before = 0;
    for (const struct kind_trailer *t = p->required; t && t->name; t++) {
        size_t at = find(m, t->name, from);
        size_t anywhere = at < m->count ? at : find(m, t->name, m->trailers);
        if (anywhere == m->count) {
            bool lost = find(m, t->name, m->body) < m->count;
            finder_add(f, "trailer", 0, "%s is missing%s%s", t->name,
                       lost       ? ": it stands in the body, not in the last paragraph"
                       : t->value ? "; what is wanted is "
                                  : "",
                       !lost && t->value ? t->text : "");
            continue;
        }
        if (at == m->count)
            finder_add(f, "trailer", m->lines[anywhere].number, "%s stands before what it follows",
                       t->name);
        else if (p->adjacent && before && at != before + 1)
            finder_add(f, "trailer", m->lines[at].number, "%s does not follow %s at once", t->name,
                       t[-1].name);
        check_value(t, m, anywhere, f);
        if (at < m->count)
            from = (before = at) + 1;
    }
    if (p->last && before && before + 1 != m->count)
        finder_add(f, "trailer", m->lines[before + 1].number, "the required trailers are the last");
}

/* In a mixed paragraph, too, those that are trailers to git are. */
static void check_allowed(const struct params *p, const struct message *m, struct finder *f) {
    for (size_t i = m->block; i < m->count; i++) {
        size_t len = message_token(&m->lines[i]);
        bool known = len == 0; /* goes on with the one above, or is prose */
        for (size_t k = 0; p->allowed && p->allowed[k]; k++)
            known |= is_token(&m->lines[i], len, p->allowed[k]);
        for (const struct kind_trailer *t = p->required; t && t->name; t++)
            known |= is_token(&m->lines[i], len, t->name);
        if (!known)
            finder_add(f, "trailer", m->lines[i].number, "%.*s is no trailer that is allowed here",
                       (int)len, m->lines[i].text);
    }
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    check_required(p, &v->message, f);
    if (p->none || p->allowed)
        check_allowed(p, &v->message, f);
}

const struct kind kind_trailers = {
    .name = "trailers",
    .summary = "Trailers that are required, in order; that are allowed; or none at all.",
    .mend =
        "the last paragraph holds the trailers, one \"Token: value\" a line, in the order given",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .accept = accept,
    .check = check,
};
