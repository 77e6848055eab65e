/* SPDX-License-Identifier: Apache-2.0 */
/* Faults planted in kernels of a device, in weights and in the configuration:
 * each is found where it is. */
#include "engine/check/audit.h"

#include <stdio.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/base/err.h"
#include "engine/diagnose/node_check.h"
#include "engine/diagnose/weight_check.h"
#include "engine/run/session.h"
#include "engine/trace/compare.h"
#include "tests/test.h"

enum { KERNELS_MAX = 128 };

static const char *folder(const char *family) {
    static char path[512];
    snprintf(path, sizeof(path), SOURCE_DIR "/tests/models/%s", family);
    return path;
}

typedef int run_fn(struct device *dev, const struct op_call *call);
static run_fn *right; /* what the planted kernel was in the place of */

/* A device whose kernels of one op are another's. */
struct planted {
    struct device *dev;
    struct kernel kernels[KERNELS_MAX];
};

static void plant_on(struct planted *p, const char *backend, enum op op, run_fn *wrong) {
    int n = 0;
    REQUIRE(device_open(&p->dev, backend, NULL) == 0);
    const struct kernel *all = p->dev->kernels ? p->dev->kernels : p->dev->backend->kernels;
    for (const struct kernel *k = all; k->op != OP_COUNT; k++) {
        REQUIRE(n < KERNELS_MAX - 1);
        p->kernels[n] = *k;
        if (k->op == op) {
            right = k->run;
            p->kernels[n].run = wrong;
        }
        n++;
    }
    p->kernels[n] = (struct kernel)KERNEL_END_ROW;
    p->dev->kernels = p->kernels;
}

static void plant(struct planted *p, enum op op, run_fn *wrong) {
    plant_on(p, "cpu", op, wrong);
}

/* One number of the last row is off; of a cache that of the first, as no one has written the last
 * and what lies there may swallow it. */
static int one_off(struct device *dev, const struct op_call *call) {
    int rc = right(dev, call);
    int64_t at = call->op == OP_KV_STORE ? 0 : tensor_rows(call->out) - 1;
    float *row = tensor_row(call->out, at);
    row[0] += 1e-3f;
    return rc;
}

/* Right, and then its input is not what it was. */
static int scribble(struct device *dev, const struct op_call *call) {
    int rc = right(dev, call);
    ((float *)tensor_row(call->in[0], 0))[0] += 1;
    return rc;
}

static int honest(struct device *dev, const struct op_call *call) {
    return right(dev, call);
}

static run_fn *rights[OP_COUNT]; /* the same, where there are several */

/* Wrong where its weight is no f32. */
static int narrow_off(struct device *dev, const struct op_call *call) {
    int rc = rights[call->op](dev, call);
    if (call->in[1]->dtype != DTYPE_F32)
        ((float *)tensor_row(call->out, 0))[0] += 1e-3f;
    return rc;
}

/* Four tokens and one more of a model, audited. */
static void run_audited_for(struct audit **out, struct planted *p, struct device *judge,
                            const char *family, const struct model_options *options,
                            int64_t nodes) {
    static const int32_t ids[] = {3, 1, 4, 1, 5};
    struct model *m = NULL;
    struct session *s = NULL;
    const struct audit_options audit = {.judge = judge, .suspect = p->dev, .budget_nodes = nodes};
    REQUIRE(model_open(&m, folder(family), p->dev, options) == 0);
    REQUIRE(session_new(&s, m, &(struct session_options){.capacity = 8}) == 0);
    audit_new(out, &audit);
    const struct plan_watch watch = audit_watch(*out);
    session_set_watch(s, &watch);
    REQUIRE(session_step(s, &(struct step){.rows = 1, .tokens = 4, .ids = ids}) == 0);
    REQUIRE(session_step(s, &(struct step){.rows = 1, .tokens = 1, .ids = ids + 4}) == 0);
    session_free(s);
    model_close(m);
}

static void run_audited(struct audit **out, struct planted *p, struct device *judge,
                        const char *family, const struct model_options *options) {
    run_audited_for(out, p, judge, family, options, 0);
}

struct expectation {
    enum op op;
    const char *family;
    enum stage stage;
    int layer;
    const char *kernel;
};

TEST(a_wrong_kernel_is_found_in_its_op_its_stage_and_its_layer) {
    static const struct expectation table[] = {
        {OP_GET_ROWS,   "llama", STAGE_EMBEDDING,          -1, "cpu.get_rows"  },
        {OP_RMS_NORM,   "qwen3", STAGE_ATTN_NORM,          0,  "cpu.rms_norm"  },
        {OP_LAYER_NORM, "gpt2",  STAGE_ATTN_NORM,          0,  "cpu.layer_norm"},
        {OP_MATMUL,     "gpt2",  STAGE_QKV_MATMUL,         0,  "cpu.matmul"    },
        {OP_ROPE,       "qwen2", STAGE_Q_ROPE,             0,  "cpu.rope"      },
        {OP_KV_STORE,   "llama", STAGE_ATTENTION,          0,  "cpu.kv_store"  },
        {OP_ATTENTION,  "qwen3", STAGE_ATTENTION,          0,  "cpu.attention" },
        {OP_ADD,        "llama", STAGE_POST_ATTN_RESIDUAL, 0,  "cpu.add"       },
        {OP_SILU,       "llama", STAGE_FFN_ACT,            0,  "cpu.silu"      },
        {OP_MUL,        "qwen3", STAGE_FFN_GATED,          0,  "cpu.mul"       },
    };
    struct device *judge = NULL;
    REQUIRE(device_open(&judge, "cpu-native.plain", NULL) == 0);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct planted p;
        struct audit *a = NULL;
        plant(&p, table[i].op, one_off);
        run_audited(&a, &p, judge, table[i].family, NULL);
        const struct audit_finding *f = audit_first(a);
        EXPECT(f->found && !f->overwritten && f->op == table[i].op);
        EXPECT_STR(stage_name(f->stage), stage_name(table[i].stage));
        EXPECT_INT(f->layer, table[i].layer);
        EXPECT_HAS(f->kernel ? f->kernel : "", table[i].kernel);
        EXPECT(f->max_abs > 9e-4 && f->shapes[0] == '[' && f->run == 0);
        audit_free(a);
        device_close(p.dev);
    }
    device_close(judge);
}

/* One op alone may be wrong with a dtype by itself; what two of them are wrong with is not theirs.
 */
TEST(what_ops_read_a_dtype_with_is_told_from_the_ops) {
    const struct model_options narrow = {
        .weights = {.cast = true, .dtype = DTYPE_F16}
    };
    struct device *judge = NULL;
    REQUIRE(device_open(&judge, "cpu-native.plain", NULL) == 0);
    for (int both = 0; both < 2; both++) {
        struct planted p;
        struct audit *a = NULL;
        plant(&p, OP_RMS_NORM, narrow_off);
        for (struct kernel *k = p.kernels; k->op != OP_COUNT; k++) {
            rights[k->op] = k->op == OP_RMS_NORM ? right : k->run;
            if (both && k->op == OP_MATMUL)
                k->run = narrow_off;
        }
        run_audited(&a, &p, judge, "llama", &narrow);
        const struct audit_finding *f = audit_first(a);
        EXPECT(f->found && f->op == OP_RMS_NORM && f->narrow == DTYPE_F16);
        EXPECT_INT(f->shares, both);
        EXPECT(!both || f->other == OP_MATMUL);
        audit_free(a);
        device_close(p.dev);
        plant(&p, OP_RMS_NORM, one_off);
        run_audited(&a, &p, judge, "llama", &narrow);
        EXPECT(audit_first(a)->found && audit_first(a)->narrow == DTYPE_F32);
        audit_free(a);
        device_close(p.dev);
    }
    device_close(judge);
}

/* Wrong whatever it reads. */
static int any_off(struct device *dev, const struct op_call *call) {
    int rc = rights[call->op](dev, call);
    ((float *)tensor_row(call->out, 0))[0] += 1e-3f;
    return rc;
}

TEST(what_kernels_of_three_kinds_are_wrong_by_is_told_from_each) {
    static const enum op ops[] = {OP_RMS_NORM, OP_ROPE, OP_SILU};
    struct device *judge = NULL;
    REQUIRE(device_open(&judge, "cpu-native.plain", NULL) == 0);
    for (int wrong = 1; wrong <= 3; wrong++) {
        struct planted p;
        struct audit *a = NULL;
        plant(&p, OP_RMS_NORM, any_off);
        for (struct kernel *k = p.kernels; k->op != OP_COUNT; k++)
            rights[k->op] = k->op == OP_RMS_NORM ? right : k->run;
        for (struct kernel *k = p.kernels; k->op != OP_COUNT; k++)
            for (int i = 0; i < wrong; i++)
                if (k->op == ops[i])
                    k->run = any_off;
        run_audited(&a, &p, judge, "llama", NULL);
        const struct audit_finding *f = audit_first(a);
        EXPECT(f->found && f->op == OP_RMS_NORM && f->narrow == DTYPE_F32);
        EXPECT_INT(f->shares, wrong == 3);
        EXPECT(f->other == (wrong > 1 ? OP_ROPE : OP_COUNT));
        audit_free(a);
        device_close(p.dev);
    }
    device_close(judge);
}

/* Four tokens of a plan that is taken apart. */
static void run_apart(struct audit **out, struct device *dev, struct device *judge) {
    static const int32_t ids[] = {3, 1, 4, 1};
    struct model *m = NULL;
    struct session *s = NULL;
    REQUIRE(model_open(&m, folder("llama"), dev, NULL) == 0);
    REQUIRE(session_new(&s, m,
                        &(struct session_options){.capacity = 8, .plan_flags = PLAN_UNFUSED}) == 0);
    audit_new(out, &(struct audit_options){.judge = judge, .suspect = dev});
    const struct plan_watch watch = audit_watch(*out);
    session_set_watch(s, &watch);
    REQUIRE(session_step(s, &(struct step){.rows = 1, .tokens = 4, .ids = ids}) == 0);
    session_free(s);
    model_close(m);
}

TEST(an_op_that_no_other_device_computes_is_judged_by_its_definition) {
    static const enum op ops[] = {OP_ATTN_SCORES, OP_ATTN_VALUES};
    struct device *judge = NULL;
    REQUIRE(device_open(&judge, "cpu-native.plain", NULL) == 0);
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        struct planted p;
        struct audit *a = NULL;
        plant(&p, ops[i], one_off);
        run_apart(&a, p.dev, judge);
        const struct audit_finding *f = audit_first(a);
        EXPECT(f->found && f->op == ops[i] && !f->judge_kernel);
        EXPECT(f->defined && !f->defined_agrees && audit_skipped(a) == 0);
        audit_free(a);
        device_close(p.dev);
    }
    device_close(judge);
}

TEST(a_judge_who_is_wrong_has_the_definition_against_him) {
    struct device *suspect = NULL;
    struct planted judge;
    struct audit *a = NULL;
    REQUIRE(device_open(&suspect, "cpu-native.plain", NULL) == 0);
    plant(&judge, OP_RMS_NORM, one_off);
    run_apart(&a, suspect, judge.dev);
    const struct audit_finding *f = audit_first(a);
    EXPECT(f->found && f->op == OP_RMS_NORM && f->defined && f->defined_agrees);
    audit_free(a);
    device_close(judge.dev);
    device_close(suspect);
}

/* The last row of an op, which is `right`, is also that of floats. */
static void find_fused(enum op op, enum stage stage) {
    struct device *judge = NULL;
    struct planted p;
    struct audit *a = NULL;
    REQUIRE(device_open(&judge, "cpu", NULL) == 0);
    plant_on(&p, "cpu-native.plain", op, one_off);
    run_audited(&a, &p, judge, "llama", NULL);
    const struct audit_finding *f = audit_first(a);
    EXPECT(f->found && f->op == op && f->stage == stage && f->layer == 0 && f->node > 0);
    EXPECT_HAS(f->judge_kernel ? f->judge_kernel : "", "cpu.");
    audit_free(a);
    device_close(p.dev);
    device_close(judge);
}

TEST(a_wrong_fused_kernel_is_found_by_a_judge_who_takes_it_apart) {
    find_fused(OP_MATMULS, STAGE_QKV_MATMUL);
    find_fused(OP_GATED, STAGE_FFN_GATED);
}

/* Right, and then what it computed the last time is not what it was, if that
 * was as wide. */
static int scribble_behind(struct device *dev, const struct op_call *call) {
    static float *last;
    static int64_t width;
    int rc = right(dev, call);
    if (last && width == tensor_row_len(call->out))
        last[0] += 1;
    last = call->out->data;
    width = tensor_row_len(call->out);
    return rc;
}

TEST(a_kernel_that_spoils_what_it_reads_is_found_and_what_it_spoils_elsewhere_is_memory) {
    struct device *judge = NULL;
    struct planted p;
    struct audit *a = NULL;
    REQUIRE(device_open(&judge, "cpu-native.plain", NULL) == 0);
    plant(&p, OP_RMS_NORM, scribble);
    run_audited(&a, &p, judge, "llama", NULL);
    EXPECT(audit_first(a)->found && audit_first(a)->op == OP_RMS_NORM);
    audit_free(a);
    device_close(p.dev);
    plant(&p, OP_MATMUL, scribble_behind); /* of the gate, while the other map runs */
    run_audited(&a, &p, judge, "llama", NULL);
    EXPECT(audit_first(a)->found && audit_first(a)->overwritten);
    EXPECT(audit_first(a)->op == OP_SILU && audit_first(a)->stage == STAGE_FFN_ACT);
    audit_free(a);
    device_close(p.dev);
    device_close(judge);
}

TEST(an_honest_device_is_not_accused_and_its_routes_are_kept) {
    struct device *judge = NULL;
    struct planted p;
    struct audit *a = NULL;
    const struct plan_route *routes;
    REQUIRE(device_open(&judge, "cpu-native.plain", NULL) == 0);
    plant(&p, OP_RMS_NORM, honest);
    run_audited(&a, &p, judge, "qwen3", NULL);
    EXPECT(!audit_first(a)->found && audit_skipped(a) == 0);
    EXPECT(audit_looked_at(a) > 60);
    int count = audit_routes(a, 0, &routes);
    REQUIRE(count > 30);
    EXPECT(routes[0].op == OP_GET_ROWS && routes[0].in[1]->data != NULL);
    EXPECT_INT(((const int32_t *)routes[0].in[1]->data)[2], 4);
    audit_free(a);
    device_close(p.dev);
    device_close(judge);
}

static int edit_norm(void *arg, struct checkpoint *cp, const char *name, struct tensor *t) {
    static float changed[4096];
    (void)cp;
    if (strcmp(name, arg) != 0)
        return 0;
    CHECK(tensor_count(t) <= 4096);
    struct tensor copy = *t;
    CHECK(tensor_init(&copy, DTYPE_F32, t->rank, t->shape) == 0);
    copy.data = changed;
    tensor_copy(&copy, t);
    changed[1] += 0.25f;
    *t = copy;
    return 1;
}

TEST(a_weight_that_is_not_the_files_is_named) {
    static char name[] = "model.layers.1.input_layernorm.weight";
    struct model_options options = {
        .weights = {.edit = edit_norm, .edit_arg = name}
    };
    struct device *dev = NULL;
    struct model *m = NULL;
    struct weight_finding f;
    REQUIRE(device_open(&dev, "cpu", NULL) == 0);
    REQUIRE(model_open(&m, folder("llama"), dev, &options) == 0);
    REQUIRE(weight_check(&m->weights, folder("llama"), &f) == 0);
    REQUIRE(f.found);
    EXPECT_STR(f.name, name);
    EXPECT_HAS(f.text, "at [0, 1] is ");
    model_close(m);
    REQUIRE(model_open(&m, folder("llama"), dev, NULL) == 0);
    REQUIRE(weight_check(&m->weights, folder("llama"), &f) == 0);
    EXPECT(!f.found && f.checked > 15);
    model_close(m);
    device_close(dev);
}

TEST(a_parameter_that_is_not_the_files_is_named) {
    static const struct {
        const char *family, *config, *kind, *says;
        enum op op;
        enum stage stage;
    } table[] = {
  /* clang-format off */
        {"qwen3", "{\"rms_norm_eps\": 1e-4}", "params", "eps of rms_norm is 0.0001",
         OP_RMS_NORM, STAGE_ATTN_NORM},
        {"gpt2", "{\"scale_attn_weights\": false}", "params", "scores are scaled by 1",
         OP_ATTENTION, STAGE_ATTENTION},
        {"llama", "{\"rope_parameters\": {\"rope_theta\": 10001, \"rope_type\": \"default\"}}",
         "params", "of default rope is", OP_ROPE, STAGE_Q_ROPE},
        {"llama", "{\"hidden_act\": \"relu\"}", "graph", "the activation is relu", OP_RELU,
         STAGE_FFN_ACT},
  /* clang-format on */
    };
    struct device *judge = NULL;
    REQUIRE(device_open(&judge, "cpu-native.plain", NULL) == 0);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct planted p;
        struct audit *a = NULL;
        struct node_finding f;
        struct json_doc *doc = NULL;
        const struct plan_route *routes;
        char path[600];
        plant(&p, OP_RMS_NORM, honest);
        const struct model_options options = {.config = table[i].config};
        run_audited(&a, &p, judge, table[i].family, &options);
        int count = audit_routes(a, 0, &routes);
        snprintf(path, sizeof(path), "%s/config.json", folder(table[i].family));
        REQUIRE(json_load(&doc, path, 1 << 20, 0) == 0);
        node_check(routes, count, &(struct node_check_options){.config = json_root(doc)}, &f);
        EXPECT(f.found && f.op == table[i].op && f.stage == table[i].stage && f.layer == 0);
        EXPECT_STR(f.kind, table[i].kind);
        EXPECT_HAS(f.text, table[i].says);
        json_free(doc);
        audit_free(a);
        device_close(p.dev);
    }
    device_close(judge);
}

TEST(a_budget_of_nodes_ends_the_looking_and_not_the_counting) {
    struct device *judge = NULL;
    struct planted p;
    struct audit *all = NULL, *few = NULL;
    REQUIRE(device_open(&judge, "cpu-native.plain", NULL) == 0);
    plant(&p, OP_ROPE, honest);
    run_audited(&all, &p, judge, "llama", NULL);
    run_audited_for(&few, &p, judge, "llama", NULL, 3);
    EXPECT_INT(audit_looked_at(few), 3);
    EXPECT_INT(audit_looked_at(few) + audit_skipped(few),
               audit_looked_at(all) + audit_skipped(all));
    EXPECT(audit_total(few)->compared > 0 &&
           audit_total(few)->compared < audit_total(all)->compared);
    EXPECT(audit_total(all)->nmse_limit > 0 && !audit_total(all)->wrong);
    audit_free(few);
    audit_free(all);
    device_close(p.dev);
    device_close(judge);
}

/* The first route of an op, with two of its inputs' names changed over. */
static void find_swapped(enum op op, int i, int j, const char *says) {
    struct device *judge = NULL;
    struct planted p;
    struct audit *a = NULL;
    struct node_finding f;
    struct json_doc *doc = NULL;
    struct plan_route routes[256];
    const struct plan_route *kept;
    char path[600];
    REQUIRE(device_open(&judge, "cpu", NULL) == 0);
    plant_on(&p, "cpu-native.plain", OP_RMS_NORM, honest);
    run_audited(&a, &p, judge, "qwen3", NULL);
    int count = audit_routes(a, 0, &kept), at = 0;
    REQUIRE(count > 0 && count < 256);
    memcpy(routes, kept, (size_t)count * sizeof(*routes));
    snprintf(path, sizeof(path), "%s/config.json", folder("qwen3"));
    REQUIRE(json_load(&doc, path, 1 << 20, 0) == 0);
    const struct node_check_options options = {.config = json_root(doc)};
    node_check(routes, count, &options, &f);
    EXPECT(!f.found);
    while (at < count - 1 && routes[at].op != op)
        at++;
    const char *name = routes[at].names[i];
    routes[at].names[i] = routes[at].names[j];
    routes[at].names[j] = name;
    node_check(routes, count, &options, &f);
    EXPECT(f.found && f.op == op && f.layer == 0);
    EXPECT_HAS(f.text, says);
    json_free(doc);
    audit_free(a);
    device_close(p.dev);
    device_close(judge);
}

TEST(matrices_of_a_fused_op_in_another_order_are_named) {
    find_swapped(OP_MATMULS, 2, 3, "self_attn.v_proj.weight for its k_proj");
    find_swapped(OP_GATED, 1, 2, "mlp.up_proj.weight for its gate_proj");
}
