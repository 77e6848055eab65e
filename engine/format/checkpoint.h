/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint: a folder (or one file) of safetensors, as tensors by name.
 *
 * It remembers which tensors were taken or ignored, so that a loader can report the ones nobody
 * wanted: a checkpoint that is half understood is not loaded in silence. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/format/safetensors.h"

struct checkpoint;

/* path is a folder with model.safetensors or model.safetensors.index.json, or a .safetensors
 * file, or an index. flags as for safetensors_open(). 0, ERR_NOTFOUND with a sentence that says
 * what was looked for, ERR_UNSUPPORTED when the folder holds another format only, ERR_FORMAT,
 * ERR_LIMIT, ERR_IO. On failure *out is left alone. */
int checkpoint_open(struct checkpoint **out, const char *path, int flags);
void checkpoint_close(struct checkpoint *cp); /* NULL is fine; tensors taken from it die */

const char *checkpoint_path(const struct checkpoint *cp); /* as given to open */
size_t checkpoint_shards(const struct checkpoint *cp);
uint64_t checkpoint_bytes(const struct checkpoint *cp); /* of all tensors in all shards */

/* Tensors by number, shard after shard in the order of their bytes. */
size_t checkpoint_count(const struct checkpoint *cp);
const struct safetensors_entry *checkpoint_at(const struct checkpoint *cp, size_t index);
/* The file that holds it, for messages. */
const char *checkpoint_file_at(const struct checkpoint *cp, size_t index);
/* NULL when there is none of that name. */
const struct safetensors_entry *checkpoint_find(const struct checkpoint *cp, const char *name);

/* As safetensors_get(), and the tensor counts as used. */
int checkpoint_get(struct checkpoint *cp, const char *name, struct tensor *out);
/* Counts the tensor as used without taking it: a buffer that the engine computes itself. */
void checkpoint_ignore(struct checkpoint *cp, const char *name);
/* The next tensor that was neither taken nor ignored, or NULL. *cursor is 0 at first. A tensor
 * that lies in a shard but not in the index cannot be taken and is always among them. */
const struct safetensors_entry *checkpoint_next_unused(const struct checkpoint *cp, size_t *cursor);
