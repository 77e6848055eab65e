/* SPDX-License-Identifier: Apache-2.0 */
/* Whether there is a body, and whether it stands apart from the subject. */
#include "orchestrator/policy/kind.h"

struct params {
    bool required, separate;
    int64_t min;
};

static const struct param rows[] = {
    {"required", PARAM_BOOL, offsetof(struct params, required), "false"},
    {"separate", PARAM_BOOL, offsetof(struct params, separate), "true" },
    {"min",      PARAM_INT,  offsetof(struct params, min),      "0"    },
    PARAM_END_ROW,
};

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    const struct message *m = &v->message;
    int64_t columns = 0;
    size_t lines = 0;
    for (size_t i = m->body; i < m->trailers; i++) {
        columns += (int64_t)message_columns(&m->lines[i]);
        lines += !message_is_blank(&m->lines[i]);
    }
    if (p->separate && m->count > 1 && !message_is_blank(&m->lines[1]))
        finder_add(f, "body", m->lines[1].number, "no blank line stands below the subject");
    if (p->required && lines == 0)
        finder_add(f, "body", 0, "there is none: what changed is said, why is not");
    else if ((lines || p->required) && columns < p->min)
        finder_add(f, "body", 0, "of %lld characters says too little; %lld are wanted",
                   (long long)columns, (long long)p->min);
}

const struct kind kind_body = {
    .name = "body",
    .summary = "Whether a body is wanted, of how many characters, below a blank line.",
    .mend = "leave one line empty below the subject, then say why it is changed",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
