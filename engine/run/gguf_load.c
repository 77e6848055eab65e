/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/gguf_load.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/format/gguf.h"
#include "engine/format/gguf_tokenizer.h"
#include "engine/token/tokenizer.h"

enum { JSON_MAX = 1 << 29, CONFIG_MAX = 1 << 20 }; /* bytes */

int gguf_load_tokenizer(struct tokenizer **out, const struct gguf *g) {
    struct buf json, config;
    if (!gguf_tokenizer_present(g))
        return err_set(ERR_NOTFOUND, "%s: tokenizer.ggml.tokens: the file has no vocabulary",
                       gguf_path(g));
    buf_init(&json, JSON_MAX);
    buf_init(&config, CONFIG_MAX);
    int rc = gguf_tokenizer_write(g, &json, &config);
    if (rc == 0)
        rc = tokenizer_parse(out, json.data, json.len, gguf_path(g), config.data, config.len);
    buf_done(&json);
    buf_done(&config);
    return rc;
}
