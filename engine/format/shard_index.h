/* SPDX-License-Identifier: Apache-2.0 */
/* shard_index: model.safetensors.index.json, which tensor lies in which file.
 *
 * The file names in it come from outside and are opened beside the index, so only plain names
 * pass: nothing in an index can make the engine open a file in another folder. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    SHARD_INDEX_SIZE_MAX = 256 << 20, /* bytes of JSON */
    SHARD_INDEX_SHARDS_MAX = 65536,
};

struct shard_index;

struct shard_index_entry {
    const char *tensor;
    uint32_t shard; /* into the shards */
};

/* name is what messages call the document. 0, ERR_FORMAT, ERR_LIMIT. On failure *out is left. */
int shard_index_parse(struct shard_index **out, const char *text, size_t len, const char *name);
/* Reads path. Also ERR_NOTFOUND, ERR_IO. */
int shard_index_load(struct shard_index **out, const char *path);
void shard_index_free(struct shard_index *index); /* NULL is fine */

size_t shard_index_count(const struct shard_index *index); /* tensors, in the file's order */
const struct shard_index_entry *shard_index_at(const struct shard_index *index, size_t i);
size_t shard_index_shards(const struct shard_index *index);
const char *shard_index_shard(const struct shard_index *index, size_t i); /* a plain file name */
