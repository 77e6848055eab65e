/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/layout_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/nn/weights.h"

struct view {
    const struct plan_route *routes;
    int count;
    struct json config;
    struct node_finding *out;
};

static void say(struct view *v, enum stage stage, int layer, enum op op, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static void say(struct view *v, enum stage stage, int layer, enum op op, const char *fmt, ...) {
    struct node_finding *f = v->out;
    va_list ap;
    if (f->found)
        return;
    *f = (struct node_finding){.found = true, .kind = "graph", .stage = stage, .layer = layer};
    f->node = -1;
    f->op = op;
    va_start(ap, fmt);
    (void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
    va_end(ap);
}

static bool has_stage(const struct view *v, enum stage stage, int layer) {
    for (int i = 0; i < v->count; i++)
        if (v->routes[i].stage == stage && v->routes[i].layer == layer)
            return true;
    return false;
}

static bool reads_name(const struct view *v, const char *name) {
    for (int i = 0; i < v->count; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (v->routes[i].names[j] && strcmp(v->routes[i].names[j], name) == 0)
                return true;
    return false;
}

/* Whether anything comes behind the last block: a prompt's earlier chunks end with it. */
static bool has_outputs(const struct view *v) {
    int last = v->count;
    for (int i = 0; i < v->count; i++)
        if (v->routes[i].stage == STAGE_POST_FFN_RESIDUAL)
            last = i;
    return last + 1 < v->count;
}

/* ---- weights that nothing reads ---- */

/* Words are not looked up when the caller gives embeddings. */
static bool may_be_unread(const struct view *v, enum stage stage, const char *name) {
    bool words = strstr(name, "word_embeddings") || strstr(name, "embed_tokens") ||
                 strstr(name, "wte") || strcmp(name, "token_embd.weight") == 0;
    if (stage == STAGE_EMBEDDING)
        return words && reads_name(v, "embeds");
    return stage == STAGE_FINAL_NORM && !has_outputs(v);
}

static bool is_family(const struct view *v, const char *name) {
    const char *family = "";
    (void)json_opt_str(v->config, "model_type", &family);
    return strcmp(family, name) == 0;
}

static enum op op_of(const struct view *v, enum stage stage, const char *name) {
    bool norm = strstr(name, "norm") || strstr(name, "Norm") || strstr(name, "ln_");
    if (norm)
        return is_family(v, "gpt2") || is_family(v, "bert") ? OP_LAYER_NORM : OP_RMS_NORM;
    return stage == STAGE_EMBEDDING ? OP_GET_ROWS : stage == STAGE_QKV_BIAS ? OP_ADD : OP_MATMUL;
}

static void check_unread(struct view *v, const struct weights *w) {
    for (size_t i = 0; i < w->loaded_len && !v->out->found; i++) {
        const char *name = w->loaded[i].name;
        int layer;
        enum stage stage = name ? node_check_reader(name, &layer) : STAGE_NONE;
        if (stage == STAGE_NONE || reads_name(v, name) || may_be_unread(v, stage, name))
            continue;
        if (has_stage(v, stage, layer))
            say(v, stage, layer, op_of(v, stage, name),
                "%s does not read %s, and nothing else does", stage_name(stage), name);
        else
            say(v, stage, layer, op_of(v, stage, name), "the plan has no %s for %s",
                stage_name(stage), name);
    }
}

/* ---- rotation ---- */

static bool rotates(const struct view *v) {
    return !is_family(v, "gpt2") && !is_family(v, "bert");
}

static void check_rotated(struct view *v) {
    static const enum stage turned[] = {STAGE_Q_ROPE, STAGE_K_ROPE};
    for (int i = 0; i < v->count && rotates(v); i++) {
        const struct plan_route *r = &v->routes[i];
        if (r->stage != STAGE_ATTENTION)
            continue;
        for (size_t k = 0; k < sizeof(turned) / sizeof(turned[0]); k++)
            if (!has_stage(v, turned[k], r->layer))
                say(v, turned[k], r->layer, OP_ROPE, "layer %d has no %s", r->layer,
                    stage_name(turned[k]));
    }
}

/* ---- queries, keys and values in one row ---- */

static int64_t integer(const struct view *v, const char *key, int64_t other) {
    int64_t n = other;
    (void)json_opt_int(v->config, key, 1, INT32_MAX, &n);
    return n;
}

/* The value that holds the row of a layer, as its last stage leaves it. */
static int row_value(const struct view *v, int layer) {
    int value = -1;
    for (int i = 0; i < v->count; i++) {
        const struct plan_route *r = &v->routes[i];
        bool makes = r->stage == STAGE_QKV_MATMUL || r->stage == STAGE_QKV_BIAS;
        if (makes && r->layer == layer)
            value = r->values[OP_INPUTS_MAX];
    }
    return value;
}

/* Where the readers of a layer's row look: how many, and the places; 0 when one reads it whole. */
static int find_parts(const struct view *v, int layer, int64_t begin[3]) {
    int n = 0, value = row_value(v, layer);
    for (int i = 0; i < v->count && value >= 0; i++) {
        const struct plan_route *r = &v->routes[i];
        bool makes = r->stage == STAGE_QKV_MATMUL || r->stage == STAGE_QKV_BIAS;
        for (int j = 0; j < OP_INPUTS_MAX && !makes; j++) {
            if (!r->in[j] || r->values[j] != value)
                continue;
            if (n == 3)
                return 0;
            begin[n++] = r->offsets[j];
        }
    }
    return n > 1 ? n : 0;
}

static const char *const part_names[3] = {"queries", "keys", "values"};

/* From which columns on they should lie; false when config.json does not say. */
static bool columns_of(const struct view *v, int64_t want[3]) {
    int64_t heads = integer(v, "num_attention_heads", integer(v, "n_head", 0));
    int64_t hidden = integer(v, "hidden_size", integer(v, "n_embd", 0));
    int64_t d = integer(v, "head_dim", heads ? hidden / heads : 0);
    want[0] = 0;
    want[1] = heads * d;
    want[2] = want[1] + integer(v, "num_key_value_heads", heads) * d;
    return want[1] > 0;
}

/* Whose bias a weight is, of one that is not whole; -1 = no one's. */
static int part_of(const char *name) {
    static const char *const words[3][3] = {
        {"q_proj", "self.query", "attn_q."},
        {"k_proj", "self.key",   "attn_k."},
        {"v_proj", "self.value", "attn_v."},
    };
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            if (strstr(name, words[i][j]))
                return i;
    return -1;
}

/* A bias is added to what it belongs to. */
static void check_biases(struct view *v) {
    int64_t want[3];
    for (int i = 0; i < v->count && !v->out->found; i++) {
        const struct plan_route *r = &v->routes[i];
        int layer, part = r->is_weight[1] ? part_of(r->names[1]) : -1;
        if (r->op != OP_ADD || part < 0 || !columns_of(v, want) ||
            node_check_stage(v->routes, v->count, i, &layer) != STAGE_QKV_BIAS ||
            r->offsets[0] == want[part])
            continue;
        say(v, STAGE_QKV_BIAS, layer, OP_ADD,
            "%s is added from column %" PRId64
            " of the projections on, and the %s begin at %" PRId64,
            r->names[1], r->offsets[0], part_names[part], want[part]);
    }
}

static void check_parts(struct view *v, int layer) {
    int64_t begin[3], want[3];
    int n = columns_of(v, want) ? find_parts(v, layer, begin) : 0;
    for (int i = 0; i < 3 && n; i++) {
        bool there = false;
        for (int k = 0; k < n; k++)
            there = there || begin[k] == want[i];
        if (!there)
            say(v, STAGE_ATTENTION, layer, OP_ATTENTION,
                "the %s of layer %d, from column %" PRId64 " of its projections on, are not read",
                part_names[i], layer, want[i]);
    }
}

/* ---- what is computed for nothing ---- */

static bool is_read(const struct view *v, int value, int after) {
    for (int i = after + 1; i < v->count; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (v->routes[i].in[j] && v->routes[i].values[j] == value)
                return true;
    return false;
}

/* A node on the way to a stage, of which nothing comes. What is behind the last stage is an output.
 */
static void check_dead(struct view *v) {
    for (int i = 0; i < v->count && !v->out->found; i++) {
        const struct plan_route *r = &v->routes[i];
        int layer;
        enum stage next = node_check_stage(v->routes, v->count, i, &layer);
        if (r->stage == STAGE_NONE && next != STAGE_NONE && op_writes_input(r->op) < 0 &&
            !is_read(v, r->values[OP_INPUTS_MAX], i))
            say(v, next, layer, r->op, "a %s on the way to %s is read by nothing%s%s",
                op_name(r->op), stage_name(next), r->is_weight[0] ? ": " : "",
                r->is_weight[0] ? r->names[0] : "");
    }
}

/* How many sums on the way to a stage have the value. */
static int times_added(const struct view *v, int value, enum stage stage) {
    int times = 0, layer;
    for (int i = 0; i < v->count; i++)
        for (int j = 0; j < 2; j++)
            times += v->routes[i].op == OP_ADD && v->routes[i].values[j] == value &&
                     node_check_stage(v->routes, v->count, i, &layer) == stage;
    return times;
}

/* Words, positions and types are added once each. */
static void check_sums(struct view *v) {
    for (int i = 0; i < v->count && !v->out->found; i++) {
        const struct plan_route *r = &v->routes[i];
        int layer;
        if (r->op == OP_GET_ROWS &&
            node_check_stage(v->routes, v->count, i, &layer) == STAGE_EMBEDDING &&
            times_added(v, r->values[OP_INPUTS_MAX], STAGE_EMBEDDING) > 1)
            say(v, STAGE_EMBEDDING, -1, OP_ADD, "what is looked up in %s is added more than once",
                r->names[0]);
    }
}

/* ---- positions ---- */

static const struct tensor *input_of(const struct view *v, const char *name) {
    for (int i = 0; i < v->count; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++) {
            const struct plan_route *r = &v->routes[i];
            if (r->names[j] && !r->is_weight[j] && strcmp(r->names[j], name) == 0)
                return r->in[j] && r->in[j]->data ? r->in[j] : NULL;
        }
    return NULL;
}

/* A token's position is the number of slots before it, or, as HF's generate counts, of those that
 * are no padding; padding itself has 0 then. */
struct numbering {
    const struct tensor *past, *mask; /* mask [B,slots] or NULL */
    int64_t len;                      /* of the step */
};

static int64_t slot_of(const struct numbering *n, int64_t at) {
    return ((const int32_t *)n->past->data)[at / n->len] + at % n->len;
}

static int64_t count_of(const struct numbering *n, int64_t at) {
    int64_t seen = 0, slot = slot_of(n, at);
    const uint8_t *row = (const uint8_t *)n->mask->data + at / n->len * n->mask->shape[1];
    for (int64_t i = 0; i < slot; i++)
        seen += row[i] != 0;
    return row[slot] ? seen : 0;
}

/* The first token whose position is neither; -1 when one way of counting fits all. */
static int64_t misnumbered(const struct numbering *n, const int32_t *at, int64_t count,
                           int64_t *want) {
    int64_t by_slot = -1, by_count = -1;
    for (int64_t t = count; t-- > 0;) {
        by_slot = at[t] != slot_of(n, t) ? t : by_slot;
        by_count = n->mask && at[t] != count_of(n, t) ? t : by_count;
    }
    if (by_slot < 0 || (n->mask && by_count < 0))
        return -1;
    *want = n->mask ? count_of(n, by_count) : slot_of(n, by_slot);
    return n->mask ? by_count : by_slot;
}

static void check_positions(struct view *v) {
    const struct tensor *positions = input_of(v, "positions");
    struct numbering n = {.past = input_of(v, "past"), .mask = input_of(v, "key_mask")};
    int64_t want = 0;
    if (!positions || !n.past || tensor_count(n.past) == 0 || reads_name(v, "mask") ||
        (reads_name(v, "key_mask") && !n.mask))
        return;
    n.len = positions->shape[0] / n.past->shape[0];
    const int32_t *at = positions->data;
    int64_t t = misnumbered(&n, at, positions->shape[0], &want);
    if (t < 0)
        return;
    say(v, STAGE_NONE, -1, OP_ROPE,
        "token %" PRId64 " of the step has the position %d, not %" PRId64, t, at[t], want);
    v->out->part = "positions";
}

/* ---- outputs ---- */

/* One output a row is the last token's. */
static void check_kept(struct view *v) {
    const struct tensor *keep = input_of(v, "keep"), *past = input_of(v, "past");
    const struct tensor *ids = input_of(v, "ids");
    if (!keep || !past || !ids || tensor_count(keep) != tensor_count(past))
        return;
    int64_t rows = tensor_count(past), len = tensor_count(ids) / rows;
    for (int64_t b = 0; b < rows && !v->out->found; b++) {
        int64_t at = ((const int32_t *)keep->data)[b] - b * len;
        if (at == len - 1)
            continue;
        say(v, STAGE_NONE, -1, OP_GET_ROWS,
            "of row %" PRId64 " the outputs of token %" PRId64
            " are kept, and its last is %" PRId64,
            b, at, len - 1);
        v->out->part = "outputs";
    }
}

/* What the case names is looked up. */
static void check_types(struct view *v) {
    if (!reads_name(v, "types"))
        say(v, STAGE_EMBEDDING, -1, OP_GET_ROWS,
            "nothing reads the types of tokens that are given");
}

void layout_check(const struct plan_route *routes, int count,
                  const struct node_check_options *options, const struct weights *weights,
                  struct node_finding *out) {
    struct view v = {routes, count, options->config, out};
    bool whole = false; /* a plan of some ops alone has blocks of no layer */
    *out = (struct node_finding){.layer = -1};
    if (!options->given_positions)
        check_positions(&v);
    if (!options->given_list)
        check_kept(&v);
    for (int i = 0; i < count && !out->found; i++) {
        whole = whole || routes[i].stage == STAGE_ATTENTION;
        if (routes[i].stage == STAGE_QKV_MATMUL)
            check_parts(&v, routes[i].layer);
    }
    if (!out->found && whole && options->given_types)
        check_types(&v);
    if (!out->found)
        check_rotated(&v);
    if (!out->found)
        check_sums(&v);
    if (!out->found)
        check_biases(&v);
    if (!out->found && whole)
        check_dead(&v);
    if (!out->found && whole)
        check_unread(&v, weights);
}
