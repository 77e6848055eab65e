/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_tokenizer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/format/gguf_pretokenizer.h"
#include "engine/format/gguf_sections.h"
#include "engine/format/gguf_sentencepiece.h"

enum {
    NONE = GGUF_TOKEN_NONE,
    SPELLING_MAX = 1 << 16,
    WORD_MAX = 100,
    WORD_START = sizeof(GGUF_WORD_START) - 1
};

typedef int model_fn(struct gguf_sections *s);

static void put_added(struct gguf_sections *s) {
    static const char *const flags[] = {"single_word", "lstrip", "rstrip", "normalized", NULL};
    json_open_array(&s->w, "added_tokens");
    for (int64_t i = 0; i < s->v.count; i++) {
        if (!gguf_vocabulary_is_added(&s->v, i))
            continue;
        json_open_object(&s->w, NULL);
        json_put_int(&s->w, "id", i);
        json_put_strn(&s->w, "content", s->v.tokens[i].data, s->v.tokens[i].len);
        for (int f = 0; flags[f]; f++)
            json_put_bool(&s->w, flags[f], false);
        json_put_bool(&s->w, "special", gguf_vocabulary_type(&s->v, i) != GGUF_TOKEN_USER);
        json_close_object(&s->w);
    }
    json_close_array(&s->w);
}

static void put_byte_level(struct gguf_sections *s, const char *key, bool use_regex, bool trim) {
    gguf_sections_open(s, key, "ByteLevel");
    json_put_bool(&s->w, "add_prefix_space", false);
    json_put_bool(&s->w, "trim_offsets", trim);
    json_put_bool(&s->w, "use_regex", use_regex);
    json_close_object(&s->w);
}

/* -- byte-level BPE -- */

static void put_pretokenizer(struct gguf_sections *s, const struct gguf_pretokenizer *p) {
    if (!p->pattern && !p->digits) {
        put_byte_level(s, "pre_tokenizer", true, true);
        return;
    }
    gguf_sections_open(s, "pre_tokenizer", "Sequence");
    json_open_array(&s->w, "pretokenizers");
    if (p->digits) {
        gguf_sections_open(s, NULL, "Digits");
        json_put_bool(&s->w, "individual_digits", true);
        json_close_object(&s->w);
    }
    if (p->pattern) {
        gguf_sections_open(s, NULL, "Split");
        json_open_object(&s->w, "pattern");
        json_put_str(&s->w, "Regex", p->pattern);
        json_close_object(&s->w);
        json_put_str(&s->w, "behavior", "Isolated");
        json_put_bool(&s->w, "invert", false);
        json_close_object(&s->w);
    }
    put_byte_level(s, NULL, !p->pattern, true);
    json_close_array(&s->w);
    json_close_object(&s->w);
}

static void put_byte_level_post(struct gguf_sections *s) {
    int64_t first = gguf_sections_first(s), last = gguf_sections_last(s);
    if (first == NONE && last == NONE) {
        put_byte_level(s, "post_processor", true, false);
        return;
    }
    gguf_sections_open(s, "post_processor", "Sequence");
    json_open_array(&s->w, "processors");
    put_byte_level(s, NULL, true, false);
    gguf_sections_put_template(s, NULL, first, last, true);
    json_close_array(&s->w);
    json_close_object(&s->w);
}

static int put_merges(struct gguf_sections *s) {
    static const char key[] = "tokenizer.ggml.merges";
    const struct gguf_value *list = NULL;
    uint64_t cursor = 0, number = 0;
    int rc = gguf_array(s->v.g, key, GGUF_STRING, &list);
    if (rc < 0)
        return rc;
    if (s->lists)
        s->lists->merges = xcalloc((size_t)list->count + 1, sizeof(*s->lists->merges));
    json_open_array(&s->w, "merges");
    for (struct gguf_string m; gguf_next_string(list, &cursor, &m); number++) {
        if (memchr(m.data, 0, m.len) || !utf8_valid(m.data, m.len, NULL))
            return gguf_fail(s->v.g, key, "merge %" PRIu64 " is not UTF-8 text", number);
        if (s->lists)
            s->lists->merges[s->lists->merges_len++] = m;
        else
            json_put_strn(&s->w, NULL, m.data, m.len);
    }
    json_close_array(&s->w);
    return 0;
}

static void put_tokens(struct gguf_sections *s) {
    size_t count = (size_t)s->v.count;
    if (s->lists) {
        s->lists->tokens = xcalloc(count, sizeof(*s->lists->tokens));
        s->lists->tokens_len = count;
    }
    json_open_object(&s->w, "vocab");
    for (int64_t i = 0; i < s->v.count; i++) {
        if (gguf_vocabulary_type(&s->v, i) == GGUF_TOKEN_UNUSED)
            continue;
        if (s->lists)
            s->lists->tokens[i] = s->v.tokens[i];
        else
            json_put_int(&s->w, gguf_sections_text(s, i), i);
    }
    json_close_object(&s->w);
}

static int put_bpe_model(struct gguf_sections *s, bool ignore_merges) {
    gguf_sections_open(s, "model", "BPE");
    json_put_bool(&s->w, "ignore_merges", ignore_merges);
    put_tokens(s);
    int rc = put_merges(s);
    if (rc == 0)
        json_close_object(&s->w);
    return rc;
}

static int put_bpe(struct gguf_sections *s) {
    const struct gguf_pretokenizer *p = NULL;
    const char *name = NULL;
    int rc = gguf_opt_str(s->v.g, "tokenizer.ggml.pre", &name);
    if (rc == 0)
        rc = gguf_pretokenizer_find(s->v.g, name, &p);
    if (rc != 0)
        return rc;
    s->add_bos = p->add_bos;
    if ((rc = gguf_sections_read_ends(s)) != 0)
        return rc;
    if (p->nfc) {
        gguf_sections_open(s, "normalizer", "NFC");
        json_close_object(&s->w);
    }
    put_pretokenizer(s, p);
    put_byte_level_post(s);
    put_byte_level(s, "decoder", true, true);
    return put_bpe_model(s, p->ignore_merges);
}

/* -- WordPiece -- */

static bool is_bracketed(const struct gguf_string *t) {
    return t->len > 2 && t->data[0] == '[' && t->data[t->len - 1] == ']';
}

/* The format marks where words begin, HF where they go on. */
static const char *piece_text(struct gguf_sections *s, int64_t id) {
    const struct gguf_string *t = &s->v.tokens[id];
    if (gguf_vocabulary_is_added(&s->v, id) || is_bracketed(t))
        return gguf_sections_text(s, id);
    buf_reset(&s->spelling);
    if (t->len > WORD_START && memcmp(t->data, GGUF_WORD_START, WORD_START) == 0) {
        buf_add(&s->spelling, t->data + WORD_START, t->len - WORD_START);
    } else {
        buf_puts(&s->spelling, "##");
        buf_add(&s->spelling, t->data, t->len);
    }
    return s->spelling.data;
}

/* A vocabulary without a capital letter is of text that was put into small ones. */
static bool is_lowercase(const struct gguf_sections *s) {
    for (int64_t i = 0; i < s->v.count; i++) {
        const struct gguf_string *t = &s->v.tokens[i];
        if (gguf_vocabulary_type(&s->v, i) != GGUF_TOKEN_NORMAL || is_bracketed(t))
            continue;
        for (size_t k = 0; k < t->len; k++)
            if (t->data[k] >= 'A' && t->data[k] <= 'Z')
                return false;
    }
    return true;
}

static void put_wordpiece_model(struct gguf_sections *s) {
    gguf_sections_open(s, "model", "WordPiece");
    json_put_str(&s->w, "unk_token", gguf_sections_text(s, s->v.roles[GGUF_ROLE_UNK]));
    json_put_str(&s->w, "continuing_subword_prefix", "##");
    json_put_int(&s->w, "max_input_chars_per_word", WORD_MAX);
    json_open_object(&s->w, "vocab");
    for (int64_t i = 0; i < s->v.count; i++)
        if (gguf_vocabulary_type(&s->v, i) != GGUF_TOKEN_UNUSED)
            json_put_int(&s->w, piece_text(s, i), i);
    json_close_object(&s->w);
    json_close_object(&s->w);
}

static int put_wordpiece(struct gguf_sections *s) {
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_CLS, GGUF_ROLE_BOS, "[CLS]");
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_SEP, GGUF_ROLE_EOS, "[SEP]");
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_UNK, GGUF_ROLE_UNK, "[UNK]");
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_MASK, GGUF_ROLE_MASK, "[MASK]");
    if (s->v.roles[GGUF_ROLE_CLS] == NONE || s->v.roles[GGUF_ROLE_SEP] == NONE ||
        s->v.roles[GGUF_ROLE_UNK] == NONE)
        return gguf_fail(s->v.g, GGUF_TOKENS_KEY, "there is no [CLS], [SEP] or [UNK]");
    gguf_sections_open(s, "normalizer", "BertNormalizer");
    json_put_bool(&s->w, "clean_text", true);
    json_put_bool(&s->w, "handle_chinese_chars", true);
    json_put_null(&s->w, "strip_accents");
    json_put_bool(&s->w, "lowercase", is_lowercase(s));
    json_close_object(&s->w);
    gguf_sections_open(s, "pre_tokenizer", "BertPreTokenizer");
    json_close_object(&s->w);
    gguf_sections_put_template(s, "post_processor", s->v.roles[GGUF_ROLE_CLS],
                               s->v.roles[GGUF_ROLE_SEP], false);
    gguf_sections_open(s, "decoder", "WordPiece");
    json_put_str(&s->w, "prefix", "##");
    json_put_bool(&s->w, "cleanup", true);
    json_close_object(&s->w);
    put_wordpiece_model(s);
    return 0;
}

/* -- all of it -- */

static const struct {
    const char *name;
    model_fn *put;
} models[] = {
    {"gpt2",  put_bpe                       },
    {"llama", gguf_sentencepiece_put        },
    {"bert",  put_wordpiece                 },
    {"t5",    gguf_sentencepiece_put_unigram},
    {NULL,    NULL                          },
};

static int put_document(struct gguf_sections *s, model_fn *put) {
    json_open_object(&s->w, NULL);
    json_put_str(&s->w, "version", "1.0");
    put_added(s);
    int rc = put(s);
    if (rc == 0)
        json_close_object(&s->w);
    return rc;
}

static void put_config(struct gguf_sections *s, struct buf *out) {
    json_writer_init(&s->w, out, 0);
    json_open_object(&s->w, NULL);
    for (int r = 0; r < GGUF_ROLES; r++)
        if (s->v.roles[r] != NONE)
            json_put_str(&s->w, gguf_vocabulary_role(r), gguf_sections_text(s, s->v.roles[r]));
    json_put_bool(&s->w, "clean_up_tokenization_spaces", false);
    json_close_object(&s->w);
}

static int write_all(struct gguf_sections *s, struct buf *json, struct buf *config) {
    const char *name = NULL;
    model_fn *put = NULL;
    int rc = gguf_str(s->v.g, "tokenizer.ggml.model", &name);
    if (rc != 0)
        return rc;
    for (int i = 0; models[i].name; i++)
        if (strcmp(models[i].name, name) == 0)
            put = models[i].put;
    if (!put) {
        (void)gguf_fail(s->v.g, "tokenizer.ggml.model",
                        "\"%s\" is not a tokenizer this engine reads from GGUF "
                        "(gpt2, llama, bert, t5)",
                        name);
        return ERR_UNSUPPORTED;
    }
    if ((rc = gguf_vocabulary_read(&s->v, s->v.g)) < 0)
        return rc;
    json_writer_init(&s->w, json, 0);
    if ((rc = put_document(s, put)) < 0)
        return rc;
    put_config(s, config);
    rc = buf_ok(json, "the tokenizer");
    return rc < 0 ? rc : buf_ok(config, "the tokenizer's settings");
}

bool gguf_tokenizer_present(const struct gguf *g) {
    return gguf_value(g, GGUF_TOKENS_KEY) != NULL;
}

int gguf_tokenizer_write(const struct gguf *g, struct buf *json, struct buf *config) {
    return gguf_tokenizer_split(g, json, config, NULL);
}

void gguf_lists_done(struct gguf_lists *l) {
    free(l->tokens);
    free(l->merges);
    *l = (struct gguf_lists){0};
}

int gguf_tokenizer_split(const struct gguf *g, struct buf *json, struct buf *config,
                         struct gguf_lists *lists) {
    struct gguf_sections s = {.v = {.g = g}, .lists = lists};
    buf_init(&s.spelling, SPELLING_MAX);
    int rc = write_all(&s, json, config);
    if (rc == 0)
        rc = buf_ok(&s.spelling, "a token");
    buf_done(&s.spelling);
    gguf_vocabulary_done(&s.v);
    return rc;
}
