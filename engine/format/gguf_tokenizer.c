/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_tokenizer.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/utf8.h"
#include "engine/format/gguf_metadata.h"
#include "engine/format/gguf_pretokenizer.h"

enum { NONE = -1, SPELLING_MAX = 1 << 16, WORD_MAX = 100 };

static const char tokens_key[] = "tokenizer.ggml.tokens";

/* What kind a token is; the numbers are the format's. */
enum token_type {
    TOKEN_NORMAL = 1,
    TOKEN_UNKNOWN,
    TOKEN_CONTROL,
    TOKEN_USER,
    TOKEN_UNUSED,
    TOKEN_BYTE
};

enum role { ROLE_BOS, ROLE_EOS, ROLE_UNK, ROLE_SEP, ROLE_PAD, ROLE_CLS, ROLE_MASK, ROLES };
static const struct {
    const char *key, *name;
} roles[ROLES] = {
    [ROLE_BOS] = {"tokenizer.ggml.bos_token_id",       "bos_token" },
    [ROLE_EOS] = {"tokenizer.ggml.eos_token_id",       "eos_token" },
    [ROLE_UNK] = {"tokenizer.ggml.unknown_token_id",   "unk_token" },
    [ROLE_SEP] = {"tokenizer.ggml.seperator_token_id", "sep_token" }, /* as the format spells it */
    [ROLE_PAD] = {"tokenizer.ggml.padding_token_id",   "pad_token" },
    [ROLE_CLS] = {"tokenizer.ggml.cls_token_id",       "cls_token" },
    [ROLE_MASK] = {"tokenizer.ggml.mask_token_id",      "mask_token"},
};

struct source {
    const struct gguf *g;
    struct gguf_string *tokens; /* [count], in the file */
    int64_t count;
    const struct gguf_value *types; /* NULL: all are normal */
    int64_t roles[ROLES];           /* ids, or NONE */
    bool add_bos, add_eos;
    struct buf spelling; /* of one token */
    struct json_writer w;
};

typedef int model_fn(struct source *s);

/* -- the tokens -- */

static enum token_type type_of(const struct source *s, int64_t id) {
    return s->types ? (enum token_type)gguf_item_int(s->types, (uint64_t)id) : TOKEN_NORMAL;
}

static int check_types(struct source *s) {
    static const char key[] = "tokenizer.ggml.token_type";
    if (!gguf_value(s->g, key))
        return 0;
    int rc = gguf_array(s->g, key, GGUF_I32, &s->types);
    if (rc < 0)
        return rc;
    if (s->types->count != (uint64_t)s->count)
        return gguf_fail(s->g, key, "%" PRIu64 " types for %" PRId64 " tokens", s->types->count,
                         s->count);
    for (int64_t i = 0; i < s->count; i++)
        if (type_of(s, i) < TOKEN_NORMAL || type_of(s, i) > TOKEN_BYTE)
            return gguf_fail(s->g, key, "token %" PRId64 " has the type %d", i, (int)type_of(s, i));
    return 0;
}

static int read_tokens(struct source *s) {
    const struct gguf_value *list = NULL;
    uint64_t cursor = 0;
    int rc = gguf_array(s->g, tokens_key, GGUF_STRING, &list);
    if (rc < 0)
        return rc;
    if (list->count == 0 || list->count > INT32_MAX / 2)
        return gguf_fail(s->g, tokens_key, "%" PRIu64 " tokens", list->count);
    s->tokens = xcalloc((size_t)list->count, sizeof(*s->tokens));
    for (struct gguf_string t; gguf_next_string(list, &cursor, &t); s->count++) {
        if (memchr(t.data, 0, t.len) || !utf8_valid(t.data, t.len, NULL))
            return gguf_fail(s->g, tokens_key, "token %" PRId64 " is not UTF-8 text", s->count);
        s->tokens[s->count] = t;
    }
    return check_types(s);
}

static int read_roles(struct source *s) {
    for (int r = 0; r < ROLES; r++) {
        s->roles[r] = NONE;
        int rc = gguf_opt_int(s->g, roles[r].key, 0, s->count - 1, &s->roles[r]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int64_t find_token(const struct source *s, const char *text) {
    size_t len = strlen(text);
    for (int64_t i = 0; i < s->count; i++)
        if (s->tokens[i].len == len && memcmp(s->tokens[i].data, text, len) == 0)
            return i;
    return NONE;
}

/* A role that the file gives to no token belongs to the one it usually has. */
static void default_role(struct source *s, enum role role, enum role other, const char *text) {
    if (s->roles[role] == NONE)
        s->roles[role] = s->roles[other];
    if (s->roles[role] == NONE)
        s->roles[role] = find_token(s, text);
}

static const char *token_text(struct source *s, int64_t id) {
    buf_reset(&s->spelling);
    buf_add(&s->spelling, s->tokens[id].data, s->tokens[id].len);
    return s->spelling.data;
}

static bool is_added(const struct source *s, int64_t id) {
    enum token_type type = type_of(s, id);
    return type == TOKEN_UNKNOWN || type == TOKEN_CONTROL || type == TOKEN_USER;
}

static void put_added(struct source *s) {
    static const char *const flags[] = {"single_word", "lstrip", "rstrip", "normalized", NULL};
    json_open_array(&s->w, "added_tokens");
    for (int64_t i = 0; i < s->count; i++) {
        if (!is_added(s, i))
            continue;
        json_open_object(&s->w, NULL);
        json_put_int(&s->w, "id", i);
        json_put_strn(&s->w, "content", s->tokens[i].data, s->tokens[i].len);
        for (int f = 0; flags[f]; f++)
            json_put_bool(&s->w, flags[f], false);
        json_put_bool(&s->w, "special", type_of(s, i) != TOKEN_USER);
        json_close_object(&s->w);
    }
    json_close_array(&s->w);
}

/* -- sections that both models have -- */

static void put_type(struct source *s, const char *key, const char *type) {
    json_open_object(&s->w, key);
    json_put_str(&s->w, "type", type);
}

static void put_byte_level(struct source *s, const char *key, bool use_regex, bool trim) {
    put_type(s, key, "ByteLevel");
    json_put_bool(&s->w, "add_prefix_space", false);
    json_put_bool(&s->w, "trim_offsets", trim);
    json_put_bool(&s->w, "use_regex", use_regex);
    json_close_object(&s->w);
}

static void put_template_item(struct source *s, const char *what, const char *id, int type) {
    json_open_object(&s->w, NULL);
    json_open_object(&s->w, what);
    json_put_str(&s->w, "id", id);
    json_put_int(&s->w, "type_id", type);
    json_close_object(&s->w);
    json_close_object(&s->w);
}

static void put_special_item(struct source *s, int64_t id, int type) {
    if (id != NONE)
        put_template_item(s, "SpecialToken", token_text(s, id), type);
}

static void put_special_tokens(struct source *s, int64_t first, int64_t last) {
    const int64_t ids[] = {first, last};
    json_open_object(&s->w, "special_tokens");
    for (int i = 0; i < 2; i++) {
        if (ids[i] == NONE || (i == 1 && ids[1] == ids[0]))
            continue;
        const char *text = token_text(s, ids[i]);
        json_open_object(&s->w, text);
        json_put_str(&s->w, "id", text);
        json_open_array(&s->w, "ids");
        json_put_int(&s->w, NULL, ids[i]);
        json_close_array(&s->w);
        json_open_array(&s->w, "tokens");
        json_put_str(&s->w, NULL, text);
        json_close_array(&s->w);
        json_close_object(&s->w);
    }
    json_close_object(&s->w);
}

/* first A last, and of a pair first A last B last, or where again first A last first B last. */
static void put_template(struct source *s, const char *key, int64_t first, int64_t last,
                         bool again) {
    put_type(s, key, "TemplateProcessing");
    json_open_array(&s->w, "single");
    put_special_item(s, first, 0);
    put_template_item(s, "Sequence", "A", 0);
    put_special_item(s, last, 0);
    json_close_array(&s->w);
    json_open_array(&s->w, "pair");
    put_special_item(s, first, 0);
    put_template_item(s, "Sequence", "A", 0);
    put_special_item(s, last, 0);
    put_special_item(s, again ? first : NONE, 1);
    put_template_item(s, "Sequence", "B", 1);
    put_special_item(s, last, 1);
    json_close_array(&s->w);
    put_special_tokens(s, first, last);
    json_close_object(&s->w);
}

/* -- byte-level BPE -- */

static void put_pretokenizer(struct source *s, const struct gguf_pretokenizer *p) {
    if (!p->pattern && !p->digits) {
        put_byte_level(s, "pre_tokenizer", true, true);
        return;
    }
    put_type(s, "pre_tokenizer", "Sequence");
    json_open_array(&s->w, "pretokenizers");
    if (p->digits) {
        put_type(s, NULL, "Digits");
        json_put_bool(&s->w, "individual_digits", true);
        json_close_object(&s->w);
    }
    if (p->pattern) {
        put_type(s, NULL, "Split");
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

static void put_byte_level_post(struct source *s) {
    int64_t first = s->add_bos ? s->roles[ROLE_BOS] : NONE;
    int64_t last = s->add_eos ? s->roles[ROLE_EOS] : NONE;
    if (first == NONE && last == NONE) {
        put_byte_level(s, "post_processor", true, false);
        return;
    }
    put_type(s, "post_processor", "Sequence");
    json_open_array(&s->w, "processors");
    put_byte_level(s, NULL, true, false);
    put_template(s, NULL, first, last, true);
    json_close_array(&s->w);
    json_close_object(&s->w);
}

static int put_merges(struct source *s) {
    static const char key[] = "tokenizer.ggml.merges";
    const struct gguf_value *list = NULL;
    uint64_t cursor = 0, number = 0;
    int rc = gguf_array(s->g, key, GGUF_STRING, &list);
    if (rc < 0)
        return rc;
    json_open_array(&s->w, "merges");
    for (struct gguf_string m; gguf_next_string(list, &cursor, &m); number++) {
        if (memchr(m.data, 0, m.len) || !utf8_valid(m.data, m.len, NULL))
            return gguf_fail(s->g, key, "merge %" PRIu64 " is not UTF-8 text", number);
        json_put_strn(&s->w, NULL, m.data, m.len);
    }
    json_close_array(&s->w);
    return 0;
}

static int put_bpe_model(struct source *s, bool ignore_merges) {
    put_type(s, "model", "BPE");
    json_put_bool(&s->w, "ignore_merges", ignore_merges);
    json_open_object(&s->w, "vocab");
    for (int64_t i = 0; i < s->count; i++)
        if (type_of(s, i) != TOKEN_UNUSED)
            json_put_int(&s->w, token_text(s, i), i);
    json_close_object(&s->w);
    int rc = put_merges(s);
    if (rc == 0)
        json_close_object(&s->w);
    return rc;
}

static int put_bpe(struct source *s) {
    const struct gguf_pretokenizer *p = NULL;
    const char *name = NULL;
    int rc = gguf_opt_str(s->g, "tokenizer.ggml.pre", &name);
    if (rc == 0)
        rc = gguf_pretokenizer_find(s->g, name, &p);
    if (rc != 0)
        return rc;
    s->add_bos = p->add_bos;
    rc = gguf_opt_bool(s->g, "tokenizer.ggml.add_bos_token", &s->add_bos);
    if (rc == 0)
        rc = gguf_opt_bool(s->g, "tokenizer.ggml.add_eos_token", &s->add_eos);
    if (rc != 0)
        return rc;
    if (p->nfc) {
        put_type(s, "normalizer", "NFC");
        json_close_object(&s->w);
    }
    put_pretokenizer(s, p);
    put_byte_level_post(s);
    put_byte_level(s, "decoder", true, true);
    return put_bpe_model(s, p->ignore_merges);
}

/* -- WordPiece -- */

static const char word_start[] = "\xe2\x96\x81"; /* ▁ */
enum { WORD_START = sizeof(word_start) - 1 };

static bool is_bracketed(const struct gguf_string *t) {
    return t->len > 2 && t->data[0] == '[' && t->data[t->len - 1] == ']';
}

/* The format marks where words begin, HF where they go on. */
static const char *piece_text(struct source *s, int64_t id) {
    const struct gguf_string *t = &s->tokens[id];
    if (is_added(s, id) || is_bracketed(t))
        return token_text(s, id);
    buf_reset(&s->spelling);
    if (t->len > WORD_START && memcmp(t->data, word_start, WORD_START) == 0) {
        buf_add(&s->spelling, t->data + WORD_START, t->len - WORD_START);
    } else {
        buf_puts(&s->spelling, "##");
        buf_add(&s->spelling, t->data, t->len);
    }
    return s->spelling.data;
}

/* A vocabulary without a capital letter is of text that was put into small ones. */
static bool is_lowercase(const struct source *s) {
    for (int64_t i = 0; i < s->count; i++) {
        const struct gguf_string *t = &s->tokens[i];
        if (type_of(s, i) != TOKEN_NORMAL || is_bracketed(t))
            continue;
        for (size_t k = 0; k < t->len; k++)
            if (t->data[k] >= 'A' && t->data[k] <= 'Z')
                return false;
    }
    return true;
}

static void put_wordpiece_model(struct source *s) {
    put_type(s, "model", "WordPiece");
    json_put_str(&s->w, "unk_token", token_text(s, s->roles[ROLE_UNK]));
    json_put_str(&s->w, "continuing_subword_prefix", "##");
    json_put_int(&s->w, "max_input_chars_per_word", WORD_MAX);
    json_open_object(&s->w, "vocab");
    for (int64_t i = 0; i < s->count; i++)
        if (type_of(s, i) != TOKEN_UNUSED)
            json_put_int(&s->w, piece_text(s, i), i);
    json_close_object(&s->w);
    json_close_object(&s->w);
}

static int put_wordpiece(struct source *s) {
    default_role(s, ROLE_CLS, ROLE_BOS, "[CLS]");
    default_role(s, ROLE_SEP, ROLE_EOS, "[SEP]");
    default_role(s, ROLE_UNK, ROLE_UNK, "[UNK]");
    default_role(s, ROLE_MASK, ROLE_MASK, "[MASK]");
    if (s->roles[ROLE_CLS] == NONE || s->roles[ROLE_SEP] == NONE || s->roles[ROLE_UNK] == NONE)
        return gguf_fail(s->g, tokens_key, "there is no [CLS], [SEP] or [UNK]");
    put_type(s, "normalizer", "BertNormalizer");
    json_put_bool(&s->w, "clean_text", true);
    json_put_bool(&s->w, "handle_chinese_chars", true);
    json_put_null(&s->w, "strip_accents");
    json_put_bool(&s->w, "lowercase", is_lowercase(s));
    json_close_object(&s->w);
    put_type(s, "pre_tokenizer", "BertPreTokenizer");
    json_close_object(&s->w);
    put_template(s, "post_processor", s->roles[ROLE_CLS], s->roles[ROLE_SEP], false);
    put_type(s, "decoder", "WordPiece");
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
    {"gpt2", put_bpe      },
    {"bert", put_wordpiece},
    {NULL,   NULL         },
};

static int put_document(struct source *s, model_fn *put) {
    json_open_object(&s->w, NULL);
    json_put_str(&s->w, "version", "1.0");
    put_added(s);
    int rc = put(s);
    if (rc == 0)
        json_close_object(&s->w);
    return rc;
}

static void put_config(struct source *s, struct buf *out) {
    json_writer_init(&s->w, out, 0);
    json_open_object(&s->w, NULL);
    for (int r = 0; r < ROLES; r++)
        if (s->roles[r] != NONE)
            json_put_str(&s->w, roles[r].name, token_text(s, s->roles[r]));
    json_put_bool(&s->w, "clean_up_tokenization_spaces", false);
    json_close_object(&s->w);
}

static int write_all(struct source *s, struct buf *json, struct buf *config) {
    const char *name = NULL;
    model_fn *put = NULL;
    int rc = gguf_str(s->g, "tokenizer.ggml.model", &name);
    if (rc != 0)
        return rc;
    for (int i = 0; models[i].name; i++)
        if (strcmp(models[i].name, name) == 0)
            put = models[i].put;
    if (!put) {
        (void)gguf_fail(s->g, "tokenizer.ggml.model",
                        "\"%s\" is not a tokenizer this engine reads from GGUF (gpt2, bert)", name);
        return ERR_UNSUPPORTED;
    }
    if ((rc = read_tokens(s)) < 0 || (rc = read_roles(s)) < 0)
        return rc;
    json_writer_init(&s->w, json, 0);
    if ((rc = put_document(s, put)) < 0)
        return rc;
    put_config(s, config);
    rc = buf_ok(json, "the tokenizer");
    return rc < 0 ? rc : buf_ok(config, "the tokenizer's settings");
}

bool gguf_tokenizer_present(const struct gguf *g) {
    return gguf_value(g, tokens_key) != NULL;
}

int gguf_tokenizer_write(const struct gguf *g, struct buf *json, struct buf *config) {
    struct source s = {.g = g};
    buf_init(&s.spelling, SPELLING_MAX);
    int rc = write_all(&s, json, config);
    if (rc == 0)
        rc = buf_ok(&s.spelling, "a token");
    buf_done(&s.spelling);
    free(s.tokens);
    return rc;
}
