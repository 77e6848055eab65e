/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_vocabulary.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"

static const char tokens_key[] = GGUF_TOKENS_KEY;

static const struct {
    const char *key, *name;
} roles[GGUF_ROLES] = {
    [GGUF_ROLE_BOS] = {"tokenizer.ggml.bos_token_id",       "bos_token" },
    [GGUF_ROLE_EOS] = {"tokenizer.ggml.eos_token_id",       "eos_token" },
    [GGUF_ROLE_UNK] = {"tokenizer.ggml.unknown_token_id",   "unk_token" },
    [GGUF_ROLE_SEP] = {"tokenizer.ggml.seperator_token_id", "sep_token" }, /* as the format has it */
    [GGUF_ROLE_PAD] = {"tokenizer.ggml.padding_token_id",   "pad_token" },
    [GGUF_ROLE_CLS] = {"tokenizer.ggml.cls_token_id",       "cls_token" },
    [GGUF_ROLE_MASK] = {"tokenizer.ggml.mask_token_id",      "mask_token"},
};

enum gguf_token_type gguf_vocabulary_type(const struct gguf_vocabulary *v, int64_t id) {
    return v->types ? (enum gguf_token_type)gguf_item_int(v->types, (uint64_t)id)
                    : GGUF_TOKEN_NORMAL;
}

static int check_types(struct gguf_vocabulary *v) {
    static const char key[] = "tokenizer.ggml.token_type";
    if (!gguf_value(v->g, key))
        return 0;
    int rc = gguf_array(v->g, key, GGUF_I32, &v->types);
    if (rc < 0)
        return rc;
    if (v->types->count != (uint64_t)v->count)
        return gguf_fail(v->g, key, "%" PRIu64 " types for %" PRId64 " tokens", v->types->count,
                         v->count);
    for (int64_t i = 0; i < v->count; i++) {
        enum gguf_token_type type = gguf_vocabulary_type(v, i);
        if (type < GGUF_TOKEN_NORMAL || type > GGUF_TOKEN_BYTE)
            return gguf_fail(v->g, key, "token %" PRId64 " has the type %d", i, (int)type);
    }
    return 0;
}

static int read_tokens(struct gguf_vocabulary *v) {
    const struct gguf_value *list = NULL;
    uint64_t cursor = 0;
    int rc = gguf_array(v->g, tokens_key, GGUF_STRING, &list);
    if (rc < 0)
        return rc;
    if (list->count == 0 || list->count > INT32_MAX / 2)
        return gguf_fail(v->g, tokens_key, "%" PRIu64 " tokens", list->count);
    v->tokens = xcalloc((size_t)list->count, sizeof(*v->tokens));
    for (struct gguf_string t; gguf_next_string(list, &cursor, &t); v->count++) {
        if (memchr(t.data, 0, t.len) || !utf8_valid(t.data, t.len, NULL))
            return gguf_fail(v->g, tokens_key, "token %" PRId64 " is not UTF-8 text", v->count);
        v->tokens[v->count] = t;
    }
    return 0;
}

static int read_roles(struct gguf_vocabulary *v) {
    for (int r = 0; r < GGUF_ROLES; r++) {
        v->roles[r] = GGUF_TOKEN_NONE;
        int rc = gguf_opt_int(v->g, roles[r].key, 0, v->count - 1, &v->roles[r]);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int gguf_vocabulary_read(struct gguf_vocabulary *v, const struct gguf *g) {
    v->g = g;
    int rc = read_tokens(v);
    if (rc == 0)
        rc = check_types(v);
    return rc < 0 ? rc : read_roles(v);
}

void gguf_vocabulary_done(struct gguf_vocabulary *v) {
    free(v->tokens);
    *v = (struct gguf_vocabulary){0};
}

bool gguf_vocabulary_is_added(const struct gguf_vocabulary *v, int64_t id) {
    enum gguf_token_type type = gguf_vocabulary_type(v, id);
    return type == GGUF_TOKEN_UNKNOWN || type == GGUF_TOKEN_CONTROL || type == GGUF_TOKEN_USER;
}

bool gguf_vocabulary_is_filler(const struct gguf_vocabulary *v, int64_t id) {
    const struct gguf_string *t = &v->tokens[id];
    return gguf_vocabulary_type(v, id) == GGUF_TOKEN_UNUSED && t->len > 4 &&
           memcmp(t->data, "[PAD", 4) == 0;
}

int64_t gguf_vocabulary_find(const struct gguf_vocabulary *v, const char *text) {
    size_t len = strlen(text);
    for (int64_t i = 0; i < v->count; i++)
        if (v->tokens[i].len == len && memcmp(v->tokens[i].data, text, len) == 0)
            return i;
    return GGUF_TOKEN_NONE;
}

void gguf_vocabulary_assume(struct gguf_vocabulary *v, enum gguf_role role, enum gguf_role other,
                            const char *text) {
    if (v->roles[role] == GGUF_TOKEN_NONE)
        v->roles[role] = v->roles[other];
    if (v->roles[role] == GGUF_TOKEN_NONE)
        v->roles[role] = gguf_vocabulary_find(v, text);
}

const char *gguf_vocabulary_role(enum gguf_role role) {
    return roles[role].name;
}

int gguf_vocabulary_scores(const struct gguf_vocabulary *v, const struct gguf_value **out) {
    static const char key[] = "tokenizer.ggml.scores";
    int rc = gguf_array(v->g, key, GGUF_F32, out);
    if (rc < 0)
        return rc;
    if ((*out)->count != (uint64_t)v->count)
        return gguf_fail(v->g, key, "%" PRIu64 " scores for %" PRId64 " tokens", (*out)->count,
                         v->count);
    for (int64_t i = 0; i < v->count; i++)
        if (!isfinite(gguf_item_real(*out, (uint64_t)i)))
            return gguf_fail(v->g, key, "the score of token %" PRId64 " is no number", i);
    return 0;
}
