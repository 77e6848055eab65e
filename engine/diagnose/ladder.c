/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/ladder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"
#include "engine/check/part.h"

const char *ladder_group(const char *type) {
    for (const struct case_group *const *group = case_table; *group; group++)
        for (const struct case_type *row = (*group)->types; row->type; row++)
            if (strcmp(row->type, type) == 0)
                return (*group)->name;
    return "";
}

/* From the ground up: the first rung of a group's ladder that fails is the cause. own is what a
 * case of the type itself is about when nothing below it fails. */
static const struct rung {
    const char *type, *kind, *component;
} rungs[] = {
    {"load_single",          "loading",    "safetensors"       },
    {"load_sharded",         "loading",    "shard_index"       },
    {"load_legacy_names",    "loading",    "weights"           },
    {"unaligned",            "loading",    "aligned"           },
    {"map_vs_read",          "loading",    "file"              },
    {"dtype_cast",           "loading",    "dtype"             },
    {"quantised_load",       "loading",    "weight_quant"      },
    {"quantised_near",       "weight",     "quant"             },
    {"tied",                 "loading",    "weights"           },
    {"missing_unexpected",   "loading",    "weights"           },
    {"mismatched_shape",     "loading",    "weight_shape"      },
    {"config_defaults",      "loading",    "config"            },
    {"config_aliases",       "loading",    "config"            },
    {"config_gguf",          "loading",    "gguf_config"       },
    {"save_load_round_trip", "loading",    "safetensors_writer"},
    {"rope_positions",       "params",     "rope"              },
    {"embeddings",           "graph",      "embedding"         },
    {"attentions",           "graph",      "attention"         },
    {"substages",            "graph",      "block"             },
    {"hidden_states",        "graph",      "block"             },
    {"token_types",          "graph",      "embedding"         },
    {"final_logits",         "graph",      "network"           },
    {"head",                 "graph",      "heads"             },
    {"logits_to_keep",       "graph",      "heads"             },
    {"inputs_embeds",        "graph",      "embedding"         },
    {"outputs_equivalence",  "graph",      "outputs"           },
    {"determinism",          "kernel",     "pool"              },
    {"mask_none_is_ones",    "graph",      "masks"             },
    {"fully_masked_row",     "graph",      "masks"             },
    {"causality",            "graph",      "masks"             },
    {"sliding_window",       "graph",      "masks"             },
    {"custom_mask",          "graph",      "masks"             },
    {"packing",              "graph",      "masks"             },
    {"pad_garbage",          "graph",      "masks"             },
    {"right_padding",        "graph",      "masks"             },
    {"left_padding",         "graph",      "positions"         },
    {"batching_equivalence", "graph",      "masks"             },
    {"cache_shape",          "cache",      "kv"                },
    {"step_by_step",         "cache",      "kv"                },
    {"chunked_prefill",      "cache",      "kv"                },
    {"cache_dtypes",         "cache",      "kv_dtype"          },
    {"cache_ops",            "cache",      "kv"                },
    {"overflow",             "cache",      "kv"                },
    {"parity",               "cache",      "kv"                },
    {"products",             "cache",      "kv"                }, /* what each op is right in */
    {"taken_apart",          "graph",      "composite"         },
    {"processor",            "generation", "processors"        },
    {"argmax",               "generation", "sampler"           },
    {"eos",                  "generation", "stop"              },
    {"lengths",              "generation", "stop"              },
    {"stop_strings",         "generation", "stop"              },
    {"greedy",               "generation", "generate"          },
    {"greedy_embeds",        "generation", "generate"          },
    {"lookup",               "generation", "lookup"            },
    {"scores",               "generation", "scores"            },
    {"processor_order",      "generation", "processors"        },
    {"sample_noise",         "generation", "sampler"           },
    {"sample_seeded",        "generation", "philox"            },
    {"config_precedence",    "generation", "generation_config" },
    {"left_pad_generate",    "generation", "positions"         },
    {"streaming",            "generation", "stream"            },
    {"restart",              "cache",      "kv"                },
    {"components",           "tokenizer",  "components"        },
    {"added_tokens",         "tokenizer",  "added"             },
    {"encode",               "tokenizer",  "model"             },
    {"offsets",              "tokenizer",  "encoding"          },
    {"decode",               "tokenizer",  "decoder"           },
    {"stream_decode",        "tokenizer",  "stream"            },
    {"pairs",                "tokenizer",  "postprocessor"     },
    {"truncation_padding",   "tokenizer",  "limits"            },
    {"encode_gguf",          "tokenizer",  "gguf_tokenizer"    },
    {"decode_gguf",          "tokenizer",  "gguf_tokenizer"    },
};
enum { RUNGS = sizeof(rungs) / sizeof(rungs[0]) };

static int rung_of(const char *type) {
    for (int i = 0; i < RUNGS; i++)
        if (strcmp(rungs[i].type, type) == 0)
            return i;
    return -1;
}

static bool is_failure(const char *status) {
    return strcmp(status, "fail") == 0 || strcmp(status, "numerics") == 0;
}

/* ---- tokenizers ---- */

/* The sections of a tokenizer.json in the order of the way, and the files of token/ behind them. */
static const struct section {
    const char *key, *type, *component; /* type NULL: all others */
} sections[] = {
    {"normalizer",     NULL,        "normalizer"   },
    {"pre_tokenizer",  NULL,        "pretokenizer" },
    {"model",          "BPE",       "bpe"          },
    {"model",          "WordPiece", "wordpiece"    },
    {"model",          "WordLevel", "wordlevel"    },
    {"model",          NULL,        "model"        },
    {"post_processor", NULL,        "postprocessor"},
    {"truncation",     NULL,        "limits"       },
    {"padding",        NULL,        "limits"       },
    {"decoder",        NULL,        "decoder"      },
};
enum { SECTIONS = sizeof(sections) / sizeof(sections[0]), FEATURES_MAX = 96 };

/* A component of some kind, and in how many small tokenizers it is. */
struct feature {
    int section; /* in sections[] */
    char name[48];
    int failed, passed;
    bool here; /* in the one at hand */
};

struct spectrum {
    struct feature list[FEATURES_MAX];
    int count, failed, passed;
    char first[64]; /* part that failed */
};

static int section_of(const char *key, const char *type) {
    for (int i = 0; i < SECTIONS; i++)
        if (strcmp(sections[i].key, key) == 0 &&
            (!sections[i].type || strcmp(sections[i].type, type) == 0))
            return i;
    return -1;
}

static void note_feature(struct spectrum *s, const char *key, const char *type) {
    int section = section_of(key, type);
    for (int i = 0; i < s->count; i++)
        if (s->list[i].section == section && strcmp(s->list[i].name, type) == 0) {
            s->list[i].here = true;
            return;
        }
    if (section < 0 || s->count == FEATURES_MAX)
        return;
    struct feature *f = &s->list[s->count++];
    *f = (struct feature){.section = section, .here = true};
    (void)snprintf(f->name, sizeof(f->name), "%s", type);
}

/* Every "type" in a section, sequences included. */
static void note_types(struct spectrum *s, const char *key, struct json at) {
    const char *type = NULL;
    if (json_type(at) == JSON_OBJECT && json_opt_str(at, "type", &type) == 0 && type &&
        strcmp(type, "Sequence") != 0)
        note_feature(s, key, type);
    if (json_type(at) == JSON_OBJECT || json_type(at) == JSON_ARRAY)
        for (struct json v = json_first(at); v.node; v = json_next(v))
            if (strcmp(key, "model") != 0) /* whose vocabulary is long and has no types */
                note_types(s, key, v);
}

/* Which have no type. */
static void note_limits(struct spectrum *s, struct json tokenizer) {
    static const char *const keys[] = {"truncation", "padding"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (json_type(json_member(tokenizer, keys[i])) == JSON_OBJECT)
            note_feature(s, keys[i], keys[i]);
}

static void count_part(struct case_run *c, struct json part, struct spectrum *s) {
    const char *name = "";
    struct compare_total before = c->total;
    struct json tokenizer = json_member(part, "tokenizer");
    (void)json_opt_str(part, "name", &name);
    c->total = (struct compare_total){0};
    bool wrong = part_run(c, part) < 0 || c->total.wrong;
    c->total = before;
    for (int i = 0; i < s->count; i++)
        s->list[i].here = false;
    for (struct json v = json_first(tokenizer); v.node; v = json_next(v))
        if (section_of(json_key(v), "") >= 0)
            note_types(s, json_key(v), v);
    note_limits(s, tokenizer);
    for (int i = 0; i < s->count; i++) {
        s->list[i].failed += s->list[i].here && wrong;
        s->list[i].passed += s->list[i].here && !wrong;
    }
    s->failed += wrong;
    s->passed += !wrong;
    if (wrong && !s->first[0])
        (void)snprintf(s->first, sizeof(s->first), "%s", name);
}

static int count_parts(struct case_run *c, void *arg) {
    struct json parts = {0};
    int rc = part_list(c, &parts);
    for (struct json v = json_first(parts); rc == 0 && v.node; v = json_next(v))
        count_part(c, v, arg);
    return rc;
}

/* What is in all that fail, if anything is, and in few that pass (Ochiai's measure, squared); the
 * first on the way of equals. */
static const struct feature *likeliest(const struct spectrum *s) {
    const struct feature *best = NULL;
    double most = 0;
    for (int i = 0; i < s->count; i++) {
        const struct feature *f = &s->list[i];
        double in = f->failed, all = f->failed + f->passed;
        double score = all > 0 && s->failed > 0 ? in * in / (all * s->failed) : 0;
        score += f->failed == s->failed; /* one fault explains them all */
        if (f->failed > 0 &&
            (score > most || (best && score >= most && f->section < best->section))) {
            most = score;
            best = f;
        }
    }
    return best;
}

static bool explain_parts(struct diagnosis *d, struct case_run *c, const char *said) {
    const struct fixture *f = check_fixture(c->check);
    struct check_outcome outcome;
    struct spectrum *s = xcalloc(1, sizeof(*s));
    for (size_t i = 0; i < fixture_count(f); i++) {
        const char *type = "";
        (void)json_opt_str(fixture_case(f, i), "type", &type);
        if (strcmp(type, "components") == 0)
            (void)check_visit(c->check, i, count_parts, s, &outcome);
    }
    const struct feature *best = likeliest(s);
    if (best) {
        const struct section *at = &sections[best->section];
        (void)snprintf(d->op, sizeof(d->op), "%s", at->component);
        diagnosis_say(d, "tokenizer",
                      "the %s %s is in %d of the %d small tokenizers that fail and in %d that do "
                      "not (%s failed first); %s",
                      at->key, best->name, best->failed, s->failed, best->passed, s->first, said);
    }
    free(s);
    return best != NULL;
}

/* ---- settings of generation ---- */

/* The one setting that a case of type processor is about. Top-k is switched off in most. */
static const char *setting_of(struct json at) {
    struct json settings = json_get(at, "params.generation");
    const char *key = NULL;
    for (struct json v = json_first(settings); v.node; v = json_next(v))
        if (strcmp(json_key(v), "do_sample") != 0 && !strstr(json_key(v), "token_id") &&
            !(strcmp(json_key(v), "top_k") == 0 && json_len(settings) > 2))
            key = json_key(v);
    return key;
}

/* The setting of c that fails alone, or NULL. */
static const char *failing_setting(struct case_run *c, int64_t deadline) {
    const struct fixture *f = check_fixture(c->check);
    struct json settings = json_get(c->json, "params.generation");
    for (struct json v = json_first(settings); v.node; v = json_next(v)) {
        const char *key = json_key(v);
        for (size_t i = 0; i < fixture_count(f) && clock_mono_ns() < deadline; i++) {
            struct check_outcome outcome;
            const char *type = "", *own = setting_of(fixture_case(f, i));
            (void)json_opt_str(fixture_case(f, i), "type", &type);
            if (strcmp(type, "processor") == 0 && own && strcmp(own, key) == 0 &&
                check_visit(c->check, i, NULL, NULL, &outcome) == 0 && is_failure(outcome.status))
                return key;
        }
    }
    return NULL;
}

static bool say_setting(struct diagnosis *d, const char *key, const char *said) {
    if (!key)
        return false;
    (void)snprintf(d->op, sizeof(d->op), "processors.%s", key);
    diagnosis_say(d, "generation", "the scores under %s alone are wrong; %s", key, said);
    return true;
}

static bool explain_setting(struct diagnosis *d, struct case_run *c, const char *said,
                            int64_t deadline) {
    const char *type = "";
    (void)json_opt_str(c->json, "type", &type);
    return say_setting(
        d, strcmp(type, "processor") == 0 ? setting_of(c->json) : failing_setting(c, deadline),
        said);
}

/* ---- the rest ---- */

/* Which groups stand below a group. */
static bool stands_below(const char *below, const char *group) {
    static const struct {
        const char *group, *below;
    } rows[] = {
        {"forward",    "loading config inputs"                         },
        {"inputs",     "loading config"                                },
        {"kernels",    "loading config"                                },
        {"formats",    "loading config"                                },
        {"masks",      "loading config inputs forward"                 },
        {"visibility", "loading config inputs forward masks"           },
        {"cache",      "loading config inputs forward"                 },
        {"generation", "loading config inputs forward cache"           },
        {"sampling",   "loading config inputs forward cache"           },
        {"parity",     "loading config inputs forward cache"           },
        {"timeline",   "loading config inputs forward cache generation"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].group, group) == 0 && strstr(rows[i].below, below))
            return true;
    return false;
}

/* Groups whose parts have no diagnosis of their own: of their failures the lowest speaks for all.
 */
static bool speaks_for_all(const char *group) {
    static const char *const groups[] = {"tokenizer", "truncation", "generation", "sampling",
                                         "timeline"};
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strcmp(groups[i], group) == 0)
            return true;
    return false;
}

static bool is_tokenizer(const char *group) {
    return strcmp(group, "tokenizer") == 0 || strcmp(group, "truncation") == 0;
}

static bool is_below(const char *below, const char *group, bool own) {
    if (!own)
        return stands_below(below, group);
    return speaks_for_all(group) && speaks_for_all(below) &&
           is_tokenizer(below) == is_tokenizer(group);
}

/* The lowest case that fails of those below c's group, or of the rungs below its own; SIZE_MAX when
 * none does. */
static size_t lowest_failure(struct case_run *c, const char *group, bool own, int64_t deadline,
                             int *rung) {
    const struct fixture *f = check_fixture(c->check);
    size_t found = SIZE_MAX;
    *rung = own ? *rung : RUNGS;
    for (size_t i = 0; i < fixture_count(f) && clock_mono_ns() < deadline; i++) {
        struct check_outcome outcome;
        const char *type = "";
        (void)json_opt_str(fixture_case(f, i), "type", &type);
        int at = rung_of(type);
        if (at < 0 || at >= *rung || !is_below(ladder_group(type), group, own))
            continue;
        if (check_visit(c->check, i, NULL, NULL, &outcome) == 0 && is_failure(outcome.status)) {
            *rung = at;
            found = i;
        }
    }
    return found;
}

static void say_rung(struct diagnosis *d, const struct rung *r, const char *because,
                     const char *said) {
    (void)snprintf(d->op, sizeof(d->op), "%s", r->component);
    diagnosis_say(d, r->kind, "%s%s", because, said);
}

void ladder_climb(struct diagnosis *d, struct case_run *c, const char *said, int64_t budget_ns) {
    const char *type = "";
    char because[256] = "";
    int64_t deadline = clock_mono_ns() + budget_ns;
    (void)json_opt_str(c->json, "type", &type);
    const char *group = ladder_group(type);
    int own = rung_of(type), rung;
    if (is_tokenizer(group) && explain_parts(d, c, said))
        return;
    size_t below = lowest_failure(c, group, false, deadline, &rung);
    if (below == SIZE_MAX && speaks_for_all(group) && !is_tokenizer(group) &&
        explain_setting(d, c, said, deadline))
        return;
    if (below == SIZE_MAX && own >= 0) {
        rung = own;
        below = lowest_failure(c, group, true, deadline, &rung);
    }
    if (below != SIZE_MAX && strcmp(rungs[rung].type, "processor") == 0 &&
        say_setting(d, setting_of(fixture_case(check_fixture(c->check), below)), said))
        return;
    if (below != SIZE_MAX)
        (void)snprintf(because, sizeof(because), "%s, which it stands on, fails too: ",
                       fixture_case_id(check_fixture(c->check), below));
    if (below != SIZE_MAX || own >= 0)
        say_rung(d, &rungs[below != SIZE_MAX ? rung : own], because, said);
}
