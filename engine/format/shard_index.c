/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/shard_index.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/map.h"
#include "engine/format/safetensors.h"

struct shard_index {
    struct arena arena;
    struct shard_index_entry *entries;
    size_t count;
    const char **shards;
    size_t shard_count;
    struct map names; /* shard name → index */
};

/* The shard's number, new or known. */
static int shard_number(struct shard_index *index, struct json v, uint32_t *number) {
    const char *name;
    int rc = json_as_str(v, &name);
    if (rc < 0)
        return rc;
    if (map_find_str(&index->names, name, number))
        return 0;
    if (!file_is_plain_name(name, strlen(name)))
        return json_fail(v, "\"%s\" is no plain file name; shards lie beside their index", name);
    if (index->shard_count == SHARD_INDEX_SHARDS_MAX)
        return json_fail(v, "more than %d shards", SHARD_INDEX_SHARDS_MAX);
    *number = (uint32_t)index->shard_count;
    const char *kept = arena_strdup(&index->arena, name);
    index->shards[index->shard_count++] = kept;
    map_add(&index->names, kept, strlen(kept), *number);
    return 0;
}

/* metadata.total_size is not read: writers disagree on what it counts. */
static int read_map(struct shard_index *index, struct json root) {
    struct json at;
    int rc = json_object(root, "weight_map", &at);
    if (rc < 0)
        return rc;
    size_t count = json_len(at);
    if (count == 0)
        return json_fail(at, "lists no tensor");
    if (count > SAFETENSORS_TENSORS_MAX)
        return json_fail(at, "%zu tensors, and %d is the most", count, SAFETENSORS_TENSORS_MAX);
    index->entries = arena_array(&index->arena, count, sizeof(*index->entries));
    size_t shards = count < SHARD_INDEX_SHARDS_MAX ? count : SHARD_INDEX_SHARDS_MAX;
    index->shards = arena_array(&index->arena, shards, sizeof(*index->shards));
    map_init(&index->names, 0);
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        struct shard_index_entry *e = &index->entries[index->count++];
        rc = shard_number(index, v, &e->shard);
        if (rc < 0)
            return rc;
        e->tensor = arena_strdup(&index->arena, json_key(v));
    }
    return 0;
}

static int build(struct shard_index **out, struct json_doc *doc) {
    struct shard_index *index = xcalloc(1, sizeof(*index));
    arena_init(&index->arena, 0);
    int rc = read_map(index, json_root(doc));
    json_free(doc);
    if (rc < 0)
        shard_index_free(index);
    else
        *out = index;
    return rc;
}

int shard_index_parse(struct shard_index **out, const char *text, size_t len, const char *name) {
    struct json_doc *doc = NULL;
    int rc = json_parse(&doc, text, len, name, 0);
    return rc < 0 ? rc : build(out, doc);
}

int shard_index_load(struct shard_index **out, const char *path) {
    struct json_doc *doc = NULL;
    int rc = json_load(&doc, path, SHARD_INDEX_SIZE_MAX, 0);
    return rc < 0 ? rc : build(out, doc);
}

void shard_index_free(struct shard_index *index) {
    if (!index)
        return;
    map_done(&index->names);
    arena_done(&index->arena);
    free(index);
}

size_t shard_index_count(const struct shard_index *index) {
    return index->count;
}

const struct shard_index_entry *shard_index_at(const struct shard_index *index, size_t i) {
    CHECK(i < index->count);
    return &index->entries[i];
}

size_t shard_index_shards(const struct shard_index *index) {
    return index->shard_count;
}

const char *shard_index_shard(const struct shard_index *index, size_t i) {
    CHECK(i < index->shard_count);
    return index->shards[i];
}
