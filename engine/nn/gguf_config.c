/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/gguf_config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/format/checkpoint.h"
#include "engine/format/gguf.h"
#include "engine/nn/arch.h"

enum { KEY_MAX = 256, TEXT_MAX = 1 << 22 };

struct source {
    struct checkpoint *cp;
    const struct gguf *g;
    const struct arch *arch;
    struct json_writer w;
};

/* An integer of all families; HF calls some by two names. */
static const struct {
    const char *key, *name, *old_name;
    int64_t max;
} ints[] = {
    {"block_count",          "num_hidden_layers",       "n_layer",     CONFIG_LAYERS_MAX},
    {"embedding_length",     "hidden_size",             "n_embd",      HIDDEN_MAX       },
    {"feed_forward_length",  "intermediate_size",       "n_inner",     HIDDEN_MAX       },
    {"attention.head_count", "num_attention_heads",     "n_head",      HEADS_MAX        },
    {"context_length",       "max_position_embeddings", "n_positions", POSITIONS_MAX    },
    {NULL,                   NULL,                      NULL,          0                },
};

/* Tokens with a role, which may be absent. */
static const struct {
    const char *key, *name;
} ids[] = {
    {"tokenizer.ggml.bos_token_id",     "bos_token_id"},
    {"tokenizer.ggml.padding_token_id", "pad_token_id"},
    {NULL,                              NULL          },
};

/* Any of these ends a text. */
static const char *const ends[] = {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id",
                                   "tokenizer.ggml.eom_token_id", NULL};

/* Numbers that change what is computed and that no family here knows what to do with, and those of
 * them that change nothing. */
static const struct {
    const char *key;
    double neutral;
} foreign[] = {
    {"expert_count",                     0},
    {"attention.clamp_kqv",              0},
    {"attention.max_alibi_bias",         0},
    {"attention.scale",                  0},
    {"logit_scale",                      0},
    {"residual_scale",                   0},
    {"embedding_scale",                  0},
    {"rope.scaling.alpha",               0},
    {"rope.scaling.yarn_log_multiplier", 0},
    {"rope.scaling.yarn_ext_factor",     1},
    {"rope.scaling.yarn_attn_factor",    1},
    {NULL,                               0},
};

static const char *key_of(const struct source *s, const char *suffix, char key[KEY_MAX]) {
    (void)snprintf(key, KEY_MAX, "%s.%s", s->arch->model_type, suffix);
    return key;
}

static int unsupported(const struct source *s, const char *key, const char *what) {
    return err_set(ERR_UNSUPPORTED, "%s: %s: %s", gguf_path(s->g), key, what);
}

/* A real of the metadata. An f32 stands for the shortest decimal number that rounds to it: what
 * was in config.json when the file was made of it. */
static int opt_real(const struct source *s, const char *key, double *out) {
    const struct gguf_value *v = gguf_value(s->g, key);
    double value = *out;
    char text[32];
    int rc = gguf_opt_real(s->g, key, &value);
    if (rc != 0)
        return rc;
    for (int digits = 6; v && v->kind == GGUF_F32 && digits <= 9; digits++) {
        (void)snprintf(text, sizeof(text), "%.*g", digits, value);
        if ((double)strtof(text, NULL) == value) {
            value = strtod(text, NULL);
            break;
        }
    }
    *out = value;
    return 0;
}

/* -- what it is -- */

static int find_family(struct source *s) {
    const char *name = NULL, *type = "model";
    int rc = gguf_opt_str(s->g, "general.type", &type);
    if (rc == 0 && strcmp(type, "model") != 0)
        return unsupported(s, "general.type", "this is no whole model");
    if (rc == 0)
        rc = gguf_str(s->g, "general.architecture", &name);
    if (rc != 0)
        return rc;
    s->arch = arch_find(name);
    if (!s->arch)
        return err_set(ERR_UNSUPPORTED,
                       "%s: general.architecture: \"%s\" is not a family this engine knows (%s)",
                       gguf_path(s->g), name, arch_names());
    return 0;
}

static int check_foreign(const struct source *s) {
    char key[KEY_MAX];
    for (int i = 0; foreign[i].key; i++) {
        const struct gguf_value *v = gguf_value(s->g, key_of(s, foreign[i].key, key));
        int64_t number = (int64_t)foreign[i].neutral;
        double real = foreign[i].neutral;
        int rc = !v || v->kind == GGUF_F32 || v->kind == GGUF_F64
                     ? opt_real(s, key, &real)
                     : gguf_opt_int(s->g, key, 0, INT64_MAX, &number);
        if (rc < 0)
            return rc;
        if ((double)number != foreign[i].neutral || real != foreign[i].neutral)
            return unsupported(s, key, "the engine computes no such thing");
    }
    return 0;
}

static void put_family(struct source *s) {
    enum head_kind kind = s->arch->bidirectional ? HEAD_NONE : HEAD_LM;
    char name[KEY_MAX];
    (void)snprintf(name, sizeof(name), "%s%s", s->arch->class_name,
                   arch_head_kind(s->arch, kind)->suffix);
    json_put_str(&s->w, "model_type", s->arch->model_type);
    json_open_array(&s->w, "architectures");
    json_put_str(&s->w, NULL, name);
    json_close_array(&s->w);
}

/* -- sizes -- */

static int put_ints(struct source *s) {
    char key[KEY_MAX];
    for (int i = 0; ints[i].key; i++) {
        int64_t value = 0;
        int rc = gguf_int(s->g, key_of(s, ints[i].key, key), 1, ints[i].max, &value);
        if (rc < 0)
            return rc;
        json_put_int(&s->w, ints[i].name, value);
        json_put_int(&s->w, ints[i].old_name, value);
    }
    return 0;
}

static int head_dim(const struct source *s, int64_t *out) {
    int64_t hidden = 0, heads = 1, values = 0;
    char key[KEY_MAX];
    int rc = gguf_int(s->g, key_of(s, "attention.head_count", key), 1, HEADS_MAX, &heads);
    if (rc == 0)
        rc = gguf_int(s->g, key_of(s, "embedding_length", key), 1, HIDDEN_MAX, &hidden);
    if (rc != 0)
        return rc;
    *out = hidden / heads;
    if (!gguf_value(s->g, key_of(s, "attention.key_length", key)) && hidden % heads != 0)
        return gguf_fail(s->g, key_of(s, "embedding_length", key),
                         "%" PRId64 " is not a multiple of %" PRId64 " heads", hidden, heads);
    rc = gguf_opt_int(s->g, key_of(s, "attention.key_length", key), 1, HEAD_DIM_MAX, out);
    values = *out;
    if (rc == 0)
        rc = gguf_opt_int(s->g, key_of(s, "attention.value_length", key), 1, HEAD_DIM_MAX, &values);
    if (rc == 0 && values != *out)
        return unsupported(s, key, "values that are not as long as keys");
    return rc;
}

static int put_heads(struct source *s) {
    int64_t dim = 0, groups = 0;
    char key[KEY_MAX];
    int rc = head_dim(s, &dim);
    if (rc == 0)
        rc = gguf_opt_int(s->g, key_of(s, "attention.head_count_kv", key), 1, HEADS_MAX, &groups);
    if (rc != 0)
        return rc;
    json_put_int(&s->w, "head_dim", dim);
    if (groups)
        json_put_int(&s->w, "num_key_value_heads", groups);
    return 0;
}

static int put_eps(struct source *s) {
    bool rms = s->arch->norm == NORM_RMS;
    double eps = 0;
    char key[KEY_MAX];
    key_of(s, rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", key);
    int rc = gguf_value(s->g, key) ? opt_real(s, key, &eps) : gguf_real(s->g, key, &eps);
    if (rc == 0 && !(eps >= 0 && eps <= 1))
        rc = gguf_fail(s->g, key, "%g is not within 0 and 1", eps);
    if (rc != 0)
        return rc;
    if (rms) {
        json_put_real(&s->w, "rms_norm_eps", eps);
    } else {
        json_put_real(&s->w, "layer_norm_eps", eps);
        json_put_real(&s->w, "layer_norm_epsilon", eps);
    }
    return 0;
}

/* The engine's models see all of what came before, or all of the text. */
static int check_sight(const struct source *s) {
    bool causal = !s->arch->bidirectional;
    int64_t window = 0, context = 0;
    char key[KEY_MAX];
    int rc = gguf_opt_bool(s->g, key_of(s, "attention.causal", key), &causal);
    if (rc == 0 && causal == s->arch->bidirectional)
        return unsupported(s, key, "this family sees otherwise");
    if (rc == 0)
        rc = gguf_int(s->g, key_of(s, "context_length", key), 1, POSITIONS_MAX, &context);
    if (rc == 0)
        rc = gguf_opt_int(s->g, key_of(s, "attention.sliding_window", key), 0, POSITIONS_MAX,
                          &window);
    if (rc == 0 && window > 0 && window < context)
        return unsupported(s, key, "windows that slide are not supported in this format");
    return rc;
}

/* -- what the tensors say -- */

static int put_tensor_facts(struct source *s) {
    const struct checkpoint_entry *embed = checkpoint_find(s->cp, "token_embd.weight");
    const struct checkpoint_entry *types = checkpoint_find(s->cp, "token_types.weight");
    if (!embed || embed->rank != 2 || embed->shape[0] < 1 || embed->shape[0] > VOCAB_MAX)
        return err_set(ERR_FORMAT, "%s: %s", gguf_path(s->g),
                       embed ? "the tensor token_embd.weight has the wrong shape"
                             : "there is no tensor token_embd.weight");
    json_put_int(&s->w, "vocab_size", embed->shape[0]);
    if (types && types->rank == 2 && types->shape[0] >= 1 && types->shape[0] <= VOCAB_MAX)
        json_put_int(&s->w, "type_vocab_size", types->shape[0]);
    json_put_bool(&s->w, "tie_word_embeddings", !checkpoint_find(s->cp, "output.weight"));
    json_put_bool(&s->w, "attention_bias", checkpoint_find(s->cp, "blk.0.attn_q.bias") != NULL);
    json_put_bool(&s->w, "mlp_bias", checkpoint_find(s->cp, "blk.0.ffn_up.bias") != NULL);
    return 0;
}

static int put_ids(struct source *s) {
    for (int i = 0; ids[i].key; i++) {
        int64_t id = CONFIG_NONE;
        int rc = gguf_opt_int(s->g, ids[i].key, 0, VOCAB_MAX, &id);
        if (rc < 0)
            return rc;
        if (id == CONFIG_NONE)
            json_put_null(&s->w, ids[i].name);
        else
            json_put_int(&s->w, ids[i].name, id);
    }
    json_open_array(&s->w, "eos_token_id");
    for (int i = 0; ends[i]; i++) {
        int64_t id = CONFIG_NONE;
        int rc = gguf_opt_int(s->g, ends[i], 0, VOCAB_MAX, &id);
        if (rc < 0)
            return rc;
        if (id != CONFIG_NONE)
            json_put_int(&s->w, NULL, id);
    }
    json_close_array(&s->w);
    return 0;
}

/* -- rotary positions -- */

/* Optional numbers of the scaling, copied under HF's names. */
static int put_yarn(struct source *s, double factor) {
    static const struct {
        const char *key, *name;
    } rows[] = {
        {"rope.scaling.yarn_beta_fast", "beta_fast"},
        {"rope.scaling.yarn_beta_slow", "beta_slow"},
    };
    char key[KEY_MAX];
    double attention = 1;
    int rc = opt_real(s, key_of(s, "rope.scaling.attn_factor", key), &attention);
    if (rc == 0 && attention != 1)
        json_put_real(&s->w, "attention_factor", attention * (0.1 * log(factor) + 1));
    for (int i = 0; rc == 0 && i < 2; i++) {
        double value = 0;
        rc = opt_real(s, key_of(s, rows[i].key, key), &value);
        if (rc == 0 && value != 0)
            json_put_real(&s->w, rows[i].name, value);
    }
    return rc;
}

static int put_scaling(struct source *s, const char *type, double factor) {
    int64_t original = 0;
    char key[KEY_MAX];
    int rc = gguf_opt_int(s->g, key_of(s, "rope.scaling.original_context_length", key), 0,
                          POSITIONS_MAX, &original);
    if (rc != 0)
        return rc;
    json_put_str(&s->w, "rope_type", type);
    json_put_real(&s->w, "factor", factor);
    if (original > 0)
        json_put_int(&s->w, "original_max_position_embeddings", original);
    return strcmp(type, "yarn") == 0 ? put_yarn(s, factor) : 0;
}

/* Factors of all frequencies, whatever rule they come from (Llama 3's, for one). */
static int put_factors(struct source *s, int64_t dim) {
    static const char name[] = "rope_freqs.weight";
    static const char *const lists[] = {"short_factor", "long_factor"};
    struct tensor t;
    int rc = checkpoint_get(s->cp, name, &t);
    if (rc < 0)
        return rc;
    if (t.dtype != DTYPE_F32 || t.rank != 1 || t.shape[0] != dim / 2)
        return err_set(ERR_FORMAT, "%s: tensor \"%s\" is not f32 [%" PRId64 "]", gguf_path(s->g),
                       name, dim / 2);
    json_put_str(&s->w, "rope_type", "longrope");
    json_put_real(&s->w, "attention_factor", 1);
    for (int k = 0; k < 2; k++) {
        json_open_array(&s->w, lists[k]);
        for (int64_t i = 0; i < dim / 2; i++)
            json_put_real(&s->w, NULL, (double)((const float *)t.data)[i]);
        json_close_array(&s->w);
    }
    return 0;
}

/* llama.cpp scales linearly when there is a factor and no type. */
static int scaling_of(const struct source *s, const char **type, double *factor) {
    char key[KEY_MAX];
    *type = "linear";
    *factor = 1;
    int rc = opt_real(s, key_of(s, "rope.scale_linear", key), factor);
    if (rc == 0)
        rc = opt_real(s, key_of(s, "rope.scaling.factor", key), factor);
    if (rc == 0 && *factor < 0)
        return gguf_fail(s->g, key, "%g is not positive", *factor);
    if (rc == 0)
        rc = gguf_opt_str(s->g, key_of(s, "rope.scaling.type", key), type);
    if (rc != 0)
        return rc;
    if (strcmp(*type, "none") == 0 || *factor == 0)
        *factor = 1;
    else if (strcmp(*type, "linear") != 0 && strcmp(*type, "yarn") != 0)
        return unsupported(s, key, "rotary positions of this type are not supported");
    return 0;
}

/* What else may stand in a file that is scaled, and is not to be passed over. */
static int check_unscaled(const struct source *s, bool no_yarn) {
    static const char *const lists[] = {"rope_factors_long.weight", "rope_factors_short.weight"};
    char key[KEY_MAX];
    double attention = 1;
    int rc = opt_real(s, key_of(s, "rope.scaling.attn_factor", key), &attention);
    if (rc == 0 && no_yarn && attention != 1)
        return unsupported(s, key, "only yarn scales attention");
    for (int i = 0; rc == 0 && i < 2; i++)
        if (checkpoint_find(s->cp, lists[i]))
            return unsupported(s, lists[i], "factors that depend on the length are not supported");
    return rc;
}

static int put_rope(struct source *s) {
    int64_t dim = 0, rotated = 0;
    double theta = 10000, factor = 1;
    const char *type = NULL;
    char key[KEY_MAX];
    int rc = head_dim(s, &dim);
    rotated = dim;
    if (rc == 0)
        rc = gguf_opt_int(s->g, key_of(s, "rope.dimension_count", key), 1, HEAD_DIM_MAX, &rotated);
    if (rc == 0 && rotated != dim)
        return unsupported(s, key, "heads that are rotated in part are not supported");
    if (rc == 0)
        rc = opt_real(s, key_of(s, "rope.freq_base", key), &theta);
    if (rc == 0)
        rc = scaling_of(s, &type, &factor);
    if (rc != 0)
        return rc;
    bool factors = checkpoint_find(s->cp, "rope_freqs.weight") != NULL;
    if ((rc = check_unscaled(s, factors || factor == 1 || strcmp(type, "yarn") != 0)) < 0)
        return rc;
    if (factors && factor != 1)
        return unsupported(s, "rope_freqs.weight", "factors that are scaled once more");
    json_open_object(&s->w, "rope_parameters");
    json_put_real(&s->w, "rope_theta", theta);
    if (factors)
        rc = put_factors(s, dim);
    else if (factor != 1)
        rc = put_scaling(s, type, factor);
    if (rc == 0)
        json_close_object(&s->w);
    return rc;
}

/* -- all of it -- */

static int put_all(struct source *s) {
    put_family(s);
    int rc = check_foreign(s);
    if (rc == 0)
        rc = put_ints(s);
    if (rc == 0)
        rc = put_heads(s);
    if (rc == 0)
        rc = put_eps(s);
    if (rc == 0)
        rc = check_sight(s);
    if (rc == 0)
        rc = put_tensor_facts(s);
    if (rc == 0)
        rc = put_ids(s);
    if (rc == 0 && s->arch->position == POSITION_ROPE)
        rc = put_rope(s);
    return rc;
}

int gguf_config_load(struct json_doc **out, struct checkpoint *cp) {
    struct source s = {.cp = cp, .g = checkpoint_gguf(cp)};
    struct buf text;
    int rc = find_family(&s);
    if (rc < 0)
        return rc;
    buf_init(&text, TEXT_MAX);
    json_writer_init(&s.w, &text, 0);
    json_open_object(&s.w, NULL);
    rc = put_all(&s);
    if (rc == 0) {
        json_close_object(&s.w); /* a failure leaves more than this open */
        rc = buf_ok(&text, "the configuration");
    }
    if (rc == 0)
        rc = json_parse(out, text.data, text.len, gguf_path(s.g), 0);
    buf_done(&text);
    return rc;
}
