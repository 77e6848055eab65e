/* SPDX-License-Identifier: Apache-2.0 */
/* What Transformers 5.17 lays over a tokenizer.json: the tokens that tokenizer_config.json and
 * special_tokens_map.json name become added and special, and a few settings come along.
 * add_bos_token and add_eos_token have no effect beside a tokenizer.json, whose post-processor
 * decides alone; so 5.17 has it. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/token/impl.h"

static const char *const role_keys[TOKEN_ROLES] = {
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
};

struct setup {
    struct tokenizer *t;
    struct json config, specials_map; /* the map only where it is read: no added_tokens_decoder */
    struct json usual;                /* roles that neither names */
    struct json decoder;              /* added_tokens_decoder */
    int32_t next;
    size_t original; /* tokens that tokenizer.json itself adds: what it says of them stands */
};

/* {"content": …, "lstrip": …} */
static int parse_token(struct json at, struct added_token *out) {
    const char *content;
    int rc = json_str(at, "content", &content);
    out->normalized = true;
    if (rc == 0)
        rc = json_opt_bool(at, "special", &out->special);
    out->normalized = !out->special;
    if (rc == 0)
        rc = json_opt_bool(at, "normalized", &out->normalized);
    if (rc == 0)
        rc = json_opt_bool(at, "lstrip", &out->lstrip);
    if (rc == 0)
        rc = json_opt_bool(at, "rstrip", &out->rstrip);
    if (rc == 0)
        rc = json_opt_bool(at, "single_word", &out->single_word);
    if (rc == 0)
        out->content = xstrdup(content);
    return rc;
}

static int add(struct setup *s, const struct added_token *token) {
    struct tokenizer *t = s->t;
    return added_add(&t->added, token, &t->model, &t->normalizers, &s->next);
}

/* The token of the same content in added_tokens_decoder, or no node. */
static struct json find_in_decoder(const struct setup *s, const char *content) {
    for (struct json v = json_first(s->decoder); v.node; v = json_next(v)) {
        const char *other = NULL;
        if (json_opt_str(v, "content", &other) == 0 && other && strcmp(other, content) == 0)
            return v;
    }
    return (struct json){0};
}

/* The value of a *_token key: a string, an object, or nothing (*content stays NULL). */
static int named_content(struct json value, const char **content) {
    if (json_type(value) == JSON_STRING)
        return json_as_str(value, content);
    return json_type(value) == JSON_OBJECT ? json_str(value, "content", content) : 0;
}

/* Adds a token that a key names, special. What is known of it elsewhere decides the rest. */
static int add_named(struct setup *s, struct json value, bool again) {
    const char *content = NULL;
    struct added_token token = {0};
    int rc = named_content(value, &content);
    if (rc < 0 || !content || !*content)
        return rc;
    const struct added *added = &s->t->added;
    const struct added_token *have = added_by_content(added, content, strlen(content));
    bool original = have && added_index(added, have) < s->original;
    struct json known = find_in_decoder(s, content);
    if (!again && (have || known.node))
        return 0;
    if (known.node)
        rc = parse_token(known, &token);
    else if (original && !s->decoder.node)
        token = *have;
    else if (json_type(value) == JSON_OBJECT)
        rc = parse_token(value, &token);
    if (rc < 0)
        return rc;
    bool borrowed = !token.content || (have && token.content == have->content);
    char *copy = borrowed ? xstrdup(content) : token.content;
    token.content = copy;
    token.special = true;
    rc = add(s, &token);
    free(copy);
    return rc;
}

/* What a role's key says; the map overrules the config, and both what is usual. */
static struct json role_value(const struct setup *s, int role) {
    struct json value = json_member(s->specials_map, role_keys[role]);
    if (!value.node)
        value = json_member(s->config, role_keys[role]);
    return value.node ? value : json_member(s->usual, role_keys[role]);
}

/* "image_token": "…" and the like, which no role claims. */
static bool is_model_token(struct json v) {
    const char *key = json_key(v);
    size_t n = strlen(key);
    for (int r = 0; r < TOKEN_ROLES; r++)
        if (strcmp(key, role_keys[r]) == 0)
            return false;
    return n > 6 && strcmp(key + n - 6, "_token") == 0 && json_type(v) == JSON_STRING;
}

/* All keys that name special tokens, the seven roles first. */
static int add_all_named(struct setup *s, bool again) {
    const struct json sources[] = {s->specials_map, s->config};
    static const char *const lists[] = {"extra_special_tokens", "additional_special_tokens"};
    int rc = 0;
    s->next = added_next_id(&s->t->added, &s->t->model);
    for (int r = 0; r < TOKEN_ROLES && rc == 0; r++)
        rc = add_named(s, role_value(s, r), again);
    for (struct json v = json_first(s->config); rc == 0 && v.node; v = json_next(v))
        if (is_model_token(v))
            rc = add_named(s, v, again);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 2; i++)
            for (struct json v = json_first(json_member(sources[k], lists[i])); rc == 0 && v.node;
                 v = json_next(v))
                rc = add_named(s, v, again);
    return rc;
}

static int add_decoder(struct setup *s) {
    int rc = 0;
    s->next = added_next_id(&s->t->added, &s->t->model);
    for (struct json v = json_first(s->decoder); rc == 0 && v.node; v = json_next(v)) {
        struct added_token token = {0};
        rc = parse_token(v, &token);
        if (rc == 0)
            rc = add(s, &token);
        free(token.content);
    }
    return rc;
}

static int find_roles(struct setup *s) {
    for (int r = 0; r < TOKEN_ROLES; r++) {
        const char *content = NULL;
        int rc = named_content(role_value(s, r), &content);
        if (rc < 0)
            return rc;
        s->t->roles[r] = content ? tokenizer_id(s->t, content, strlen(content)) : -1;
    }
    return 0;
}

static int read_settings(struct tokenizer *t, struct json config) {
    const char *side = NULL;
    bool cleanup = false, even_bpe = false;
    double max_length = 0;
    int rc = json_opt_str(config, "padding_side", &side);
    if (rc == 0)
        rc = json_opt_real(config, "model_max_length", &max_length);
    if (rc == 0)
        rc = json_opt_bool(config, "clean_up_tokenization_spaces", &cleanup);
    if (rc == 0)
        rc = json_opt_bool(
            config, "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output",
            &even_bpe);
    if (rc == 0)
        rc = json_opt_bool(config, "split_special_tokens", &t->added.ignore_special);
    if (rc < 0)
        return rc;
    if (side && strcmp(side, "left") != 0 && strcmp(side, "right") != 0)
        return json_fail(json_get(config, "padding_side"), "expected left or right");
    if (side)
        t->padding_side = side[0] == 'l' ? SIDE_LEFT : SIDE_RIGHT;
    /* 1e30 says "none"; Transformers draws the line at 1e20, an int64 ends at 9e18. */
    t->max_length = max_length > 0 && max_length < 9e18 ? (int64_t)max_length : 0;
    t->can_clean = even_bpe || strcmp(model_name(&t->model), "BPE") != 0;
    t->cleanup = cleanup;
    return 0;
}

int config_apply(struct tokenizer *t, struct json config, struct json specials_map,
                 struct json usual) {
    struct setup s = {.t = t,
                      .config = config,
                      .usual = usual,
                      .decoder = json_member(config, "added_tokens_decoder")};
    s.original = t->added.len;
    if (!json_exists(s.decoder)) {
        s.decoder = (struct json){0};
        s.specials_map = specials_map;
    }
    int rc = read_settings(t, config);
    if (rc == 0)
        rc = add_decoder(&s);
    if (rc == 0)
        rc = add_all_named(&s, false);
    if (rc == 0)
        rc = add_all_named(&s, true);
    added_build(&t->added);
    return rc < 0 ? rc : find_roles(&s);
}
