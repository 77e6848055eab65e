/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "engine/base/arena.h"
#include "orchestrator/policy/message.h"

static bool is_ascii(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

const char *fold_text(struct arena *arena, const char *text, size_t len, size_t *out_len) {
    utf8proc_uint8_t *folded = NULL;
    *out_len = len;
    if (is_ascii(text, len))
        return text;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &folded,
                     UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_IGNORE);
    bool same = n < 0 || ((size_t)n == len && memcmp(folded, text, len) == 0);
    if (!same) {
        text = arena_strndup(arena, (const char *)folded, (size_t)n);
        *out_len = (size_t)n;
    }
    free(folded);
    return text;
}

/* Its lines one behind the other, as they would be written. */
static void join(struct message *m, struct arena *arena) {
    m->size = 0;
    for (size_t i = 0; i < m->count; i++)
        m->size += m->lines[i].len + 1;
    char *text = arena_alloc(arena, m->size + 1), *at = text;
    for (size_t i = 0; i < m->count; i++) {
        struct message_line *l = &m->lines[i];
        memcpy(at, l->text, l->len);
        l->text = at;
        at[l->len] = '\n';
        at += l->len + 1;
    }
    *at = '\0';
    m->text = text;
}

const struct message *fold_message(struct arena *arena, const struct message *m) {
    if (is_ascii(m->text, m->size))
        return m;
    struct message *out = arena_alloc(arena, sizeof(*out));
    *out = *m;
    out->lines = arena_array(arena, m->count, sizeof(*out->lines));
    for (size_t i = 0; i < m->count; i++) {
        out->lines[i] = m->lines[i];
        out->lines[i].text =
            fold_text(arena, m->lines[i].text, m->lines[i].len, &out->lines[i].len);
    }
    join(out, arena);
    return out;
}
