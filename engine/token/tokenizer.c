/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/tokenizer.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/log.h"
#include "engine/token/impl.h"
#include "engine/token/recipe.h"

enum { JSON_MAX = 1 << 29, CONFIG_MAX = 1 << 25 }; /* bytes; the largest published is 40 MB */

/* What older tokenizers leave in place of a tokenizer.json. */
static const char *const foreign[] = {
    "vocab.txt",   "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
    "tekken.json", NULL,
};

static _Atomic uint64_t last_serial;

/* -- opening -- */

static int parse_added_token(struct tokenizer *t, struct json at, int32_t *next) {
    struct added_token token = {0};
    const char *content = "";
    int64_t id = 0;
    int rc = json_str(at, "content", &content);
    if (rc == 0)
        rc = json_int(at, "id", 0, UINT32_MAX, &id);
    if (rc == 0)
        rc = json_bool(at, "single_word", &token.single_word);
    if (rc == 0)
        rc = json_bool(at, "lstrip", &token.lstrip);
    if (rc == 0)
        rc = json_bool(at, "rstrip", &token.rstrip);
    if (rc == 0)
        rc = json_bool(at, "normalized", &token.normalized);
    if (rc == 0)
        rc = json_bool(at, "special", &token.special);
    if (rc < 0)
        return rc;
    char *copy = token.content = xstrdup(content);
    rc = added_add(&t->added, &token, &t->model, &t->normalizers, next);
    free(copy);
    const struct added_token *got = added_by_content(&t->added, content, strlen(content));
    if (rc == 0 && got && got->id != id)
        log_debug("added token \"%s\": the file says %" PRId64 ", its place makes it %d", content,
                  id, (int)got->id);
    return rc;
}

static int parse_added_tokens(struct tokenizer *t, struct json list) {
    int32_t next = added_next_id(&t->added, &t->model);
    int rc = 0;
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
        rc = parse_added_token(t, v, &next);
    added_build(&t->added);
    return rc;
}

/* The model, and what a recipe makes in place of the file's. */
static int parse_makeable(struct tokenizer *t, struct json root, struct json made,
                          const struct token_lists *lists) {
    struct json from = made.node ? made : root, model = {0}, settings = {0};
    int rc = json_object(root, "model", &model);
    if (rc == 0)
        rc = json_object(from, "model", &settings);
    if (rc == 0)
        rc = model_parse(&t->model, model, settings, lists);
    if (rc == 0)
        rc = normalizer_parse(&t->normalizers, json_member(from, "normalizer"));
    if (rc == 0)
        rc = pretokenizer_parse(&t->pretokenizers, json_member(from, "pre_tokenizer"));
    if (rc == 0)
        rc = decoder_parse(&t->decoders, json_member(from, "decoder"));
    return rc;
}

static int parse_sections(struct tokenizer *t, struct json root, struct json made,
                          const struct token_lists *lists) {
    const char *version = "1.0";
    if (json_type(root) != JSON_OBJECT)
        return json_fail(root, "expected an object");
    int rc = json_opt_str(root, "version", &version);
    if (rc == 0 && strcmp(version, "1.0") != 0)
        rc = json_fail(json_get(root, "version"), "version %s is not known", version);
    if (rc == 0)
        rc = parse_makeable(t, root, made, lists);
    if (rc == 0)
        rc = postprocessor_parse(&t->post, json_member(root, "post_processor"));
    if (rc == 0)
        rc = limits_parse(t, json_member(root, "truncation"), json_member(root, "padding"));
    return rc;
}

static struct tokenizer *tokenizer_new(void) {
    struct tokenizer *t = xcalloc(1, sizeof(*t));
    t->serial = atomic_fetch_add(&last_serial, 1) + 1;
    for (int r = 0; r < TOKEN_ROLES; r++)
        t->roles[r] = -1;
    return t;
}

/* What a tokenizer is read from. All but the first may be NULL. */
struct papers {
    struct json_doc *file, *config, *specials_map, *model_config;
};

static void papers_done(struct papers *p) {
    json_free(p->file);
    json_free(p->config);
    json_free(p->specials_map);
    json_free(p->model_config);
}

static struct json root_of(const struct json_doc *doc) {
    return doc ? json_root(doc) : (struct json){0};
}

/* made: what a recipe makes, or no node. */
static int fill(struct tokenizer *t, const struct papers *p, struct json made,
                const struct token_lists *lists) {
    struct json root = json_root(p->file), config = root_of(p->config);
    struct json added = json_member(root, "added_tokens");
    int rc = parse_sections(t, root, made, lists);
    t->padding_side = t->has_padding ? t->padding.side : SIDE_RIGHT;
    if (rc == 0 && json_exists(added) && json_type(added) != JSON_ARRAY)
        rc = json_fail(added, "expected an array");
    /* A recipe begins without added tokens, and the config's list stands for the file's. */
    if (rc == 0 && !(made.node && json_exists(json_member(config, "added_tokens_decoder"))))
        rc = parse_added_tokens(t, added);
    if (rc == 0)
        rc = config_apply(t, config, root_of(p->specials_map), json_member(made, "roles"));
    return rc;
}

static int build(struct tokenizer **out, const struct papers *p, const struct token_lists *lists) {
    const struct recipe *recipe = NULL;
    struct json_doc *made = NULL;
    struct tokenizer *t = tokenizer_new();
    int rc = recipe_pick(&recipe, root_of(p->config), root_of(p->model_config));
    if (rc == 0 && recipe)
        rc = recipe_make(recipe, &made, root_of(p->config), json_root(p->file));
    if (rc == 0)
        rc = fill(t, p, root_of(made), lists);
    if (rc == 0 && recipe)
        rc = recipe_finish(recipe, t);
    json_free(made);
    if (rc < 0)
        tokenizer_close(t);
    else
        *out = t;
    return rc;
}

int tokenizer_parse(struct tokenizer **out, const char *json, size_t len, const char *name,
                    const char *config, size_t config_len) {
    return tokenizer_parse_lists(out, json, len, name, config, config_len, NULL);
}

int tokenizer_parse_lists(struct tokenizer **out, const char *json, size_t len, const char *name,
                          const char *config, size_t config_len, const struct token_lists *lists) {
    struct papers p = {0};
    int rc = json_parse(&p.file, json, len, name, 0);
    if (rc == 0 && config)
        rc = json_parse(&p.config, config, config_len, "tokenizer_config.json", 0);
    if (rc == 0)
        rc = build(out, &p, lists);
    papers_done(&p);
    return rc;
}

/* A file beside tokenizer.json that may be missing. */
static int load_optional(struct json_doc **out, const char *folder, const char *name) {
    struct buf path;
    buf_init(&path, 1 << 16);
    file_join(&path, folder, name);
    int rc = file_exists(path.data) ? json_load(out, path.data, CONFIG_MAX, 0) : 0;
    buf_done(&path);
    return rc;
}

/* Loads the tokenizer.json of a folder; without one, says what else is there. */
static int load_file(struct json_doc **out, const char *folder) {
    struct buf path;
    buf_init(&path, 1 << 16);
    file_join(&path, folder, "tokenizer.json");
    int rc = json_load(out, path.data, JSON_MAX, 0);
    for (size_t i = 0; rc == ERR_NOTFOUND && foreign[i]; i++) {
        buf_reset(&path);
        if (file_exists(file_join(&path, folder, foreign[i])))
            rc = err_set(ERR_UNSUPPORTED,
                         "%s holds %s but no tokenizer.json; convert it "
                         "(AutoTokenizer.from_pretrained, then save_pretrained)",
                         folder, foreign[i]);
    }
    buf_done(&path);
    return rc;
}

int tokenizer_open(struct tokenizer **out, const char *path) {
    struct papers p = {0};
    bool folder = file_is_dir(path);
    int rc = folder ? load_file(&p.file, path) : json_load(&p.file, path, JSON_MAX, 0);
    if (rc == 0 && folder)
        rc = load_optional(&p.config, path, "tokenizer_config.json");
    if (rc == 0 && folder)
        rc = load_optional(&p.specials_map, path, "special_tokens_map.json");
    if (rc == 0 && folder)
        rc = load_optional(&p.model_config, path, "config.json");
    if (rc == 0)
        rc = build(out, &p, NULL);
    papers_done(&p);
    return rc;
}

void tokenizer_close(struct tokenizer *t) {
    if (!t)
        return;
    normalizer_done(&t->normalizers);
    pretokenizer_done(&t->pretokenizers);
    model_done(&t->model);
    added_done(&t->added);
    postprocessor_done(&t->post);
    decoder_done(&t->decoders);
    free(t);
}

/* -- questions -- */

size_t tokenizer_vocab_size(const struct tokenizer *t, bool added) {
    size_t n = t->model.vocab.count;
    for (size_t i = 0; added && i < t->added.len; i++) {
        const char *content = t->added.items[i]->content;
        n += vocab_id(&t->model.vocab, content, strlen(content)) < 0;
    }
    return n;
}

int32_t tokenizer_id_end(const struct tokenizer *t) {
    return t->added.end > t->model.vocab.end ? t->added.end : t->model.vocab.end;
}

int32_t tokenizer_id(const struct tokenizer *t, const char *token, size_t len) {
    const struct added_token *a = added_by_content(&t->added, token, len);
    return a ? a->id : vocab_id(&t->model.vocab, token, len);
}

const char *tokenizer_token(const struct tokenizer *t, int32_t id, size_t *len) {
    const struct added_token *a = added_by_id(&t->added, id);
    const char *s = a ? a->content : vocab_name(&t->model.vocab, id).data;
    if (len)
        *len = s ? strlen(s) : 0;
    return s;
}

bool tokenizer_is_added(const struct tokenizer *t, int32_t id) {
    return added_by_id(&t->added, id) != NULL;
}

bool tokenizer_is_special(const struct tokenizer *t, int32_t id) {
    const struct added_token *a = added_by_id(&t->added, id);
    return a && a->ever_special;
}

int32_t tokenizer_role(const struct tokenizer *t, enum token_role role) {
    return t->roles[role];
}

int64_t tokenizer_max_length(const struct tokenizer *t) {
    return t->max_length;
}

enum token_side tokenizer_padding_side(const struct tokenizer *t) {
    return t->padding_side;
}

const struct truncation *tokenizer_truncation(const struct tokenizer *t) {
    return t->has_truncation ? &t->truncation : NULL;
}

const struct padding *tokenizer_padding(const struct tokenizer *t) {
    return t->has_padding ? &t->padding : NULL;
}

/* -- decoding -- */

bool tokenizer_cleans(const struct tokenizer *t, int flags) {
    bool asked = flags & DECODE_CLEANUP || (t->cleanup && !(flags & DECODE_NO_CLEANUP));
    return asked && t->can_clean;
}

const char *tokenizer_shown(const struct tokenizer *t, int32_t id, int flags, size_t *len) {
    const struct added_token *a = added_by_id(&t->added, id);
    if (a && a->skipped && flags & DECODE_SKIP_SPECIAL)
        return NULL;
    const char *s = a ? a->shown : vocab_name(&t->model.vocab, id).data;
    *len = s ? strlen(s) : 0;
    return s;
}

struct decode_scratch *decode_scratch_new(void) {
    struct decode_scratch *s = xcalloc(1, sizeof(*s));
    decode_scratch_init(s);
    return s;
}

void decode_scratch_free(struct decode_scratch *s) {
    if (s)
        decode_scratch_done(s);
    free(s);
}

int tokenizer_decode_in(struct decode_scratch *s, const struct tokenizer *t, struct buf *out,
                        const int32_t *ids, size_t len, int flags) {
    size_t n;
    strings_reset(&s->tokens);
    for (size_t i = 0; i < len; i++) {
        const char *token = tokenizer_shown(t, ids[i], flags, &n);
        if (token)
            strings_add(&s->tokens, token, n);
    }
    int rc = buf_ok(&s->tokens.bytes, "the text of the tokens");
    if (rc == 0)
        rc = decoder_run(&t->decoders, s);
    if (rc == 0 && tokenizer_cleans(t, flags))
        strings_tidy(&s->text, &s->spare.bytes);
    if (rc == 0)
        buf_add(out, s->text.data, s->text.len);
    return rc < 0 ? rc : buf_ok(out, "the decoded text");
}

int tokenizer_decode(const struct tokenizer *t, struct buf *out, const int32_t *ids, size_t len,
                     int flags) {
    struct decode_scratch scratch;
    decode_scratch_init(&scratch);
    int rc = tokenizer_decode_in(&scratch, t, out, ids, len, flags);
    decode_scratch_done(&scratch);
    return rc;
}
