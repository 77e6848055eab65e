/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "engine/format/gguf.h"
#include "engine/format/safetensors.h"
#include "engine/format/shard_index.h"

enum { PATH_SIZE_MAX = 1 << 16 };

static const char single_name[] = "model.safetensors";
static const char index_name[] = "model.safetensors.index.json";

/* What other tools leave in such a folder, and the word for it. */
static const char *const foreign[] = {
    "pytorch_model.bin", "pytorch_model.bin.index.json", "consolidated.00.pth",
    "tf_model.h5",       "flax_model.msgpack",           NULL,
};

struct slot {
    struct safetensors *shard; /* NULL: the GGUF file */
    struct checkpoint_entry entry;
    bool used;
};

struct checkpoint {
    struct arena arena;
    const char *path;
    char format[16];
    struct gguf *gguf; /* or … */
    struct safetensors **shards;
    size_t shard_count;
    struct slot *slots;
    size_t count;
    struct map names; /* of the tensors that can be taken → slot */
};

static int open_shard(struct checkpoint *cp, const char *path, int flags) {
    int rc = safetensors_open(&cp->shards[cp->shard_count], path,
                              flags & CHECKPOINT_READ ? SAFETENSORS_READ : SAFETENSORS_MAP);
    if (rc == 0)
        cp->shard_count++;
    return rc;
}

static void add_slot(struct checkpoint *cp, struct safetensors *shard,
                     const struct safetensors_entry *e) {
    cp->slots[cp->count++] = (struct slot){
        .shard = shard,
        .entry = {e->name, e->type->name, e->rank, e->shape, e->end - e->begin},
    };
}

static void fill_slots(struct checkpoint *cp) {
    size_t total = 0;
    for (size_t s = 0; s < cp->shard_count; s++)
        total += safetensors_count(cp->shards[s]);
    cp->slots = arena_array(&cp->arena, total, sizeof(*cp->slots));
    map_init(&cp->names, total);
    for (size_t s = 0; s < cp->shard_count; s++)
        for (size_t i = 0; i < safetensors_count(cp->shards[s]); i++)
            add_slot(cp, cp->shards[s], safetensors_at(cp->shards[s], i));
}

static void name_slot(struct checkpoint *cp, size_t i) {
    const char *name = cp->slots[i].entry.name;
    map_add(&cp->names, name, strlen(name), (uint32_t)i);
}

static int open_single(struct checkpoint *cp, const char *path, int flags) {
    cp->shards = arena_array(&cp->arena, 1, sizeof(struct safetensors *));
    int rc = open_shard(cp, path, flags);
    if (rc < 0)
        return rc;
    fill_slots(cp);
    for (size_t i = 0; i < cp->count; i++)
        name_slot(cp, i);
    return 0;
}

static int open_gguf(struct checkpoint *cp, const char *path, int flags) {
    int rc = gguf_open(&cp->gguf, path, flags & CHECKPOINT_READ ? GGUF_READ : GGUF_MAP);
    if (rc < 0)
        return rc;
    (void)snprintf(cp->format, sizeof(cp->format), "GGUF v%u", gguf_version(cp->gguf));
    cp->count = gguf_tensor_count(cp->gguf);
    cp->slots = arena_array(&cp->arena, cp->count, sizeof(*cp->slots));
    map_init(&cp->names, cp->count);
    for (size_t i = 0; i < cp->count; i++) {
        const struct gguf_tensor *t = gguf_tensor_at(cp->gguf, i);
        cp->slots[i].entry =
            (struct checkpoint_entry){t->name, t->type->name, t->rank, t->shape, t->end - t->begin};
        name_slot(cp, i);
    }
    return 0;
}

/* Every tensor the index lists must be where the index says. */
static int name_listed(struct checkpoint *cp, const struct shard_index *index, const char *path) {
    size_t *first = arena_array(&cp->arena, cp->shard_count + 1, sizeof(*first));
    for (size_t s = 0; s < cp->shard_count; s++)
        first[s + 1] = first[s] + safetensors_count(cp->shards[s]);
    for (size_t i = 0; i < shard_index_count(index); i++) {
        const struct shard_index_entry *listed = shard_index_at(index, i);
        const struct safetensors *shard = cp->shards[listed->shard];
        const struct safetensors_entry *e = safetensors_find(shard, listed->tensor);
        if (!e)
            return err_set(ERR_FORMAT,
                           "%s: weight_map.%s: %s holds no such tensor; fetch both files again",
                           path, listed->tensor, safetensors_path(shard));
        name_slot(cp, first[listed->shard] + (size_t)(e - safetensors_at(shard, 0)));
    }
    return 0;
}

/* The shards lie beside the index. */
static int open_shards(struct checkpoint *cp, const struct shard_index *index, const char *path,
                       int flags) {
    struct buf shard;
    int rc = 0;
    size_t folder_len = (size_t)(file_base_name(path) - path);
    const char *folder =
        arena_strndup(&cp->arena, path, folder_len > 1 ? folder_len - 1 : folder_len);
    buf_init(&shard, PATH_SIZE_MAX);
    cp->shards = arena_array(&cp->arena, shard_index_shards(index), sizeof(struct safetensors *));
    for (size_t i = 0; rc == 0 && i < shard_index_shards(index); i++) {
        rc = open_shard(cp, file_join(&shard, folder, shard_index_shard(index, i)), flags);
        if (rc < 0)
            rc = err_while(rc, "%s lists a shard that cannot be opened", path);
    }
    buf_done(&shard);
    return rc;
}

static int open_index(struct checkpoint *cp, const char *path, int flags) {
    struct shard_index *index = NULL;
    int rc = shard_index_load(&index, path);
    if (rc == 0)
        rc = open_shards(cp, index, path, flags);
    if (rc == 0) {
        fill_slots(cp);
        rc = name_listed(cp, index, path);
    }
    shard_index_free(index);
    return rc;
}

/* The folder has neither file: say what was looked for and what is there instead. */
static int refuse_folder(const char *path) {
    struct buf b;
    const char *found = NULL;
    buf_init(&b, PATH_SIZE_MAX);
    for (size_t i = 0; !found && foreign[i]; i++)
        if (file_exists(file_join(&b, path, foreign[i])))
            found = foreign[i];
    buf_done(&b);
    if (found)
        return err_set(ERR_UNSUPPORTED,
                       "%s holds %s but no %s; convert it to safetensors "
                       "(save_pretrained with safe_serialization=True)",
                       path, found, single_name);
    return err_set(ERR_NOTFOUND, "%s: looked for %s and %s, found neither", path, single_name,
                   index_name);
}

static int open_folder(struct checkpoint *cp, const char *path, int flags) {
    struct buf b;
    int rc;
    buf_init(&b, PATH_SIZE_MAX);
    if (file_exists(file_join(&b, path, single_name)))
        rc = open_single(cp, b.data, flags);
    else if (file_exists(file_join(&b, path, index_name)))
        rc = open_index(cp, b.data, flags);
    else
        rc = refuse_folder(path);
    buf_done(&b);
    return rc;
}

static bool names_index(const char *path) {
    static const char suffix[] = ".index.json";
    size_t len = strlen(path), tail = sizeof(suffix) - 1;
    return len >= tail && strcmp(path + len - tail, suffix) == 0;
}

int checkpoint_open(struct checkpoint **out, const char *path, int flags) {
    struct checkpoint *cp = xcalloc(1, sizeof(*cp));
    int rc;
    arena_init(&cp->arena, 0);
    cp->path = arena_strdup(&cp->arena, path);
    (void)snprintf(cp->format, sizeof(cp->format), "safetensors");
    if (file_is_dir(path))
        rc = open_folder(cp, path, flags);
    else if (!file_exists(path))
        rc = err_set(ERR_NOTFOUND, "%s: there is no such file or folder", path);
    else if (names_index(path))
        rc = open_index(cp, path, flags);
    else if (gguf_is_file(path))
        rc = open_gguf(cp, path, flags);
    else
        rc = open_single(cp, path, flags);
    if (rc < 0)
        checkpoint_close(cp);
    else
        *out = cp;
    return rc;
}

void checkpoint_close(struct checkpoint *cp) {
    if (!cp)
        return;
    for (size_t i = 0; i < cp->shard_count; i++)
        safetensors_close(cp->shards[i]);
    gguf_close(cp->gguf);
    map_done(&cp->names);
    arena_done(&cp->arena);
    free(cp);
}

const char *checkpoint_path(const struct checkpoint *cp) {
    return cp->path;
}

const char *checkpoint_format(const struct checkpoint *cp) {
    return cp->format;
}

const struct gguf *checkpoint_gguf(const struct checkpoint *cp) {
    return cp->gguf;
}

size_t checkpoint_shards(const struct checkpoint *cp) {
    return cp->gguf ? 1 : cp->shard_count;
}

struct checkpoint_source checkpoint_source(const struct checkpoint *cp, size_t shard) {
    CHECK(shard < checkpoint_shards(cp));
    if (cp->gguf)
        return (struct checkpoint_source){cp->path, gguf_file(cp->gguf), gguf_head(cp->gguf)};
    const struct safetensors *st = cp->shards[shard];
    return (struct checkpoint_source){safetensors_path(st), safetensors_file(st),
                                      safetensors_head(st)};
}

size_t checkpoint_count(const struct checkpoint *cp) {
    return cp->count;
}

uint64_t checkpoint_bytes(const struct checkpoint *cp) {
    uint64_t total = cp->gguf ? gguf_bytes(cp->gguf) : 0;
    for (size_t i = 0; i < cp->shard_count; i++)
        total += safetensors_bytes(cp->shards[i]);
    return total;
}

const struct checkpoint_entry *checkpoint_at(const struct checkpoint *cp, size_t index) {
    CHECK(index < cp->count);
    return &cp->slots[index].entry;
}

const char *checkpoint_file_at(const struct checkpoint *cp, size_t index) {
    CHECK(index < cp->count);
    return cp->gguf ? cp->path : safetensors_path(cp->slots[index].shard);
}

static struct slot *slot_find(const struct checkpoint *cp, const char *name) {
    uint32_t i;
    return map_find_str(&cp->names, name, &i) ? &cp->slots[i] : NULL;
}

const struct checkpoint_entry *checkpoint_find(const struct checkpoint *cp, const char *name) {
    const struct slot *slot = slot_find(cp, name);
    return slot ? &slot->entry : NULL;
}

int checkpoint_get(struct checkpoint *cp, const char *name, struct tensor *out) {
    struct slot *slot = slot_find(cp, name);
    if (!slot)
        return err_set(ERR_NOTFOUND, "%s holds no tensor \"%s\"", cp->path, name);
    int rc = cp->gguf ? gguf_get(cp->gguf, name, out) : safetensors_get(slot->shard, name, out);
    if (rc == 0)
        slot->used = true;
    return rc;
}

void checkpoint_forget(const struct checkpoint *cp, const struct tensor *t) {
    if (cp->gguf)
        gguf_forget(cp->gguf, t->data, tensor_size(t));
    for (size_t i = 0; i < cp->shard_count; i++)
        safetensors_forget(cp->shards[i], t->data, tensor_size(t));
}

void checkpoint_forget_all(const struct checkpoint *cp) {
    for (size_t i = 0; i < checkpoint_shards(cp); i++) {
        const struct file *f = checkpoint_source(cp, i).file;
        file_forget(f, f->data, f->size);
    }
}

void checkpoint_ignore(struct checkpoint *cp, const char *name) {
    struct slot *slot = slot_find(cp, name);
    if (slot)
        slot->used = true;
}

const struct checkpoint_entry *checkpoint_next_unused(const struct checkpoint *cp, size_t *cursor) {
    while (*cursor < cp->count) {
        const struct slot *slot = &cp->slots[(*cursor)++];
        if (!slot->used)
            return &slot->entry;
    }
    return NULL;
}
