/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"

/* The documents a value may come from; the first that has the key wins. */
struct sources {
    struct json override, root;
};

static struct json find(const struct sources *s, const char *key, const char *alias) {
    const struct json docs[] = {s->override, s->root};
    for (int i = 0; i < 2; i++) {
        struct json v = json_member(docs[i], key);
        if (!v.node && alias)
            v = json_member(docs[i], alias);
        if (v.node)
            return v;
    }
    return (struct json){0};
}

static const char *alias_of(const struct arch *a, const char *key) {
    for (const struct alias *at = a->aliases; at && at->key; at++)
        if (strcmp(at->key, key) == 0)
            return at->alias;
    return NULL;
}

/* The numbers a kind allows; what is no number has no row. */
static const struct {
    double min, max;
} bounds[] = {
    [PARAM_VOCAB] = {1,           VOCAB_MAX        },
      [PARAM_WIDTH] = {1,           HIDDEN_MAX       },
    [PARAM_LAYERS] = {1,           CONFIG_LAYERS_MAX},
      [PARAM_HEADS] = {1,           HEADS_MAX        },
    [PARAM_HEAD] = {1,           HEAD_DIM_MAX     },
      [PARAM_LENGTH] = {1,           POSITIONS_MAX    },
    [PARAM_COUNT] = {0,           POSITIONS_MAX    },
      [PARAM_WINDOW] = {1,           POSITIONS_MAX    },
    [PARAM_ID] = {CONFIG_NONE, VOCAB_MAX        },
      [PARAM_EPS] = {0,           1                },
};

static bool is_int(enum param_kind kind) {
    return kind >= PARAM_VOCAB && kind <= PARAM_ID;
}

static int parse_family(struct config *c, const struct sources *s) {
    struct json type = find(s, "model_type", NULL);
    struct json classes = find(s, "architectures", NULL);
    const char *name = NULL;
    int rc = json_exists(type) ? json_as_str(type, &name) : 0;
    if (rc < 0)
        return rc;
    if (name)
        c->arch = arch_find(name);
    else if (json_len(classes) > 0 && json_as_str(json_at(classes, 0), &name) == 0)
        c->arch = arch_of_class(name);
    if (!name)
        return json_fail(s->root, "neither model_type nor architectures says what this is");
    if (!c->arch) {
        json_fail(s->root, "\"%s\" is not a family this engine knows (%s)", name, arch_names());
        return ERR_UNSUPPORTED;
    }
    return 0;
}

static int parse_head(struct config *c, const struct sources *s) {
    struct json classes = find(s, "architectures", NULL);
    const char *name = NULL;
    for (struct json v = json_first(classes); v.node && !c->head; v = json_next(v)) {
        int rc = json_as_str(v, &name);
        if (rc < 0)
            return rc;
        c->head = arch_head(c->arch, name);
    }
    if (c->head)
        return 0;
    if (name) {
        json_fail(classes, "the class \"%s\" is not one this engine knows of the family %s", name,
                  c->arch->model_type);
        return ERR_UNSUPPORTED;
    }
    c->head_guessed = true;
    c->head = arch_head_kind(c->arch, c->arch->bidirectional ? HEAD_NONE : HEAD_LM);
    return 0;
}

static int parse_ids(struct config *c, const struct param *p, struct json v) {
    if (!v.node) {
        c->eos_len = p->def == CONFIG_NONE ? 0 : 1;
        c->eos_token_id[0] = (int32_t)p->def;
        return 0;
    }
    bool list = json_type(v) == JSON_ARRAY;
    if (list && json_len(v) > CONFIG_EOS_MAX)
        return json_fail(v, "more than %d ids", CONFIG_EOS_MAX);
    for (struct json id = list ? json_first(v) : v; list ? !!id.node : json_exists(id);
         id = json_next(id)) {
        int64_t value;
        int rc = json_as_int(id, 0, VOCAB_MAX, &value);
        if (rc < 0)
            return rc;
        c->eos_token_id[c->eos_len++] = (int32_t)value;
        if (!list)
            break;
    }
    return 0;
}

/* Integers that are null are CONFIG_NONE until derive() has had its say; check_bounds() then
 * refuses those that must be there. */
static int parse_param(struct config *c, const struct param *p, const struct sources *s) {
    struct json v = find(s, p->key, alias_of(c->arch, p->key));
    void *field = (char *)c + p->offset;
    bool absent = !json_exists(v);
    if (is_int(p->kind)) {
        *(int64_t *)field = v.node ? CONFIG_NONE : (int64_t)p->def;
        int rc = absent ? 0 : json_as_int(v, INT32_MIN, INT32_MAX, field);
        bool said = !absent && p->kind != PARAM_ID && *(int64_t *)field == CONFIG_NONE;
        return rc == 0 && said ? json_fail(v, "no size is -1; what is not known is null") : rc;
    }
    switch (p->kind) {
    case PARAM_EPS:
        *(double *)field = p->def;
        return absent ? 0 : json_as_real(v, field);
    case PARAM_FLAG:
        *(bool *)field = p->def != 0;
        return absent ? 0 : json_as_bool(v, field);
    case PARAM_ACT:
        *(enum act *)field = (enum act)p->def;
        return absent ? 0 : act_parse(v, field);
    case PARAM_IDS:
        return parse_ids(c, p, v);
    default:
        return 0;
    }
}

static int check_bounds(const struct config *c, const struct param *p, const struct sources *s) {
    const void *field = (const char *)c + p->offset;
    double value;
    if (is_int(p->kind))
        value = (double)*(const int64_t *)field;
    else if (p->kind == PARAM_EPS)
        value = *(const double *)field;
    else
        return 0;
    if (value >= bounds[p->kind].min && value <= bounds[p->kind].max)
        return 0;
    if (p->kind == PARAM_WINDOW && value == CONFIG_NONE)
        return 0;
    struct json v = find(s, p->key, alias_of(c->arch, p->key));
    return json_fail(v.node ? v : s->root, "%s is %.17g, not within %.17g and %.17g", p->key, value,
                     bounds[p->kind].min, bounds[p->kind].max);
}

static void derive(struct config *c) {
    if (c->num_key_value_heads == CONFIG_NONE || c->num_key_value_heads == 0)
        c->num_key_value_heads = c->num_attention_heads;
    if ((c->head_dim == CONFIG_NONE || c->head_dim == 0) && c->num_attention_heads > 0 &&
        c->hidden_size % c->num_attention_heads == 0)
        c->head_dim = c->hidden_size / c->num_attention_heads;
    if (c->intermediate_size == CONFIG_NONE && c->hidden_size <= HIDDEN_MAX / 4)
        c->intermediate_size = 4 * c->hidden_size;
    if (!c->use_sliding_window)
        c->sliding_window = CONFIG_NONE;
}

static int check_sizes(const struct config *c, const struct sources *s) {
    if (c->head_dim == CONFIG_NONE || c->head_dim == 0)
        return json_fail(
            s->root, "hidden_size %" PRId64 " is not a multiple of num_attention_heads %" PRId64,
            c->hidden_size, c->num_attention_heads);
    if (c->num_attention_heads % c->num_key_value_heads != 0)
        return json_fail(s->root,
                         "num_attention_heads %" PRId64
                         " is not a multiple of num_key_value_heads %" PRId64,
                         c->num_attention_heads, c->num_key_value_heads);
    if (c->head_dim < 1 || c->head_dim > HEAD_DIM_MAX)
        return json_fail(s->root, "heads of %" PRId64 " are not within 1 and %d", c->head_dim,
                         HEAD_DIM_MAX);
    if (c->num_attention_heads * c->head_dim > HIDDEN_MAX)
        return json_fail(s->root, "%" PRId64 " heads of %" PRId64 " exceed %d",
                         c->num_attention_heads, c->head_dim, HIDDEN_MAX);
    if (c->add_cross_attention) {
        json_fail(s->root, "add_cross_attention is not supported");
        return ERR_UNSUPPORTED;
    }
    return 0;
}

/* Keys that change what is computed into what no family here computes. */
static int check_foreign(const struct config *c, const struct sources *s) {
    struct json quantised = find(s, "quantization_config", NULL);
    struct json causal = find(s, "is_causal", NULL);
    struct json positions = find(s, "position_embedding_type", NULL);
    const char *name = "a method that is not named";
    bool ahead = true;
    if (json_len(quantised) > 0) {
        (void)json_opt_str(quantised, "quant_method", &name);
        json_fail(quantised,
                  "weights quantised by %s are not supported; take those in f32, f16 or "
                  "bf16, or a GGUF file",
                  name);
        return ERR_UNSUPPORTED;
    }
    if (causal.node && config_is_causal(c) && !(json_as_bool(causal, &ahead) == 0 && ahead)) {
        json_fail(causal, "a decoder that also sees what is ahead is not supported");
        return ERR_UNSUPPORTED;
    }
    if (c->arch->position != POSITION_LEARNED || !json_exists(positions))
        return 0;
    int rc = json_as_str(positions, &name);
    if (rc < 0 || strcmp(name, "absolute") == 0)
        return rc;
    json_fail(positions, "positions of type \"%s\" are not supported", name);
    return ERR_UNSUPPORTED;
}

static int parse_labels(struct config *c, const struct sources *s) {
    struct json v = find(s, "num_labels", NULL);
    struct json names = find(s, "id2label", NULL);
    c->num_labels = json_len(names) > 0 ? (int64_t)json_len(names) : 2;
    if (json_exists(v))
        return json_as_int(v, 1, CONFIG_LABELS_MAX, &c->num_labels);
    if (c->num_labels > CONFIG_LABELS_MAX)
        return json_fail(names, "more than %d labels", CONFIG_LABELS_MAX);
    return 0;
}

/* The family slides at all when it has the param (qwen2 and its heirs). */
static bool has_windows(const struct arch *a) {
    struct arch_cursor cursor = {0};
    for (const struct param *p; (p = arch_next_param(a, &cursor));)
        if (p->offset == C(sliding_window))
            return true;
    return false;
}

static int parse_layer_types(struct config *c, const struct sources *s, struct arena *arena) {
    if (!has_windows(c->arch))
        return 0;
    bool *sliding = arena_array(arena, (size_t)c->num_hidden_layers, sizeof(*sliding));
    struct json types = find(s, "layer_types", NULL);
    bool any = false;
    if (!json_exists(types)) {
        for (int64_t i = 0; i < c->num_hidden_layers; i++)
            any |= sliding[i] = c->sliding_window != CONFIG_NONE && i >= c->max_window_layers;
        c->sliding = any ? sliding : NULL;
        return 0;
    }
    if (json_type(types) != JSON_ARRAY || json_len(types) != (size_t)c->num_hidden_layers)
        return json_fail(types, "expected a list of %" PRId64 " layer types", c->num_hidden_layers);
    int64_t i = 0;
    for (struct json v = json_first(types); v.node; v = json_next(v), i++) {
        const char *name;
        int rc = json_as_str(v, &name);
        if (rc < 0)
            return rc;
        sliding[i] = strcmp(name, "sliding_attention") == 0;
        any |= sliding[i];
        if (sliding[i] && c->sliding_window == CONFIG_NONE)
            return json_fail(v, "the layer slides, but sliding_window is not set or not used");
        if (!sliding[i] && strcmp(name, "full_attention") != 0) {
            json_fail(v, "layers of type \"%s\" are not supported", name);
            return ERR_UNSUPPORTED;
        }
    }
    c->sliding = any ? sliding : NULL;
    return 0;
}

static int parse_rest(struct config *c, const struct sources *s, struct arena *arena) {
    int rc = parse_labels(c, s);
    if (rc < 0)
        return rc;
    struct json dtype = find(s, "dtype", "torch_dtype");
    if (json_type(dtype) == JSON_STRING) {
        const char *name = NULL;
        (void)json_as_str(dtype, &name);
        c->dtype = arena_strdup(arena, name);
    }
    if ((rc = parse_layer_types(c, s, arena)) < 0)
        return rc;
    if (c->arch->position != POSITION_ROPE)
        return 0;
    return rope_parse(&c->rope, s->root, s->override, c->arch->rope_theta, c->head_dim,
                      c->max_positions, arena);
}

int config_parse(struct config *out, struct json root, struct json override, struct arena *arena) {
    const struct sources s = {override, root};
    struct config c = {
        .num_key_value_heads = CONFIG_NONE,
        .head_dim = CONFIG_NONE,
        .sliding_window = CONFIG_NONE,
        .bos_token_id = CONFIG_NONE,
        .pad_token_id = CONFIG_NONE,
        .scale_scores = true,
    };
    if (json_type(root) != JSON_OBJECT)
        return json_fail(root, "expected an object, found %s", json_type_name(json_type(root)));
    int rc = parse_family(&c, &s);
    if (rc < 0)
        return rc;
    struct arch_cursor cursor = {0};
    for (const struct param *p; (p = arch_next_param(c.arch, &cursor));)
        if ((rc = parse_param(&c, p, &s)) < 0)
            return rc;
    derive(&c);
    cursor = (struct arch_cursor){0};
    for (const struct param *p; (p = arch_next_param(c.arch, &cursor));)
        if (p->offset != C(head_dim) && (rc = check_bounds(&c, p, &s)) < 0)
            return rc;
    if ((rc = check_sizes(&c, &s)) < 0 || (rc = check_foreign(&c, &s)) < 0 ||
        (rc = parse_head(&c, &s)) < 0 || (rc = parse_rest(&c, &s, arena)) < 0)
        return rc;
    *out = c;
    return 0;
}

bool config_is_causal(const struct config *c) {
    return !c->arch->bidirectional || c->is_decoder;
}

static void write_int(struct json_writer *w, const char *key, int64_t value) {
    if (value == CONFIG_NONE)
        json_put_null(w, key);
    else
        json_put_int(w, key, value);
}

static void write_ids(struct json_writer *w, const char *key, const struct config *c) {
    if (c->eos_len == 0) {
        json_put_null(w, key);
    } else if (c->eos_len == 1) {
        json_put_int(w, key, c->eos_token_id[0]);
    } else {
        json_open_array(w, key);
        for (int i = 0; i < c->eos_len; i++)
            json_put_int(w, NULL, c->eos_token_id[i]);
        json_close_array(w);
    }
}

static void write_param(struct json_writer *w, const char *key, const struct param *p,
                        const struct config *c) {
    const void *field = (const char *)c + p->offset;
    if (is_int(p->kind))
        write_int(w, key, *(const int64_t *)field);
    else if (p->kind == PARAM_EPS)
        json_put_real(w, key, *(const double *)field);
    else if (p->kind == PARAM_FLAG)
        json_put_bool(w, key, *(const bool *)field);
    else if (p->kind == PARAM_ACT)
        json_put_str(w, key, act_name(*(const enum act *)field));
    else if (p->kind == PARAM_IDS)
        write_ids(w, key, c);
}

void config_write(struct json_writer *w, const char *key, const struct config *c) {
    json_open_object(w, key);
    json_put_str(w, "model_type", c->arch->model_type);
    char class_name[128];
    (void)snprintf(class_name, sizeof(class_name), "%s%s", c->arch->class_name, c->head->suffix);
    json_open_array(w, "architectures");
    json_put_str(w, NULL, class_name);
    json_close_array(w);
    struct arch_cursor cursor = {0};
    for (const struct param *p; (p = arch_next_param(c->arch, &cursor));) {
        write_param(w, p->key, p, c);
        if (alias_of(c->arch, p->key))
            write_param(w, alias_of(c->arch, p->key), p, c);
    }
    if (has_windows(c->arch)) {
        json_open_array(w, "layer_types");
        for (int64_t i = 0; i < c->num_hidden_layers; i++)
            json_put_str(w, NULL,
                         c->sliding && c->sliding[i] ? "sliding_attention" : "full_attention");
        json_close_array(w);
    }
    if (c->arch->position == POSITION_ROPE)
        rope_write(w, "rope_parameters", &c->rope);
    json_put_int(w, "num_labels", c->num_labels);
    json_put_str(w, "dtype", c->dtype);
    json_close_object(w);
}
