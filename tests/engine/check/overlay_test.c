/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a model whose operands are said to lie where they do not. */
#include "engine/check/overlay.h"

#include "engine/backend/device.h"
#include "engine/check/audit.h"
#include "engine/run/model.h"
#include "engine/run/session.h"
#include "tests/test.h"

/* Hands on what is seen, but for additions, whose result is said to lie over what is added. */
static int see_laid_over(void *arg, const struct plan *p, int node, bool ran,
                         const struct op_call *call) {
    const struct plan_watch *audit = arg;
    struct op_call other = *call;
    struct tensor out = *call->out;
    if (call->op == OP_ADD) {
        out.data = (float *)call->in[1]->data + 3;
        other.out = &out;
    }
    return ran ? 0 : audit->node(audit->arg, p, node, ran, &other);
}

/* The same, where their scratch memory is said to lie over what is added, or over the result. */
static int see_scratch_over(void *arg, const struct plan *p, int node, bool ran,
                            const struct op_call *call, bool over_result) {
    const struct plan_watch *audit = arg;
    struct op_call other = *call;
    if (call->op == OP_ADD)
        other.scratch = over_result ? call->out->data : call->in[1]->data;
    return ran ? 0 : audit->node(audit->arg, p, node, ran, &other);
}

static int see_scratch_over_operand(void *arg, const struct plan *p, int node, bool ran,
                                    const struct op_call *call) {
    return see_scratch_over(arg, p, node, ran, call, false);
}

static int see_scratch_over_result(void *arg, const struct plan *p, int node, bool ran,
                                   const struct op_call *call) {
    return see_scratch_over(arg, p, node, ran, call, true);
}

/* The cache of values is said to begin within that of keys. */
static int see_cache_over(void *arg, const struct plan *p, int node, bool ran,
                          const struct op_call *call) {
    const struct plan_watch *audit = arg;
    static const struct tensor *keys;
    struct op_call other = *call;
    struct tensor cache;
    if (call->op == OP_KV_STORE && keys) {
        cache = *call->in[1];
        cache.data = (float *)keys->data + 3;
        other.in[1] = &cache;
    }
    if (!ran)
        keys = call->op == OP_KV_STORE ? call->in[1] : NULL;
    return ran ? 0 : audit->node(audit->arg, p, node, ran, &other);
}

static int see_as_it_is(void *arg, const struct plan *p, int node, bool ran,
                        const struct op_call *call) {
    const struct plan_watch *audit = arg;
    return ran ? 0 : audit->node(audit->arg, p, node, ran, call);
}

/* expected: the op whose bytes are found to be meant for two things; OP_COUNT = none. */
static void find_memory(plan_node_hook *see, enum op expected) {
    static const int32_t ids[] = {3, 1, 4, 1};
    struct device *dev = NULL;
    struct model *m = NULL;
    struct session *s = NULL;
    struct audit *a = NULL;
    REQUIRE(device_open(&dev, "cpu", NULL) == 0);
    REQUIRE(model_open(&m, SOURCE_DIR "/tests/models/llama", dev, NULL) == 0);
    REQUIRE(session_new(&s, m, &(struct session_options){.capacity = 8}) == 0);
    audit_new(&a, &(struct audit_options){.judge = dev});
    struct plan_watch audit = audit_watch(a);
    session_set_watch(s, &(struct plan_watch){.node = see, .arg = &audit});
    REQUIRE(session_step(s, &(struct step){.rows = 1, .tokens = 4, .ids = ids}) == 0);
    EXPECT_INT(audit_first(a)->found && audit_first(a)->overwritten, expected != OP_COUNT);
    EXPECT(expected == OP_COUNT || audit_first(a)->op == expected);
    EXPECT(expected == OP_COUNT ||
           audit_first(a)->stage ==
               (expected == OP_ADD ? STAGE_POST_ATTN_RESIDUAL : STAGE_ATTENTION));
    session_free(s);
    model_close(m);
    audit_free(a);
    device_close(dev);
}

TEST(a_result_scratch_or_cache_that_lies_over_an_operand_is_memory) {
    find_memory(see_as_it_is, OP_COUNT);
    find_memory(see_laid_over, OP_ADD);
    find_memory(see_scratch_over_operand, OP_ADD);
    find_memory(see_scratch_over_result, OP_ADD);
    find_memory(see_cache_over, OP_KV_STORE);
}
