/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/op/op.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/op/rule.h"

static const struct {
    const char *name;
    int least, most; /* inputs */
    int key;         /* the input whose dtype chooses the kernel */
    rule_fn *rule;
} ops[OP_COUNT] = {
#define X(name, text, least, most, key, rule) {text, least, most, key, rule_##rule},
    OP_MAP(X)
#undef X
};

const char *op_name(enum op op) {
    CHECK(op < OP_COUNT);
    return ops[op].name;
}

bool op_parse(enum op *out, const char *name) {
    for (int i = 0; i < OP_COUNT; i++)
        if (strcmp(ops[i].name, name) == 0)
            return *out = (enum op)i, true;
    return false;
}

int op_inputs_max(enum op op) {
    CHECK(op < OP_COUNT);
    return ops[op].most;
}

bool op_is_act(enum op op) {
    return op == OP_SILU || op == OP_GELU || op == OP_GELU_TANH || op == OP_TANH || op == OP_RELU;
}

int op_matrices(const struct op_call *call) {
    int count = 0;
    if (call->op != OP_MATMUL && call->op != OP_MATMULS && call->op != OP_GATED)
        return 0;
    while (count + 1 < OP_INPUTS_MAX && call->in[count + 1])
        count++;
    return count;
}

bool op_input_is_optional(enum op op, int i) {
    CHECK(op < OP_COUNT);
    return i >= ops[op].least;
}

enum dtype op_key_dtype(const struct op_call *call) {
    return call->in[ops[call->op].key]->dtype;
}

int op_writes_input(enum op op) {
    return op == OP_KV_STORE ? 1 : -1;
}

const char *op_shapes(const struct op_call *call, char text[OP_SHAPES_SIZE]) {
    size_t at = 0;
    text[0] = '\0';
    for (int i = 0; i < OP_INPUTS_MAX && at < OP_SHAPES_SIZE; i++) {
        const struct tensor *t = call->in[i];
        const char *sep = i ? " × [" : "[";
        for (int d = 0; t && d < t->rank && at < OP_SHAPES_SIZE; d++, sep = ",")
            at += (size_t)snprintf(text + at, OP_SHAPES_SIZE - at, "%s%" PRId64, sep, t->shape[d]);
        if (t && at < OP_SHAPES_SIZE)
            at += (size_t)snprintf(text + at, OP_SHAPES_SIZE - at, "]");
    }
    return text;
}

int op_shape(struct tensor *out, const struct op_call *call) {
    CHECK(call->op < OP_COUNT);
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (call->in[i] ? i >= ops[call->op].most : i < ops[call->op].least)
            return err_set(ERR_ARG, "%s: input %d is %s", op_name(call->op), i,
                           call->in[i] ? "one too many" : "missing");
    return ops[call->op].rule(out, call);
}

int op_checked_input(enum op op) {
    switch (op) {
    case OP_GET_ROWS:
        return 1;
    case OP_KV_STORE:
    case OP_ATTN_SCORES:
        return 2;
    case OP_ATTENTION:
        return 3;
    default:
        return -1;
    }
}

/* How many rows an id may name, or how many slots past may leave behind it. */
static int64_t checked_limit(const struct op_call *call) {
    switch (call->op) {
    case OP_GET_ROWS:
        return call->in[0]->shape[0] - 1;
    case OP_KV_STORE: /* x [B,T,…], cache [B,C,…] */
        return call->in[1]->shape[1] - call->in[0]->shape[1];
    default: /* q [B,T,…], k [B,C,…] */
        return call->in[1]->shape[1] - call->in[0]->shape[1];
    }
}

int op_check(const struct op_call *call) {
    int index = op_checked_input(call->op);
    if (index < 0)
        return 0;
    const struct tensor *ids = call->in[index];
    int64_t limit = checked_limit(call);
    for (int64_t i = 0; i < ids->shape[0]; i++) {
        int32_t id = ((const int32_t *)ids->data)[i * ids->stride[0]];
        if (id >= 0 && id <= limit)
            continue;
        if (call->op == OP_GET_ROWS)
            return err_set(ERR_ARG,
                           "get_rows: row %" PRId32 " (entry %" PRId64 ") of a table of %" PRId64,
                           id, i, limit + 1);
        return err_set(ERR_ARG,
                       "%s: %" PRId32 " slots before this step in batch row %" PRId64
                       "; the cache has room behind at most %" PRId64,
                       op_name(call->op), id, i, limit);
    }
    return 0;
}
