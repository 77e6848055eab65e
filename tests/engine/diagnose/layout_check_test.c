/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of real models, with something left out or put elsewhere. */
#include "engine/diagnose/layout_check.h"

#include <stdio.h>
#include <string.h>

#include "engine/backend/device.h"
#include "engine/check/audit.h"
#include "engine/run/model.h"
#include "engine/run/session.h"
#include "tests/test.h"

enum { ROUTES_MAX = 512 };

/* The nodes of a step of four tokens, to be spoilt. */
struct honest {
    struct device *dev;
    struct model *m;
    struct session *s;
    struct audit *a;
    struct json_doc *config;
    struct plan_route routes[ROUTES_MAX];
    int count;
    struct node_finding f;
};

static void honest_open(struct honest *h, const char *family) {
    static const int32_t ids[] = {3, 1, 4, 1}, types[] = {0, 1, 0, 1};
    char path[512], config[512];
    const struct plan_route *routes;
    bool bert = strcmp(family, "bert") == 0;
    snprintf(path, sizeof(path), SOURCE_DIR "/tests/models/%s", family);
    REQUIRE(device_open(&h->dev, "cpu", NULL) == 0);
    REQUIRE(model_open(&h->m, path, h->dev, NULL) == 0);
    REQUIRE(session_new(&h->s, h->m, &(struct session_options){.capacity = 8}) == 0);
    audit_new(&h->a, &(struct audit_options){.judge = h->dev});
    const struct plan_watch watch = audit_watch(h->a);
    session_set_watch(h->s, &watch);
    REQUIRE(session_step(
                h->s, &(struct step){
                          .rows = 1, .tokens = 4, .ids = ids, .types = bert ? types : NULL}) == 0);
    h->count = audit_routes(h->a, 0, &routes);
    REQUIRE(h->count > 0 && h->count <= ROUTES_MAX);
    memcpy(h->routes, routes, (size_t)h->count * sizeof(*routes));
    snprintf(config, sizeof(config), SOURCE_DIR "/tests/models/%s/config.json", family);
    REQUIRE(json_load(&h->config, config, 1 << 20, 0) == 0);
}

static void honest_close(struct honest *h) {
    json_free(h->config);
    audit_free(h->a);
    session_free(h->s);
    model_close(h->m);
    device_close(h->dev);
}

static const struct node_finding *look(struct honest *h) {
    const struct node_check_options options = {.config = json_root(h->config)};
    layout_check(h->routes, h->count, &options, &h->m->weights, &h->f);
    return &h->f;
}

/* Takes the first node of a stage out; its readers read what it read. */
static void leave_out(struct honest *h, enum stage stage) {
    for (int i = 0; i < h->count; i++) {
        if (h->routes[i].stage != stage)
            continue;
        int64_t offset = h->routes[i].offsets[0];
        int from = h->routes[i].values[0], value = h->routes[i].values[OP_INPUTS_MAX];
        memmove(h->routes + i, h->routes + i + 1, (size_t)(h->count - i - 1) * sizeof(*h->routes));
        h->count--;
        for (int k = i; k < h->count; k++)
            for (int j = 0; j < OP_INPUTS_MAX; j++)
                if (h->routes[k].in[j] && h->routes[k].values[j] == value) {
                    h->routes[k].values[j] = from;
                    h->routes[k].offsets[j] = offset;
                }
        return;
    }
    bool is_there = false;
    REQUIRE(is_there);
}

TEST(a_stage_that_is_left_out_is_named_though_no_node_is_there) {
    static const struct {
        const char *family;
        enum stage stage;
        const char *text;
    } rows[] = {
        {"qwen3", STAGE_Q_NORM,     "the plan has no q_norm for model.layers.0.self_attn.q_norm"},
        {"qwen3", STAGE_K_NORM,     "the plan has no k_norm for"                                },
        {"llama", STAGE_Q_ROPE,     "layer 0 has no q_rope"                                     },
        {"qwen2", STAGE_K_ROPE,     "layer 0 has no k_rope"                                     },
        {"gpt2",  STAGE_FINAL_NORM, "the plan has no final_norm for transformer.ln_f"           },
        {"llama", STAGE_FFN_NORM,   "the plan has no ffn_norm for"                              },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        static struct honest one;
        struct honest *h = &one;
        honest_open(h, rows[i].family);
        EXPECT(!look(h)->found);
        leave_out(h, rows[i].stage);
        EXPECT(look(h)->found);
        EXPECT_STR(h->f.kind, "graph");
        EXPECT_STR(stage_name(h->f.stage), stage_name(rows[i].stage));
        EXPECT_HAS(h->f.text, rows[i].text);
        honest_close(h);
    }
}

/* The reader of the values, behind queries and keys, reads the keys. */
TEST(values_that_nobody_reads_are_missed) {
    static struct honest h;
    int64_t most = 0;
    int at = -1, value = -1;
    honest_open(&h, "llama");
    for (int i = 0; i < h.count; i++)
        if (h.routes[i].stage == STAGE_QKV_MATMUL)
            value = value < 0 ? h.routes[i].values[OP_INPUTS_MAX] : value;
    for (int i = 0; i < h.count; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (h.routes[i].in[j] && h.routes[i].values[j] == value &&
                h.routes[i].offsets[j] > most)
                most = h.routes[i].offsets[at = i, j];
    REQUIRE(at >= 0);
    for (int j = 0; j < OP_INPUTS_MAX; j++)
        if (h.routes[at].in[j] && h.routes[at].values[j] == value)
            h.routes[at].offsets[j] -= 16;
    EXPECT(look(&h)->found);
    EXPECT_HAS(h.f.text, "the values of layer 0");
    honest_close(&h);
}

TEST(a_table_that_is_looked_up_for_nothing_is_seen) {
    static struct honest h;
    int value = -1;
    honest_open(&h, "bert");
    EXPECT(!look(&h)->found);
    for (int i = 0; i < h.count; i++)
        if (h.routes[i].names[0] && strstr(h.routes[i].names[0], "token_type"))
            value = h.routes[i].values[OP_INPUTS_MAX];
    REQUIRE(value >= 0);
    for (int i = 0; i < h.count; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (h.routes[i].in[j] && h.routes[i].values[j] == value)
                h.routes[i].values[j] = -2;
    EXPECT(look(&h)->found);
    EXPECT_STR(stage_name(h.f.stage), "embedding");
    EXPECT_HAS(h.f.text, "token_type_embeddings");
    honest_close(&h);
}

TEST(what_is_added_twice_is_seen) {
    static const char *const families[] = {"gpt2", "bert"};
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        struct honest h = {0};
        int add = 0;
        honest_open(&h, families[i]);
        EXPECT(!look(&h)->found);
        while (h.routes[add].op != OP_ADD)
            add++;
        h.routes[add].values[0] = h.routes[add].values[1];
        EXPECT(look(&h)->found && h.f.stage == STAGE_EMBEDDING && h.f.op == OP_ADD);
        EXPECT_HAS(h.f.text, "is added more than once");
        honest_close(&h);
    }
}

TEST(a_bias_that_is_added_to_another_part_is_named) {
    struct honest h = {0};
    int add = 0;
    honest_open(&h, "qwen2");
    EXPECT(!look(&h)->found);
    while (h.routes[add].op != OP_ADD || !strstr(h.routes[add].names[1], "k_proj"))
        add++;
    h.routes[add].offsets[0] += 8;
    EXPECT(look(&h)->found && h.f.stage == STAGE_QKV_BIAS && h.f.layer == 0 && h.f.op == OP_ADD);
    EXPECT_HAS(h.f.text, "k_proj.bias is added from column");
    honest_close(&h);
}

TEST(tokens_are_numbered_from_the_first) {
    static struct honest h;
    int32_t *at = NULL;
    honest_open(&h, "llama");
    for (int i = 0; i < h.count && !at; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (h.routes[i].names[j] && strcmp(h.routes[i].names[j], "positions") == 0)
                at = h.routes[i].in[j]->data;
    REQUIRE(at != NULL);
    for (int t = 0; t < 4; t++)
        at[t]++;
    EXPECT(look(&h)->found);
    EXPECT_STR(h.f.part, "positions");
    EXPECT_INT(h.f.stage, STAGE_NONE);
    honest_close(&h);
}

TEST(the_outputs_that_are_kept_are_those_of_the_last_token) {
    static struct honest h;
    int32_t *at = NULL;
    honest_open(&h, "llama");
    EXPECT(!look(&h)->found);
    for (int i = 0; i < h.count && !at; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (h.routes[i].names[j] && strcmp(h.routes[i].names[j], "keep") == 0)
                at = h.routes[i].in[j]->data;
    REQUIRE(at != NULL);
    *at -= 1;
    EXPECT(look(&h)->found);
    EXPECT_STR(h.f.part, "outputs");
    const struct node_check_options listed = {.config = json_root(h.config), .given_list = true};
    layout_check(h.routes, h.count, &listed, &h.m->weights, &h.f);
    EXPECT(!h.f.found);
    honest_close(&h);
}

TEST(types_of_tokens_that_are_given_are_looked_up) {
    static struct honest h;
    honest_open(&h, "gpt2");
    struct node_check_options options = {.config = json_root(h.config)};
    layout_check(h.routes, h.count, &options, &h.m->weights, &h.f);
    EXPECT(!h.f.found);
    options.given_types = true;
    layout_check(h.routes, h.count, &options, &h.m->weights, &h.f);
    EXPECT(h.f.found);
    EXPECT_STR(stage_name(h.f.stage), "embedding");
    honest_close(&h);
}
