/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: a folder (or one file) of safetensors, or a GGUF file, as tensors by name.
 *
 * It remembers which tensors were taken or ignored, so that a loader can report the ones nobody
 * wanted: a checkpoint that is half understood is not loaded in silence. Names are those of the
 * file; what they mean is the family's affair. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/tensor/tensor.h"

struct checkpoint;
struct file;
struct gguf;

enum checkpoint_flags {
    CHECKPOINT_MAP = 0,       /* tensor bytes stay in the page cache */
    CHECKPOINT_READ = 1 << 0, /* copied into memory: survives a file that shrinks later */
};

struct checkpoint_entry {
    const char *name;
    const char *type; /* as the format spells it: "BF16", "Q4_K" */
    int rank;
    const int64_t *shape; /* [rank], outermost first */
    uint64_t size;        /* bytes */
};

/* path is a folder with model.safetensors or model.safetensors.index.json, or a .safetensors
 * file, or an index, or a GGUF file, which is known by its first bytes. 0, ERR_NOTFOUND with a
 * sentence that says what was looked for, ERR_UNSUPPORTED when the folder holds another format
 * only, ERR_FORMAT, ERR_LIMIT, ERR_IO. On failure *out is left alone. */
int checkpoint_open(struct checkpoint **out, const char *path, int flags);
void checkpoint_close(struct checkpoint *cp); /* NULL is fine; tensors taken from it die */

const char *checkpoint_path(const struct checkpoint *cp);   /* as given to open */
const char *checkpoint_format(const struct checkpoint *cp); /* "safetensors", "GGUF v3" */
/* The file with its metadata, which dies with the checkpoint; NULL for safetensors. */
const struct gguf *checkpoint_gguf(const struct checkpoint *cp);
size_t checkpoint_shards(const struct checkpoint *cp);
/* A file of it: which it is, and all of it that comes before the tensors. Borrowed. */
struct checkpoint_source {
    const char *path;
    const struct file *file;
    uint64_t head; /* bytes */
};
struct checkpoint_source checkpoint_source(const struct checkpoint *cp, size_t shard);
uint64_t checkpoint_bytes(const struct checkpoint *cp); /* of all tensors in all shards */

/* Tensors by number, shard after shard in the order of their bytes. */
size_t checkpoint_count(const struct checkpoint *cp);
const struct checkpoint_entry *checkpoint_at(const struct checkpoint *cp, size_t index);
/* The file that holds it, for messages. */
const char *checkpoint_file_at(const struct checkpoint *cp, size_t index);
/* NULL when there is none of that name. */
const struct checkpoint_entry *checkpoint_find(const struct checkpoint *cp, const char *name);

/* As safetensors_get() and gguf_get(), and the tensor counts as used. */
int checkpoint_get(struct checkpoint *cp, const char *name, struct tensor *out);
/* A tensor taken from it will hardly be read again: see file_forget(). */
void checkpoint_forget(const struct checkpoint *cp, const struct tensor *t);
/* The same of all that it holds: what is still needed comes back by itself. */
void checkpoint_forget_all(const struct checkpoint *cp);
/* Counts the tensor as used without taking it: a buffer that the engine computes itself. */
void checkpoint_ignore(struct checkpoint *cp, const char *name);
/* The next tensor that was neither taken nor ignored, or NULL. *cursor is 0 at first. A tensor
 * that lies in a shard but not in the index cannot be taken and is always among them. */
const struct checkpoint_entry *checkpoint_next_unused(const struct checkpoint *cp, size_t *cursor);
