/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/message.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/guard/guard.h"
#include "orchestrator/proof/markdown.h"
#include "orchestrator/proof/proof.h"

enum { WIDTH = 68, TEXT_MAX = 64 << 10, SHORT = 12, AREA_PARTS = 2, FORMS = 5 };

/* What is changed, in few letters: the last two names of the path without what follows the dot. */
static const char *area_of(struct arena *arena, const struct proof *p) {
    const char *path = p->path_count ? p->paths[0] : p->subject, *from = path + strlen(path);
    for (int parts = 0; from > path; from--)
        if (from[-1] == '/' && ++parts == AREA_PARTS)
            break;
    const char *base = file_base_name(from), *dot = strrchr(base, '.');
    return arena_strndup(arena, from, dot && dot > base ? (size_t)(dot - from) : strlen(from));
}

static const char *brief_of(struct arena *arena, const struct proof *p) {
    if (*p->culprit.commit)
        return arena_printf(arena, "take back %.*s", SHORT, p->culprit.commit);
    if (*p->diagnosis.op)
        return arena_printf(arena, "mend %s", p->diagnosis.op);
    return arena_printf(arena, "mend %s", file_base_name(p->case_name));
}

/* Words in lines of at most WIDTH bytes. */
static void wrap(struct buf *out, const char *text) {
    size_t column = 0;
    while (*(text += strspn(text, " \t\r\n"))) {
        size_t len = strcspn(text, " \t\r\n");
        if (column && column + 1 + len > WIDTH) {
            buf_putc(out, '\n');
            column = 0;
        }
        if (column)
            buf_putc(out, ' ');
        buf_add(out, text, len);
        column += (column > 0) + len;
        text += len;
    }
    buf_putc(out, '\n');
}

static size_t cells_of(const struct proof *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->case_count; i++)
        n += i == 0 || strcmp(p->cases[i].cell, p->cases[i - 1].cell) != 0;
    return n;
}

/* told: with the words of the failure and of the culprit, which are not ours. */
static const char *body_of(struct arena *arena, const struct proof *p, bool told) {
    struct buf text, lines;
    size_t cells = cells_of(p);
    buf_init(&text, TEXT_MAX);
    buf_init(&lines, TEXT_MAX);
    buf_printf(&text, "%zu case%s in %zu cell%s failed", p->case_count,
               p->case_count == 1 ? "" : "s", cells, cells == 1 ? "" : "s");
    if (*p->culprit.commit)
        buf_printf(&text, " since %.*s", SHORT, p->culprit.commit);
    if (told && *p->culprit.subject)
        buf_printf(&text, ", \"%s\"", p->culprit.subject);
    if (told)
        buf_printf(&text, ": %s", p->cluster.words);
    buf_printf(&text,
               ". With this change each passes in %lld of %lld runs, and %lld other cases pass as "
               "before; without it each fails again.",
               (long long)p->runs, (long long)p->runs, (long long)p->kept.after);
    wrap(&lines, markdown_plain(arena, text.data, TEXT_MAX));
    const char *body = arena_strdup(arena, lines.data);
    buf_done(&lines);
    buf_done(&text);
    return body;
}

/* Names of files and cases are of others as well. */
static const char *subject_of(struct arena *arena, const struct proof *p, int form) {
    const char *area = markdown_plain(arena, area_of(arena, p), TEXT_MAX);
    const char *brief = markdown_plain(arena, brief_of(arena, p), TEXT_MAX);
    switch (form) {
    case 0:
        return arena_printf(arena, "%s: %s", area, brief);
    case 1:
        return arena_printf(arena, "%s: %s", file_base_name(area), brief);
    case 2:
        return arena_printf(arena, "fix(%s): %s", file_base_name(area), brief);
    case 3:
        return arena_printf(arena, "fix: %s", brief);
    default: {
        char *plain = arena_strdup(arena, brief);
        plain[0] = (char)(plain[0] - 'a' + 'A');
        return plain;
    }
    }
}

/* The first rule that it breaks, of those that count; "" = none. */
static const char *broken_rule(struct guard *guard, const char *text, bool of_trailers) {
    struct view_range range;
    struct findings found;
    if (policy_len(guard->policy) == 0)
        return "";
    guard_message(guard, text, strlen(text), false, &range, &found);
    for (size_t i = 0; i < found.len; i++)
        if (!found.rows[i].warning && (!of_trailers || strcmp(found.rows[i].place, "trailer") == 0))
            return found.rows[i].text;
    return "";
}

/* The first form that keeps them; else NULL and the first rule that was broken. */
static const char *find_form(struct arena *arena, struct guard *guard, const struct proof *p,
                             const char *trailers, bool of_trailers, const char **rule) {
    *rule = "";
    for (int credit = *trailers != '\0'; credit >= 0; credit--)
        for (int told = 1; told >= 0; told--)
            for (int form = 0; form < FORMS; form++) {
                const char *text = arena_printf(arena, "%s\n\n%s%s%s", subject_of(arena, p, form),
                                                body_of(arena, p, told), credit ? "\n" : "",
                                                credit ? trailers : "");
                const char *broken = broken_rule(guard, text, of_trailers);
                if (!*broken)
                    return text;
                if (!**rule)
                    *rule = broken;
            }
    return NULL;
}

int message_check(struct arena *arena, struct guard *guard, const struct proof *p,
                  const char *trailers) {
    const char *rule;
    return find_form(arena, guard, p, trailers, true, &rule)
               ? 0
               : err_set(ERR_UNSUPPORTED,
                         "no message of a fix keeps the rules: %s; a fix writes no trailer but "
                         "Assisted-by, so the rule has to be a warning where fixes are wanted",
                         rule);
}

int message_make(struct buf *out, struct arena *arena, struct guard *guard, const struct proof *p,
                 const char *trailers) {
    const char *rule, *text = find_form(arena, guard, p, trailers, false, &rule);
    if (!text)
        return err_set(ERR_UNSUPPORTED, "no message of a fix keeps the rules: %s", rule);
    buf_puts(out, text);
    return 0;
}
