/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"

#include "engine/base/err.h"
#include "engine/base/word.h"

/* What a lead byte promises: how many bytes follow, and where the first of them must lie
 * (Unicode 15, table 3-7). Returns false for a byte that starts nothing. */
struct lead {
    size_t follow;
    uint8_t low, high;
};

static bool lead_of(uint8_t b, struct lead *out) {
    *out = (struct lead){.follow = 0, .low = 0x80, .high = 0xBF};
    if (b < 0x80)
        return true;
    if (b < 0xC2 || b > 0xF4)
        return false;
    out->follow = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    if (b == 0xE0)
        out->low = 0xA0; /* below: overlong */
    else if (b == 0xED)
        out->high = 0x9F; /* above: surrogates */
    else if (b == 0xF0)
        out->low = 0x90; /* below: overlong */
    else if (b == 0xF4)
        out->high = 0x8F; /* above: past U+10FFFF */
    return true;
}

/* How many bytes at s are a prefix of some well-formed sequence; *whole when they are all of it. */
static size_t match(const uint8_t *s, size_t len, bool *whole) {
    struct lead lead;
    *whole = false;
    if (len == 0 || !lead_of(s[0], &lead))
        return 0;
    size_t n = 1;
    while (n <= lead.follow && n < len) {
        uint8_t low = n == 1 ? lead.low : 0x80, high = n == 1 ? lead.high : 0xBF;
        if (s[n] < low || s[n] > high)
            return n;
        n++;
    }
    *whole = n == lead.follow + 1;
    return n;
}

size_t utf8_decode(const char *s, size_t len, uint32_t *cp) {
    const uint8_t *u = (const uint8_t *)s;
    bool whole;
    size_t n = match(u, len, &whole);
    if (!whole)
        return 0;
    static const uint8_t payload[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = u[0] & payload[n];
    for (size_t i = 1; i < n; i++)
        value = value << 6 | (u[i] & 0x3F);
    *cp = value;
    return n;
}

size_t utf8_encode(uint32_t cp, char out[4]) {
    CHECK(cp < 0x110000 && (cp < 0xD800 || cp > 0xDFFF));
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const uint8_t mark[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, cp >>= 6)
        out[i] = (char)(0x80 | (cp & 0x3F));
    out[0] = (char)(mark[n] | cp);
    return n;
}

/* How many bytes at s are sound by a look at eight at a time. */
static size_t skip_common(const uint8_t *s, size_t len) {
    uint64_t open = 0;
    for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
        size_t left = len - i;
        size_t before = open >> 7; /* the lead byte that waits */
        if (utf8_word(left < sizeof(uint64_t) ? word_tail(s + i, left) : word_load(s + i), &open))
            return i - before;
    }
    return len - (open >> 7);
}

bool utf8_valid(const char *s, size_t len, size_t *bad_offset) {
    for (size_t i = skip_common((const uint8_t *)s, len); i < len;
         i += skip_common((const uint8_t *)s + i, len - i)) {
        bool whole;
        size_t n = match((const uint8_t *)s + i, len - i, &whole);
        if (!whole) {
            if (bad_offset)
                *bad_offset = i;
            return false;
        }
        i += n;
    }
    return true;
}

size_t utf8_bad_subpart(const char *s, size_t len) {
    if (len == 0)
        return 0;
    bool whole;
    size_t n = match((const uint8_t *)s, len, &whole);
    return n ? n : 1;
}

size_t utf8_incomplete_tail(const char *s, size_t len) {
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        const uint8_t *at = (const uint8_t *)s + len - back;
        if ((*at & 0xC0) == 0x80)
            continue; /* the lead byte is further back */
        bool whole;
        size_t n = match(at, back, &whole);
        return n == back && !whole ? back : 0;
    }
    return 0;
}
