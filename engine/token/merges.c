/* SPDX-License-Identifier: Apache-2.0 */
/* Merges are looked up in batches, so that the tables of a large vocabulary, which no near cache
 * holds, are waited for once a batch. */
#include "engine/token/merges.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/bulk.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/base/word.h"
#include "engine/token/tokenizer.h"

enum { BATCH = VOCAB_BATCH / 2, SLOTS_MIN = 16, TEXT_MAX = 4096 };

/* A merge as the file spells it. */
struct spelled {
    struct json at; /* no node: it is of a list, number … */
    size_t number;
    struct vocab_name left, right;
};

/* The list while it is read. */
struct reader {
    struct merges *out;
    const struct vocab *vocab;
    size_t prefix_len;
    struct spelled batch[BATCH];
    size_t len;
    uint32_t rank;    /* of the first of the batch */
    int32_t product;  /* of the last merge */
    struct buf joint; /* its spelling */
};

__attribute__((format(printf, 2, 3))) static int fail(const struct spelled *s, const char *fmt,
                                                      ...) {
    char text[TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return s->at.node ? json_fail(s->at, "%s", text)
                      : err_set(ERR_FORMAT, "merge %zu: %s", s->number, text);
}

/* -- spelling -- */

static int spell_pair(struct json at, struct spelled *out) {
    const char *left = "", *right = "";
    size_t left_len = 0, right_len = 0;
    if (json_len(at) != 2)
        return json_fail(at, "a merge is two tokens");
    struct json first = json_first(at);
    int rc = json_as_strn(first, &left, &left_len);
    if (rc == 0)
        rc = json_as_strn(json_next(first), &right, &right_len);
    *out = (struct spelled){
        .at = at,
        .left = {left,  (uint32_t)left_len },
        .right = {right, (uint32_t)right_len},
    };
    return rc;
}

/* out has its place already. */
static int spell_text(struct spelled *out, const char *text, size_t len) {
    const char *space = memchr(text, ' ', len);
    size_t left = space ? (size_t)(space - text) : 0, right = len - left - 1;
    if (!space || len > UINT32_MAX || memchr(space + 1, ' ', right))
        return fail(out, "a merge is two tokens with one space between");
    out->left = (struct vocab_name){text, (uint32_t)left};
    out->right = (struct vocab_name){space + 1, (uint32_t)right};
    return 0;
}

static int spell_string(struct json at, struct spelled *out) {
    const char *text = "";
    size_t len = 0;
    int rc = json_as_strn(at, &text, &len);
    *out = (struct spelled){.at = at};
    return rc < 0 ? rc : spell_text(out, text, len);
}

static int spell(struct json at, enum json_type kind, struct spelled *out) {
    if (json_type(at) != kind)
        return json_fail(at, "merges are all strings or all pairs");
    return kind == JSON_ARRAY ? spell_pair(at, out) : spell_string(at, out);
}

/* -- looking up -- */

/* Whether the id is that of left and rest, one behind the other. */
static bool is_joint(const struct vocab *v, int32_t id, struct vocab_name left,
                     struct vocab_name rest) {
    struct vocab_name name = vocab_name(v, id);
    return name.data && name.len == left.len + rest.len &&
           word_same(name.data, left.data, left.len) &&
           word_same(name.data + left.len, rest.data, rest.len);
}

/* Finds the product, whose id mostly is the one behind that of the merge before. */
static int join(struct reader *r, const struct spelled *s) {
    if (s->right.len < r->prefix_len)
        return fail(s, "\"%.*s\" is shorter than continuing_subword_prefix", (int)s->right.len,
                    s->right.data);
    const struct vocab_name rest = {s->right.data + r->prefix_len,
                                    s->right.len - (uint32_t)r->prefix_len};
    if (is_joint(r->vocab, ++r->product, s->left, rest))
        return 0;
    buf_reset(&r->joint);
    buf_add(&r->joint, s->left.data, s->left.len);
    buf_add(&r->joint, rest.data, rest.len);
    r->product = vocab_id(r->vocab, r->joint.data, r->joint.len);
    if (r->product < 0)
        return fail(s, "\"%s\", the product of the merge, is not in the vocabulary", r->joint.data);
    return 0;
}

static int fail_unknown(const struct spelled *s, bool is_left) {
    const struct vocab_name *side = is_left ? &s->left : &s->right;
    return fail(s, "\"%.*s\" is not in the vocabulary", (int)side->len, side->data);
}

/* Both sides of a merge must be in the vocabulary, as their joint spelling must be too. A pair
 * that is listed twice counts where it is listed last. */
static int add_batch(struct reader *r) {
    struct vocab_name sides[VOCAB_BATCH] = {0};
    struct merge found[BATCH];
    int32_t ids[VOCAB_BATCH];
    size_t n = r->len;
    for (size_t i = 0; i < n; i++) {
        sides[2 * i] = r->batch[i].left;
        sides[2 * i + 1] = r->batch[i].right;
    }
    vocab_ids(r->vocab, sides, 2 * n, ids);
    for (size_t i = 0; i < n; i++) {
        int32_t left = ids[2 * i], right = ids[2 * i + 1];
        int rc =
            left < 0 || right < 0 ? fail_unknown(&r->batch[i], left < 0) : join(r, &r->batch[i]);
        if (rc < 0)
            return rc;
        found[i] = (struct merge){merges_key(left, right), r->rank++, r->product};
        __builtin_prefetch(r->out->slots + merges_home(r->out, found[i].pair));
    }
    for (size_t i = 0; i < n; i++)
        *merges_slot(r->out, found[i].pair) = found[i];
    r->len = 0;
    return 0;
}

static bool is_version(const char *s, size_t len) {
    return len >= 8 && memcmp(s, "#version", 8) == 0;
}

static bool is_version_line(struct json v) {
    const char *s = "";
    size_t len = 0;
    return json_type(v) == JSON_STRING && json_as_strn(v, &s, &len) == 0 && is_version(s, len);
}

static int read_all(struct reader *r, struct json array) {
    enum json_type kind = json_type(json_first(array));
    for (struct json v = json_first(array); v.node; v = json_next(v)) {
        if (kind == JSON_STRING && is_version_line(v))
            continue;
        bool wrong = spell(v, kind, &r->batch[r->len]) < 0;
        r->len += !wrong;
        int rc = wrong || r->len == BATCH ? add_batch(r) : 0;
        if (rc == 0 && wrong) /* nothing before it was: say it again */
            rc = spell(v, kind, &r->batch[0]);
        if (rc < 0)
            return rc;
    }
    return add_batch(r);
}

static int read_texts(struct reader *r, const struct token_text *texts, size_t len) {
    for (size_t i = 0; i < len; i++) {
        struct spelled *s = &r->batch[r->len];
        if (is_version(texts[i].data, texts[i].len))
            continue;
        *s = (struct spelled){.number = i};
        bool wrong = spell_text(s, texts[i].data, texts[i].len) < 0;
        r->len += !wrong;
        int rc = wrong || r->len == BATCH ? add_batch(r) : 0;
        if (rc == 0 && wrong) { /* nothing before it was: say it again */
            r->batch[0] = (struct spelled){.number = i};
            rc = spell_text(&r->batch[0], texts[i].data, texts[i].len);
        }
        if (rc < 0)
            return rc;
    }
    return add_batch(r);
}

static int start(struct reader *r, size_t count) {
    struct merges *out = r->out;
    size_t slots = SLOTS_MIN;
    while (slots < count * 3 / 2 + 1)
        slots *= 2;
    out->slots = bulk_alloc(slots * sizeof(*out->slots));
    if (!out->slots)
        return err_set(ERR_NOMEM, "no memory for %zu merges", count);
    out->mask = slots - 1;
    out->seed = map_hash("merges", 6);
    buf_init(&r->joint, 2 * r->vocab->longest + 1);
    return 0;
}

int merges_parse(struct merges *out, const struct vocab *vocab, size_t prefix_len,
                 struct json array) {
    struct reader r = {.out = out, .vocab = vocab, .prefix_len = prefix_len, .product = -1};
    int rc = start(&r, json_len(array));
    if (rc == 0)
        rc = read_all(&r, array);
    buf_done(&r.joint);
    return rc;
}

int merges_fill(struct merges *out, const struct vocab *vocab, size_t prefix_len,
                const struct token_text *texts, size_t len) {
    struct reader r = {.out = out, .vocab = vocab, .prefix_len = prefix_len, .product = -1};
    int rc = start(&r, len);
    if (rc == 0)
        rc = read_texts(&r, texts, len);
    buf_done(&r.joint);
    return rc;
}

void merges_done(struct merges *m) {
    bulk_free(m->slots, (m->mask + 1) * sizeof(*m->slots));
    *m = (struct merges){0};
}
