/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json/scan.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/json/key_set.h"
#include "engine/base/utf8.h"

/* Beyond it neighbouring integers share one double. */
static const uint64_t EXACT_MAX = (uint64_t)1 << 53;

struct scan {
    const char *name;
    const char *text;
    size_t len, pos;
    bool lines;
    int depth;
    struct buf *numbers;
    struct key_set keys[JSON_DEPTH_MAX + 1]; /* of the object being read at each depth */
    struct arena unescaped;                  /* keys that were written with escapes */
};

static size_t line_of(const struct scan *s, size_t offset) {
    size_t line = 1;
    for (size_t i = 0; i < offset; i++)
        line += s->text[i] == '\n';
    return line;
}

static int fail_at(const struct scan *s, size_t offset, const char *what) {
    if (s->lines)
        return err_set(ERR_FORMAT, "%s: line %zu, offset %zu: %s", s->name, line_of(s, offset),
                       offset, what);
    return err_set(ERR_FORMAT, "%s: offset %zu: %s", s->name, offset, what);
}

static int fail(const struct scan *s, const char *what) {
    return fail_at(s, s->pos, s->pos < s->len ? what : "the text ends too early");
}

/* The byte at pos, or 0 at the end: no valid text has one outside of strings either way. */
static unsigned char peek(const struct scan *s) {
    return s->pos < s->len ? (unsigned char)s->text[s->pos] : 0;
}

static void skip_space(struct scan *s) {
    while (s->pos < s->len) {
        char c = s->text[s->pos];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
        s->pos++;
    }
}

static bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}

/* Four hex digits at pos; -1 when they are not there. */
static int32_t hex4(struct scan *s) {
    int32_t value = 0;
    for (int i = 0; i < 4; i++, s->pos++) {
        unsigned char c = peek(s), low = (unsigned char)(c | 0x20);
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (low >= 'a' && low <= 'f')
            value = value * 16 + (low - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* Behind "\u". Joins surrogate pairs. */
static int scan_unicode_escape(struct scan *s, uint32_t *cp) {
    size_t begin = s->pos - 2;
    int32_t first = hex4(s);
    if (first < 0)
        return fail(s, "\\u needs four hex digits");
    if (first == 0)
        return fail_at(s, begin, "U+0000 is not allowed in a string");
    *cp = (uint32_t)first;
    if (first < 0xD800 || first > 0xDFFF)
        return 0;
    int32_t second = -1;
    if (first < 0xDC00 && s->len - s->pos >= 6 && memcmp(s->text + s->pos, "\\u", 2) == 0) {
        s->pos += 2;
        second = hex4(s);
    }
    if (second < 0xDC00 || second > 0xDFFF)
        return fail_at(s, begin, "half of a surrogate pair");
    *cp = 0x10000 + ((uint32_t)(first - 0xD800) << 10) + (uint32_t)(second - 0xDC00);
    return 0;
}

/* At a backslash. The character it stands for goes to *cp. */
static int scan_escape(struct scan *s, uint32_t *cp) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    s->pos++;
    unsigned char c = peek(s);
    const char *found = c ? strchr(letters, c) : NULL;
    if (!found && c != 'u')
        return fail(s, "no such escape");
    s->pos++;
    if (!found)
        return scan_unicode_escape(s, cp);
    *cp = (unsigned char)meant[found - letters];
    return 0;
}

static int scan_special(struct scan *s, bool *escaped) {
    unsigned char c = peek(s);
    uint32_t cp;
    if (c == '\\') {
        *escaped = true;
        return scan_escape(s, &cp);
    }
    if (c < 0x20)
        return fail(s, c ? "a control character must be escaped in a string"
                         : "U+0000 is not allowed in a string");
    size_t n = utf8_decode(s->text + s->pos, s->len - s->pos, &cp);
    if (n == 0)
        return fail(s, "this is not UTF-8");
    s->pos += n;
    return 0;
}

/* The bytes of a string that mean themselves; most of every document is these. */
static void skip_plain(struct scan *s) {
    const char *text = s->text;
    size_t pos = s->pos, len = s->len;
    while (pos < len) {
        unsigned char c = (unsigned char)text[pos];
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
            break;
        pos++;
    }
    s->pos = pos;
}

/* At the opening quote; ends behind the closing one. *escaped: the bytes are not the string. */
static int scan_string(struct scan *s, bool *escaped) {
    size_t begin = s->pos++;
    *escaped = false;
    for (;;) {
        skip_plain(s);
        if (s->pos == s->len)
            return fail_at(s, begin, "this string never ends");
        if (s->text[s->pos] == '"')
            break;
        int rc = scan_special(s, escaped);
        if (rc < 0)
            return rc;
    }
    s->pos++;
    return 0;
}

/* The string between begin and pos with its escapes undone; it was scanned, so it is sound. */
static const char *unescape(struct scan *s, size_t begin, size_t *len) {
    size_t end = s->pos;
    char *out = arena_alloc(&s->unescaped, end - begin); /* an escape is never shorter */
    *len = 0;
    for (s->pos = begin; s->pos < end;) {
        uint32_t cp = (unsigned char)s->text[s->pos];
        if (cp != '\\') {
            out[(*len)++] = s->text[s->pos++];
            continue;
        }
        CHECK(scan_escape(s, &cp) == 0);
        *len += utf8_encode(cp, out + *len);
    }
    return out;
}

static int scan_key(struct scan *s) {
    size_t begin = s->pos;
    if (peek(s) != '"')
        return fail(s, "expected a key in quotes");
    bool escaped;
    int rc = scan_string(s, &escaped);
    if (rc < 0)
        return rc;
    size_t end = s->pos, len = end - begin - 2;
    const char *key = s->text + begin + 1;
    if (escaped) {
        s->pos = end - 1;
        key = unescape(s, begin + 1, &len);
        s->pos = end;
    }
    if (!key_set_add(&s->keys[s->depth], key, len))
        return fail_at(s, begin, "this key is already in the object");
    return 0;
}

static void skip_digits(struct scan *s) {
    while (is_digit(peek(s)))
        s->pos++;
}

/* Whether the digits are at most 2^53. */
static bool is_exact(const char *digits, size_t len) {
    if (len > 16) /* 2^53 has 16 digits; there are no leading zeros */
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (uint64_t)(digits[i] - '0');
    return value <= EXACT_MAX;
}

/* Point and exponent, behind the integer part. */
static int scan_fraction(struct scan *s) {
    if (peek(s) == '.') {
        s->pos++;
        if (!is_digit(peek(s)))
            return fail(s, "expected a digit behind the point");
        skip_digits(s);
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->pos++;
        if (peek(s) == '+' || peek(s) == '-')
            s->pos++;
        if (!is_digit(peek(s)))
            return fail(s, "expected a digit of the exponent");
        skip_digits(s);
    }
    return 0;
}

static int scan_number(struct scan *s) {
    size_t begin = s->pos;
    bool negative = peek(s) == '-';
    s->pos += negative;
    size_t digits = s->pos;
    if (!is_digit(peek(s)))
        return fail(s, "expected a digit");
    skip_digits(s);
    size_t whole = s->pos;
    if (s->text[digits] == '0' && whole - digits > 1)
        return fail_at(s, begin, "a number may not begin with 0");
    int rc = scan_fraction(s);
    if (rc < 0)
        return rc;
    if (s->pos - begin > JSON_NUMBER_MAX)
        return err_set(ERR_LIMIT, "%s: offset %zu: a number of more than %d characters", s->name,
                       begin, JSON_NUMBER_MAX);
    unsigned flags = 0;
    if (s->pos == whole && !(negative && s->text[digits] == '0')) {
        flags |= JSON_NUMBER_PLAIN;
        if (is_exact(s->text + digits, whole - digits))
            flags |= JSON_NUMBER_EXACT;
    }
    buf_putc(s->numbers, (char)flags);
    return 0;
}

static int scan_literal(struct scan *s) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i]);
        if (s->len - s->pos >= len && memcmp(s->text + s->pos, words[i], len) == 0) {
            s->pos += len;
            return 0;
        }
    }
    return fail(s, "expected a value");
}

static int scan_value(struct scan *s);

static int scan_member(struct scan *s, bool object) {
    int rc;
    if (object) {
        if ((rc = scan_key(s)) < 0)
            return rc;
        skip_space(s);
        if (peek(s) != ':')
            return fail(s, "expected \":\" behind the key");
        s->pos++;
        skip_space(s);
    }
    if ((rc = scan_value(s)) < 0)
        return rc;
    skip_space(s);
    return 0;
}

/* At the opening bracket. Arrays and objects differ in their keys and their brackets only. */
static int scan_container(struct scan *s, bool object) {
    unsigned char close = object ? '}' : ']';
    if (s->depth == JSON_DEPTH_MAX)
        return err_set(ERR_LIMIT, "%s: offset %zu: nested deeper than %d levels", s->name, s->pos,
                       JSON_DEPTH_MAX);
    s->depth++;
    if (object)
        key_set_reset(&s->keys[s->depth]);
    s->pos++;
    skip_space(s);
    for (bool first = true; peek(s) != close || !first; first = false) {
        int rc = scan_member(s, object);
        if (rc < 0)
            return rc;
        if (peek(s) == close)
            break;
        if (peek(s) != ',')
            return fail(s, object ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
        s->pos++;
        skip_space(s);
    }
    s->pos++;
    s->depth--;
    return 0;
}

static int scan_value(struct scan *s) {
    unsigned char c = peek(s);
    bool escaped;
    switch (c) {
    case '{':
        return scan_container(s, true);
    case '[':
        return scan_container(s, false);
    case '"':
        return scan_string(s, &escaped);
    default:
        return c == '-' || is_digit(c) ? scan_number(s) : scan_literal(s);
    }
}

static int scan_document(struct scan *s) {
    if (s->len >= 3 && memcmp(s->text, "\xEF\xBB\xBF", 3) == 0)
        return fail(s, "the text begins with a byte order mark");
    skip_space(s);
    int rc = scan_value(s);
    if (rc < 0)
        return rc;
    skip_space(s);
    return s->pos == s->len ? 0 : fail(s, "something follows the value");
}

int json_scan(const char *text, size_t len, const char *name, bool lines, struct buf *numbers) {
    struct scan s = {.name = name, .text = text, .len = len, .lines = lines, .numbers = numbers};
    arena_init(&s.unescaped, 0);
    int rc = scan_document(&s);
    for (size_t i = 0; i <= JSON_DEPTH_MAX; i++)
        key_set_done(&s.keys[i]);
    arena_done(&s.unescaped);
    return rc < 0 ? rc : buf_ok(numbers, "the list of numbers");
}
