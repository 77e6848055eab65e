/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_sentencepiece.h"

#include <float.h>
#include <inttypes.h>
#include <string.h>

#include "engine/base/base64.h"
#include "engine/base/err.h"
#include "engine/format/gguf_merges.h"
#include "engine/format/gguf_sections.h"

enum { NONE = GGUF_TOKEN_NONE, BYTES = 256, TABLE_MAX = 1 << 27 };

/* What llama.cpp takes off the worst score for an unknown character, in the same type. */
#define UNKNOWN_PENALTY 10.0F

static const char table_key[] = "tokenizer.ggml.precompiled_charsmap";

static void put_replace(struct gguf_sections *s, const char *kind, const char *pattern,
                        const char *by) {
    gguf_sections_open(s, NULL, "Replace");
    json_open_object(&s->w, "pattern");
    json_put_str(&s->w, kind, pattern);
    json_close_object(&s->w);
    json_put_str(&s->w, "content", by);
    json_close_object(&s->w);
}

static void put_spaces(struct gguf_sections *s, bool prefix, bool trim) {
    gguf_sections_open(s, "normalizer", "Sequence");
    json_open_array(&s->w, "normalizers");
    if (trim) {
        put_replace(s, "Regex", "\\A +| +\\z", "");
        put_replace(s, "Regex", " {2,}", " ");
    }
    if (prefix) {
        gguf_sections_open(s, NULL, "Prepend");
        json_put_str(&s->w, "prepend", GGUF_WORD_START);
        json_close_object(&s->w);
    }
    put_replace(s, "String", " ", GGUF_WORD_START);
    json_close_array(&s->w);
    json_close_object(&s->w);
}

static void put_spaces_back(struct gguf_sections *s, bool prefix) {
    static const char *const types[] = {"ByteFallback", "Fuse", NULL};
    gguf_sections_open(s, "decoder", "Sequence");
    json_open_array(&s->w, "decoders");
    put_replace(s, "String", GGUF_WORD_START, " ");
    for (int i = 0; types[i]; i++) {
        gguf_sections_open(s, NULL, types[i]);
        json_close_object(&s->w);
    }
    if (prefix) {
        gguf_sections_open(s, NULL, "Strip");
        json_put_str(&s->w, "content", " ");
        json_put_int(&s->w, "start", 1);
        json_put_int(&s->w, "stop", 0);
        json_close_object(&s->w);
    }
    json_close_array(&s->w);
    json_close_object(&s->w);
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : NONE;
}

/* The byte of "<0x0A>", or NONE. */
static int byte_of(const struct gguf_string *t) {
    if (t->len != 6 || memcmp(t->data, "<0x", 3) != 0 || t->data[5] != '>')
        return NONE;
    int high = hex_digit(t->data[3]), low = hex_digit(t->data[4]);
    return high < 0 || low < 0 ? NONE : high * 16 + low;
}

/* What no piece spells is said in bytes, or is unknown; one of the two there must be. */
static int check_unknown(struct gguf_sections *s) {
    bool seen[BYTES] = {false};
    int bytes = 0;
    for (int64_t i = 0; i < s->v.count; i++) {
        if (gguf_vocabulary_type(&s->v, i) != GGUF_TOKEN_BYTE)
            continue;
        int byte = byte_of(&s->v.tokens[i]);
        if (byte < 0)
            return gguf_fail(s->v.g, GGUF_TOKENS_KEY,
                             "token %" PRId64 " is to be a byte and is none", i);
        bytes += !seen[byte];
        seen[byte] = true;
    }
    if (s->v.roles[GGUF_ROLE_UNK] == NONE && bytes < BYTES)
        return gguf_fail(s->v.g, GGUF_TOKENS_KEY,
                         "there is neither an unknown token nor one for each byte");
    return 0;
}

static int put_pieces(struct gguf_sections *s) {
    struct gguf_merges m = {0};
    gguf_sections_open(s, "model", "BPE");
    if (s->v.roles[GGUF_ROLE_UNK] != NONE)
        json_put_str(&s->w, "unk_token", gguf_sections_text(s, s->v.roles[GGUF_ROLE_UNK]));
    json_put_bool(&s->w, "fuse_unk", true);
    json_put_bool(&s->w, "byte_fallback", true);
    json_open_object(&s->w, "vocab");
    for (int64_t i = 0; i < s->v.count; i++)
        if (!gguf_vocabulary_is_filler(&s->v, i))
            json_put_int(&s->w, gguf_sections_text(s, i), i);
    json_close_object(&s->w);
    int rc = gguf_merges_make(&m, &s->v);
    json_open_array(&s->w, "merges");
    for (size_t i = 0; i < m.len; i++) {
        const struct gguf_string *t = &s->v.tokens[m.data[i].id];
        size_t left = m.data[i].left;
        json_open_array(&s->w, NULL);
        json_put_strn(&s->w, NULL, t->data, left);
        json_put_strn(&s->w, NULL, t->data + left, t->len - left);
        json_close_array(&s->w);
    }
    json_close_array(&s->w);
    json_close_object(&s->w);
    gguf_merges_done(&m);
    return rc;
}

/* The table of characters to be replaced, or NULL. 0 or ERR_FORMAT. */
static int find_table(const struct gguf_sections *s, const struct gguf_value **out) {
    const struct gguf_value *table = gguf_value(s->v.g, table_key);
    *out = table && !(table->array && table->count == 0) ? table : NULL;
    if (*out && !(table->array && (table->kind == GGUF_U8 || table->kind == GGUF_I8)))
        return gguf_fail(s->v.g, table_key, "expected an array of bytes");
    return 0;
}

/* With merges it would be a normalizer of its own, which nobody writes. */
static int refuse_table(struct gguf_sections *s) {
    const struct gguf_value *table = NULL;
    int rc = find_table(s, &table);
    if (rc < 0 || !table)
        return rc;
    (void)gguf_fail(s->v.g, table_key,
                    "text that is rewritten by such a table is not supported here");
    return ERR_UNSUPPORTED;
}

int gguf_sentencepiece_put(struct gguf_sections *s) {
    bool prefix = true, trim = false;
    s->add_bos = true;
    int rc = refuse_table(s);
    if (rc == 0)
        rc = gguf_sections_read_ends(s);
    if (rc == 0)
        rc = gguf_opt_bool(s->v.g, "tokenizer.ggml.add_space_prefix", &prefix);
    if (rc == 0)
        rc = gguf_opt_bool(s->v.g, "tokenizer.ggml.remove_extra_whitespaces", &trim);
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_BOS, GGUF_ROLE_BOS, "<s>");
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_EOS, GGUF_ROLE_EOS, "</s>");
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_UNK, GGUF_ROLE_UNK, "<unk>");
    if (rc == 0)
        rc = check_unknown(s);
    if (rc != 0)
        return rc;
    put_spaces(s, prefix, trim);
    if (gguf_sections_first(s) != NONE || gguf_sections_last(s) != NONE)
        gguf_sections_put_template(s, "post_processor", gguf_sections_first(s),
                                   gguf_sections_last(s), true);
    put_spaces_back(s, prefix);
    return put_pieces(s);
}

/* -- Unigram -- */

struct spaces {
    bool prefix, trim;
};

static int put_table(struct gguf_sections *s, const struct spaces *spaces) {
    const struct gguf_value *table = NULL;
    struct buf text;
    int rc = find_table(s, &table);
    if (rc < 0)
        return rc;
    buf_init(&text, TABLE_MAX);
    gguf_sections_open(s, "normalizer", "SentencePiece");
    json_put_bool(&s->w, "add_space_prefix", spaces->prefix);
    json_put_bool(&s->w, "remove_extra_whitespaces", spaces->trim);
    if (table) {
        base64_encode(&text, table->data, (size_t)table->size);
        json_put_strn(&s->w, "precompiled_charsmap", text.data, text.len);
        rc = buf_ok(&text, table_key);
    }
    json_close_object(&s->w);
    buf_done(&text);
    return rc;
}

/* First and last token as XLM-R has them, or what there is of the two. */
static void put_ends(struct gguf_sections *s) {
    static const char *const keys[] = {"cls", "sep"};
    const int64_t ids[] = {gguf_sections_first(s), gguf_sections_last(s)};
    if (ids[0] == NONE || ids[1] == NONE) {
        if (ids[0] != ids[1])
            gguf_sections_put_template(s, "post_processor", ids[0], ids[1], false);
        return;
    }
    gguf_sections_open(s, "post_processor", "RobertaProcessing");
    for (int i = 0; i < 2; i++) {
        json_open_array(&s->w, keys[i]);
        json_put_str(&s->w, NULL, gguf_sections_text(s, ids[i]));
        json_put_int(&s->w, NULL, ids[i]);
        json_close_array(&s->w);
    }
    json_put_bool(&s->w, "trim_offsets", false);
    json_put_bool(&s->w, "add_prefix_space", false);
    json_close_object(&s->w);
}

/* A piece and its score; null for what text is not cut into, and where no token is. */
static void put_scored(struct gguf_sections *s, int64_t id, double score) {
    enum gguf_token_type type = gguf_vocabulary_type(&s->v, id);
    if (gguf_vocabulary_is_filler(&s->v, id)) {
        json_put_null(&s->w, NULL);
        return;
    }
    json_open_array(&s->w, NULL);
    json_put_str(&s->w, NULL, gguf_sections_text(s, id));
    if (type == GGUF_TOKEN_NORMAL || type == GGUF_TOKEN_UNUSED)
        json_put_real(&s->w, NULL, score);
    else if (type == GGUF_TOKEN_USER)
        json_put_real(&s->w, NULL, 0);
    else
        json_put_null(&s->w, NULL);
    json_close_array(&s->w);
}

static int put_scores(struct gguf_sections *s) {
    const struct gguf_value *scores = NULL;
    float worst = FLT_MAX;
    int rc = gguf_vocabulary_scores(&s->v, &scores);
    if (rc < 0)
        return rc;
    gguf_sections_open(s, "model", "Unigram");
    json_put_int(&s->w, "unk_id", s->v.roles[GGUF_ROLE_UNK]);
    json_open_array(&s->w, "vocab");
    for (int64_t i = 0; i < s->v.count; i++) {
        double score = gguf_item_real(scores, (uint64_t)i);
        put_scored(s, i, score);
        if (gguf_vocabulary_type(&s->v, i) == GGUF_TOKEN_NORMAL && score < (double)worst)
            worst = (float)score;
    }
    json_close_array(&s->w);
    json_put_real(&s->w, "unk_score", (double)(worst - UNKNOWN_PENALTY));
    json_close_object(&s->w);
    return 0;
}

int gguf_sentencepiece_put_unigram(struct gguf_sections *s) {
    struct spaces spaces = {false, false};
    s->add_eos = true;
    int rc = gguf_sections_read_ends(s);
    if (rc == 0)
        rc = gguf_opt_bool(s->v.g, "tokenizer.ggml.add_space_prefix", &spaces.prefix);
    if (rc == 0)
        rc = gguf_opt_bool(s->v.g, "tokenizer.ggml.remove_extra_whitespaces", &spaces.trim);
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_EOS, GGUF_ROLE_EOS, "</s>");
    gguf_vocabulary_assume(&s->v, GGUF_ROLE_UNK, GGUF_ROLE_UNK, "<unk>");
    if (rc == 0 && s->v.roles[GGUF_ROLE_UNK] == NONE)
        rc = gguf_fail(s->v.g, GGUF_TOKENS_KEY, "there is no unknown token");
    if (rc == 0)
        rc = put_table(s, &spaces);
    if (rc < 0)
        return rc;
    put_ends(s);
    put_spaces_back(s, spaces.prefix);
    return put_scores(s);
}
