/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/generation.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "engine/base/err.h"

enum kind {
    KIND_BOOL,
    KIND_INT,
    KIND_REAL,
    KIND_SEED,
    KIND_IDS,     /* an id or a list of ids */
    KIND_PHRASES, /* a list of lists of ids, all banned */
    KIND_BIASES,  /* a list of [[ids], bias] */
    KIND_STRINGS, /* a string or a list of strings */
    KIND_DECAY,   /* [start, factor] */
    KIND_FIXED,   /* not implemented: only def and null are understood */
};

struct setting {
    const char *key;
    enum kind kind;
    size_t offset;
    double def;  /* when nothing says anything */
    double none; /* what null means */
    double min, max;
};
#define S(field) offsetof(struct generation, field)
#define NONE     GENERATION_NONE
#define MANY     2147483647.0

static const struct setting settings[] = {
    {"do_sample",                        KIND_BOOL,    S(do_sample),             0,    0,    0,    1   },
    {"temperature",                      KIND_REAL,    S(temperature),           1,    1,    1e-6, 1e6 },
    {"top_k",                            KIND_INT,     S(top_k),                 50,   0,    0,    MANY},
    {"top_p",                            KIND_REAL,    S(top_p),                 1,    1,    0,    1   },
    {"min_p",                            KIND_REAL,    S(min_p),                 NONE, NONE, 0,    1   },
    {"typical_p",                        KIND_REAL,    S(typical_p),             1,    1,    0,    1   },
    {"epsilon_cutoff",                   KIND_REAL,    S(epsilon_cutoff),        0,    0,    0,    1   },
    {"eta_cutoff",                       KIND_REAL,    S(eta_cutoff),            0,    0,    0,    1   },
    {"repetition_penalty",               KIND_REAL,    S(repetition_penalty),    1,    1,    1e-6, 1e6 },
    {"no_repeat_ngram_size",             KIND_INT,     S(no_repeat_ngram_size),  0,    0,    0,    MANY},
    {"max_length",                       KIND_INT,     S(max_length),            NONE, NONE, 0,    MANY},
    {"max_new_tokens",                   KIND_INT,     S(max_new_tokens),        NONE, NONE, 0,    MANY},
    {"min_length",                       KIND_INT,     S(min_length),            0,    0,    0,    MANY},
    {"min_new_tokens",                   KIND_INT,     S(min_new_tokens),        NONE, NONE, 0,    MANY},
    {"bos_token_id",                     KIND_INT,     S(bos_token_id),          NONE, NONE, -1,   MANY},
    {"pad_token_id",                     KIND_INT,     S(pad_token_id),          NONE, NONE, -1,   MANY},
    {"forced_bos_token_id",              KIND_INT,     S(forced_bos_token_id),   NONE, NONE, 0,    MANY},
    {"eos_token_id",                     KIND_IDS,     S(eos_token_id),          0,    0,    -1,   MANY},
    {"forced_eos_token_id",              KIND_IDS,     S(forced_eos_token_id),   0,    0,    0,    MANY},
    {"suppress_tokens",                  KIND_IDS,     S(suppress_tokens),       0,    0,    -1,   MANY},
    {"begin_suppress_tokens",            KIND_IDS,     S(begin_suppress_tokens), 0,    0,    -1,   MANY},
    {"bad_words_ids",                    KIND_PHRASES, S(bad_words_ids),         0,    0,    0,    MANY},
    {"sequence_bias",                    KIND_BIASES,  S(sequence_bias),         0,    0,    0,    MANY},
    {"stop_strings",                     KIND_STRINGS, S(stop_strings),          0,    0,    0,    0   },
    {"exponential_decay_length_penalty", KIND_DECAY,   0,                        0,    0,    0,    0   },
    {"remove_invalid_values",            KIND_BOOL,    S(remove_invalid_values), 0,    0,    0,    1   },
    {"renormalize_logits",               KIND_BOOL,    S(renormalize_logits),    0,    0,    0,    1   },
    {"prompt_lookup_num_tokens",         KIND_INT,     S(lookup_tokens),         0,    0,    0,    MANY},
    {"max_matching_ngram_size",          KIND_INT,     S(lookup_ngram),          2,    2,    1,    MANY},
    {"seed",                             KIND_SEED,    S(seed),                  0,    0,    0,    0   },
    {"num_beams",                        KIND_FIXED,   0,                        1,    0,    0,    0   },
    {"num_beam_groups",                  KIND_FIXED,   0,                        1,    0,    0,    0   },
    {"num_return_sequences",             KIND_FIXED,   0,                        1,    0,    0,    0   },
    {"penalty_alpha",                    KIND_FIXED,   0,                        0,    0,    0,    0   },
    {"guidance_scale",                   KIND_FIXED,   0,                        1,    0,    0,    0   },
    {"encoder_repetition_penalty",       KIND_FIXED,   0,                        1,    0,    0,    0   },
    {"encoder_no_repeat_ngram_size",     KIND_FIXED,   0,                        0,    0,    0,    0   },
    {"top_h",                            KIND_FIXED,   0,                        1,    0,    0,    0   },
    {"max_time",                         KIND_FIXED,   0,                        0,    0,    0,    0   },
    {"watermarking_config",              KIND_FIXED,   0,                        0,    0,    0,    0   },
    {"dola_layers",                      KIND_FIXED,   0,                        0,    0,    0,    0   },
    {"token_healing",                    KIND_FIXED,   0,                        0,    0,    0,    0   },
    {"force_words_ids",                  KIND_FIXED,   0,                        0,    0,    0,    0   },
    {"constraints",                      KIND_FIXED,   0,                        0,    0,    0,    0   },
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };
_Static_assert(SETTINGS <= 64, "a bit of `open` each");

struct generation_complaint {
    int setting, code;
    const char *text;
};

static void set_number(struct generation *g, const struct setting *s, double value) {
    void *field = (char *)g + s->offset;
    if (s->kind == KIND_BOOL)
        *(bool *)field = value != 0;
    else if (s->kind == KIND_INT)
        *(int64_t *)field = (int64_t)value;
    else if (s->kind == KIND_REAL)
        *(double *)field = value;
}

void generation_init(struct generation *g) {
    memset(g, 0, sizeof(*g));
    for (int i = 0; i < SETTINGS; i++)
        set_number(g, &settings[i], settings[i].def);
    g->decay_factor = 1;
}

/* -1, where min lets it through, is an id that no token has: it is left out. */
static int add_id(struct id_list *list, int32_t *ids, struct json v, int64_t min) {
    int64_t id;
    int rc = json_as_int(v, min, INT32_MAX, &id);
    if (rc == 0 && id >= 0)
        ids[list->len++] = (int32_t)id;
    return rc;
}

/* A lone value counts as a list of one. */
static int read_ids(struct id_list *out, struct json v, int64_t min, struct arena *arena) {
    bool list = json_type(v) == JSON_ARRAY;
    size_t count = list ? json_len(v) : 1;
    if (count > GENERATION_LIST_MAX)
        return json_fail(v, "more than %d items", GENERATION_LIST_MAX);
    int32_t *ids = arena_array(arena, count, sizeof(*ids));
    struct id_list read = {ids, 0};
    for (size_t i = 0; i < count; i++) {
        int rc = add_id(&read, ids, list ? json_at(v, i) : v, min);
        if (rc < 0)
            return rc;
    }
    *out = read;
    return 0;
}

static int read_phrase(struct phrase *out, struct json ids, struct arena *arena) {
    struct id_list list = {0};
    if (json_type(ids) != JSON_ARRAY || json_len(ids) == 0)
        return json_fail(ids, "expected a list of ids that is not empty");
    int rc = read_ids(&list, ids, 0, arena);
    out->ids = list.ids;
    out->len = list.len;
    return rc;
}

static int read_phrases(struct phrase_list *out, struct json v, bool biased, struct arena *arena) {
    if (json_type(v) != JSON_ARRAY || json_len(v) > GENERATION_LIST_MAX)
        return json_fail(v, "expected a list of at most %d phrases", GENERATION_LIST_MAX);
    struct phrase *items = arena_array(arena, json_len(v), sizeof(*items));
    int64_t len = 0;
    for (struct json at = json_first(v); at.node; at = json_next(at), len++) {
        double bias = -INFINITY;
        if (biased && json_len(at) != 2)
            return json_fail(at, "expected [[ids], bias]");
        int rc = biased ? json_as_real(json_at(at, 1), &bias) : 0;
        if (rc == 0)
            rc = read_phrase(&items[len], biased ? json_at(at, 0) : at, arena);
        if (rc < 0)
            return rc;
        items[len].bias = (float)bias;
    }
    *out = (struct phrase_list){items, len};
    return 0;
}

static int read_strings(struct string_list *out, struct json v, struct arena *arena) {
    bool list = json_type(v) == JSON_ARRAY;
    size_t len = list ? json_len(v) : 1;
    if (len > GENERATION_LIST_MAX)
        return json_fail(v, "more than %d items", GENERATION_LIST_MAX);
    const char **items = arena_array(arena, len, sizeof(*items));
    for (size_t i = 0; i < len; i++) {
        const char *text;
        struct json at = list ? json_at(v, i) : v;
        int rc = json_as_str(at, &text);
        if (rc < 0)
            return rc;
        if (!*text)
            return json_fail(at, "a stop string must not be empty");
        items[i] = arena_strdup(arena, text);
    }
    *out = (struct string_list){items, (int64_t)len};
    return 0;
}

static int read_decay(struct generation *g, struct json v) {
    if (json_type(v) != JSON_ARRAY || json_len(v) != 2)
        return json_fail(v, "expected [start, factor]");
    int rc = json_as_real(json_at(v, 0), &g->decay_start);
    return rc < 0 ? rc : json_as_real(json_at(v, 1), &g->decay_factor);
}

static int read_fixed(const struct setting *s, struct json v) {
    double value = NAN;
    bool flag;
    if (json_type(v) == JSON_NUMBER)
        (void)json_as_real(v, &value);
    else if (json_type(v) == JSON_BOOL && json_as_bool(v, &flag) == 0)
        value = flag;
    if (value == s->def)
        return 0;
    json_fail(v, "this engine has no %s", s->key);
    return ERR_UNSUPPORTED;
}

static int read_number(struct generation *g, const struct setting *s, struct json v) {
    double value = 0;
    bool flag = false;
    int64_t whole = 0;
    int rc;
    bool is_number = json_type(v) == JSON_NUMBER && json_as_real(v, &value) == 0;
    if (s->kind == KIND_BOOL && !(is_number && (value == 0 || value == 1))) {
        rc = json_as_bool(v, &flag);
        value = flag;
    } else if (s->kind == KIND_INT && !(is_number && value == rint(value))) {
        rc = json_as_int(v, (int64_t)s->min, (int64_t)s->max, &whole);
        value = (double)whole;
    } else {
        rc = is_number ? 0 : json_as_real(v, &value);
        if (rc == 0 && (value < s->min || value > s->max))
            rc = json_fail(v, "%g is not within %g and %g", value, s->min, s->max);
    }
    if (rc == 0)
        set_number(g, s, value);
    return rc;
}

static int read_setting(struct generation *g, const struct setting *s, struct json v,
                        struct arena *arena) {
    void *field = (char *)g + s->offset;
    int64_t seed = 0;
    int rc;
    switch (s->kind) {
    case KIND_BOOL:
    case KIND_INT:
    case KIND_REAL:
        return read_number(g, s, v);
    case KIND_SEED:
        rc = json_as_int(v, INT64_MIN, INT64_MAX, &seed);
        g->seed = (uint64_t)seed;
        return rc;
    case KIND_IDS:
        return read_ids(field, v, (int64_t)s->min, arena);
    case KIND_PHRASES:
        return read_phrases(field, v, false, arena);
    case KIND_BIASES:
        return read_phrases(field, v, true, arena);
    case KIND_STRINGS:
        return read_strings(field, v, arena);
    case KIND_DECAY:
        return read_decay(g, v);
    case KIND_FIXED:
        return read_fixed(s, v);
    }
    return 0;
}

static void set_none(struct generation *g, const struct setting *s) {
    void *field = (char *)g + s->offset;
    switch (s->kind) {
    case KIND_BOOL:
    case KIND_INT:
    case KIND_REAL:
        set_number(g, s, s->none);
        break;
    case KIND_SEED:
        g->seed = 0;
        break;
    case KIND_IDS:
        *(struct id_list *)field = (struct id_list){0};
        break;
    case KIND_PHRASES:
    case KIND_BIASES:
        *(struct phrase_list *)field = (struct phrase_list){0};
        break;
    case KIND_STRINGS:
        *(struct string_list *)field = (struct string_list){0};
        break;
    case KIND_DECAY:
        g->decay_factor = 1;
        break;
    case KIND_FIXED:
        break;
    }
}

/* A setting of the object; 0 too where the object has none. */
static int apply(struct generation *g, int i, struct json object, struct arena *arena) {
    struct json v = json_member(object, settings[i].key);
    if (!v.node)
        return 0;
    g->open &= ~(UINT64_C(1) << i);
    if (json_exists(v))
        return read_setting(g, &settings[i], v, arena);
    set_none(g, &settings[i]);
    return 0;
}

static int check_object(struct json object) {
    if (!object.node || json_type(object) == JSON_OBJECT)
        return 0;
    return json_fail(object, "expected an object, found %s", json_type_name(json_type(object)));
}

int generation_apply(struct generation *g, struct json object, struct arena *arena) {
    struct generation next = *g;
    int rc = check_object(object);
    for (int i = 0; i < SETTINGS && rc == 0; i++)
        rc = apply(&next, i, object, arena);
    if (rc == 0)
        *g = next;
    return rc;
}

int generation_adopt(struct generation *g, struct json object, struct arena *arena) {
    struct generation_complaint *list = arena_array(arena, SETTINGS, sizeof(*list));
    int rc = check_object(object), count = 0;
    for (int i = 0; i < SETTINGS && rc == 0; i++) {
        struct generation next = *g;
        int code = apply(&next, i, object, arena);
        if (code == 0) {
            *g = next;
        } else {
            list[count++] = (struct generation_complaint){i, code, arena_strdup(arena, err_text())};
            g->open |= UINT64_C(1) << i;
        }
    }
    g->complaints = list;
    g->complaint_count = count;
    return rc;
}

void generation_settle(struct generation *g, const char *key) {
    for (int i = 0; i < SETTINGS; i++)
        if (strcmp(settings[i].key, key) == 0)
            g->open &= ~(UINT64_C(1) << i);
}

static bool takes_part(const struct generation *g, size_t offset) {
    static const size_t of_sampling[] = {S(temperature), S(top_k),          S(top_p),     S(min_p),
                                         S(typical_p),   S(epsilon_cutoff), S(eta_cutoff)};
    for (size_t i = 0; i < sizeof(of_sampling) / sizeof(of_sampling[0]); i++)
        if (of_sampling[i] == offset)
            return g->do_sample;
    return true;
}

int generation_check(const struct generation *g) {
    for (int i = 0; i < g->complaint_count; i++) {
        const struct generation_complaint *c = &g->complaints[i];
        bool is_open = g->open >> c->setting & 1;
        if (is_open && takes_part(g, settings[c->setting].offset))
            return err_set(c->code, "%s; settings that are given go before those of the file",
                           c->text);
    }
    return 0;
}

void generation_resolve(struct generation *g, int64_t prompt, int64_t embeds, int64_t positions) {
    if (g->max_new_tokens != NONE) {
        g->max_length = prompt + g->max_new_tokens;
    } else if (g->max_length == NONE) {
        g->max_length = prompt + GENERATION_DEFAULT_NEW;
        if (positions > 0 && g->max_length > positions)
            g->max_length = positions;
    } else if (prompt != embeds && embeds > 0) {
        /* An explicit max_length counts embeddings that have no ids. */
        g->max_length -= embeds;
    }
    if (g->min_new_tokens != NONE)
        g->min_length = prompt + g->min_new_tokens;
    else if (prompt != embeds && embeds > 0)
        g->min_length = g->min_length > embeds ? g->min_length - embeds : 0;
    if (g->pad_token_id == NONE && g->eos_token_id.len > 0)
        g->pad_token_id = g->eos_token_id.ids[0];
}
