/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json/scan.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json/key_set.h"
#include "engine/base/map.h"
#include "engine/base/utf8.h"
#include "engine/base/word.h"

/* Beyond it neighbouring integers share one double. */
static const uint64_t EXACT_MAX = (uint64_t)1 << 53;

struct scan {
    struct json_doc *doc;
    char *text;         /* [len] and JSON_PADDING zero bytes */
    const char *source; /* for line numbers, or NULL */
    size_t len, pos;
    int depth;
    struct key_set keys[JSON_DEPTH_MAX + 1]; /* of the object being read at each depth */
};

static size_t line_of(const struct scan *s, size_t offset) {
    size_t line = 1;
    for (size_t i = 0; i < offset; i++)
        line += s->source[i] == '\n';
    return line;
}

static int fail_at(const struct scan *s, size_t offset, const char *what) {
    const char *name = s->doc->name;
    if (s->source)
        return err_set(ERR_FORMAT, "%s: line %zu, offset %zu: %s", name, line_of(s, offset), offset,
                       what);
    return err_set(ERR_FORMAT, "%s: offset %zu: %s", name, offset, what);
}

static int fail(const struct scan *s, const char *what) {
    return fail_at(s, s->pos, s->pos < s->len ? what : "the text ends too early");
}

/* The byte at pos, or 0 at the end: no valid text has one outside of strings either way. */
static unsigned char peek(const struct scan *s) {
    return (unsigned char)s->text[s->pos];
}

static bool is_space(char c) {
    return c <= ' ' && (c == ' ' || c == '\n' || c == '\r' || c == '\t');
}

/* Indented documents are half spaces, which are passed eight at a time. */
static void skip_space(struct scan *s) {
    const char *p = s->text + s->pos;
    while (is_space(*p)) {
        p++;
        uint64_t other;
        while ((other = word_load(p) ^ WORD_OF(0x20)) == 0) /* the padding ends it */
            p += sizeof(other);
        p += __builtin_ctzll(other) / 8;
    }
    s->pos = (size_t)(p - s->text);
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

/* The lowest byte of a word that does not mean itself: a quote, a backslash, a control character,
 * the padding. Its high bit is set in the result, of which only the lowest bit counts. */
static uint64_t find_special(uint64_t w) {
    uint64_t quote = w ^ WORD_OF('"'), slash = w ^ WORD_OF('\\');
    uint64_t hit = ((quote - WORD_OF(1)) & ~quote) | ((slash - WORD_OF(1)) & ~slash) |
                   ((w - WORD_OF(0x20)) & ~w); /* borrows only set bits above a true one */
    return hit & WORD_OF(0x80);
}

/* Moves pos over the bytes that mean themselves; *out, where they go, moves along. */
static int take_plain(struct scan *s, size_t *out) {
    size_t begin = s->pos, pos = begin, bad = 0;
    uint64_t open = 0, odd = 0, hit;
    do {
        uint64_t w = word_load(s->text + pos);
        hit = find_special(w);
        uint64_t plain = hit ? w & ((hit & -hit) - 1) : w;
        if ((plain & WORD_OF(0x80)) | open)
            odd |= utf8_word(plain, &open);
        pos += hit ? (size_t)__builtin_ctzll(hit) / 8 : sizeof(w);
    } while (!hit);
    s->pos = pos;
    if (odd && !utf8_valid(s->text + begin, pos - begin, &bad))
        return fail_at(s, begin + bad, "this is not UTF-8");
    if (*out != begin)
        memmove(s->text + *out, s->text + begin, pos - begin);
    *out += pos - begin;
    return 0;
}

/* At the opening quote; ends behind the closing one. What the string says takes its place in the
 * text, with a NUL behind it. */
static int scan_string(struct scan *s, uint32_t *at, uint32_t *len) {
    size_t begin = s->pos++, out = s->pos;
    for (;;) {
        uint32_t cp = 0;
        int rc = take_plain(s, &out);
        if (rc < 0)
            return rc;
        if (s->pos == s->len)
            return fail_at(s, begin, "this string never ends");
        unsigned char c = peek(s);
        if (c == '"')
            break;
        if (c != '\\')
            return fail(s, c ? "a control character must be escaped in a string"
                             : "U+0000 is not allowed in a string");
        if ((rc = scan_escape(s, &cp)) < 0)
            return rc;
        out += utf8_encode(cp, s->text + out); /* never longer than the escape */
    }
    s->pos++;
    s->text[out] = '\0';
    *at = (uint32_t)begin + 1;
    *len = (uint32_t)out - *at;
    return 0;
}

/* Some key that was added to the set of this depth is there twice. */
static int fail_twice(const struct scan *s) {
    uint32_t node = key_set_twice(&s->keys[s->depth]);
    return fail_at(s, s->doc->nodes[node].key - 1, "this key is already in the object");
}

static int scan_key(struct scan *s, uint32_t node) {
    uint32_t at, len;
    if (peek(s) != '"')
        return fail(s, "expected a key in quotes");
    int rc = scan_string(s, &at, &len);
    if (rc < 0)
        return rc;
    struct node *n = &s->doc->nodes[node];
    n->key = at;
    n->key_len = len;
    n->key_hash = (uint32_t)map_hash(s->text + at, len);
    return key_set_add(&s->keys[s->depth], s->doc, node) ? 0 : fail_twice(s);
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

static int scan_number(struct scan *s, struct node *n) {
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
        return err_set(ERR_LIMIT, "%s: offset %zu: a number of more than %d characters",
                       s->doc->name, begin, JSON_NUMBER_MAX);
    n->type = JSON_NUMBER;
    n->at = (uint32_t)begin;
    if (s->pos == whole && !(negative && s->text[digits] == '0')) {
        n->flags |= NODE_PLAIN;
        if (is_exact(s->text + digits, whole - digits))
            n->flags |= NODE_EXACT;
    }
    return 0;
}

static int scan_literal(struct scan *s, struct node *n) {
    static const struct {
        const char *word;
        uint8_t type, flags;
    } words[] = {
        {"true",  JSON_BOOL, NODE_TRUE},
        {"false", JSON_BOOL, 0        },
        {"null",  JSON_NULL, 0        },
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i].word);
        if (s->len - s->pos >= len && memcmp(s->text + s->pos, words[i].word, len) == 0) {
            s->pos += len;
            n->type = words[i].type;
            n->flags = words[i].flags;
            return 0;
        }
    }
    return fail(s, "expected a value");
}

/* One more node, all zero. */
static int add_node(struct scan *s, uint32_t *index) {
    struct json_doc *doc = s->doc;
    int rc = doc->count == doc->cap ? json_doc_grow(doc, s->len) : 0;
    if (rc == 0)
        *index = doc->count++;
    return rc;
}

static int scan_value(struct scan *s, uint32_t node);

static int scan_member(struct scan *s, uint32_t node, bool object) {
    int rc;
    if (object) {
        if ((rc = scan_key(s, node)) < 0)
            return rc;
        skip_space(s);
        if (peek(s) != ':')
            return fail(s, "expected \":\" behind the key");
        s->pos++;
        skip_space(s);
    }
    if ((rc = scan_value(s, node)) < 0)
        return rc;
    skip_space(s);
    return 0;
}

/* Behind the opening bracket and its spaces. */
static int scan_members(struct scan *s, uint32_t container, bool object) {
    unsigned char close = object ? '}' : ']';
    uint32_t before = 0, len = 0;
    while (peek(s) != close || len > 0) {
        uint32_t node = 0;
        int rc = add_node(s, &node);
        if (rc == 0)
            rc = scan_member(s, node, object);
        if (rc < 0)
            return rc;
        s->doc->nodes[before].next = before ? node : 0;
        before = node;
        len++;
        if (peek(s) == close)
            break;
        if (peek(s) != ',')
            return fail(s, object ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
        s->pos++;
        skip_space(s);
    }
    s->doc->nodes[container].len = len;
    return 0;
}

/* At the opening bracket. Arrays and objects differ in their keys and their brackets only. */
static int scan_container(struct scan *s, uint32_t node, bool object) {
    if (s->depth == JSON_DEPTH_MAX)
        return err_set(ERR_LIMIT, "%s: offset %zu: nested deeper than %d levels", s->doc->name,
                       s->pos, JSON_DEPTH_MAX);
    s->depth++;
    s->doc->nodes[node].type = object ? JSON_OBJECT : JSON_ARRAY;
    key_set_begin(&s->keys[s->depth], node);
    s->pos++;
    skip_space(s);
    int depth = s->depth, rc = scan_members(s, node, object);
    s->depth = depth;
    if (!key_set_end(&s->keys[depth], s->doc)) /* which comes before what is wrong behind it */
        rc = fail_twice(s);
    if (rc < 0)
        return rc;
    s->pos++;
    s->depth--;
    return 0;
}

static int scan_value(struct scan *s, uint32_t node) {
    struct node *n = &s->doc->nodes[node]; /* moves when nodes are added */
    unsigned char c = peek(s);
    switch (c) {
    case '{':
        return scan_container(s, node, true);
    case '[':
        return scan_container(s, node, false);
    case '"':
        n->type = JSON_STRING;
        return scan_string(s, &n->at, &n->len);
    default:
        return c == '-' || is_digit(c) ? scan_number(s, n) : scan_literal(s, n);
    }
}

static int scan_document(struct scan *s) {
    uint32_t root = 0;
    if (s->len >= 3 && memcmp(s->text, "\xEF\xBB\xBF", 3) == 0)
        return fail(s, "the text begins with a byte order mark");
    int rc = add_node(s, &root);
    if (rc < 0)
        return rc;
    skip_space(s);
    rc = scan_value(s, root);
    if (rc < 0)
        return rc;
    skip_space(s);
    return s->pos == s->len ? 0 : fail(s, "something follows the value");
}

int json_scan(struct json_doc *doc, size_t len, const char *source) {
    struct scan s = {.doc = doc, .text = doc->text, .len = len, .source = source};
    if (len > UINT32_MAX)
        return err_set(ERR_LIMIT, "%s: %zu bytes; at most %u are read", doc->name, len, UINT32_MAX);
    int rc = scan_document(&s);
    for (size_t i = 0; i <= JSON_DEPTH_MAX; i++)
        key_set_done(&s.keys[i]);
    return rc;
}
