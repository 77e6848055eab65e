/* SPDX-License-Identifier: Apache-2.0 */
/* op: what is computed, never by whom. An op is a name, an arity and a shape rule.
 *
 * B batch rows, T tokens of this step, N = B·T, C slots of the cache, Hq and Hkv heads, d numbers
 * a head. Activations are f32; storage is f32, f16 or bf16, of a cache also q8_0, and of the table
 * of GET_ROWS and the w of MATMUL any blocks, which stand for exactly the numbers that quant.h
 * says. The one definition of each op is its CPU reference (backend/cpu), which every other kernel
 * is tested against.
 *
 * A key in slot s is visible to query t of batch row b when all of these hold:
 *   s < past[b] + T                 it has been written
 *   s ≤ past[b] + t                 unless not causal
 *   s > past[b] + t - window        unless window is 0
 *   key_mask[b, s] and mask[b, t, s] where given
 * What is invisible is never read: garbage there, NaN included, changes nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/tensor/tensor.h"

/* What each computes, inputs → output (`?` = may be absent, [..] = any leading dimensions):
 *
 *   GET_ROWS     table [V,H], ids [N] i32 → [N,H]
 *   ADD MUL      a [..,H], b of the same shape or [H] → like a
 *   SCALE        a → a · scale
 *   SILU         a → a / (1 + e^-a)
 *   GELU         a → a · (1 + erf(a / √2)) / 2
 *   GELU_TANH    a → a · (1 + tanh(√(2/π) · (a + 0.044715 a³))) / 2
 *   TANH RELU    a → tanh a, a > 0 ? a : 0 (NaN stays NaN)
 *   MATMUL       x [..,K], w [M,K] → x·wᵀ [..,M]; a bias is an ADD behind it
 *   MATMULS      x [..,K], w [L,K], w [M,K], w? [N,K] → their MATMULs side by side [..,L+M+N]
 *   GATED        x [..,K], gate [M,K], up [M,K] → act(x·gateᵀ) · (x·upᵀ) [..,M]
 *   RMS_NORM     x [..,H], w [H] → x / √(mean(x²) + eps) · w
 *   LAYER_NORM   x [..,H], w [H], b [H] → (x - mean) / √(variance + eps) · w + b
 *   ROPE         x [N,heads,d], pos [N] i32, inv_freq [r/2] f32, r ≤ d → the first r numbers of
 *                each head turned by pos · inv_freq, cos and sin times scale; the rest is copied
 *   KV_STORE     x [B,T,Hkv,d], cache [B,C,Hkv,d], past [B] i32 → cache, slots past…past+T-1 new
 *   ATTENTION    q [B,T,Hq,d], k [B,C,Hkv,d], v [B,C,Hkv,d], past [B] i32, key_mask? [B,C] u8,
 *                mask? [B,T,C] u8 → [B,T,Hq·d]; query head h reads key head h / (Hq / Hkv)
 *   ATTN_SCORES  q, k, past, key_mask?, mask? → [B,Hq,T,C] q·k · scale, invisible = -inf
 *   SOFTMAX      a → over the last dimension; a row of nothing but -inf gives zeros
 *   ATTN_VALUES  p [B,Hq,T,C], v [B,C,Hkv,d] → [B,T,Hq·d]; where p is 0, v is not read
 *   COPY         a, any layout → contiguous, of params.dtype
 *
 * An encoder has no cache: C = T, past = 0, and k and v are this step's own. */
/* name, text, least and most inputs, the input whose dtype chooses the kernel, shape rule */
#define OP_MAP(X)                                       \
    X(GET_ROWS, "get_rows", 2, 2, 0, get_rows)          \
    X(ADD, "add", 2, 2, 1, binary)                      \
    X(MUL, "mul", 2, 2, 1, binary)                      \
    X(SCALE, "scale", 1, 1, 0, unary)                   \
    X(SILU, "silu", 1, 1, 0, unary)                     \
    X(GELU, "gelu", 1, 1, 0, unary)                     \
    X(GELU_TANH, "gelu_tanh", 1, 1, 0, unary)           \
    X(TANH, "tanh", 1, 1, 0, unary)                     \
    X(RELU, "relu", 1, 1, 0, unary)                     \
    X(MATMUL, "matmul", 2, 2, 1, matmul)                \
    X(RMS_NORM, "rms_norm", 2, 2, 1, norm)              \
    X(LAYER_NORM, "layer_norm", 3, 3, 1, norm)          \
    X(ROPE, "rope", 3, 3, 0, rope)                      \
    X(KV_STORE, "kv_store", 3, 3, 1, kv_store)          \
    X(ATTENTION, "attention", 4, 6, 1, attention)       \
    X(ATTN_SCORES, "attn_scores", 3, 5, 1, attn_scores) \
    X(SOFTMAX, "softmax", 1, 1, 0, unary)               \
    X(ATTN_VALUES, "attn_values", 2, 2, 1, attn_values) \
    X(COPY, "copy", 1, 1, 0, copy)                      \
    X(MATMULS, "matmuls", 3, 4, 1, matmuls)             \
    X(GATED, "gated", 3, 3, 1, gated)

enum op {
#define X(name, text, least, most, key, rule) OP_##name,
    OP_MAP(X)
#undef X
        OP_COUNT, /* also ends tables of kernels */
};

enum { OP_INPUTS_MAX = 6 };

enum rope_layout {
    ROPE_HALF,        /* pairs (i, i + r/2) */
    ROPE_INTERLEAVED, /* pairs (2i, 2i + 1) */
};

/* What an op needs besides tensors; fields that an op does not name are 0. */
struct op_params {
    double eps;     /* RMS_NORM, LAYER_NORM */
    double scale;   /* SCALE, ATTENTION, ATTN_SCORES; ROPE: on cos and sin */
    int64_t window; /* ATTENTION, ATTN_SCORES: keys seen, the own one included; 0 all */
    bool causal;    /* ATTENTION, ATTN_SCORES */
    enum rope_layout rope_layout; /* ROPE */
    enum dtype dtype;             /* COPY: of the result */
    enum op act;                  /* GATED: SILU, GELU, GELU_TANH, TANH or RELU */
};

/* One op on real tensors. What a kernel accepts() and runs; borrowed throughout. While a plan is
 * made, every data is NULL. */
struct op_call {
    enum op op;
    struct op_params params;
    const struct tensor *in[OP_INPUTS_MAX]; /* NULL = an optional input that is absent */
    const struct tensor *out;               /* any strides: it may be a slice of something wider */
    void *scratch;                          /* what the kernel's scratch() asked for */
};

const char *op_name(enum op op); /* "rms_norm" */
bool op_parse(enum op *out, const char *name);
int op_inputs_max(enum op op);
/* Whether it takes one number to one number, as GATED's act has to. */
bool op_is_act(enum op op);
/* How many matrices x meets in a MATMUL, MATMULS or GATED: inputs 1 and on; of others 0. */
int op_matrices(const struct op_call *call);
bool op_input_is_optional(enum op op, int i);
/* The dtype that rows of kernels are chosen by: the weight's, the cache's, or the activation's. */
enum dtype op_key_dtype(const struct op_call *call);
/* "[7,64] × [64]", of the inputs. Returns text. */
enum { OP_SHAPES_SIZE = 256 };
const char *op_shapes(const struct op_call *call, char text[OP_SHAPES_SIZE]);
/* The input whose bytes the op writes instead of bytes of its own (KV_STORE: 1), or -1. */
int op_writes_input(enum op op);

/* The one place that knows which shapes and dtypes fit. *out is contiguous, without data (for
 * KV_STORE: the cache's own layout). Reads call->op, params and in. 0, or ERR_ARG with a sentence
 * that names the op and the shapes. */
int op_shape(struct tensor *out, const struct op_call *call);
/* What can only be known from the numbers in small inputs: ids within the table, past within the
 * cache. Reads those inputs' data. 0, or ERR_ARG naming the first that is out of range. */
int op_check(const struct op_call *call);
/* The index of the input whose numbers op_check() reads, or -1 when there is nothing to check. */
int op_checked_input(enum op op);
