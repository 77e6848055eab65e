/* SPDX-License-Identifier: Apache-2.0 */
/* arch: what a family of models is, as data.
 *
 * One row set per file in models/; the file's existence registers it. A family inherits from its
 * base: rows are looked for in the family first, then in the base, and a row of the same name
 * hides the base's. What a row can say, no code says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/nn/config.h"
#include "engine/nn/gguf_names.h"
#include "engine/nn/weights.h"

/* One key of config.json: what it may be is its kind's affair. */
enum param_kind {
    PARAM_END,
    PARAM_VOCAB,  /* 1 … VOCAB_MAX */
    PARAM_WIDTH,  /* 1 … HIDDEN_MAX */
    PARAM_LAYERS, /* 1 … CONFIG_LAYERS_MAX */
    PARAM_HEADS,  /* 1 … HEADS_MAX */
    PARAM_HEAD,   /* 1 … HEAD_DIM_MAX */
    PARAM_LENGTH, /* 1 … POSITIONS_MAX */
    PARAM_COUNT,  /* 0 … POSITIONS_MAX */
    PARAM_WINDOW, /* 1 … POSITIONS_MAX, or null */
    PARAM_ID,     /* a token, or null */
    PARAM_EPS,    /* double, 0 … 1 */
    PARAM_FLAG,   /* bool */
    PARAM_ACT,    /* enum act */
    PARAM_IDS,    /* a token, a list of them, or null */
};
struct param {
    const char *key; /* HF's name */
    enum param_kind kind;
    size_t offset; /* in struct config */
    double def;    /* when the key is absent; CONFIG_NONE = derived from the others */
};
/* Another name for a key, which wins when both are there. */
struct alias {
    const char *key, *alias;
};
#define C(field) offsetof(struct config, field)

/* How the norm sits in a layer. */
enum placement {
    PLACE_PRE,  /* x + f(norm(x)), and one more norm at the end of the stack */
    PLACE_POST, /* norm(x + f(x)), and one norm on the embedding */
};
enum norm { NORM_RMS, NORM_LAYER };
enum position { POSITION_ROPE, POSITION_LEARNED };

/* What is put on top of the stack. The first that `architectures` names is taken. */
enum head_kind {
    HEAD_NONE,   /* the hidden state itself, and the pooled one where the family has a pooler */
    HEAD_LM,     /* logits [B,T,V] of the next token */
    HEAD_MLM,    /* logits [B,T,V] of the masked token */
    HEAD_TOKENS, /* logits [B,T,labels] */
    HEAD_SPANS,  /* logits [B,T,2]: start and end of an answer */
    HEAD_LAST,   /* logits [B,labels] of the last token that is no padding */
    HEAD_POOLED, /* logits [B,labels] of the pooled state */
    HEAD_NEXT,   /* seq_relationship_logits [B,2] of the pooled state */
    HEAD_BOTH,   /* HEAD_MLM and HEAD_NEXT */
    HEAD_CHOICE, /* logits [B,1] of the pooled state; a row of the batch is a choice */
};
struct head {
    const char *suffix; /* class name behind the family's: "ForCausalLM" */
    enum head_kind kind;
    bool pooled;                         /* needs the pooler */
    bool causal;                         /* generates */
    const struct weight *weights, *more; /* rows, and more rows; may be NULL */
};
#define HEAD_END \
    { NULL, HEAD_NONE, false, false, NULL, NULL }

struct arch {
    const char *model_type; /* "qwen3" */
    const char *class_name; /* "Qwen3": with a head's suffix, what `architectures` holds */
    const struct arch *base;
    const struct param *params;
    const struct alias *aliases; /* or NULL; not inherited */
    const struct weight *globals;
    const struct weight *weights; /* of every layer, names behind the layer's */
    const struct head *heads;
    const char *const *prefixes; /* what base tensors' names may begin with; NULL-terminated */
    const char *layers;          /* "layers.": then the number and a dot */
    const struct gguf_name
        *gguf; /* names in a GGUF file, for the family its `general.architecture` */
    const char *const *ignored; /* ends of names of buffers that the engine computes itself */
    enum norm norm;
    enum placement placement;
    enum position position;
    bool bidirectional; /* unless config.json says is_decoder */
    double rope_theta;
};

/* The family of that model_type, or NULL. */
const struct arch *arch_find(const char *model_type);
/* The family that has a class of that name ("BertForMaskedLM"), or NULL. */
const struct arch *arch_of_class(const char *name);
/* The head whose class name is name, or NULL. */
const struct head *arch_head(const struct arch *a, const char *name);
/* The head of that kind, or NULL. */
const struct head *arch_head_kind(const struct arch *a, enum head_kind kind);
/* What is not set in the family itself comes from the base. */
const char *const *arch_prefixes(const struct arch *a);
const char *const *arch_ignored(const struct arch *a);
const char *arch_layers(const struct arch *a);
/* "llama, qwen2, qwen3", for messages; borrowed until the thread's next call. */
const char *arch_names(void);

/* Rows in effect, base first, hidden ones left out. Start with a zeroed cursor; NULL at the end. */
struct arch_cursor {
    const struct arch *chain[8];
    int depth, row, len;
    bool started;
};
const struct param *arch_next_param(const struct arch *a, struct arch_cursor *cursor);
const struct weight *arch_next_global(const struct arch *a, struct arch_cursor *cursor);
const struct weight *arch_next_weight(const struct arch *a, struct arch_cursor *cursor);
