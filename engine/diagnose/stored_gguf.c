/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/stored_gguf.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/numbers.h"

enum { VALUES_MAX = 4096, TENSORS_MAX = 65536, NAME_MAX_LEN = 64, KEY_LEN = 128 };
enum { KIND_U8, KIND_F32 = 6, KIND_BOOL, KIND_STRING, KIND_ARRAY, KIND_U64, KIND_I64, KIND_F64 };

/* A number or a word of the metadata; arrays are passed over. */
struct fact {
    char key[KEY_LEN];
    char text[NAME_MAX_LEN]; /* "" = a number */
    double number;
};

struct entry {
    char name[NAME_MAX_LEN];
    uint32_t type;
    int rank;
    int64_t shape[4]; /* innermost first */
    uint64_t at;      /* from the beginning of the data */
};

struct stored_gguf {
    struct fact *facts;    /* [fact_count] */
    struct entry *entries; /* [entry_count] */
    size_t fact_count, entry_count;
    const uint8_t *data; /* of the tensors */
    size_t size;
};

/* What is left to read; bad once it has not sufficed. */
struct cursor {
    const uint8_t *at;
    size_t left;
    bool bad;
};

static const uint8_t *take(struct cursor *c, uint64_t size) {
    const uint8_t *at = c->at;
    if (c->bad || size > c->left) {
        c->bad = true;
        return NULL;
    }
    c->at += size;
    c->left -= (size_t)size;
    return at;
}

static uint64_t take_bits(struct cursor *c, int size) {
    const uint8_t *p = take(c, (uint64_t)size);
    uint64_t bits = 0;
    for (int i = 0; p && i < size; i++)
        bits |= (uint64_t)p[i] << (8 * i);
    return bits;
}

/* What is longer than room is cut off. */
static void take_text(struct cursor *c, char *out, size_t room) {
    uint64_t len = take_bits(c, 8);
    const uint8_t *p = take(c, len);
    out[0] = 0;
    if (p)
        (void)snprintf(out, room, "%.*s", len < room ? (int)len : (int)room, (const char *)p);
}

static int width_of(uint32_t kind) {
    static const int widths[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return kind < sizeof(widths) / sizeof(widths[0]) ? widths[kind] : 0;
}

static double number_of(uint32_t kind, uint64_t bits) {
    double real;
    uint8_t bytes[4] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16),
                        (uint8_t)(bits >> 24)};
    if (kind == KIND_F32) {
        numbers_read(&real, NULL, DTYPE_F32, bytes, 1);
        return real;
    }
    if (kind == KIND_F64) {
        memcpy(&real, &bits, sizeof(real));
        return real;
    }
    int shift = 64 - 8 * width_of(kind); /* of signed kinds, which have odd numbers */
    bool is_signed = kind == 1 || kind == 3 || kind == 5 || kind == KIND_I64;
    return is_signed ? (double)((int64_t)(bits << shift) >> shift) : (double)bits;
}

static void skip_array(struct cursor *c) {
    uint32_t kind = (uint32_t)take_bits(c, 4);
    uint64_t count = take_bits(c, 8);
    if (kind != KIND_STRING) {
        uint64_t width = (uint64_t)width_of(kind);
        c->bad |= width == 0 || count > c->left / width;
        (void)take(c, c->bad ? 0 : count * width);
        return;
    }
    for (uint64_t i = 0; i < count && !c->bad; i++)
        (void)take(c, take_bits(c, 8));
}

static void take_fact(struct cursor *c, struct fact *f) {
    take_text(c, f->key, sizeof(f->key));
    uint32_t kind = (uint32_t)take_bits(c, 4);
    if (kind == KIND_STRING)
        take_text(c, f->text, sizeof(f->text));
    else if (kind == KIND_ARRAY)
        skip_array(c);
    else if (width_of(kind) > 0)
        f->number = number_of(kind, take_bits(c, width_of(kind)));
    else
        c->bad = true;
    if (kind == KIND_ARRAY)
        f->key[0] = 0;
}

static void take_entry(struct cursor *c, struct entry *e) {
    take_text(c, e->name, sizeof(e->name));
    uint64_t rank = take_bits(c, 4);
    c->bad |= rank > 4;
    for (e->rank = 0; !c->bad && e->rank < (int)rank; e->rank++) {
        uint64_t n = take_bits(c, 8);
        c->bad |= n > INT32_MAX;
        e->shape[e->rank] = (int64_t)n;
    }
    e->type = (uint32_t)take_bits(c, 4);
    e->at = take_bits(c, 8);
}

static double fact_number(const struct stored_gguf *g, const char *key, double other) {
    for (size_t i = 0; i < g->fact_count; i++)
        if (strcmp(g->facts[i].key, key) == 0 && !g->facts[i].text[0])
            return g->facts[i].number;
    return other;
}

static const char *fact_text(const struct stored_gguf *g, const char *key) {
    for (size_t i = 0; i < g->fact_count; i++)
        if (strcmp(g->facts[i].key, key) == 0)
            return g->facts[i].text;
    return "";
}

/* A key of the family. */
static double own_number(const struct stored_gguf *g, const char *key, double other) {
    char full[KEY_LEN];
    (void)snprintf(full, sizeof(full), "%s.%s", fact_text(g, "general.architecture"), key);
    return fact_number(g, full, other);
}

static const char *own_text(const struct stored_gguf *g, const char *key) {
    char full[KEY_LEN];
    (void)snprintf(full, sizeof(full), "%s.%s", fact_text(g, "general.architecture"), key);
    return fact_text(g, full);
}

int stored_gguf_open(struct stored_gguf **out, const uint8_t *data, size_t size, const char *name) {
    struct cursor c = {.at = data, .left = size};
    struct stored_gguf *g = xcalloc(1, sizeof(*g));
    (void)take_bits(&c, 8); /* magic and version */
    uint64_t entries = take_bits(&c, 8), facts = take_bits(&c, 8);
    c.bad |= entries > TENSORS_MAX || facts > VALUES_MAX;
    if (!c.bad) {
        g->facts = xcalloc((size_t)facts + 1, sizeof(*g->facts));
        g->entries = xcalloc((size_t)entries + 1, sizeof(*g->entries));
        while (g->fact_count < facts && !c.bad)
            take_fact(&c, &g->facts[g->fact_count++]);
        while (g->entry_count < entries && !c.bad)
            take_entry(&c, &g->entries[g->entry_count++]);
    }
    double unit = fact_number(g, "general.alignment", 32);
    size_t step = unit >= 1 && unit <= 4096 ? (size_t)unit : 32;
    (void)take(&c, (step - (size - c.left) % step) % step);
    if (c.bad) {
        stored_gguf_close(g);
        return err_set(ERR_FORMAT, "%s: it ends within its header", name);
    }
    g->data = c.at;
    g->size = c.left;
    *out = g;
    return 0;
}

void stored_gguf_close(struct stored_gguf *g) {
    if (!g)
        return;
    free(g->facts);
    free(g->entries);
    free(g);
}

/* -- tensors -- */

static bool dtype_of(enum dtype *out, uint32_t type) {
    static const struct {
        uint32_t type;
        enum dtype dtype;
    } rows[] = {
        {0,  DTYPE_F32 },
        {1,  DTYPE_F16 },
        {2,  DTYPE_Q4_0},
        {8,  DTYPE_Q8_0},
        {12, DTYPE_Q4_K},
        {14, DTYPE_Q6_K},
        {30, DTYPE_BF16},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].type == type) {
            *out = rows[i].dtype;
            return true;
        }
    return false;
}

/* The converter of Llama puts the halves that a rotation pairs side by side, for queries and keys.
 */
static int64_t pairs_of(const struct stored_gguf *g, const char *name) {
    double heads = own_number(g, "attention.head_count", 1);
    double head = own_number(g, "embedding_length", 0) / (heads > 0 ? heads : 1);
    bool turns = strstr(name, ".attn_q.") || strstr(name, ".attn_k.");
    if (!turns || strcmp(fact_text(g, "general.architecture"), "llama") != 0)
        return 0;
    return (int64_t)own_number(g, "attention.key_length", head);
}

bool stored_gguf_find(struct stored *out, const struct stored_gguf *g, const char *name) {
    const struct entry *e = NULL;
    for (size_t i = 0; i < g->entry_count; i++)
        if (strcmp(g->entries[i].name, name) == 0)
            e = &g->entries[i];
    *out = (struct stored){.count = 1};
    if (!e || !dtype_of(&out->dtype, e->type) || e->at > g->size)
        return false;
    out->bytes = g->data + e->at;
    out->rank = e->rank;
    out->paired = pairs_of(g, name);
    for (int i = 0; i < e->rank; i++) {
        out->shape[i] = e->shape[e->rank - 1 - i];
        if (out->shape[i] > 0 && out->count > (int64_t)1 << 40)
            return false;
        out->count *= out->shape[i];
    }
    int64_t block = numbers_block(out->dtype);
    return out->count % block == 0 &&
           (uint64_t)(out->count / block) <= (g->size - e->at) / numbers_size(out->dtype);
}

/* -- metadata -- */

/* An f32 that once was a short decimal number. */
static double shortened(double x) {
    char text[32];
    (void)snprintf(text, sizeof(text), "%.7g", x);
    return strtod(text, NULL);
}

/* What yarn may be told besides: how much attention is scaled beyond what the factor asks for, and
 * how often frequencies turn between which it goes over. */
static void put_yarn(struct json_writer *w, const struct stored_gguf *g, double factor) {
    double more = own_number(g, "rope.scaling.attn_factor", 1);
    double fast = own_number(g, "rope.scaling.yarn_beta_fast", 0);
    double slow = own_number(g, "rope.scaling.yarn_beta_slow", 0);
    if (more < 1 || more > 1)
        json_put_real(w, "attention_factor", shortened(more) * (1 + log(factor) / 10));
    if (fast > 0)
        json_put_real(w, "beta_fast", shortened(fast));
    if (slow > 0)
        json_put_real(w, "beta_slow", shortened(slow));
}

static void put_scaling(struct json_writer *w, const struct stored_gguf *g) {
    const char *type = own_text(g, "rope.scaling.type");
    double factor = own_number(g, "rope.scaling.factor", own_number(g, "rope.scale_linear", 1));
    struct stored factors;
    if (stored_gguf_find(&factors, g, "rope_freqs.weight"))
        type = "listed";
    else if (strcmp(type, "none") == 0 || !(factor > 0) || (factor >= 1 && factor <= 1))
        return;
    json_open_object(w, "rope_scaling");
    json_put_str(w, "rope_type", *type ? type : "linear");
    json_put_real(w, "factor", shortened(factor));
    double original = own_number(g, "rope.scaling.original_context_length", 0);
    if (original > 0)
        json_put_real(w, "original_max_position_embeddings", original);
    if (strcmp(type, "yarn") == 0)
        put_yarn(w, g, shortened(factor));
    json_close_object(w);
}

void stored_gguf_config(struct buf *out, const struct stored_gguf *g) {
    static const struct {
        const char *key, *name;
    } rows[] = {
        {"block_count",                      "num_hidden_layers"      },
        {"embedding_length",                 "hidden_size"            },
        {"feed_forward_length",              "intermediate_size"      },
        {"attention.head_count",             "num_attention_heads"    },
        {"attention.head_count_kv",          "num_key_value_heads"    },
        {"context_length",                   "max_position_embeddings"},
        {"attention.layer_norm_rms_epsilon", "rms_norm_eps"           },
        {"attention.layer_norm_epsilon",     "layer_norm_eps"         },
        {"rope.freq_base",                   "rope_theta"             },
    };
    struct json_writer w;
    double heads = own_number(g, "attention.head_count", 0);
    double head = heads > 0 ? own_number(g, "embedding_length", 0) / heads : 0;
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "model_type", fact_text(g, "general.architecture"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        double x = own_number(g, rows[i].key, -1);
        if (x >= 0)
            json_put_real(&w, rows[i].name, shortened(x));
    }
    json_put_real(&w, "head_dim", own_number(g, "attention.key_length", head));
    put_scaling(&w, g);
    json_close_object(&w);
}
