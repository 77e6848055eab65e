/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/gguf_load.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/format/gguf.h"
#include "engine/format/gguf_tokenizer.h"
#include "engine/token/tokenizer.h"

enum { JSON_MAX = 1 << 29, CONFIG_MAX = 1 << 20 }; /* bytes */

static struct token_text *texts_of(const struct gguf_string *strings, size_t len) {
    struct token_text *texts = xcalloc(len + 1, sizeof(*texts));
    for (size_t i = 0; i < len; i++)
        texts[i] = (struct token_text){strings[i].data, strings[i].len};
    return texts;
}

static int parse(struct tokenizer **out, const struct gguf *g, const struct buf *json,
                 const struct buf *config, const struct gguf_lists *lists) {
    if (lists->tokens_len == 0)
        return tokenizer_parse(out, json->data, json->len, gguf_path(g), config->data, config->len);
    struct token_text *tokens = texts_of(lists->tokens, lists->tokens_len);
    struct token_text *merges = texts_of(lists->merges, lists->merges_len);
    const struct token_lists texts = {tokens, lists->tokens_len, merges, lists->merges_len,
                                      gguf_path(g)};
    int rc = tokenizer_parse_lists(out, json->data, json->len, gguf_path(g), config->data,
                                   config->len, &texts);
    free(tokens);
    free(merges);
    return rc;
}

int gguf_load_tokenizer(struct tokenizer **out, const struct gguf *g) {
    struct buf json, config;
    struct gguf_lists lists = {0};
    if (!gguf_tokenizer_present(g))
        return err_set(ERR_NOTFOUND, "%s: tokenizer.ggml.tokens: the file has no vocabulary",
                       gguf_path(g));
    buf_init(&json, JSON_MAX);
    buf_init(&config, CONFIG_MAX);
    int rc = gguf_tokenizer_split(g, &json, &config, &lists);
    if (rc == 0)
        rc = parse(out, g, &json, &config, &lists);
    gguf_lists_done(&lists);
    buf_done(&json);
    buf_done(&config);
    return rc;
}
