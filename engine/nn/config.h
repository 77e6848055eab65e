/* SPDX-License-Identifier: Apache-2.0 */
/* config: a checkpoint's config.json, resolved.
 *
 * Every value is what Transformers 5.17 would use for the same file: old keys and new ones, the
 * family's defaults for absent keys, derived values filled in. The file is untrusted: after
 * config_parse() each number is within the bounds of its row and the sizes fit each other, so
 * the rest of the engine multiplies them without asking. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"
#include "engine/nn/act.h"
#include "engine/nn/rope.h"

struct arch;
struct head;

enum {
    CONFIG_NONE = -1, /* an integer that the file leaves out or sets to null */
    CONFIG_LAYERS_MAX = 4096,
    CONFIG_EOS_MAX = 64, /* ids in an eos_token_id list */
    CONFIG_LABELS_MAX = 65536,
    /* What no sane file exceeds; products of any three fit in 63 bits. */
    VOCAB_MAX = 1 << 22,
    HIDDEN_MAX = 1 << 20,
    HEADS_MAX = 1 << 12,
    HEAD_DIM_MAX = 1 << 14,
    POSITIONS_MAX = 1 << 28,
};

struct config {
    const struct arch *arch;
    const struct head *head; /* never NULL; the base model has a head that does nothing */
    bool head_guessed;       /* the file does not name a class */

    int64_t vocab_size;
    int64_t hidden_size;
    int64_t intermediate_size;
    int64_t num_hidden_layers;
    int64_t num_attention_heads;
    int64_t num_key_value_heads;
    int64_t head_dim;
    int64_t max_positions;
    int64_t type_vocab_size;
    int64_t num_labels;
    double norm_eps;
    enum act act;
    bool attention_bias, mlp_bias; /* the optional biases of llama and its heirs */
    bool tie_word_embeddings;
    bool scale_scores, scale_by_layer; /* gpt2: by 1/sqrt(head_dim), by 1/(layer + 1) */
    bool is_decoder, add_cross_attention;

    bool use_sliding_window;
    int64_t sliding_window; /* CONFIG_NONE = no layer slides */
    int64_t max_window_layers;
    bool *sliding; /* [num_hidden_layers] which layers slide; NULL: none */

    struct rope rope;
    int64_t bos_token_id, pad_token_id; /* or CONFIG_NONE */
    int32_t eos_token_id[CONFIG_EOS_MAX];
    int eos_len;
    const char *dtype; /* "bfloat16", or NULL when the file does not say */
};

/* Reads config.json (root) with the keys of override (may be absent) put over it, top level by
 * top level. Strings and lists are copied into arena. 0, ERR_FORMAT or ERR_UNSUPPORTED with a
 * sentence that names file and key. *out is meaningless on failure. */
int config_parse(struct config *out, struct json root, struct json override, struct arena *arena);
/* Members under HF 5.17's names, as one object (key as in json_open_object). */
void config_write(struct json_writer *w, const char *key, const struct config *c);
/* True when the model keeps keys and values and sees only what came before. */
bool config_is_causal(const struct config *c);
