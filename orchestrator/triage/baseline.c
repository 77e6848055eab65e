/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/baseline.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/buf.h"
#include "orchestrator/triage/signature.h"

void baseline_init(struct baseline *b) {
    *b = (struct baseline){0};
    arena_init(&b->arena, 0);
    map_init(&b->seen, 256);
}

void baseline_done(struct baseline *b) {
    map_done(&b->seen);
    arena_done(&b->arena);
    *b = (struct baseline){0};
}

/* A text, line by line. */
struct lines {
    const char *at, *end;
    size_t number;
    struct buf plain, masked; /* of the line: as it stands, and as it is compared */
};

static void lines_begin(struct lines *l, const char *text, size_t len) {
    *l = (struct lines){.at = text, .end = text + len};
    buf_init(&l->plain, BASELINE_LINE_MAX);
    buf_init(&l->masked, 4 * BASELINE_LINE_MAX);
}

static void lines_end(struct lines *l) {
    buf_done(&l->plain);
    buf_done(&l->masked);
}

/* The next that is not blank. What a mask would stumble over is left out. */
static bool lines_next(struct lines *l) {
    while (l->at < l->end) {
        const char *stop = memchr(l->at, '\n', (size_t)(l->end - l->at));
        const char *next = stop ? stop + 1 : l->end;
        buf_reset(&l->plain);
        buf_reset(&l->masked);
        bool blank = true;
        for (const char *p = l->at; p < (stop ? stop : l->end); p++) {
            if (*p && *p != '\r')
                buf_putc(&l->plain, *p);
            blank &= strchr(" \t\r", *p) != NULL; /* NUL counts as blank */
        }
        l->at = next;
        l->number++;
        if (blank)
            continue;
        signature_mask(&l->masked, l->plain.data);
        return true;
    }
    return false;
}

void baseline_add(struct baseline *b, const char *text, size_t len) {
    struct lines l;
    uint32_t unused;
    lines_begin(&l, text, len);
    while (lines_next(&l))
        if (!map_find(&b->seen, l.masked.data, l.masked.len, &unused))
            (void)map_add(&b->seen, arena_strdup(&b->arena, l.masked.data), l.masked.len, 0);
    lines_end(&l);
}

size_t baseline_diff(const struct baseline *b, struct arena *arena, const char *text, size_t len,
                     struct baseline_line **out, size_t *more) {
    struct baseline_line *rows = arena_array(arena, BASELINE_LINES_MAX, sizeof(*rows));
    struct lines l;
    struct map found;
    uint32_t at;
    size_t n = 0;
    *more = 0;
    map_init(&found, 64);
    lines_begin(&l, text, len);
    while (lines_next(&l)) {
        if (map_find(&b->seen, l.masked.data, l.masked.len, &at))
            continue;
        if (map_find(&found, l.masked.data, l.masked.len, &at)) {
            rows[at].count++;
        } else if (n == BASELINE_LINES_MAX) {
            ++*more;
        } else {
            (void)map_add(&found, arena_strdup(arena, l.masked.data), l.masked.len, (uint32_t)n);
            rows[n++] = (struct baseline_line){arena_strdup(arena, l.plain.data), l.number, 1};
        }
    }
    lines_end(&l);
    map_done(&found);
    *out = rows;
    return n;
}
