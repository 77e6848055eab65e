/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/model.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/pool.h"
#include "engine/format/checkpoint.h"
#include "engine/format/gguf.h"
#include "engine/format/gguf_tokenizer.h"
#include "engine/nn/arch.h"
#include "engine/nn/gguf_config.h"
#include "engine/run/gguf_load.h"
#include "engine/run/tokenizer_ahead.h"
#include "engine/token/tokenizer.h"

enum {
    CONFIG_BYTES_MAX = 16 << 20,
    PATH_BYTES_MAX = 1 << 16,
};

static char *folder_of(const char *path) {
    if (file_is_dir(path))
        return xstrdup(path);
    const char *base = file_base_name(path);
    return base == path ? xstrdup(".") : xstrndup(path, (size_t)(base - path));
}

static int load_beside(struct json_doc **out, const struct model *m, const char *name) {
    struct buf path;
    buf_init(&path, PATH_BYTES_MAX);
    int rc = json_load(out, file_join(&path, m->folder, name), CONFIG_BYTES_MAX, 0);
    buf_done(&path);
    return rc;
}

static int read_config(struct model *m, const struct model_options *o) {
    struct json_doc *doc = NULL, *override = NULL;
    struct json over = {0};
    bool gguf = m->checkpoint && checkpoint_gguf(m->checkpoint);
    int rc = gguf ? gguf_config_load(&doc, m->checkpoint) : load_beside(&doc, m, "config.json");
    if (rc == 0 && o->config)
        rc = json_parse(&override, o->config, strlen(o->config), "config override", 0);
    if (rc == 0 && override)
        over = json_root(override);
    if (rc == 0)
        rc = config_parse(&m->config, json_root(doc), over, &m->arena);
    json_free(override);
    json_free(doc);
    return rc;
}

/* A file that names no class and has no head for its family is the base model. */
static void settle_head(struct model *m) {
    struct config *c = &m->config;
    const struct weight *head = c->head->weights;
    if (c->head_guessed && head && !c->tie_word_embeddings &&
        !checkpoint_find(m->checkpoint, head->name))
        c->head = arch_head_kind(c->arch, HEAD_NONE);
}

/* What Transformers makes of a config.json when there is no generation_config.json. */
static void generation_from_config(struct model *m) {
    const struct config *c = &m->config;
    m->generation.bos_token_id = c->bos_token_id;
    m->generation.pad_token_id = c->pad_token_id;
    m->generation.eos_token_id = (struct id_list){c->eos_token_id, c->eos_len};
}

static int read_generation(struct model *m) {
    struct json_doc *doc = NULL;
    generation_init(&m->generation);
    int rc = checkpoint_gguf(m->checkpoint) ? ERR_NOTFOUND /* the file stands for itself */
                                            : load_beside(&doc, m, "generation_config.json");
    if (rc == ERR_NOTFOUND) {
        generation_from_config(m);
        return 0;
    }
    if (rc == 0)
        rc = generation_adopt(&m->generation, json_root(doc), &m->arena);
    json_free(doc);
    return rc;
}

/* A file of another kind has no config.json beside it, but that is not what is wrong with it. */
static int check_kind(const char *path) {
    size_t len = strlen(path);
    if (!file_exists(path))
        return err_set(ERR_NOTFOUND, "there is no such file or folder");
    if (file_is_dir(path) || gguf_is_file(path) ||
        (len > 5 && strcmp(path + len - 5, ".json") == 0) ||
        (len > 12 && strcmp(path + len - 12, ".safetensors") == 0))
        return 0;
    return err_set(ERR_FORMAT, "neither a folder, a .safetensors file nor GGUF, which begins with "
                               "the letters GGUF");
}

int model_open(struct model **out, const char *path, struct device *device,
               const struct model_options *options) {
    static const struct model_options none = {0};
    const struct model_options *o = options ? options : &none;
    struct model *m = xcalloc(1, sizeof(*m));
    struct weights_options weights = o->weights;
    weights.pool = device->host->pool;
    weights.device = device;
    m->device = device;
    m->folder = folder_of(path);
    arena_init(&m->arena, 0);
    int rc = check_kind(path);
    if (rc == 0 && gguf_is_file(path)) /* which holds its configuration itself */
        rc = checkpoint_open(&m->checkpoint, path, o->checkpoint_flags);
    if (rc == 0)
        rc = read_config(m, o);
    if (rc == 0 && !m->checkpoint)
        rc = checkpoint_open(&m->checkpoint, path, o->checkpoint_flags);
    if (rc < 0)
        goto fail;
    settle_head(m);
    if ((rc = read_generation(m)) < 0) /* before the weights, which take a while */
        goto fail;
    if (o->tokenizer && pool_threads(weights.pool) > 1 && model_has_tokenizer(m))
        m->ahead = tokenizer_ahead_start(checkpoint_gguf(m->checkpoint), m->folder);
    packed_cache_open(&m->packed, o->packed_cache, m, &weights);
    weights.packed = m->packed.packed;
    if ((rc = weights_load(&m->weights, &m->config, m->checkpoint, &weights)) < 0)
        goto fail;
    packed_cache_keep(&m->packed, m);
    *out = m;
    return 0;
fail:
    model_close(m);
    return err_while(rc, "loading %s", path);
}

void model_close(struct model *m) {
    if (!m)
        return;
    tokenizer_close(tokenizer_ahead_take(m->ahead));
    tokenizer_close(m->tokenizer);
    weights_done(&m->weights);
    packed_cache_done(&m->packed);
    checkpoint_close(m->checkpoint);
    arena_done(&m->arena);
    free(m->folder);
    free(m);
}

int model_tokenizer(struct model *m, const struct tokenizer **out) {
    const struct gguf *gguf = checkpoint_gguf(m->checkpoint);
    int rc = 0;
    if (m->ahead)
        m->tokenizer = tokenizer_ahead_take(m->ahead);
    m->ahead = NULL;
    if (!m->tokenizer)
        rc = gguf ? gguf_load_tokenizer(&m->tokenizer, gguf)
                  : tokenizer_open(&m->tokenizer, m->folder);
    if (rc == 0)
        *out = m->tokenizer;
    return rc;
}

int model_must_predict(const struct model *m) {
    const struct config *c = &m->config;
    if (c->head->causal && config_is_causal(c))
        return 0;
    return err_set(ERR_UNSUPPORTED, "the model has no logits of a next token");
}

bool model_has_tokenizer(const struct model *m) {
    struct buf path;
    if (checkpoint_gguf(m->checkpoint))
        return gguf_tokenizer_present(checkpoint_gguf(m->checkpoint));
    buf_init(&path, PATH_BYTES_MAX);
    bool there = file_exists(file_join(&path, m->folder, "tokenizer.json"));
    buf_done(&path);
    return there;
}
