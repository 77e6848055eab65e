/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/rekey.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/map.h"

enum { SERIAL_MAX = 24 };

struct reader {
    const char *at, *end;
    struct map seen[JSON_DEPTH_MAX]; /* keys of the objects that are open */
    int depth;                       /* beyond the limit the parser refuses it */
    struct arena arena;
    unsigned long serial;
};

static void skip_blanks(struct reader *r) {
    while (r->at < r->end && *r->at && strchr(" \t\r\n", *r->at))
        r->at++;
}

/* At a quote; ends behind the other one. */
static void skip_string(struct reader *r) {
    for (r->at++; r->at < r->end && *r->at != '"'; r->at++)
        r->at += *r->at == '\\' && r->at + 1 < r->end;
    r->at += r->at < r->end;
}

/* Whether the key, with what follows it, may stand. */
static bool may_stand(struct reader *r, const char *key, size_t len, const char *const *lists) {
    for (size_t i = 0; lists[i]; i++)
        if (strlen(lists[i]) == len && memcmp(lists[i], key, len) == 0 &&
            (r->at == r->end || *r->at != '['))
            return false;
    return map_add(&r->seen[r->depth - 1], arena_strndup(&r->arena, key, len), len, 0);
}

/* A string, which is a key when a colon follows it. */
static void take_string(struct reader *r, struct buf *out, const char *const *lists) {
    const char *begin = r->at, *behind;
    char other[SERIAL_MAX];
    skip_string(r);
    behind = r->at;
    skip_blanks(r);
    if (r->at == r->end || *r->at != ':' || r->depth < 1 || r->depth > JSON_DEPTH_MAX) {
        r->at = behind;
        buf_add(out, begin, (size_t)(behind - begin));
        return;
    }
    r->at++;
    skip_blanks(r);
    if (may_stand(r, begin + 1, (size_t)(behind - begin) - 2, lists)) {
        buf_add(out, begin, (size_t)(r->at - begin));
        return;
    }
    (void)snprintf(other, sizeof(other), "\"~%lu\":", r->serial++);
    buf_puts(out, other);
}

void rekey(struct buf *out, const char *text, size_t len, const char *const *lists) {
    struct reader r = {.at = text, .end = text + len};
    arena_init(&r.arena, 0);
    while (r.at < r.end) {
        if (*r.at == '"') {
            take_string(&r, out, lists);
            continue;
        }
        if (*r.at == '{' && r.depth++ < JSON_DEPTH_MAX)
            map_init(&r.seen[r.depth - 1], 0);
        else if (*r.at == '}' && r.depth > 0 && r.depth-- <= JSON_DEPTH_MAX)
            map_done(&r.seen[r.depth]);
        buf_putc(out, *r.at++);
    }
    while (r.depth > 0)
        if (r.depth-- <= JSON_DEPTH_MAX)
            map_done(&r.seen[r.depth]);
    arena_done(&r.arena);
}
