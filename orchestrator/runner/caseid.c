/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/caseid.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/utf8.h"

enum { NAME_BYTES_MAX = 1 << 20, DIGITS = 16 };

void caseid_init(struct caseid *c, struct arena *arena) {
    c->arena = arena;
    map_init(&c->taken, 0);
}

void caseid_done(struct caseid *c) {
    map_done(&c->taken);
}

/* How many bytes at s may stand in an id as they are; 0: the first may not. */
static size_t plain_len(const char *name, const char *s, size_t left) {
    uint32_t cp;
    size_t n = utf8_decode(s, left, &cp);
    bool edge = s == name || left == 1;
    if (n == 0 || cp < 0x20 || cp == 0x7f || (cp == ' ' && edge) || (cp == '-' && s == name))
        return 0;
    return n;
}

static void put_plain(struct buf *out, const char *name) {
    size_t left = strlen(name);
    for (const char *s = name; left;) {
        size_t n = plain_len(name, s, left);
        if (n)
            buf_add(out, s, n);
        else
            buf_printf(out, "\\x%02x", (unsigned char)*s);
        s += n ? n : 1;
        left -= n ? n : 1;
    }
}

static void shorten(struct buf *id, const char *name) {
    char digits[HASH_HEX_SIZE];
    if (id->len <= CASEID_LONG)
        return;
    size_t kept = CASEID_KEPT - utf8_incomplete_tail(id->data, CASEID_KEPT);
    id->data[id->len = kept] = '\0';
    buf_printf(id, "~%.*s", DIGITS, hash_bytes(name, strlen(name), digits));
}

const char *caseid_make(struct caseid *c, const char *name) {
    struct buf id;
    buf_init(&id, NAME_BYTES_MAX);
    put_plain(&id, *name ? name : "(no name)");
    shorten(&id, name);
    const char *made = arena_strdup(c->arena, id.data);
    for (size_t n = 2; !map_add(&c->taken, made, strlen(made), 0); n++)
        made = arena_printf(c->arena, "%s (%zu)", id.data, n);
    buf_done(&id);
    return made;
}
