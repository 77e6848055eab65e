/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/finder.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/fold.h"

enum { TEXT_MAX = 4096, SHOWN_MAX = 80 };

void finder_add(struct finder *f, const char *place, size_t line, const char *fmt, ...) {
    struct buf text;
    va_list ap;
    *(f->warning ? &f->out->warnings : &f->out->errors) += 1;
    if (f->out->len == POLICY_FOUND_MAX)
        return;
    if (f->out->len == f->room) {
        struct violation *larger =
            arena_array(f->arena, f->room = f->room ? 2 * f->room : 16, sizeof(*larger));
        if (f->out->len)
            memcpy(larger, f->out->rows, f->out->len * sizeof(*larger));
        f->out->rows = larger;
    }
    buf_init(&text, TEXT_MAX);
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    f->out->rows[f->out->len++] = (struct violation){.rule = f->rule,
                                                     .kind = f->kind,
                                                     .commit = f->commit,
                                                     .place = arena_strdup(f->arena, place),
                                                     .line = line,
                                                     .text = arena_strdup(f->arena, text.data),
                                                     .mend = f->mend,
                                                     .warning = f->warning};
    buf_done(&text);
}

static bool search(struct finder *f, const struct pattern *p, const char *text, size_t len,
                   const char *place, size_t line, size_t *begin, size_t *end) {
    bool given_up = false;
    if (pattern_find(p, text, len, 0, begin, end, &given_up))
        return true;
    if (given_up)
        finder_add(f, place, line, "the search of it was given up, so nobody knows");
    *begin = *end = SIZE_MAX;
    return given_up;
}

bool finder_match(struct finder *f, const struct pattern *p, const char *text, size_t len,
                  const char *place, size_t line) {
    size_t begin, end;
    return search(f, p, text, len, place, line, &begin, &end);
}

const char *finder_search(struct finder *f, const struct pattern *p, const char *text, size_t len,
                          const char *place, size_t line) {
    size_t begin, end, folded_len;
    const char *folded = fold_text(f->arena, text, len, &folded_len);
    bool found = search(f, p, text, len, place, line, &begin, &end);
    if (!found && folded != text)
        found = search(f, p, text = folded, folded_len, place, line, &begin, &end);
    if (!found || begin == SIZE_MAX)
        return NULL;
    size_t n = end - begin < SHOWN_MAX ? end - begin : SHOWN_MAX;
    char *shown = arena_strndup(f->arena, text + begin, n);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)shown[i] < ' ')
            shown[i] = ' ';
    return shown;
}

const char *finder_path(const struct finder *f, const char *path) {
    size_t shared = 0, i = 0;
    while (f->prefix[i] && f->prefix[i] == path[i])
        if (f->prefix[i++] == '/')
            shared = i;
    const char *out = path + shared;
    for (const char *slash = f->prefix + shared; (slash = strchr(slash, '/')); slash++)
        out = arena_printf(f->arena, "../%s", out);
    return out;
}

const char *finder_place(const struct message *m, size_t index) {
    return index == 0 ? "subject" : index < m->trailers ? "body" : "trailer";
}
