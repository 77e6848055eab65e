/* SPDX-License-Identifier: Apache-2.0 */
/* gguf_config: the metadata of a GGUF file as the config.json that says the same.
 *
 * What follows from tensors (the vocabulary, whether the head is tied, factors of rotary positions)
 * is taken from them. What cannot be said in HF's keys is refused, never left out. */
#pragma once

struct checkpoint;
struct json_doc;

/* The checkpoint is of a GGUF file. 0, ERR_UNSUPPORTED, or ERR_FORMAT naming file and key. */
int gguf_config_load(struct json_doc **out, struct checkpoint *cp);
