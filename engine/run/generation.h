/* SPDX-License-Identifier: Apache-2.0 */
/* generation: the settings of one generation, under HF's names.
 *
 * Defaults, then generation_config.json (generation_adopt()), then the call (generation_apply()):
 * a key that is there replaces what was before; null means HF's None. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/json.h"

enum {
    GENERATION_NONE = -1,        /* an integer that is None */
    GENERATION_DEFAULT_NEW = 20, /* new tokens when nothing says how many */
    GENERATION_LIST_MAX = 65536, /* ids or strings in one setting */
};

struct id_list {
    const int32_t *ids;
    int64_t len; /* 0 = None or empty */
};
/* A bias on the last token of a phrase when the others precede it. */
struct phrase {
    const int32_t *ids;
    int64_t len; /* ≥ 1 */
    float bias;
};
struct phrase_list {
    const struct phrase *items;
    int64_t len;
};
struct string_list {
    const char *const *items;
    int64_t len;
};

struct generation_complaint;

struct generation {
    bool do_sample;
    double temperature;
    int64_t top_k;    /* 0 = off */
    double top_p;     /* 1 = off */
    double min_p;     /* GENERATION_NONE = off; 0 is on, though it removes nothing */
    double typical_p; /* 1 = off */
    double epsilon_cutoff, eta_cutoff; /* 0 = off */
    double repetition_penalty;         /* 1 = off */
    int64_t no_repeat_ngram_size;      /* 0 = off */
    int64_t max_length;                /* prompt included; GENERATION_NONE */
    int64_t max_new_tokens;            /* GENERATION_NONE */
    int64_t min_length, min_new_tokens;
    int64_t bos_token_id, pad_token_id, forced_bos_token_id;
    struct id_list eos_token_id, forced_eos_token_id;
    struct id_list suppress_tokens, begin_suppress_tokens;
    struct phrase_list bad_words_ids, sequence_bias;
    struct string_list stop_strings;
    int64_t lookup_tokens; /* 0 = off */
    int64_t lookup_ngram;
    double decay_start, decay_factor; /* exponential_decay_length_penalty; factor 1 = off */
    bool remove_invalid_values, renormalize_logits;
    uint64_t seed; /* of our own generator; HF has no such setting */
    /* What a file asks for and cannot have, of the keys whose bits in `open` are set; [count]. */
    const struct generation_complaint *complaints;
    int complaint_count;
    uint64_t open;
};

/* The library's defaults. */
void generation_init(struct generation *g);
/* Applies the object's keys. Lists and strings are copied into arena, which must outlive g.
 * An absent object has no keys, and keys that are no settings are ignored; a setting that asks for
 * what is not implemented (beams, assistants) is ERR_UNSUPPORTED. 0, ERR_FORMAT, ERR_UNSUPPORTED.
 * On failure *g is as it was. */
int generation_apply(struct generation *g, struct json object, struct arena *arena);
/* The same for a file that stands beside a model, which is of use even if nobody generates with
 * these settings: what cannot be is kept as a complaint, and its setting stays as it was. Only what
 * is no object fails. */
int generation_adopt(struct generation *g, struct json object, struct arena *arena);
/* Of what was set in another way than by generation_apply(): its key settles a complaint, too. */
void generation_settle(struct generation *g, const char *key);
/* 0, or the first complaint that matters: its key was not applied later, and takes part (settings
 * of sampling do not when nothing is sampled). ERR_FORMAT or ERR_UNSUPPORTED. */
int generation_check(const struct generation *g);
/* Lengths that hold for a prompt of `prompt` ids (0 with embeddings alone, whose count is
 * `embeds` then): max_length and min_length count the prompt afterwards. positions is the
 * model's max_position_embeddings. Also settles pad_token_id. */
void generation_resolve(struct generation *g, int64_t prompt, int64_t embeds, int64_t positions);
