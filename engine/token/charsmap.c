/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/charsmap.h"

#include <endian.h>
#include <string.h>

#include "engine/base/base64.h"
#include "engine/base/err.h"
#include "engine/base/utf8.h"

enum {
    BLOB_MAX = 1 << 26,       /* bytes; published ones have 300 KB */
    REPLACEMENT_MAX = 1 << 12 /* bytes; the longest published has 33 */
};

/* A unit of the trie: label in bits 0 to 7 and 31, whether a value follows in 8, how far the
 * offset in 10 to 30 is shifted in 9. A value fills bits 0 to 30. */
struct charsmap {
    uint32_t *units;
    size_t units_len;
    char *texts; /* the replacements */
    size_t texts_len;
};

/* -- opening -- */

static int check_texts(const char *texts, size_t len) {
    size_t bad = 0;
    if (!utf8_valid(texts, len, &bad))
        return err_set(ERR_FORMAT, "the replacements are not UTF-8 at byte %zu", bad);
    for (size_t from = 0; from < len;) {
        const char *nul = memchr(texts + from, 0, len - from);
        size_t n = nul ? (size_t)(nul - texts) - from : len - from;
        if (n > REPLACEMENT_MAX)
            return err_set(ERR_LIMIT, "a replacement has %zu bytes, and %d are most", n,
                           REPLACEMENT_MAX);
        from += n + 1;
    }
    return 0;
}

int charsmap_new(struct charsmap **out, const char *blob, size_t len) {
    uint32_t size = 0;
    if (len >= sizeof(size))
        memcpy(&size, blob, sizeof(size));
    size_t units = le32toh(size) / sizeof(uint32_t), head = (units + 1) * sizeof(uint32_t);
    if (units == 0 || head > len)
        return err_set(ERR_FORMAT, "a table of %zu bytes whose trie is said to have %zu", len,
                       units * sizeof(uint32_t));
    int rc = check_texts(blob + head, len - head);
    if (rc < 0)
        return rc;
    struct charsmap *m = xcalloc(1, sizeof(*m));
    m->units = xcalloc(units, sizeof(*m->units));
    m->units_len = units;
    for (size_t i = 0; i < units; i++) {
        memcpy(&m->units[i], blob + (i + 1) * sizeof(uint32_t), sizeof(uint32_t));
        m->units[i] = le32toh(m->units[i]);
    }
    m->texts_len = len - head;
    m->texts = xcalloc(m->texts_len + 1, 1);
    memcpy(m->texts, blob + head, m->texts_len);
    *out = m;
    return 0;
}

int charsmap_parse(struct charsmap **out, struct json value) {
    const char *text = NULL;
    size_t len = 0;
    struct buf blob;
    buf_init(&blob, BLOB_MAX);
    int rc = json_as_strn(value, &text, &len);
    bool is_text = rc == 0;
    if (rc == 0)
        rc = base64_decode(&blob, text, len);
    if (rc == 0)
        rc = charsmap_new(out, blob.data, blob.len);
    if (rc < 0 && is_text) {
        char *why = xstrdup(err_text());
        json_fail(value, "%s", why);
        free(why);
    }
    buf_done(&blob);
    return rc;
}

void charsmap_free(struct charsmap *m) {
    if (!m)
        return;
    free(m->units);
    free(m->texts);
    free(m);
}

/* -- finding -- */

static uint32_t offset_of(uint32_t unit) {
    return (unit >> 10) << ((unit & 1u << 9) >> 6);
}

/* What the unit at the place says is the replacement; false when it lies elsewhere. */
static bool text_at(const struct charsmap *m, size_t place, struct charsmap_hit *hit) {
    size_t at = place < m->units_len ? m->units[place] & ~(1u << 31) : SIZE_MAX;
    if (at > m->texts_len || ((unsigned char)m->texts[at] & 0xc0) == 0x80)
        return false;
    hit->text = m->texts + at;
    hit->len = strlen(hit->text); /* there is a NUL behind the last */
    return true;
}

bool charsmap_find(const struct charsmap *m, const char *key, size_t len, bool longest,
                   struct charsmap_hit *out) {
    size_t node = offset_of(m->units[0]);
    bool found = false;
    for (size_t i = 0; i < len && key[i] && !(found && !longest); i++) {
        unsigned char c = (unsigned char)key[i];
        node ^= c;
        if (node >= m->units_len || (m->units[node] & (1u << 31 | 0xff)) != c)
            break;
        uint32_t unit = m->units[node];
        node ^= offset_of(unit);
        struct charsmap_hit hit = {.used = i + 1};
        if (unit >> 8 & 1 && text_at(m, node, &hit)) {
            *out = hit;
            found = true;
        }
    }
    return found;
}
