/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/normalizer.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/token/charsmap.h"
#include "engine/token/component.h"
#include "engine/token/draft.h"
#include "engine/token/regex.h"
#include "engine/token/unicode.h"

struct normalizer {
    const struct normalizer_type *type;
    struct pattern pattern;
    char *content;                                 /* of Replace and Prepend */
    bool clean, chinese, strip_accents, lowercase; /* of BertNormalizer */
    bool left, right;                              /* of Strip */
    struct charsmap *map;                          /* of Precompiled and SentencePiece */
    struct charsmap_spaces spaces;                 /* of SentencePiece */
};

typedef int run_fn(const struct normalizer *n, const struct text *in, struct text *out);
struct normalizer_type {
    const char *name;
    int (*parse)(struct normalizer *n, struct json at); /* NULL: no fields */
    run_fn *run;
};

static struct edit edit_all(const struct text *in, struct text *out) {
    return (struct edit){.out = out, .in = in, .end = in->len};
}

/* Keeps what keep() says, as HF's filter does: what vanishes before the first kept character
 * is skipped, what vanishes later belongs to the kept character before it. */
typedef bool code_test(uint32_t cp);
static void filter(const struct text *in, struct text *out, code_test *keep) {
    struct edit e = edit_all(in, out);
    size_t n = 0, i = 0;
    while (i < in->len && !keep(text_code(in->data + i, &n)))
        i += n;
    e.at = i;
    while (i < in->len) {
        const char *kept = in->data + i;
        size_t width = text_width((unsigned char)*kept);
        int vanish = 0;
        for (i += width; i < in->len && !keep(text_code(in->data + i, &n)); i += n)
            vanish--;
        text_put(&e, kept, width, vanish);
    }
}

static bool is_no_accent(uint32_t cp) {
    return cp < 0x300 || !unicode_is(CODE_COMBINING, cp);
}
static bool is_spacing(uint32_t cp) {
    return cp < 0x300 || !unicode_is(CODE_NONSPACING, cp);
}
static bool is_clean(uint32_t cp) {
    return cp >= ' ' && cp < 0x7f ? true : !unicode_is(CODE_OTHER, cp);
}

static int run_strip_accents(const struct normalizer *n, const struct text *in, struct text *out) {
    (void)n;
    filter(in, out, is_no_accent);
    return 0;
}

static int run_form(const struct text *in, struct text *out, enum normal_form form) {
    struct edit e = edit_all(in, out);
    unicode_normalize(&e, form);
    return 0;
}
static int run_nfc(const struct normalizer *n, const struct text *in, struct text *out) {
    (void)n;
    return run_form(in, out, FORM_NFC);
}
static int run_nfd(const struct normalizer *n, const struct text *in, struct text *out) {
    (void)n;
    return run_form(in, out, FORM_NFD);
}
static int run_nfkc(const struct normalizer *n, const struct text *in, struct text *out) {
    (void)n;
    return run_form(in, out, FORM_NFKC);
}
static int run_nfkd(const struct normalizer *n, const struct text *in, struct text *out) {
    (void)n;
    return run_form(in, out, FORM_NFKD);
}

static int run_lowercase(const struct normalizer *n, const struct text *in, struct text *out) {
    (void)n;
    struct edit e = edit_all(in, out);
    size_t width;
    for (size_t i = 0; i < in->len; i += width) {
        uint32_t lower[2];
        int count = unicode_lower(text_code(in->data + i, &width), lower);
        for (int k = 0; k < count; k++)
            text_put_code(&e, lower[k], k > 0);
    }
    return 0;
}

static int run_strip(const struct normalizer *n, const struct text *in, struct text *out) {
    size_t begin = 0, end = in->len, width;
    while (n->left && begin < end && unicode_is_space(text_code(in->data + begin, &width)))
        begin += width;
    while (n->right && end > begin) {
        size_t last = end - 1;
        while (((unsigned char)in->data[last] & 0xc0) == 0x80)
            last--;
        if (!unicode_is_space(text_code(in->data + last, &width)))
            break;
        end = last;
    }
    text_copy(out, in, begin, end);
    return 0;
}

static int run_prepend(const struct normalizer *n, const struct text *in, struct text *out) {
    if (in->len == 0)
        return 0;
    /* The first added character takes the place of the text's first, which then follows as new,
     * so all of them share its origin. */
    size_t first = text_width((unsigned char)in->data[0]);
    text_add(out, n->content, strlen(n->content),
             in->mapped ? in->map[0] : (struct token_span){0, 0});
    text_copy(out, in, 0, first);
    text_copy(out, in, first, in->len);
    return 0;
}

static int run_byte_level(const struct normalizer *n, const struct text *in, struct text *out) {
    (void)n;
    for (size_t i = 0; i < in->len; i++) {
        char c[4];
        uint32_t cp = unicode_of_byte((unsigned char)in->data[i]);
        size_t width = cp < 0x80 ? 1 : 2;
        c[0] = (char)(width == 1 ? cp : 0xc0 | cp >> 6);
        c[1] = (char)(0x80 | (cp & 0x3f));
        text_add(out, c, width, in->mapped ? in->map[i] : (struct token_span){0, 0});
    }
    return 0;
}

/* HF gives the replacement the origin of the last byte it replaces. */
static void replace(const struct normalizer *n, const struct text *in, struct text *out,
                    const struct cuts *cuts) {
    for (size_t i = 0; i < cuts->len; i++) {
        const struct cut *c = &cuts->data[i];
        struct edit e = {.out = out, .in = in, .at = c->end, .end = c->end};
        if (c->match)
            text_put(&e, n->content, strlen(n->content), 1);
        else
            text_copy(out, in, c->begin, c->end);
    }
}

static int run_replace(const struct normalizer *n, const struct text *in, struct text *out) {
    if (in->len == 0)
        return 0;
    struct cuts cuts = {0};
    int rc = 0;
    if (n->pattern.string) {
        cuts_by_string(&cuts, in, 0, in->len, n->pattern.string, n->pattern.len);
    } else {
        struct regex_walk walk;
        regex_walk_init(&walk, n->pattern.regex);
        rc = cuts_by_regex(&cuts, in, 0, in->len, &walk);
        regex_walk_done(&walk);
    }
    if (rc == 0)
        replace(n, in, out, &cuts);
    free(cuts.data);
    return rc;
}

static bool is_chinese(uint32_t c) {
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
           (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static void space_out_chinese(const struct text *in, struct text *out) {
    struct edit e = edit_all(in, out);
    size_t width;
    for (size_t i = 0; i < in->len; i += width) {
        uint32_t cp = text_code(in->data + i, &width);
        bool chinese = cp >= 0x3400 && is_chinese(cp);
        if (chinese)
            text_put(&e, " ", 1, 0);
        text_put(&e, in->data + i, width, chinese);
        if (chinese)
            text_put(&e, " ", 1, 1);
    }
}

/* A space for each character that is_blank() says is one. */
static void blank(const struct text *in, struct text *out, code_test *is_blank) {
    struct edit e = edit_all(in, out);
    size_t width;
    for (size_t i = 0; i < in->len; i += width) {
        bool space = is_blank(text_code(in->data + i, &width));
        text_put(&e, space ? " " : in->data + i, space ? 1 : width, 0);
    }
}

static void swap(struct text *a, struct text *b) {
    struct text t = *a;
    *a = *b;
    *b = t;
    text_reset(b, a);
}

static int run_bert(const struct normalizer *n, const struct text *in, struct text *out) {
    struct text work = {.mapped = in->mapped, .most = in->most};
    text_copy(out, in, 0, in->len);
    if (n->clean) {
        filter(out, &work, is_clean);
        swap(out, &work);
        blank(out, &work, unicode_is_space);
        swap(out, &work);
    }
    if (n->chinese) {
        space_out_chinese(out, &work);
        swap(out, &work);
    }
    if (n->strip_accents) {
        run_form(out, &work, FORM_NFD);
        swap(out, &work);
        filter(out, &work, is_spacing);
        swap(out, &work);
    }
    if (n->lowercase) {
        run_lowercase(n, out, &work);
        swap(out, &work);
    }
    text_done(&work);
    return 0;
}

static bool is_nmt_kept(uint32_t cp) {
    return !((cp >= 1 && cp <= 8) || cp == 0xb || (cp >= 0xe && cp <= 0x1f) || cp == 0x7f ||
             cp == 0x8f || cp == 0x9f);
}

static bool is_nmt_space(uint32_t cp) {
    return cp == '\t' || cp == '\n' || cp == '\f' || cp == '\r' || cp == 0x1680 ||
           (cp >= 0x200b && cp <= 0x200f) || cp == 0x2028 || cp == 0x2029 || cp == 0x2581 ||
           cp == 0xfeff || cp == 0xfffd;
}

static int run_nmt(const struct normalizer *n, const struct text *in, struct text *out) {
    (void)n;
    struct text kept = {.mapped = in->mapped, .most = in->most};
    filter(in, &kept, is_nmt_kept);
    blank(&kept, out, is_nmt_space);
    out->over |= kept.over;
    text_done(&kept);
    return 0;
}

static int run_precompiled(const struct normalizer *n, const struct text *in, struct text *out) {
    charsmap_rewrite(n->map, in, out);
    return 0;
}

static int run_sentencepiece(const struct normalizer *n, const struct text *in, struct text *out) {
    charsmap_rewrite_longest(n->map, &n->spaces, in, out);
    return 0;
}

static int parse_precompiled(struct normalizer *n, struct json at) {
    struct json blob = json_member(at, "precompiled_charsmap");
    return blob.node ? charsmap_parse(&n->map, blob) : json_fail(at, "no precompiled_charsmap");
}

/* No type of HF's: what a vocabulary from GGUF says of its text. */
static int parse_sentencepiece(struct normalizer *n, struct json at) {
    struct json blob = json_member(at, "precompiled_charsmap");
    int rc = json_bool(at, "add_space_prefix", &n->spaces.prefix);
    if (rc == 0)
        rc = json_bool(at, "remove_extra_whitespaces", &n->spaces.merge);
    return rc < 0 || !json_exists(blob) ? rc : charsmap_parse(&n->map, blob);
}

static int parse_bert(struct normalizer *n, struct json at) {
    int rc = json_bool(at, "clean_text", &n->clean);
    if (rc == 0)
        rc = json_bool(at, "handle_chinese_chars", &n->chinese);
    if (rc == 0)
        rc = json_bool(at, "lowercase", &n->lowercase);
    n->strip_accents = n->lowercase;
    if (rc == 0)
        rc = json_opt_bool(at, "strip_accents", &n->strip_accents);
    return rc;
}

static int parse_strip(struct normalizer *n, struct json at) {
    int rc = json_bool(at, "strip_left", &n->left);
    return rc < 0 ? rc : json_bool(at, "strip_right", &n->right);
}

static int parse_prepend(struct normalizer *n, struct json at) {
    return component_string(at, "prepend", &n->content);
}

static int parse_replace(struct normalizer *n, struct json at) {
    int rc = component_pattern(&n->pattern, at, "pattern");
    return rc < 0 ? rc : component_string(at, "content", &n->content);
}

static const struct normalizer_type types[] = {
    {"BertNormalizer", parse_bert,          run_bert         },
    {"ByteLevel",      NULL,                run_byte_level   },
    {"Lowercase",      NULL,                run_lowercase    },
    {"NFC",            NULL,                run_nfc          },
    {"NFD",            NULL,                run_nfd          },
    {"NFKC",           NULL,                run_nfkc         },
    {"NFKD",           NULL,                run_nfkd         },
    {"Nmt",            NULL,                run_nmt          },
    {"Precompiled",    parse_precompiled,   run_precompiled  },
    {"Prepend",        parse_prepend,       run_prepend      },
    {"Replace",        parse_replace,       run_replace      },
    {"SentencePiece",  parse_sentencepiece, run_sentencepiece},
    {"Strip",          parse_strip,         run_strip        },
    {"StripAccents",   NULL,                run_strip_accents},
    {NULL,             NULL,                NULL             },
};

static int add(void *chain, const void *row, struct json section) {
    struct normalizers *out = chain;
    const struct normalizer_type *type = row;
    int rc = component_grow(&out->items, out->len, sizeof(*out->items), section);
    if (rc < 0)
        return rc;
    struct normalizer *n = &out->items[out->len++];
    n->type = type;
    return type->parse ? type->parse(n, section) : 0;
}

int normalizer_parse(struct normalizers *out, struct json section) {
    static const struct component_kind kind = {"normalizer", "normalizers", types, sizeof(types[0]),
                                               add};
    return component_chain(out, &kind, section);
}

void normalizer_done(struct normalizers *n) {
    for (size_t i = 0; i < n->len; i++) {
        component_pattern_done(&n->items[i].pattern);
        free(n->items[i].content);
        charsmap_free(n->items[i].map);
    }
    free(n->items);
    *n = (struct normalizers){0};
}

int normalizer_run(const struct normalizers *n, struct text *text, struct text *work) {
    for (size_t i = 0; i < n->len; i++) {
        text_reset(work, text);
        int rc = n->items[i].type->run(&n->items[i], text, work);
        if (rc < 0)
            return err_while(rc, "normalizer %s", n->items[i].type->name);
        swap(text, work);
        if (text->over)
            return err_set(ERR_LIMIT, "the normalized text is over %zu bytes", text->most);
    }
    return 0;
}
