/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/load.h"

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/format/gguf.h"
#include "engine/nn/gguf_config.h"

enum { CONFIG_SIZE_MAX = 16 << 20, PATH_SIZE_MAX = 1 << 16 };

static int read_json(struct json_doc **out, const char *folder) {
    struct buf path;
    buf_init(&path, PATH_SIZE_MAX);
    int rc = json_load(out, file_join(&path, folder, "config.json"), CONFIG_SIZE_MAX, 0);
    buf_done(&path);
    return rc;
}

/* A GGUF file is opened for it, and stays open. */
static int read_config(struct load *out, const char *folder, int file_flags) {
    struct json_doc *doc = NULL;
    int rc = 0;
    *out = (struct load){0};
    arena_init(&out->arena, 0);
    if (gguf_is_file(folder)) {
        rc = checkpoint_open(&out->checkpoint, folder, file_flags);
        if (rc == 0)
            rc = gguf_config_load(&doc, out->checkpoint);
    } else {
        rc = read_json(&doc, folder);
    }
    if (rc == 0)
        rc = config_parse(&out->config, json_root(doc), (struct json){0}, &out->arena);
    json_free(doc);
    if (rc < 0)
        load_done(out);
    return rc;
}

int load_config(struct load *out, const char *folder) {
    return read_config(out, folder, 0);
}

int load_open(struct load *out, const char *folder, int file_flags,
              const struct weights_options *options) {
    static const struct weights_options as_stored = {0};
    int rc = read_config(out, folder, file_flags);
    if (rc < 0)
        return rc;
    if (!out->checkpoint)
        rc = checkpoint_open(&out->checkpoint, folder, file_flags);
    if (rc == 0)
        rc = weights_load(&out->weights, &out->config, out->checkpoint,
                          options ? options : &as_stored);
    if (rc != 0)
        load_done(out);
    return rc;
}

void load_done(struct load *l) {
    weights_done(&l->weights);
    checkpoint_close(l->checkpoint);
    arena_done(&l->arena);
    *l = (struct load){0};
}
