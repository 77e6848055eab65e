/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/packed_cache.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/sum.h"
#include "engine/format/checkpoint.h"
#include "engine/format/packed.h"
#include "engine/nn/arch.h"
#include "engine/run/model.h"

enum {
    TEXT_MAX = 1 << 20,
    BASE_MAX = 100,   /* bytes of the model's name in the file's */
    ID_DIGITS = 16,   /* of what tells apart models of one name, and ways to load one */
    SETTLED_MS = 2000 /* some file systems count time in steps of two seconds */
};

static void say(struct packed_cache *c, const char *what, const char *which) {
    struct buf b;
    buf_init(&b, TEXT_MAX);
    buf_printf(&b, "packed weights %s%s", what, which);
    free(c->said);
    c->said = buf_detach(&b);
    buf_done(&b);
}

/* -- where -- */

static bool is(const char *a, const char *b) {
    return strcmp(a, b) == 0;
}

/* False when the user has no such folder. */
static bool put_folder(struct buf *out, const char *where) {
    const char *own = getenv("NOCTULE_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
               *home = getenv("HOME");
    if (!is(where, "auto") && !is(where, "on"))
        buf_puts(out, where);
    else if (own && *own)
        buf_puts(out, own);
    else if (xdg && *xdg == '/') /* the specification: relative ones are to be ignored */
        buf_printf(out, "%s/noctule", xdg);
    else if (home && *home == '/')
        buf_printf(out, "%s/.cache/noctule", home);
    return out->len > 0;
}

/* How the model is loaded: with the path, what the file's name is made of. */
static void put_manner(struct buf *b, const struct model *m, const struct weights_options *o) {
    const struct device *dev = m->device;
    buf_printf(b, "%s, %s%s, stored as %s, quantised to %s and %s\n", dev->backend->name,
               dev->backend->layout ? dev->backend->layout : "rows", dev->exact ? ", exact" : "",
               o->cast ? dtype_name(o->dtype) : "in the file", dtype_name(o->quant),
               dtype_name(o->quant_embedding));
}

static char *path_of(const char *folder, const struct model *m, const struct weights_options *o) {
    const char *model = checkpoint_path(m->checkpoint);
    char *real = realpath(model, NULL), hash[HASH_HEX_SIZE];
    const char *base = file_base_name(real ? real : model);
    struct buf b, path;
    buf_init(&b, TEXT_MAX);
    buf_init(&path, TEXT_MAX);
    buf_printf(&b, "%s\n", real ? real : model);
    put_manner(&b, m, o);
    hash_bytes(b.data, b.len, hash);
    buf_printf(&path, "%s/%.*s-%.*s.packed", folder, BASE_MAX, base, ID_DIGITS, hash);
    bool ok = buf_ok(&b, "the path") == 0 && buf_ok(&path, "the path") == 0;
    char *out = ok ? buf_detach(&path) : NULL;
    buf_done(&path);
    buf_done(&b);
    free(real);
    return out;
}

/* -- of what -- */

static void put_source(struct buf *b, const struct checkpoint_source *s) {
    const struct file_id *id = &s->file->id;
    buf_printf(b, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %016" PRIx64 "\n",
               id->device, id->inode, id->size, id->modified_ns, id->changed_ns,
               sum_bytes(s->file->data, s->head));
}

static void make_key(char key[HASH_HEX_SIZE], const struct model *m,
                     const struct weights_options *o) {
    const struct config *c = &m->config;
    struct buf b;
    buf_init(&b, TEXT_MAX);
    buf_printf(&b, "noctule %s\n", NOCTULE_VERSION);
    put_manner(&b, m, o);
    buf_printf(&b, "%s%s %" PRId64 " %d\n", c->arch->class_name, c->head->suffix, c->head_dim,
               c->tie_word_embeddings);
    for (size_t i = 0; i < checkpoint_shards(m->checkpoint); i++) {
        struct checkpoint_source s = checkpoint_source(m->checkpoint, i);
        put_source(&b, &s);
    }
    hash_bytes(b.data, b.len, key);
    buf_done(&b);
}

/* -- reading -- */

static bool is_possible(const char *where, const struct model *m, const struct weights_options *o) {
    for (size_t i = 0; i < checkpoint_shards(m->checkpoint); i++)
        if (checkpoint_source(m->checkpoint, i).file->id.inode == 0)
            return false; /* read, not mapped */
    return where && *where && !is(where, "off") && !o->edit;
}

void packed_cache_open(struct packed_cache *c, const char *where, const struct model *m,
                       const struct weights_options *o) {
    struct buf folder;
    if (!is_possible(where, m, o))
        return;
    buf_init(&folder, TEXT_MAX);
    if (put_folder(&folder, where))
        c->path = path_of(folder.data, m, o);
    buf_done(&folder);
    c->writes = c->path && !is(where, "auto");
    if (!c->path || (!c->writes && !file_exists(c->path)))
        return;
    make_key(c->key, m, o);
    int rc = packed_open(&c->packed, c->path, c->key, m->device->host->pool);
    if (rc == 0)
        say(c, "come from ", c->path);
    else if (rc != ERR_NOTFOUND)
        say(c, "of an earlier start cannot be used: ", err_text());
}

/* -- writing -- */

/* Whether no file has changed since it was opened, nor so shortly before that its times might not
 * show it. */
static bool is_settled(const struct model *m) {
    for (size_t i = 0; i < checkpoint_shards(m->checkpoint); i++) {
        struct checkpoint_source s = checkpoint_source(m->checkpoint, i);
        struct file_id now;
        if (file_identify(&now, s.path) < 0 || memcmp(&now, &s.file->id, sizeof(now)) != 0 ||
            clock_wall_ms() - now.changed_ns / 1000000 < SETTLED_MS)
            return false;
    }
    return true;
}

static int write_items(const struct packed_cache *c, const struct model *m,
                       const struct packed_item *items, size_t count) {
    size_t folder = (size_t)(file_base_name(c->path) - c->path);
    char *name = xstrndup(c->path, folder > 1 ? folder - 1 : folder);
    int rc = file_make_dirs(name);
    free(name);
    return rc < 0 ? rc : packed_write(c->path, c->key, items, count, m->device->host->pool);
}

void packed_cache_keep(struct packed_cache *c, const struct model *m) {
    const struct weights *w = &m->weights;
    if (!c->writes || c->packed)
        return;
    struct packed_item *items = xcalloc(w->loaded_len + 1, sizeof(*items));
    size_t count = 0;
    for (size_t i = 0; i < w->loaded_len; i++)
        if (weight_memory_has(&w->memory, w->loaded[i].tensor.data))
            items[count++] = (struct packed_item){w->loaded[i].name, &w->loaded[i].tensor};
    if (count > 0 && !is_settled(m))
        say(c,
            "are not kept, for the model changed a moment ago: ", checkpoint_path(m->checkpoint));
    else if (count > 0 && write_items(c, m, items, count) < 0)
        say(c, "are not kept: ", err_text());
    else if (count > 0)
        say(c, "are kept in ", c->path);
    free(items);
}

void packed_cache_done(struct packed_cache *c) {
    packed_close(c->packed);
    free(c->path);
    free(c->said);
    *c = (struct packed_cache){0};
}
