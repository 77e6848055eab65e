/* SPDX-License-Identifier: Apache-2.0 */
/* From Oniguruma's syntax to PCRE2's. What the two spell alike but mean differently:
 *   \s \S \w \W \d \D \h \H \b \B   sets by Unicode property, and \h is a hexadecimal digit
 *   (?m)                            lets the dot match newlines: PCRE2's (?s)
 *   {n,m}+                          a greedy repeat of the repeat, not a possessive one
 *   {,n}  \uHHHH  \v                {0,n}, \x{HHHH}, one vertical tab
 *   \p{Han}                         the script itself, not what its extensions share with it
 * Set operations inside brackets have no counterpart and are refused. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/token/regex.h"

/* Bodies of bracket expressions. White_Space; PCRE2's own \s has U+180E besides. */
#define SPACE                                                                      \
    "\\x09-\\x0d\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}" \
    "\\x{202f}\\x{205f}\\x{3000}"
#define NOT_SPACE                                                                  \
    "\\x00-\\x08\\x0e-\\x1f\\x21-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}"          \
    "\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}" \
    "\\x{2060}-\\x{2fff}\\x{3001}-\\x{d7ff}\\x{e000}-\\x{10ffff}"
/* Oniguruma's table for the first 256 code points calls superscripts and fractions word
 * characters; within brackets it does not look there. */
#define WORD_INSIDE                                                             \
    "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{24b6}-\\x{24e9}\\x{1f130}-\\x{1f149}" \
    "\\x{1f150}-\\x{1f169}\\x{1f170}-\\x{1f189}"
#define WORD WORD_INSIDE "\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}"

static const struct set {
    char letter;
    const char *inside;  /* within brackets, or NULL: no way to say it there */
    const char *outside; /* on its own */
} sets[] = {
    {'s', SPACE,       "[" SPACE "]"                                                    },
    {'S', NOT_SPACE,   "[^" SPACE "]"                                                   },
    {'w', WORD_INSIDE, "[" WORD "]"                                                     },
    {'W', NULL,        "[^" WORD "]"                                                    },
    {'d', "\\p{Nd}",   "\\p{Nd}"                                                        },
    {'D', "\\P{Nd}",   "\\P{Nd}"                                                        },
    {'h', "0-9a-fA-F", "[0-9a-fA-F]"                                                    },
    {'H', NULL,        "[^0-9a-fA-F]"                                                   },
    {'b', "\\x08",     "(?:(?<=[" WORD "])(?![" WORD "])|(?<![" WORD "])(?=[" WORD "]))"},
    {'B', NULL,        "(?:(?<=[" WORD "])(?=[" WORD "])|(?<![" WORD "])(?![" WORD "]))"},
    {'v', "\\x0b",     "\\x0b"                                                          },
    {0,   NULL,        NULL                                                             },
};

/* POSIX classes, which PCRE2 takes for single categories. */
static const struct {
    const char *name, *inside;
} posix[] = {
    {"[:alpha:]",  "\\p{Alphabetic}"       },
    {"[:digit:]",  "\\p{Nd}"               },
    {"[:alnum:]",  "\\p{Alphabetic}\\p{Nd}"},
    {"[:upper:]",  "\\p{Uppercase}"        },
    {"[:lower:]",  "\\p{Lowercase}"        },
    {"[:space:]",  SPACE                   },
    {"[:cntrl:]",  "\\p{Cc}"               },
    {"[:word:]",   WORD_INSIDE             },
    {"[:xdigit:]", "0-9a-fA-F"             },
    {NULL,         NULL                    },
};

struct scan {
    const char *at;
    struct buf *out;
    size_t atom;        /* where in out the last thing that a quantifier would repeat begins */
    size_t groups[100]; /* where each open group begins */
    int depth;
};

static int refuse(const struct scan *s, const char *what) {
    return err_set(ERR_UNSUPPORTED, "%s in a pattern is not supported (at \"%.12s\")", what, s->at);
}

/* \uHHHH, exactly four digits. */
static int hex_escape(struct scan *s) {
    for (int i = 2; i < 6; i++)
        if (!isxdigit((unsigned char)s->at[i]))
            return refuse(s, "\\u without four digits");
    buf_printf(s->out, "\\x{%.4s}", s->at + 2);
    s->at += 6;
    return 0;
}

/* "\p{Name}", size bytes: common to both, but a script's name is one of its extensions to PCRE2
 * since 10.40. What came before has neither the prefix nor the extensions. */
static void property(struct scan *s, size_t size) {
    size_t head = s->at[3] == '^' ? 4 : 3;
    const char *name = s->at + head;
    size_t len = size - head - 1;
    buf_add(s->out, s->at, head);
    if (regex_knows_script(name, len))
        buf_puts(s->out, "sc:");
    buf_add(s->out, name, len + 1);
    s->at += size;
}

/* Braces of \x{…} are copied whole. */
static int braced_escape(struct scan *s) {
    const char *close = s->at[2] == '{' ? strchr(s->at, '}') : NULL;
    size_t n = close ? (size_t)(close - s->at) + 1 : 2;
    if (s->at[1] == 'x' && !close) {
        n = 2;
        while (n < 4 && isxdigit((unsigned char)s->at[n]))
            n++;
    } else if (!close) {
        return refuse(s, "\\p without braces");
    }
    if (s->at[1] != 'x') {
        property(s, n);
        return 0;
    }
    buf_add(s->out, s->at, n);
    s->at += n;
    return 0;
}

static int escape(struct scan *s, bool inside) {
    char c = s->at[1];
    if (c == 0)
        return err_set(ERR_FORMAT, "the pattern ends in a backslash");
    if (c == 'u')
        return hex_escape(s);
    if (c == 'p' || c == 'P' || c == 'x')
        return braced_escape(s);
    for (const struct set *row = sets; row->letter; row++) {
        if (row->letter != c)
            continue;
        if (inside && !row->inside)
            return refuse(s, "a negated set within brackets");
        buf_puts(s->out, inside ? row->inside : row->outside);
        s->at += 2;
        return 0;
    }
    bool known = inside ? strchr("nrtfae", c) != NULL : strchr("nrtfaeAzZGRXK", c) != NULL;
    if (isalpha((unsigned char)c) && !known)
        return refuse(s, "this escape");
    if (isdigit((unsigned char)c) && c != '0')
        return refuse(s, "a back-reference");
    buf_add(s->out, s->at, 2);
    s->at += 2;
    return 0;
}

static int posix_class(struct scan *s) {
    for (size_t i = 0; posix[i].name; i++)
        if (strncmp(s->at, posix[i].name, strlen(posix[i].name)) == 0) {
            buf_puts(s->out, posix[i].inside);
            s->at += strlen(posix[i].name);
            return 0;
        }
    return refuse(s, "a set within a set");
}

/* One bracket expression. */
static int brackets(struct scan *s) {
    buf_putc(s->out, *s->at++);
    if (*s->at == '^')
        buf_putc(s->out, *s->at++);
    if (*s->at == ']') { /* first, so a literal */
        buf_puts(s->out, "\\]");
        s->at++;
    }
    while (*s->at && *s->at != ']') {
        int rc = 0;
        if (s->at[0] == '&' && s->at[1] == '&')
            return refuse(s, "an intersection of sets");
        if (*s->at == '[') {
            rc = posix_class(s);
        } else if (*s->at == '\\') {
            rc = escape(s, true);
        } else {
            buf_putc(s->out, *s->at++);
        }
        if (rc < 0)
            return rc;
    }
    if (!*s->at)
        return err_set(ERR_FORMAT, "the pattern leaves a [ open");
    buf_putc(s->out, *s->at++);
    return 0;
}

/* "(?imx-imx:" and "(?imx)". The latter holds to the end of the group in both dialects, but
 * swallows a following alternative only in Oniguruma; so it must come first in the pattern. */
static int options(struct scan *s) {
    const char *p = s->at + 2;
    size_t n = strspn(p, "im-");
    if (p[n] != ':' && p[n] != ')')
        return refuse(s, "this kind of group");
    if (p[n] == ')' && s->out->len > 0)
        return refuse(s, "an option that is not at the start");
    buf_puts(s->out, "(?");
    for (size_t i = 0; i < n; i++)
        buf_putc(s->out, p[i] == 'm' ? 's' : p[i]);
    buf_putc(s->out, p[n]);
    s->at = p + n + 1;
    if (p[n] == ')') {
        s->atom = s->out->len;
        s->depth--;
    }
    return 0;
}

static int open_group(struct scan *s) {
    static const char *const plain[] = {"(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!", NULL};
    if (s->depth == (int)(sizeof(s->groups) / sizeof(s->groups[0])))
        return refuse(s, "nesting this deep");
    s->groups[s->depth++] = s->out->len;
    if (s->at[1] == '*')
        return refuse(s, "a verb");
    if (s->at[1] != '?') {
        buf_puts(s->out, "(?:"); /* nobody reads captures */
        s->at++;
        return 0;
    }
    for (size_t i = 0; plain[i]; i++)
        if (strncmp(s->at, plain[i], strlen(plain[i])) == 0) {
            buf_puts(s->out, plain[i]);
            s->at += strlen(plain[i]);
            return 0;
        }
    return options(s);
}

static int close_group(struct scan *s) {
    if (s->depth == 0)
        return err_set(ERR_FORMAT, "the pattern closes a group that is not open");
    s->atom = s->groups[--s->depth];
    buf_putc(s->out, *s->at++);
    return 0;
}

/* Makes out[atom, end) a group of its own, so that the next quantifier repeats all of it. */
static void wrap_atom(struct scan *s) {
    if (!buf_grow(s->out, 4))
        return;
    char *from = s->out->data + s->atom;
    size_t n = s->out->len - 4 - s->atom;
    memmove(from + 3, from, n);
    from[0] = '(';
    from[1] = '?';
    from[2] = ':';
    from[n + 3] = ')';
}

/* At "{": an interval when it is one, else a literal brace. */
static void interval(struct scan *s) {
    const char *p = s->at + 1;
    size_t low = strspn(p, "0123456789");
    size_t comma = p[low] == ',';
    size_t high = comma ? strspn(p + low + 1, "0123456789") : 0;
    if (p[low + comma + high] != '}' || low + high == 0) {
        s->atom = s->out->len;
        buf_puts(s->out, "\\{");
        s->at++;
        return;
    }
    buf_printf(s->out, "{%.*s%s%.*s}", low ? (int)low : 1, low ? p : "0", comma ? "," : "",
               (int)high, p + low + 1);
    s->at = p + low + comma + high + 1;
    if (*s->at == '+' || (*s->at == '?' && !comma)) /* {n}? is an optional {n} */
        wrap_atom(s);
    else if (*s->at == '?')
        buf_putc(s->out, *s->at++);
}

static int step(struct scan *s) {
    switch (*s->at) {
    case '(':
        return open_group(s);
    case ')':
        return close_group(s);
    case '{':
        interval(s);
        return 0;
    case '*':
    case '+':
    case '?':
    case '|':
        buf_putc(s->out, *s->at++);
        return 0;
    default:
        break;
    }
    s->atom = s->out->len;
    if (*s->at == '[')
        return brackets(s);
    if (*s->at == '\\')
        return escape(s, false);
    do /* one whole character */
        buf_putc(s->out, *s->at++);
    while (((unsigned char)*s->at & 0xc0) == 0x80);
    return 0;
}

int pattern_translate(struct buf *out, const char *pattern) {
    struct scan s = {.at = pattern, .out = out};
    while (*s.at) {
        int rc = step(&s);
        if (rc < 0)
            return rc;
    }
    if (s.depth)
        return err_set(ERR_FORMAT, "the pattern leaves a group open");
    return 0;
}
