/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/overlay.h"

bool overlay_is_state(const struct plan_route *r, int i) {
    return i < OP_INPUTS_MAX && (r->is_weight[i] || r->names[i]);
}

static bool overlap(const struct tensor *t, const void *bytes, size_t size) {
    const char *a = t->data, *b = bytes;
    return a && b && size > 0 && tensor_count(t) > 0 && a < b + size && b < a + tensor_span(t);
}

/* An operand that the result is laid over, though they are two values, or that the node's scratch
 * memory is: by the time that all of it is read, some is gone. */
static bool is_laid_over(const struct plan_route *r, const struct op_call *call, int i) {
    const struct tensor *in = call->in[i], *out = call->out;
    if (!in || overlay_is_state(r, i))
        return false;
    return overlap(in, call->scratch, r->scratch) ||
           (r->values[i] != r->values[OP_INPUTS_MAX] && tensor_count(out) > 0 &&
            overlap(in, out->data, tensor_span(out)));
}

/* A state that the node writes, over one that another node reads or writes. */
static bool is_state_laid_over(const struct plan *p, const struct plan_route *r,
                               const struct op_call *call) {
    const struct tensor *state = call->in[op_writes_input(r->op)];
    struct plan_route other;
    for (int i = 0; i < plan_len(p); i++) {
        plan_route(p, i, &other);
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (other.in[j] && overlay_is_state(&other, j) &&
                other.values[j] != r->values[OP_INPUTS_MAX] && other.in[j]->layout == TENSOR_ROWS &&
                overlap(other.in[j], state->data, tensor_span(state)))
                return true;
    }
    return false;
}

bool overlay_found(const struct plan *p, const struct plan_route *r, const struct op_call *call) {
    for (int i = 0; i < OP_INPUTS_MAX; i++)
        if (is_laid_over(r, call, i))
            return true;
    if (op_writes_input(r->op) >= 0)
        return is_state_laid_over(p, r, call);
    return overlap(call->out, call->scratch, r->scratch);
}
