/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/processors.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/base/err.h"

static void set_all(struct row *row, const struct id_list *ids, float value) {
    for (int64_t i = 0; i < ids->len; i++)
        row->scores[ids->ids[i]] = value;
}

static void apply_phrases(struct row *row, const struct phrase_list *list) {
    for (int64_t i = 0; i < list->len; i++) {
        const struct phrase *p = &list->items[i];
        /* HF asks for as many ids before as the whole phrase has, one more than it compares. */
        if (p->len > 1 && p->len > row->len)
            continue;
        const int32_t *tail = row->ids + row->len - (p->len - 1);
        if (p->len == 1 || memcmp(tail, p->ids, (size_t)(p->len - 1) * sizeof(*tail)) == 0)
            row->scores[p->ids[p->len - 1]] += p->bias;
    }
}

/* Of phrases of one token, a later bias replaces an earlier one of the same token. */
static void sequence_bias(struct row *row) {
    const struct phrase_list *list = &row->settings->sequence_bias;
    for (int64_t i = 0; i < list->len; i++) {
        struct phrase_list one = {&list->items[i], 1};
        bool replaced = false;
        for (int64_t j = i + 1; j < list->len && list->items[i].len == 1; j++)
            replaced |= list->items[j].len == 1 && list->items[j].ids[0] == list->items[i].ids[0];
        if (!replaced)
            apply_phrases(row, &one);
    }
}

static void repetition_penalty(struct row *row) {
    float penalty = (float)row->settings->repetition_penalty;
    uint8_t *seen = row->scratch->marks;
    if (row->settings->repetition_penalty == 1)
        return;
    for (int64_t i = 0; i < row->len; i++) {
        int32_t id = row->ids[i];
        if (seen[id])
            continue;
        seen[id] = 1;
        row->scores[id] =
            row->scores[id] < 0 ? row->scores[id] * penalty : row->scores[id] / penalty;
    }
    for (int64_t i = 0; i < row->len; i++)
        seen[row->ids[i]] = 0;
}

static void no_repeat_ngram(struct row *row) {
    int64_t n = row->settings->no_repeat_ngram_size;
    if (n <= 0 || row->len < n)
        return;
    const int32_t *prefix = row->ids + row->len - (n - 1);
    for (int64_t i = 0; i + n <= row->len; i++)
        if (memcmp(row->ids + i, prefix, (size_t)(n - 1) * sizeof(*prefix)) == 0)
            row->scores[row->ids[i + n - 1]] = -INFINITY;
}

static bool is_lone_eos(const struct phrase *p, const struct id_list *eos) {
    for (int64_t i = 0; i < eos->len; i++)
        if (p->len == 1 && p->ids[0] == eos->ids[i])
            return true;
    return false;
}

static void bad_words(struct row *row) {
    const struct phrase_list *list = &row->settings->bad_words_ids;
    for (int64_t i = 0; i < list->len; i++) {
        struct phrase_list one = {&list->items[i], 1};
        if (!is_lone_eos(one.items, &row->settings->eos_token_id))
            apply_phrases(row, &one);
    }
}

static void min_length(struct row *row) {
    const struct generation *g = row->settings;
    if (row->len < g->min_length ||
        (g->min_new_tokens > 0 && row->len - row->prompt < g->min_new_tokens))
        set_all(row, &g->eos_token_id, -INFINITY);
}

static void force(struct row *row, const struct id_list *ids) {
    for (int64_t i = 0; i < row->scratch->vocab; i++)
        row->scores[i] = -INFINITY;
    set_all(row, ids, 0);
}

static void forced_bos(struct row *row) {
    int32_t bos = (int32_t)row->settings->forced_bos_token_id;
    struct id_list ids = {&bos, 1};
    if (bos != GENERATION_NONE && row->len == 1)
        force(row, &ids);
}

static void forced_eos(struct row *row) {
    const struct generation *g = row->settings;
    if (g->forced_eos_token_id.len > 0 && row->len == g->max_length - 1)
        force(row, &g->forced_eos_token_id);
}

static void remove_invalid(struct row *row) {
    if (!row->settings->remove_invalid_values)
        return;
    for (int64_t i = 0; i < row->scratch->vocab; i++) {
        float s = row->scores[i];
        row->scores[i] = isnan(s) ? 0 : s > FLT_MAX ? FLT_MAX : s < -FLT_MAX ? -FLT_MAX : s;
    }
}

static void decay(struct row *row) {
    const struct generation *g = row->settings;
    double start = g->decay_start + (double)row->prompt;
    if (g->decay_factor == 1 || (double)row->len <= start)
        return;
    float gain = (float)(pow(g->decay_factor, (double)row->len - start) - 1);
    for (int64_t i = 0; i < g->eos_token_id.len; i++) {
        float *s = &row->scores[g->eos_token_id.ids[i]];
        *s += fabsf(*s) * gain;
    }
}

static void suppress(struct row *row) {
    const struct generation *g = row->settings;
    int64_t begin = row->prompt;
    if (row->prompt <= 1 && g->forced_bos_token_id != GENERATION_NONE)
        begin++;
    set_all(row, &g->suppress_tokens, -INFINITY);
    if (row->len == begin)
        set_all(row, &g->begin_suppress_tokens, -INFINITY);
}

static void temperature(struct row *row) {
    float t = (float)row->settings->temperature;
    if (row->settings->temperature != 1)
        for (int64_t i = 0; i < row->scratch->vocab; i++)
            row->scores[i] /= t;
}

static void renormalize(struct row *row) {
    if (!row->settings->renormalize_logits)
        return;
    double sum = 0;
    float top = scores_top(row->scores, row->scratch->vocab);
    for (int64_t i = 0; i < row->scratch->vocab; i++)
        sum += exp((double)(row->scores[i] - top));
    for (int64_t i = 0; i < row->scratch->vocab; i++)
        row->scores[i] = (float)((double)(row->scores[i] - top) - log(sum));
}

/* HF's order. The second column: only when sampling. */
static const struct {
    void (*apply)(struct row *row);
    bool sampling;
} processors[] = {
    {sequence_bias,      false},
    {repetition_penalty, false},
    {no_repeat_ngram,    false},
    {bad_words,          false},
    {min_length,         false},
    {forced_bos,         false},
    {forced_eos,         false},
    {remove_invalid,     false},
    {decay,              false},
    {suppress,           false},
    {temperature,        true },
    {truncate_top_k,     true },
    {truncate_top_p,     true },
    {truncate_min_p,     true },
    {truncate_typical,   true },
    {truncate_epsilon,   true },
    {truncate_eta,       true },
    {renormalize,        false},
};

void processors_run(struct row *row) {
    for (size_t i = 0; i < sizeof(processors) / sizeof(processors[0]); i++)
        if (!processors[i].sampling || row->settings->do_sample)
            processors[i].apply(row);
}

static int check_ids(const char *key, const int32_t *ids, int64_t len, int64_t vocab) {
    for (int64_t i = 0; i < len; i++)
        if (ids[i] < 0 || ids[i] >= vocab)
            return err_set(ERR_ARG, "%s names token %" PRId32 ", but the vocabulary has %" PRId64,
                           key, ids[i], vocab);
    return 0;
}

static int check_phrases(const char *key, const struct phrase_list *list, int64_t vocab) {
    for (int64_t i = 0; i < list->len; i++) {
        int rc = check_ids(key, list->items[i].ids, list->items[i].len, vocab);
        if (rc < 0)
            return rc;
    }
    return 0;
}

int processors_check(const struct generation *g, int64_t vocab) {
    const struct {
        const char *key;
        const struct id_list *list;
    } lists[] = {
        {"forced_eos_token_id",   &g->forced_eos_token_id  },
        {"suppress_tokens",       &g->suppress_tokens      },
        {"begin_suppress_tokens", &g->begin_suppress_tokens},
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        int rc = check_ids(lists[i].key, lists[i].list->ids, lists[i].list->len, vocab);
        if (rc < 0)
            return rc;
    }
    bool eos_scored = g->min_length > 0 || g->min_new_tokens > 0 || g->decay_factor != 1;
    int rc =
        eos_scored ? check_ids("eos_token_id", g->eos_token_id.ids, g->eos_token_id.len, vocab) : 0;
    int32_t bos = (int32_t)g->forced_bos_token_id;
    if (rc == 0 && bos != GENERATION_NONE)
        rc = check_ids("forced_bos_token_id", &bos, 1, vocab);
    if (rc == 0)
        rc = check_phrases("bad_words_ids", &g->bad_words_ids, vocab);
    return rc < 0 ? rc : check_phrases("sequence_bias", &g->sequence_bias, vocab);
}
