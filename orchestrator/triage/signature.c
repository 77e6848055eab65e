/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/signature.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/hash.h"

/* A run of hex digits this long is an id, not a word. */
enum { HEX_MIN = 8 };

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

/* Length of "[2, 7, 32]" or "[2x7]" at s, else 0. */
static size_t shape_len(const char *s) {
    if (*s != '[')
        return 0;
    size_t n = 1 + strspn(s + 1, "0123456789, x");
    return n > 1 && s[n] == ']' ? n + 1 : 0;
}

static size_t address_len(const char *s) {
    if (s[0] != '0' || (s[1] != 'x' && s[1] != 'X'))
        return 0;
    size_t n = strspn(s + 2, "0123456789abcdefABCDEF");
    return n ? n + 2 : 0;
}

static size_t hex_len(const char *s) {
    size_t n = strspn(s, "0123456789abcdefABCDEF");
    if (n < HEX_MIN || is_word(s[n]) || strcspn(s, "0123456789") >= n)
        return 0;
    return n;
}

static bool is_one_of(char c, const char *set) {
    return c != '\0' && strchr(set, c) != NULL;
}

/* What continues a number behind its digits, a separator or an exponent; digits follow it. */
static size_t joint_len(const char *s) {
    size_t n = 1;
    if (is_one_of(*s, "eE"))
        n += is_one_of(s[1], "+-");
    else if (!is_one_of(*s, ".:,-T"))
        return 0;
    return isdigit((unsigned char)s[n]) ? n : 0;
}

/* 12, 1.5, 1e-10, 2026-11-21T02:15: everything a run of digits drags along. */
static size_t number_len(const char *s) {
    size_t n = strspn(s, "0123456789"), joint;
    while (n > 0 && (joint = joint_len(s + n)) > 0)
        n += joint + strspn(s + n + joint, "0123456789");
    return n > 0 && is_word(s[n]) ? 0 : n;
}

/* Length of an absolute path's folders, up to its base name, else 0. */
static size_t folders_len(const char *s) {
    if (*s != '/')
        return 0;
    size_t end = strcspn(s, " \t\n\"'`:,;()<>");
    size_t n = end;
    while (n > 0 && s[n - 1] != '/')
        n--;
    return n > 1 && n < end ? n : 0;
}

void signature_mask(struct buf *out, const char *text) {
    char before = ' ';
    for (const char *s = text; *s;) {
        bool fresh = !is_word(before) && before != '.';
        size_t n;
        if ((n = shape_len(s)) > 0) {
            buf_add(out, s, n);
        } else if (fresh && (n = folders_len(s)) > 0) {
            /* dropped: only the base name says what it is */
        } else if (fresh &&
                   ((n = address_len(s)) > 0 || (n = hex_len(s)) > 0 || (n = number_len(s)) > 0)) {
            buf_putc(out, '%');
        } else {
            n = 1;
            buf_putc(out, *s);
        }
        before = s[n - 1];
        s += n;
    }
}

const char *signature_bucket(double nmse, double limit) {
    static const struct {
        double ratio;
        const char *word;
    } rows[] = {
        {1e1, "within 10x" },
        {1e3, "within 1e3x"},
        {1e6, "within 1e6x"},
    };
    if (!isfinite(nmse))
        return "not finite";
    if (!(limit > 0))
        return "not exact";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (nmse / limit <= rows[i].ratio)
            return rows[i].word;
    return "over 1e6x";
}

char *signature_hash(const char *template, char out[SIGNATURE_SIZE]) {
    char stamp[32], hex[HASH_HEX_SIZE];
    int n = snprintf(stamp, sizeof(stamp), "noctule-signature-%d\n", SIGNATURE_ALGO);
    struct hash *h = hash_new();
    hash_add(h, stamp, (size_t)n);
    hash_add(h, template, strlen(template));
    hash_finish(h, hex);
    memcpy(out, hex, SIGNATURE_SIZE - 1);
    out[SIGNATURE_SIZE - 1] = '\0';
    return out;
}
