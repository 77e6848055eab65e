/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/node_check.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/diagnose/rope_check.h"

/* How a family's files call things: as Llama's do, or GPT-2's and BERT's; or as GGUF files. */
enum { NAMING = 4, GGUF = 2 * NAMING, NAMES = 3 * NAMING, SOURCES = 3 };

/* What a stage is made of. Words are parts of the names of its weights; those of matrices that
 * share x stand in the order of their columns, NAMING places from one naming to the next. */
static const struct stage_row {
    enum stage stage;
    uint32_t ops; /* 1 << op */
    const char *words[NAMES];
} stage_rows[] = {
#define OP(x) (1u << OP_##x)
  /* clang-format off */
    {STAGE_EMBEDDING, OP(GET_ROWS) | OP(ADD) | OP(LAYER_NORM),
     {"embed", "wte", "wpe", [GGUF] = "token_embd", "position_embd", "token_types"}},
    {STAGE_ATTN_NORM, OP(RMS_NORM) | OP(LAYER_NORM),
     {"input_layernorm", "ln_1", [GGUF] = "attn_norm"}},
    {STAGE_QKV_MATMUL, OP(MATMUL) | OP(MATMULS),
     {"q_proj", "k_proj", "v_proj", "c_attn", "self.query", "self.key", "self.value",
      [GGUF] = "attn_q.", "attn_k.", "attn_v.", "attn_qkv"}},
    {STAGE_QKV_BIAS, OP(ADD),
     {"q_proj", "k_proj", "v_proj", "c_attn", "self.query", "self.key", "self.value",
      [GGUF] = "attn_q.", "attn_k.", "attn_v.", "attn_qkv"}},
    {STAGE_Q_NORM, OP(RMS_NORM), {"q_norm"}},
    {STAGE_K_NORM, OP(RMS_NORM), {"k_norm"}},
    {STAGE_Q_ROPE, OP(ROPE), {NULL}},
    {STAGE_K_ROPE, OP(ROPE), {NULL}},
    {STAGE_ATTN_OUT, OP(MATMUL) | OP(ADD),
     {"o_proj", "attn.c_proj", "attention.output.dense", [GGUF] = "attn_output."}},
    {STAGE_POST_ATTN_RESIDUAL, OP(ADD) | OP(LAYER_NORM),
     {"attention.output.LayerNorm", [GGUF] = "attn_output_norm"}},
    {STAGE_FFN_NORM, OP(RMS_NORM) | OP(LAYER_NORM),
     {"post_attention_layernorm", "ln_2", [GGUF] = "ffn_norm"}},
    {STAGE_FFN_GATE, OP(MATMUL) | OP(ADD), {"gate_proj", [GGUF] = "ffn_gate"}},
    {STAGE_FFN_UP, OP(MATMUL) | OP(ADD),
     {"up_proj", "mlp.c_fc", "intermediate.dense", [GGUF] = "ffn_up"}},
    {STAGE_FFN_GATED, OP(MUL) | OP(GATED),
     {"gate_proj", "up_proj", [GGUF] = "ffn_gate", "ffn_up"}},
    {STAGE_FFN_OUT, OP(MATMUL) | OP(ADD),
     {"down_proj", "mlp.c_proj", "output.dense", [GGUF] = "ffn_down"}},
    {STAGE_POST_FFN_RESIDUAL, OP(ADD) | OP(LAYER_NORM),
     {"output.LayerNorm", [GGUF] = "layer_output_norm"}},
    {STAGE_FINAL_NORM, OP(RMS_NORM) | OP(LAYER_NORM), {"norm.", "ln_f", [GGUF] = "output_norm"}},
  /* clang-format on */
#undef OP
};

/* What a stage reads of other stages. One that the family lacks stands for what it would read. */
static const struct flow_row {
    enum stage stage;
    enum stage reads[SOURCES];
    bool before; /* reads[0] is of the layer before, or the embedding */
} flow_rows[] = {
    {STAGE_ATTN_NORM,          {STAGE_POST_FFN_RESIDUAL},                 true },
    {STAGE_QKV_MATMUL,         {STAGE_ATTN_NORM},                         false},
    {STAGE_QKV_BIAS,           {STAGE_QKV_MATMUL},                        false},
    {STAGE_Q_NORM,             {STAGE_QKV_BIAS},                          false},
    {STAGE_K_NORM,             {STAGE_QKV_BIAS},                          false},
    {STAGE_Q_ROPE,             {STAGE_Q_NORM},                            false},
    {STAGE_K_ROPE,             {STAGE_K_NORM},                            false},
    {STAGE_ATTN_SCORES,        {STAGE_Q_ROPE, STAGE_K_ROPE},              false},
    {STAGE_ATTENTION,          {STAGE_Q_ROPE, STAGE_K_ROPE},              false},
    {STAGE_ATTN_OUT,           {STAGE_ATTENTION},                         false},
    {STAGE_POST_ATTN_RESIDUAL, {STAGE_POST_FFN_RESIDUAL, STAGE_ATTN_OUT}, true },
    {STAGE_FFN_NORM,           {STAGE_POST_ATTN_RESIDUAL},                false},
    {STAGE_FFN_GATE,           {STAGE_FFN_NORM},                          false},
    {STAGE_FFN_UP,             {STAGE_FFN_NORM},                          false},
    {STAGE_FFN_ACT,            {STAGE_FFN_GATE},                          false},
    {STAGE_FFN_GATED,          {STAGE_FFN_ACT, STAGE_FFN_UP},             false},
    {STAGE_FFN_OUT,            {STAGE_FFN_GATED},                         false},
    {STAGE_POST_FFN_RESIDUAL,  {STAGE_POST_ATTN_RESIDUAL, STAGE_FFN_OUT}, false},
};

/* What stands in for a stage that a family does not have. */
static const struct {
    enum stage absent, instead;
} instead[] = {
    {STAGE_ATTN_NORM, STAGE_POST_FFN_RESIDUAL }, /* of the layer before */
    {STAGE_QKV_BIAS,  STAGE_QKV_MATMUL        },
    {STAGE_Q_NORM,    STAGE_QKV_BIAS          },
    {STAGE_K_NORM,    STAGE_QKV_BIAS          },
    {STAGE_Q_ROPE,    STAGE_Q_NORM            },
    {STAGE_K_ROPE,    STAGE_K_NORM            },
    {STAGE_FFN_NORM,  STAGE_POST_ATTN_RESIDUAL},
    {STAGE_FFN_GATE,  STAGE_FFN_UP            },
    {STAGE_FFN_GATED, STAGE_FFN_ACT           },
};

struct view {
    const struct plan_route *routes;
    int count;
    const struct node_check_options *o;
    struct node_finding *out;
};

enum stage node_check_stage(const struct plan_route *routes, int count, int i, int *layer) {
    *layer = -1;
    for (; i < count; i++)
        if (routes[i].stage != STAGE_NONE) {
            *layer = routes[i].layer;
            return routes[i].stage;
        }
    return STAGE_NONE;
}

static void say(struct view *v, const char *kind, int i, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void say(struct view *v, const char *kind, int i, const char *fmt, ...) {
    struct node_finding *f = v->out;
    va_list ap;
    if (f->found)
        return;
    f->found = true;
    f->kind = kind;
    f->node = i;
    f->op = v->routes[i].op;
    f->stage = node_check_stage(v->routes, v->count, i, &f->layer);
    va_start(ap, fmt);
    (void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
    va_end(ap);
}

/* What a file holds in f32 has seven digits. */
static bool far(double a, double b) {
    return !(fabs(a - b) <= 1e-6 * fabs(b));
}

static double number(struct json config, const char *const *keys, double other) {
    for (; *keys; keys++) {
        double x = other;
        if (json_exists(json_get(config, *keys)) && json_opt_real(config, *keys, &x) == 0)
            return x;
    }
    return other;
}

#define KEYS(...)           \
    (const char *const[]) { \
        __VA_ARGS__, NULL   \
    }

static const char *word(struct json config, const char *key, const char *other) {
    const char *text = other;
    (void)json_opt_str(config, key, &text);
    return text;
}

static bool is_family(const struct view *v, const char *name) {
    return strcmp(word(v->o->config, "model_type", ""), name) == 0;
}

/* What Transformers takes where config.json says nothing. */
static const struct family_row {
    const char *name, *act;
    double eps;
    double head; /* 0 = hidden / heads */
} family_rows[] = {
    {"llama", "silu",     1e-6,  0  },
    {"qwen2", "silu",     1e-6,  0  },
    {"qwen3", "silu",     1e-6,  128},
    {"gpt2",  "gelu_new", 1e-5,  0  },
    {"bert",  "gelu",     1e-12, 0  },
    {NULL,    "",         -1,    0  },
};

static const struct family_row *family_of(const struct view *v) {
    const struct family_row *row = family_rows;
    while (row->name && !is_family(v, row->name))
        row++;
    return row;
}

/* ---- parameters ---- */

static void check_eps(struct view *v, int i) {
    const char *const *keys = KEYS("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon");
    double eps = number(v->o->config, keys, family_of(v)->eps), is = v->routes[i].params->eps;
    if (eps >= 0 && far(is, eps))
        say(v, "params", i, "eps of %s is %g, and config.json asks for %g",
            op_name(v->routes[i].op), is, eps);
}

static double head_dim(const struct view *v) {
    struct json c = v->o->config;
    double heads = number(c, KEYS("num_attention_heads", "n_head"), 0);
    double hidden = number(c, KEYS("hidden_size", "n_embd"), 0), head = family_of(v)->head;
    return number(c, KEYS("head_dim"), head > 0 || heads <= 0 ? head : hidden / heads);
}

static void check_scale(struct view *v, int i, int layer) {
    const struct plan_route *r = &v->routes[i];
    bool scaled = true, by_layer = false;
    double d = head_dim(v);
    (void)json_opt_bool(v->o->config, "scale_attn_weights", &scaled);
    (void)json_opt_bool(v->o->config, "scale_attn_by_inverse_layer_idx", &by_layer);
    double want = scaled ? 1 / sqrt(d) : 1;
    if (by_layer && layer >= 0)
        want /= layer + 1;
    if (d > 0 && far(r->params->scale, want))
        say(v, "params", i, "scores are scaled by %.9g, and a head of %g needs %.9g",
            r->params->scale, d, want);
}

static int64_t window_of(const struct view *v, int layer) {
    struct json c = v->o->config;
    bool use = false;
    double window = number(c, KEYS("sliding_window"), 0);
    double from = number(c, KEYS("max_window_layers"), 28);
    struct json types = json_get(c, "layer_types");
    (void)json_opt_bool(c, "use_sliding_window", &use);
    if (json_len(types) > 0) {
        const char *type = "";
        (void)json_as_str(json_at(types, (size_t)layer), &type);
        return use && strcmp(type, "sliding_attention") == 0 ? (int64_t)window : 0;
    }
    return use && layer >= from ? (int64_t)window : 0;
}

static void check_attention(struct view *v, int i, int layer) {
    const struct plan_route *r = &v->routes[i];
    int mask = r->op == OP_ATTENTION ? 5 : 4;
    bool causal = !is_family(v, "bert") && !r->in[mask];
    int64_t window = r->in[mask] || layer < 0 ? 0 : window_of(v, layer);
    check_scale(v, i, layer);
    if (r->params->causal != causal)
        say(v, "params", i, "%s is %scausal", op_name(r->op), r->params->causal ? "" : "not ");
    if (!is_family(v, "bert") && !is_family(v, "gpt2") && r->params->window != window)
        say(v, "params", i, "%s sees %" PRId64 " tokens back, and config.json says %" PRId64,
            op_name(r->op), r->params->window, window);
}

/* Tokens until the end of the step; 0 = not known. */
static int64_t length_of(const struct view *v) {
    int64_t len = 0;
    for (int i = 0; i < v->count; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++) {
            const struct plan_route *r = &v->routes[i];
            if (!r->names[j] || strcmp(r->names[j], "positions") != 0 || !r->in[j]->data)
                continue;
            for (int64_t t = 0; t < r->in[j]->shape[0]; t++)
                if (((const int32_t *)r->in[j]->data)[t] >= len)
                    len = ((const int32_t *)r->in[j]->data)[t] + 1;
            return len;
        }
    return 0;
}

static void check_rope(struct view *v, int i) {
    const struct plan_route *r = &v->routes[i];
    char text[ROPE_CHECK_TEXT];
    if (r->params->rope_layout != ROPE_HALF)
        say(v, "params", i, "rope turns neighbours, and these families turn halves");
    if (rope_check(v->o->config, r, length_of(v), text))
        say(v, "params", i, "%s", text);
}

static void check_act(struct view *v, int i) {
    static const struct {
        const char *name;
        enum op op;
    } acts[] = {
        {"silu",              OP_SILU     },
        {"swish",             OP_SILU     },
        {"gelu",              OP_GELU     },
        {"gelu_new",          OP_GELU_TANH},
        {"gelu_pytorch_tanh", OP_GELU_TANH},
        {"relu",              OP_RELU     },
        {"tanh",              OP_TANH     },
    };
    const struct plan_route *r = &v->routes[i];
    enum op act = r->op == OP_GATED ? r->params->act : r->op;
    const char *name = word(v->o->config, "hidden_act",
                            word(v->o->config, "activation_function", family_of(v)->act));
    for (size_t k = 0; k < sizeof(acts) / sizeof(acts[0]); k++)
        if (strcmp(acts[k].name, name) == 0 && act != acts[k].op)
            say(v, "graph", i, "the activation is %s, and config.json asks for %s", op_name(act),
                name);
}

static void check_params(struct view *v, int i, enum stage stage, int layer) {
    switch (v->routes[i].op) {
    case OP_RMS_NORM:
    case OP_LAYER_NORM:
        check_eps(v, i);
        break;
    case OP_ATTENTION:
    case OP_ATTN_SCORES:
        check_attention(v, i, layer);
        break;
    case OP_ROPE:
        check_rope(v, i);
        break;
    default:
        break;
    }
    if (stage == STAGE_FFN_ACT || v->routes[i].op == OP_GATED)
        check_act(v, i);
}

/* ---- what a stage is made of ---- */

static const struct stage_row *row_of(enum stage stage) {
    for (size_t i = 0; i < sizeof(stage_rows) / sizeof(stage_rows[0]); i++)
        if (stage_rows[i].stage == stage)
            return &stage_rows[i];
    return NULL;
}

/* The number behind "layers.", "h.", "layer." or "blk.", or -1. */
static int layer_in(const char *name) {
    static const char *const words[] = {"layers.", "layer.", "h.", "blk."};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (const char *at = strstr(name, words[i]); at; at = strstr(at + 1, words[i])) {
            const char *digits = at + strlen(words[i]);
            bool whole = at == name || at[-1] == '.';
            if (whole && isdigit((unsigned char)*digits))
                return (int)strtol(digits, NULL, 10);
        }
    return -1;
}

static bool has_word(const struct stage_row *row, const char *name) {
    for (int i = 0; i < NAMES; i++)
        if (row->words[i] && strstr(name, row->words[i]))
            return !(row->stage == STAGE_FFN_OUT && strstr(name, "attention.output")) &&
                   !(row->stage == STAGE_POST_FFN_RESIDUAL && strstr(name, "attention.output"));
    return false;
}

static bool is_bias(const char *name) {
    return strstr(name, "bias") || strstr(name, "beta");
}

enum stage node_check_reader(const char *name, int *layer) {
    *layer = layer_in(name);
    for (size_t i = 0; i < sizeof(stage_rows) / sizeof(stage_rows[0]); i++) {
        const struct stage_row *row = &stage_rows[i];
        bool whole = row->stage == STAGE_EMBEDDING || row->stage == STAGE_FINAL_NORM;
        bool fits = row->stage == STAGE_QKV_MATMUL ? !is_bias(name)
                                                   : row->stage != STAGE_QKV_BIAS || is_bias(name);
        if (whole == (*layer < 0) && fits && has_word(row, name))
            return row->stage;
    }
    return STAGE_NONE;
}

static void check_weight(struct view *v, int i, int j, const struct stage_row *row, int layer) {
    const struct plan_route *r = &v->routes[i];
    int of = layer_in(r->names[j]);
    bool bias = is_bias(r->names[j]);
    if (of >= 0 && of != layer)
        say(v, "graph", i, "%s of layer %d reads %s", stage_name(row->stage), layer, r->names[j]);
    else if (!has_word(row, r->names[j]))
        say(v, "graph", i, "%s reads %s", stage_name(row->stage), r->names[j]);
    else if ((r->op == OP_ADD || (r->op == OP_LAYER_NORM && j == 2)) != bias)
        say(v, "graph", i, "%s takes %s as its %s", op_name(r->op), r->names[j],
            r->op == OP_ADD || j == 2 ? "bias" : "weight");
}

/* Matrices that share x come in the order of the words: any other order is another result. */
static void check_order(struct view *v, int i, const struct stage_row *row) {
    const struct plan_route *r = &v->routes[i];
    if (r->op != OP_MATMULS && r->op != OP_GATED)
        return;
    for (int j = 1; j < NAMING && r->in[j]; j++) {
        bool fits = false;
        for (int k = j - 1; k < NAMES; k += NAMING)
            fits = fits || (row->words[k] && strstr(r->names[j], row->words[k]));
        if (!fits)
            say(v, "graph", i, "%s takes %s for its %s", op_name(r->op), r->names[j],
                row->words[j - 1]);
    }
}

static void check_stage(struct view *v, int i, enum stage stage, int layer) {
    const struct plan_route *r = &v->routes[i];
    const struct stage_row *row = row_of(stage);
    if (!row)
        return;
    if (!(row->ops >> r->op & 1)) {
        say(v, "graph", i, "%s is computed by %s", stage_name(stage), op_name(r->op));
        return;
    }
    for (int j = 0; j < OP_INPUTS_MAX; j++)
        if (r->is_weight[j])
            check_weight(v, i, j, row, layer);
    check_order(v, i, row);
}

/* ---- where it is read from ---- */

/* The value that a stage leaves; -1 when the plan has no such stage. */
static int value_of(const struct view *v, enum stage stage, int layer) {
    int value = -1;
    if (stage == STAGE_POST_FFN_RESIDUAL && layer < 0)
        stage = STAGE_EMBEDDING;
    for (int i = 0; i < v->count; i++)
        if (v->routes[i].stage == stage &&
            (stage == STAGE_EMBEDDING || v->routes[i].layer == layer))
            value = v->routes[i].values[OP_INPUTS_MAX];
    for (size_t k = 0; value < 0 && k < sizeof(instead) / sizeof(instead[0]); k++)
        if (instead[k].absent == stage)
            return value_of(v, instead[k].instead, stage == STAGE_ATTN_NORM ? layer - 1 : layer);
    return value;
}

static bool reads(const struct view *v, enum stage stage, int layer, int value) {
    for (int i = 0; i < v->count; i++) {
        int at;
        if (node_check_stage(v->routes, v->count, i, &at) != stage || at != layer)
            continue;
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (v->routes[i].in[j] && v->routes[i].values[j] == value)
                return true;
    }
    return false;
}

/* Whether node i is the last of its stage. */
static bool ends_stage(const struct view *v, int i) {
    const struct plan_route *r = &v->routes[i];
    for (int k = i + 1; k < v->count; k++)
        if (v->routes[k].stage == r->stage && v->routes[k].layer == r->layer)
            return false;
    return r->stage != STAGE_NONE;
}

static void check_flow(struct view *v, int i) {
    const struct plan_route *r = &v->routes[i];
    const struct flow_row *row = NULL;
    for (size_t k = 0; k < sizeof(flow_rows) / sizeof(flow_rows[0]); k++)
        if (flow_rows[k].stage == r->stage)
            row = &flow_rows[k];
    if (!row || !ends_stage(v, i))
        return;
    if (r->op == OP_ATTN_VALUES) /* of an attention that was taken apart: its scores read them */
        return;
    for (int k = 0; k < SOURCES && row->reads[k] != STAGE_NONE; k++) {
        int value = value_of(v, row->reads[k], k == 0 && row->before ? r->layer - 1 : r->layer);
        if (value >= 0 && !reads(v, r->stage, r->layer, value))
            say(v, "graph", i, "%s of layer %d does not read %s", stage_name(r->stage), r->layer,
                stage_name(row->reads[k]));
    }
}

void node_check(const struct plan_route *routes, int count,
                const struct node_check_options *options, struct node_finding *out) {
    struct view v = {routes, count, options, out};
    *out = (struct node_finding){.layer = -1};
    for (int i = 0; i < count && !out->found; i++) {
        int layer;
        enum stage stage = node_check_stage(routes, count, i, &layer);
        check_stage(&v, i, stage, layer);
        check_params(&v, i, stage, layer);
        check_flow(&v, i);
    }
}
