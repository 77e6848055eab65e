/* SPDX-License-Identifier: Apache-2.0 */
/* stored_gguf: tensors and metadata of a GGUF file, for stored.c alone.
 *
 * After docs/gguf.md of ggml: magic, version, two counts, keys with typed values, tensors with
 * dimensions innermost first, and behind padding the bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/diagnose/stored.h"

struct stored_gguf;

/* Of bytes that stay where they are. ERR_FORMAT when they are no such file; name is for messages.
 */
int stored_gguf_open(struct stored_gguf **out, const uint8_t *data, size_t size, const char *name);
void stored_gguf_close(struct stored_gguf *g); /* NULL is fine */
bool stored_gguf_find(struct stored *out, const struct stored_gguf *g, const char *name);
/* Appends the metadata as a config.json would have them. */
void stored_gguf_config(struct buf *out, const struct stored_gguf *g);
