/* SPDX-License-Identifier: Apache-2.0 */
/* weights: the tensors of a checkpoint in the slots where the graph looks for them.
 *
 * Rows say which name goes to which slot and what shape it must have; all rows are checked and
 * all faults told at once. A slot left NULL switches its feature off. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/nn/weight_memory.h"
#include "engine/tensor/tensor.h"

struct arch;
struct arch_cursor;
struct checkpoint;
struct device;
struct packed;
struct warm;
struct config;
struct pool;

enum weight_flags {
    WEIGHT_OPTIONAL = 1 << 0,   /* its absence switches a feature off */
    WEIGHT_TRANSPOSED = 1 << 1, /* [in,out] on disk (GPT-2's Conv1D) */
    WEIGHT_NEVER = 1 << 2,      /* the base has it, this family does not */
    WEIGHT_IF_ATTENTION_BIAS = 1 << 3,
    WEIGHT_IF_MLP_BIAS = 1 << 4,
    WEIGHT_TIED = 1 << 5,      /* stands for its tied partner when that is absent */
    WEIGHT_IF_POOLED = 1 << 6, /* required when the head needs the pooler, else optional */
    WEIGHT_EITHER = 1 << 7,    /* may be absent when a later row fills the slot */
};

/* One tensor. shape is "heads*head_dim,hidden": names of weights.c's table, numbers, products;
 * of a transposed weight, the shape on disk. */
struct weight {
    const char *name;
    size_t slot; /* offset in struct layer, struct globals (rows of globals and heads) */
    const char *shape;
    int flags;
};
#define W(field) offsetof(struct layer, field)
#define G(field) offsetof(struct globals, field)
#define WEIGHT_END \
    { NULL, 0, NULL, 0 }

/* One layer. H hidden, D heads*head_dim, K kv_heads*head_dim, I intermediate. */
struct layer {
    const struct tensor *attn_norm, *attn_norm_b; /* [H] */
    const struct tensor *q, *k, *v;               /* [D,H] [K,H] [K,H] */
    const struct tensor *q_b, *k_b, *v_b;         /* [D] [K] [K] */
    const struct tensor *qkv, *qkv_b;             /* [D+2K,H] [D+2K], instead of q, k, v */
    const struct tensor *q_norm, *k_norm;         /* [head_dim] */
    const struct tensor *o, *o_b;                 /* [H,D] [H] */
    const struct tensor *ffn_norm, *ffn_norm_b;   /* [H] */
    const struct tensor *gate, *gate_b;           /* [I,H] [I] */
    const struct tensor *up, *up_b;               /* [I,H] [I] */
    const struct tensor *down, *down_b;           /* [H,I] [H] */
};

/* What is there once. V vocabulary, P positions, L labels. */
struct globals {
    const struct tensor *embed;                             /* [V,H] */
    const struct tensor *position;                          /* [P,H] learned */
    const struct tensor *types;                             /* [types,H] */
    const struct tensor *embed_norm, *embed_norm_b;         /* [H] */
    const struct tensor *final_norm, *final_norm_b;         /* [H] */
    const struct tensor *pool, *pool_b;                     /* [H,H] [H] */
    const struct tensor *transform, *transform_b;           /* [H,H] [H] before the MLM decoder */
    const struct tensor *transform_norm, *transform_norm_b; /* [H] */
    const struct tensor *head, *head_b;                     /* [V,H] or [L,H], and its bias */
    const struct tensor *next, *next_b;                     /* [2,H] [2] */
};

/* A weight as it was loaded. */
struct loaded {
    const char *name; /* on disk */
    struct tensor tensor;
    bool is_read; /* all its bytes were, a moment ago: of options.packed */
};

struct weights {
    struct globals globals;
    struct layer *layers;  /* [num_hidden_layers] */
    struct loaded *loaded; /* [loaded_len] in the order of the rows */
    size_t loaded_len;
    const char **unexpected; /* [unexpected_len] tensors of the file that no row wants */
    size_t unexpected_len;
    bool tied;                   /* the head is the embedding, the same bytes */
    int64_t parameters;          /* elements, tied ones once */
    int64_t bytes;               /* of them in memory or in the mapped file */
    struct arena arena;          /* of all but the tensors' bytes */
    struct weight_memory memory; /* bytes of cast, transposed, quantised and packed tensors */
    size_t misfits; /* matrices not quantised as asked, as their rows are no whole blocks */
};

/* Sees each weight before it is cast or transposed. 0: untouched; 1: *t now points at changed
 * bytes of any float type and the same shape, which live until weights_done(); < 0: a failure. */
typedef int weight_edit_fn(void *arg, struct checkpoint *cp, const char *name, struct tensor *t);

struct weights_options {
    bool cast; /* all float weights are stored as dtype, rounded to nearest even */
    enum dtype dtype;
    /* Block dtypes, or plain ones for "not quantised". Matrices: all that is multiplied with. The
     * embedding: the table of words, and the head that is tied to it. What is in blocks in the file
     * stays so. Where the blocks do not fit, see weight_quant_fit(). */
    enum dtype quant, quant_embedding;
    struct pool *pool;     /* shares out the rows to quantise; NULL = this thread does all */
    struct device *device; /* that may like matrices laid out otherwise; NULL = it does not */
    /* Tensors as a device of this kind and these options made them of this checkpoint; taken where
     * they are what would be made. NULL = none. Outlives the weights. */
    const struct packed *packed;
    weight_edit_fn *edit; /* may be NULL */
    void *edit_arg;
};

/* Fills *out with views of cp, which must outlive it. The config's layer count is checked
 * against the file before anything is allocated by it. 0, ERR_FORMAT with the full lists of
 * missing and misshapen tensors, ERR_NOMEM. On failure *out is empty again. */
int weights_load(struct weights *out, const struct config *c, struct checkpoint *cp,
                 const struct weights_options *options);
void weights_done(struct weights *w); /* copes with a zeroed struct */
/* Brings what is mapped into memory, in the order of a step, while the caller does other things:
 * warm_stop() it before weights_done(). NULL when there is nothing to do. */
struct warm *weights_warm(const struct weights *w);
/* "q8_0 14, f32 7": how many tensors are stored as what. Returns text. */
enum { WEIGHTS_STORED_SIZE = 256 };
const char *weights_stored(const struct weights *w, char text[WEIGHTS_STORED_SIZE]);
/* By name on disk, or NULL. */
const struct tensor *weights_find(const struct weights *w, const char *name);
