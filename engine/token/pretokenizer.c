/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/pretokenizer.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/component.h"
#include "engine/token/regex.h"
#include "engine/token/unicode.h"

/* What ByteLevel cuts by (GPT-2's pattern). */
#define BYTE_LEVEL_PATTERN \
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

enum prepend_scheme { PREPEND_ALWAYS, PREPEND_FIRST, PREPEND_NEVER };

struct pretokenizer {
    const struct pretokenizer_type *type;
    struct pattern pattern; /* of Split and ByteLevel */
    enum split_behavior behavior;
    bool invert;
    bool prefix_space; /* of ByteLevel */
    bool individual;   /* of Digits */
    bool split;        /* of Metaspace */
    enum prepend_scheme prepend;
    uint32_t code; /* Metaspace's replacement, the Delimiter */
    size_t length; /* of FixedLength, in characters */
};

struct pretokenizer_type {
    const char *name;
    int (*parse)(struct pretokenizer *p, struct json at); /* NULL: no fields */
    int (*run)(const struct pretokenizer *p, struct draft *d);
};

static const char *const behaviors[] = {"Removed", "Isolated", "MergedWithPrevious",
                                        "MergedWithNext", "Contiguous"};

static int parse_word(struct json at, const char *key, const char *const *words, size_t len,
                      int *out) {
    const char *s;
    int rc = json_str(at, key, &s);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < len; i++)
        if (strcmp(s, words[i]) == 0) {
            *out = (int)i;
            return 0;
        }
    return json_fail(json_member(at, key), "no such choice: %s", s);
}

static int parse_behavior(struct pretokenizer *p, struct json at) {
    int choice = 0;
    int rc =
        parse_word(at, "behavior", behaviors, sizeof(behaviors) / sizeof(behaviors[0]), &choice);
    p->behavior = (enum split_behavior)choice;
    return rc;
}

/* Runs the cut over every piece that is no token. */
typedef void cut_fn(const struct pretokenizer *p, struct draft *d, const struct piece *piece);
static void cut_all(const struct pretokenizer *p, struct draft *d, cut_fn *cut,
                    enum split_behavior behavior) {
    for (size_t i = 0; i < d->pieces.len; i++) {
        const struct piece *piece = &d->pieces.data[i];
        if (piece->id >= 0) {
            pieces_add(&d->next_pieces, piece->begin, piece->end, piece->id);
            continue;
        }
        cuts_reset(&d->cuts);
        cut(p, d, piece);
        pieces_split(&d->next_pieces, &d->cuts, behavior, p->invert);
    }
    draft_take_pieces(d);
}

/* -- cuts by what a character is -- */

static bool is_space(uint32_t cp, const void *arg) {
    (void)arg;
    return unicode_is_space(cp);
}
static bool is_numeric(uint32_t cp, const void *arg) {
    (void)arg;
    return cp < 0x80 ? cp >= '0' && cp <= '9' : unicode_is(CODE_NUMERIC, cp);
}
static bool is_punctuation(uint32_t cp, const void *arg) {
    (void)arg;
    return unicode_is(CODE_PUNCTUATION, cp);
}
static bool is_code(uint32_t cp, const void *arg) {
    return cp == *(const uint32_t *)arg;
}

static void cut_spaces(const struct pretokenizer *p, struct draft *d, const struct piece *piece) {
    (void)p;
    cuts_by_code(&d->cuts, &d->text, piece->begin, piece->end, is_space, NULL);
}
static void cut_numbers(const struct pretokenizer *p, struct draft *d, const struct piece *piece) {
    (void)p;
    cuts_by_code(&d->cuts, &d->text, piece->begin, piece->end, is_numeric, NULL);
}
static void cut_punctuation(const struct pretokenizer *p, struct draft *d,
                            const struct piece *piece) {
    (void)p;
    cuts_by_code(&d->cuts, &d->text, piece->begin, piece->end, is_punctuation, NULL);
}
static void cut_code(const struct pretokenizer *p, struct draft *d, const struct piece *piece) {
    cuts_by_code(&d->cuts, &d->text, piece->begin, piece->end, is_code, &p->code);
}

static int run_whitespace_split(const struct pretokenizer *p, struct draft *d) {
    cut_all(p, d, cut_spaces, SPLIT_REMOVED);
    return 0;
}
static int run_punctuation(const struct pretokenizer *p, struct draft *d) {
    cut_all(p, d, cut_punctuation, p->behavior);
    return 0;
}
static int run_bert(const struct pretokenizer *p, struct draft *d) {
    cut_all(p, d, cut_spaces, SPLIT_REMOVED);
    cut_all(p, d, cut_punctuation, SPLIT_ISOLATED);
    return 0;
}
static int run_digits(const struct pretokenizer *p, struct draft *d) {
    cut_all(p, d, cut_numbers, p->individual ? SPLIT_ISOLATED : SPLIT_CONTIGUOUS);
    return 0;
}
static int run_delimiter(const struct pretokenizer *p, struct draft *d) {
    cut_all(p, d, cut_code, SPLIT_REMOVED);
    return 0;
}

/* \w+|[^\w\s]+ : runs of one kind, spaces dropped. */
static void cut_words(const struct pretokenizer *p, struct draft *d, const struct piece *piece) {
    (void)p;
    size_t from = piece->begin, n;
    int kind = -1;
    for (size_t i = piece->begin; i < piece->end; i += n) {
        uint32_t cp = text_code(d->text.data + i, &n);
        int now = unicode_is_space(cp) ? 0 : unicode_is_word(cp) ? 1 : 2;
        if (now != kind && i > from) {
            cuts_add(&d->cuts, from, i, kind == 0);
            from = i;
        }
        kind = now;
    }
    cuts_add(&d->cuts, from, piece->end, kind == 0);
}
static int run_whitespace(const struct pretokenizer *p, struct draft *d) {
    cut_all(p, d, cut_words, SPLIT_REMOVED);
    return 0;
}

/* Where another script begins; characters of none go with what precedes, and are dropped at the
 * start, as HF drops them. */
static void cut_scripts(const struct pretokenizer *p, struct draft *d, const struct piece *piece) {
    (void)p;
    size_t from = piece->begin, n;
    int last = 0;
    for (size_t i = piece->begin; i < piece->end; i += n) {
        int script = unicode_script(text_code(d->text.data + i, &n));
        if (script && script != last) {
            cuts_add(&d->cuts, from, i, last == 0);
            from = i;
        }
        last = script ? script : last;
    }
    cuts_add(&d->cuts, from, piece->end, last == 0);
}
static int run_unicode_scripts(const struct pretokenizer *p, struct draft *d) {
    cut_all(p, d, cut_scripts, SPLIT_REMOVED);
    return 0;
}

static void cut_lengths(const struct pretokenizer *p, struct draft *d, const struct piece *piece) {
    size_t from = piece->begin, count = 0;
    for (size_t i = piece->begin; i < piece->end;) {
        i += text_width((unsigned char)d->text.data[i]);
        if (++count == p->length || i == piece->end) {
            cuts_add(&d->cuts, from, i, false);
            from = i;
            count = 0;
        }
    }
}
static int run_fixed_length(const struct pretokenizer *p, struct draft *d) {
    cut_all(p, d, cut_lengths, SPLIT_ISOLATED);
    return 0;
}

/* -- cuts by pattern -- */

static int run_split(const struct pretokenizer *p, struct draft *d) {
    if (p->pattern.string) {
        for (size_t i = 0; i < d->pieces.len; i++) {
            struct piece piece = d->pieces.data[i];
            cuts_reset(&d->cuts);
            if (piece.id < 0)
                cuts_by_string(&d->cuts, &d->text, piece.begin, piece.end, p->pattern.string,
                               p->pattern.len);
            pieces_split(&d->next_pieces, &d->cuts, p->behavior, p->invert);
            if (piece.id >= 0)
                pieces_add(&d->next_pieces, piece.begin, piece.end, piece.id);
        }
        draft_take_pieces(d);
        return 0;
    }
    struct regex_walk walk;
    int rc = 0;
    regex_walk_init(&walk, p->pattern.regex);
    for (size_t i = 0; i < d->pieces.len && rc == 0; i++) {
        struct piece piece = d->pieces.data[i];
        cuts_reset(&d->cuts);
        if (piece.id < 0)
            rc = cuts_by_regex(&d->cuts, &d->text, piece.begin, piece.end, &walk);
        else
            pieces_add(&d->next_pieces, piece.begin, piece.end, piece.id);
        pieces_split(&d->next_pieces, &d->cuts, p->behavior, p->invert);
    }
    regex_walk_done(&walk);
    if (rc == 0)
        draft_take_pieces(d);
    return rc;
}

/* -- stages that rewrite -- */

/* Puts code before the piece just begun at next_text's end, with the origin of what follows. */
static void prefix_code(struct draft *d, const struct piece *piece, uint32_t code) {
    char c[4];
    size_t n = utf8_encode(code, c);
    text_add(&d->next_text, c, n,
             d->text.mapped ? d->text.map[piece->begin] : (struct token_span){0, 0});
}

static void prefix_spaces(struct draft *d) {
    for (size_t i = 0; i < d->pieces.len; i++) {
        const struct piece *piece = &d->pieces.data[i];
        size_t begin = d->next_text.len;
        if (piece->id < 0 && d->text.data[piece->begin] != ' ')
            prefix_code(d, piece, ' ');
        text_copy(&d->next_text, &d->text, piece->begin, piece->end);
        pieces_add(&d->next_pieces, begin, d->next_text.len, piece->id);
    }
    draft_take_text(d);
}

static void spell_bytes(struct draft *d) {
    for (size_t i = 0; i < d->pieces.len; i++) {
        const struct piece *piece = &d->pieces.data[i];
        if (piece->id >= 0) {
            draft_carry(d, piece);
            continue;
        }
        size_t begin = d->next_text.len;
        for (size_t k = piece->begin; k < piece->end; k++) {
            char c[4];
            size_t n = utf8_encode(unicode_of_byte((unsigned char)d->text.data[k]), c);
            text_add(&d->next_text, c, n,
                     d->text.mapped ? d->text.map[k] : (struct token_span){0, 0});
        }
        pieces_add(&d->next_pieces, begin, d->next_text.len, -1);
    }
    draft_take_text(d);
}

static int run_byte_level(const struct pretokenizer *p, struct draft *d) {
    if (p->prefix_space)
        prefix_spaces(d);
    int rc = p->pattern.regex ? run_split(p, d) : 0;
    if (rc == 0)
        spell_bytes(d);
    return rc;
}

static void replace_spaces(const struct pretokenizer *p, struct draft *d,
                           const struct piece *piece) {
    char mark[4];
    size_t n = utf8_encode(p->code, mark), begin = d->next_text.len, width;
    uint32_t first = text_code(d->text.data + piece->begin, &width);
    bool at_start = !d->text.mapped || d->text.map[piece->begin].begin == 0;
    if (first != ' ' && first != p->code &&
        (p->prepend == PREPEND_ALWAYS || (p->prepend == PREPEND_FIRST && at_start)))
        prefix_code(d, piece, p->code);
    for (size_t i = piece->begin; i < piece->end; i++) {
        bool space = d->text.data[i] == ' ';
        text_add(&d->next_text, space ? mark : d->text.data + i, space ? n : 1,
                 d->text.mapped ? d->text.map[i] : (struct token_span){0, 0});
    }
    pieces_add(&d->next_pieces, begin, d->next_text.len, -1);
}

static int run_metaspace(const struct pretokenizer *p, struct draft *d) {
    for (size_t i = 0; i < d->pieces.len; i++) {
        if (d->pieces.data[i].id >= 0)
            draft_carry(d, &d->pieces.data[i]);
        else
            replace_spaces(p, d, &d->pieces.data[i]);
    }
    draft_take_text(d);
    if (p->split)
        cut_all(p, d, cut_code, SPLIT_MERGED_WITH_NEXT);
    return 0;
}

/* -- parsing -- */

static int parse_punctuation(struct pretokenizer *p, struct json at) {
    p->behavior = SPLIT_ISOLATED;
    return json_exists(json_member(at, "behavior")) ? parse_behavior(p, at) : 0;
}

static int parse_digits(struct pretokenizer *p, struct json at) {
    return json_bool(at, "individual_digits", &p->individual);
}

static int parse_delimiter(struct pretokenizer *p, struct json at) {
    return component_char(at, "delimiter", &p->code);
}

static int parse_fixed_length(struct pretokenizer *p, struct json at) {
    int64_t length = 5;
    int rc = json_opt_int(at, "length", 1, INT32_MAX, &length);
    p->length = (size_t)length;
    return rc;
}

static int parse_split(struct pretokenizer *p, struct json at) {
    int rc = component_pattern(&p->pattern, at, "pattern");
    if (rc == 0)
        rc = parse_behavior(p, at);
    return rc < 0 ? rc : json_bool(at, "invert", &p->invert);
}

static int parse_byte_level(struct pretokenizer *p, struct json at) {
    bool trim = false, use_regex = true;
    int rc = json_bool(at, "add_prefix_space", &p->prefix_space);
    if (rc == 0)
        rc = json_bool(at, "trim_offsets", &trim);
    if (rc == 0)
        rc = json_opt_bool(at, "use_regex", &use_regex);
    p->behavior = SPLIT_ISOLATED;
    if (rc == 0 && use_regex)
        rc = regex_new(&p->pattern.regex, BYTE_LEVEL_PATTERN);
    return rc;
}

static int parse_metaspace(struct pretokenizer *p, struct json at) {
    static const char *const schemes[] = {"always", "first", "never"};
    int scheme = PREPEND_ALWAYS;
    bool prefix = true;
    int rc = component_char(at, "replacement", &p->code);
    if (rc == 0 && json_exists(json_member(at, "prepend_scheme")))
        rc = parse_word(at, "prepend_scheme", schemes, 3, &scheme);
    if (rc == 0)
        rc = json_opt_bool(at, "add_prefix_space", &prefix);
    p->split = true;
    if (rc == 0)
        rc = json_opt_bool(at, "split", &p->split);
    if (rc == 0 && !prefix && scheme != PREPEND_NEVER)
        rc = json_fail(json_member(at, "add_prefix_space"), "contradicts prepend_scheme");
    p->prepend = (enum prepend_scheme)scheme;
    return rc;
}

static const struct pretokenizer_type types[] = {
    {"BertPreTokenizer",   NULL,               run_bert            },
    {"ByteLevel",          parse_byte_level,   run_byte_level      },
    {"CharDelimiterSplit", parse_delimiter,    run_delimiter       },
    {"Delimiter",          parse_delimiter,    run_delimiter       },
    {"Digits",             parse_digits,       run_digits          },
    {"FixedLength",        parse_fixed_length, run_fixed_length    },
    {"Metaspace",          parse_metaspace,    run_metaspace       },
    {"Punctuation",        parse_punctuation,  run_punctuation     },
    {"Split",              parse_split,        run_split           },
    {"UnicodeScripts",     NULL,               run_unicode_scripts },
    {"Whitespace",         NULL,               run_whitespace      },
    {"WhitespaceSplit",    NULL,               run_whitespace_split},
    {NULL,                 NULL,               NULL                },
};

static int add(void *chain, const void *row, struct json section) {
    struct pretokenizers *out = chain;
    const struct pretokenizer_type *type = row;
    int rc = component_grow(&out->items, out->len, sizeof(*out->items), section);
    if (rc < 0)
        return rc;
    struct pretokenizer *p = &out->items[out->len++];
    p->type = type;
    rc = type->parse ? type->parse(p, section) : 0;
    if (p->prepend == PREPEND_FIRST)
        out->needs_origin = true;
    return rc;
}

int pretokenizer_parse(struct pretokenizers *out, struct json section) {
    static const struct component_kind kind = {"pre-tokenizer", "pretokenizers", types,
                                               sizeof(types[0]), add};
    return component_chain(out, &kind, section);
}

void pretokenizer_done(struct pretokenizers *p) {
    for (size_t i = 0; i < p->len; i++)
        component_pattern_done(&p->items[i].pattern);
    free(p->items);
    *p = (struct pretokenizers){0};
}

int pretokenizer_run(const struct pretokenizers *p, struct draft *d) {
    for (size_t i = 0; i < p->len; i++) {
        text_reset(&d->next_text, &d->text);
        d->next_pieces.len = 0;
        int rc = p->items[i].type->run(&p->items[i], d);
        if (rc < 0)
            return err_while(rc, "pre-tokenizer %s", p->items[i].type->name);
    }
    if (d->text.over)
        return err_set(ERR_LIMIT, "the text is over %zu bytes once cut", d->text.most);
    return 0;
}
