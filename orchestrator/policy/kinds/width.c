/* SPDX-License-Identifier: Apache-2.0 */
/* How wide the lines of a message may be. */
#include <string.h>

#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/kind.h"

struct params {
    int64_t subject, body, trailers;
    struct pattern *except;
    bool words;
};

static const struct param rows[] = {
    {"subject",  PARAM_INT,     offsetof(struct params, subject),  "70"  },
    {"body",     PARAM_INT,     offsetof(struct params, body),     "70"  },
    {"trailers", PARAM_INT,     offsetof(struct params, trailers), NULL  },
    {"except",   PARAM_PATTERN, offsetof(struct params, except),   NULL  },
    {"words",    PARAM_BOOL,    offsetof(struct params, words),    "true"},
    PARAM_END_ROW,
};

/* One word cannot be broken: an address, a path. */
static bool is_word(const struct message_line *l) {
    size_t i = 0;
    while (i < l->len && l->text[i] == ' ')
        i++;
    return !memchr(l->text + i, ' ', l->len - i);
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    const struct message *m = &v->message;
    int64_t trailers = p->trailers < 0 ? p->body : p->trailers;
    for (size_t i = 0; i < m->count; i++) {
        const struct message_line *l = &m->lines[i];
        int64_t limit = i == 0 ? p->subject : i < m->trailers ? p->body : trailers;
        size_t columns = message_columns(l);
        if (limit == 0 || columns <= (size_t)limit || (i > 0 && p->words && is_word(l)))
            continue;
        if (i > 0 && p->except && finder_match(f, p->except, l->text, l->len, "body", l->number))
            continue;
        finder_add(f, finder_place(m, i), l->number, "%zu columns, over %lld", columns,
                   (long long)limit);
    }
}

const struct kind kind_width = {
    .name = "width",
    .summary =
        "Columns of subject, body and trailers; 0 = no limit. A line of one word may be wider.",
    .mend = "wrap the line, or say it in fewer words",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
