/* SPDX-License-Identifier: Apache-2.0 */
/* From tokens to encodings: truncation into chunks, and the template laid over each combination
 * of chunks, in the order in which HF merges encodings. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/token/impl.h"

enum { OVERFLOW_MAX = 1 << 16 }; /* encodings cut off one text */

/* -- truncation -- */

static void add_chunk(struct tokens *t, size_t begin, size_t end) {
    t->chunks = xrealloc(t->chunks, (t->chunks_len + 1) * sizeof(*t->chunks));
    t->chunks[t->chunks_len++] = (struct chunk){begin, end};
}

void tokens_whole(struct tokens *text) {
    text->chunks_len = 0;
    add_chunk(text, 0, text->len);
}

/* Chunks of max tokens, each but the first repeating stride of the one before. */
static int cut(struct tokens *t, size_t max, size_t stride, enum token_side side) {
    tokens_whole(t);
    if (max >= t->len)
        return 0;
    if (max == 0) {
        t->chunks[0].end = 0;
        add_chunk(t, 0, t->len);
        return 0;
    }
    if (stride >= max)
        return err_set(ERR_ARG, "a stride of %zu leaves nothing of chunks of %zu tokens", stride,
                       max);
    size_t step = max - stride;
    if ((t->len - max) / step >= OVERFLOW_MAX)
        return err_set(ERR_LIMIT, "truncation makes over %d pieces", OVERFLOW_MAX);
    t->chunks_len = 0;
    for (size_t at = 0; at < t->len; at += step) {
        if (side == SIDE_RIGHT)
            add_chunk(t, at, at + max < t->len ? at + max : t->len);
        else
            add_chunk(t, t->len - at > max ? t->len - at - max : 0, t->len - at);
        if (t->len - at <= max)
            break;
    }
    return 0;
}

static size_t min_size(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The longer text gives first; when both are too long, each gets half. */
static int cut_longest(struct tokens *text, struct tokens *pair, size_t max,
                       const struct truncation *limit) {
    size_t n1 = min_size(text->len, pair->len), n2;
    bool swapped = text->len > pair->len;
    if (n1 > max)
        n2 = n1;
    else
        n2 = n1 > max - n1 ? n1 : max - n1;
    if (n1 + n2 > max) {
        n1 = max / 2;
        n2 = n1 + max % 2;
    }
    int rc = cut(text, swapped ? n2 : n1, limit->stride, limit->side);
    return rc < 0 ? rc : cut(pair, swapped ? n1 : n2, limit->stride, limit->side);
}

int tokens_truncate(struct tokens *text, struct tokens *pair, const struct truncation *limit,
                    size_t added) {
    size_t total = text->len + (pair ? pair->len : 0);
    tokens_whole(text);
    if (pair)
        tokens_whole(pair);
    if (limit->max_length < added)
        return err_set(ERR_ARG, "%zu tokens have no room for %zu special ones", limit->max_length,
                       added);
    size_t max = limit->max_length - added;
    if (max == 0) {
        int rc = cut(text, 0, 0, limit->side);
        return rc == 0 && pair ? cut(pair, 0, 0, limit->side) : rc;
    }
    if (total <= max)
        return 0;
    if (limit->strategy == TRUNCATE_LONGEST_FIRST)
        return pair ? cut_longest(text, pair, max, limit)
                    : cut(text, max, limit->stride, limit->side);
    struct tokens *victim = limit->strategy == TRUNCATE_ONLY_FIRST ? text : pair;
    if (!victim)
        return err_set(ERR_ARG, "only_second truncation needs a second text");
    if (victim->len <= total - max)
        return err_set(ERR_ARG, "the text to truncate is too short for a length of %zu", max);
    return cut(victim, victim->len - (total - max), limit->stride, limit->side);
}

/* -- templates -- */

struct assembly {
    const struct postprocessor *post;
    const struct template *pattern;
    const struct tokens *texts[2];
    bool special;
};

static size_t trimmed(size_t a, size_t by) {
    return a > by ? a - by : 0;
}

/* ByteLevel's and Roberta's trim_offsets for the i-th token of a chunk. */
static struct token_span trim(const struct postprocessor *post, struct token_span span,
                              uint32_t blanks, size_t i) {
    size_t begin = span.begin, end = span.end;
    for (int k = 0; k < post->trims; k++) {
        size_t lead = blanks >> 16, trail = blanks & 0xffff;
        if (lead == 1 && post->trim_prefix[k] && (i == 0 || begin == 0))
            lead = 0; /* the space that add_prefix_space put there */
        begin = min_size(begin + lead, end);
        if (trail > 0 && end >= trail)
            end = trimmed(end, trail) > begin ? trimmed(end, trail) : begin;
    }
    return (struct token_span){(uint32_t)begin, (uint32_t)end};
}

static void put_text(const struct assembly *a, const struct template_piece *p, size_t pick,
                     struct encoding *out) {
    const struct tokens *t = a->texts[p->sequence];
    struct chunk c = t->chunks[pick];
    size_t n = c.end - c.begin, at = out->len;
    /* HF gives the template's types to what stays; what overflows keeps the text's number. */
    int32_t type = pick == 0 ? p->type_id : a->post->types_zero && a->special ? 0 : p->sequence;
    if (n == 0)
        return;
    encoding_reserve(out, at + n);
    memcpy(out->ids + at, t->ids + c.begin, n * sizeof(*t->ids));
    memcpy(out->offsets + at, t->spans + c.begin, n * sizeof(*t->spans));
    memcpy(out->words + at, t->words + c.begin, n * sizeof(*t->words));
    memset(out->sequences + at, p->sequence, n);
    memset(out->special + at, 0, n);
    memset(out->attention + at, 1, n);
    for (size_t i = 0; i < n; i++)
        out->type_ids[at + i] = type;
    for (size_t i = 0; i < n && a->post->trims > 0; i++)
        if (t->blanks[c.begin + i])
            out->offsets[at + i] = trim(a->post, out->offsets[at + i], t->blanks[c.begin + i], i);
    out->len += n;
}

static void put_special(const struct template_piece *p, struct encoding *out) {
    size_t at = out->len;
    encoding_reserve(out, at + p->len);
    for (size_t i = 0; i < p->len; i++, at++) {
        out->ids[at] = p->ids[i];
        out->type_ids[at] = p->type_id;
        out->offsets[at] = (struct token_span){0, 0};
        out->words[at] = -1;
        out->sequences[at] = -1;
        out->special[at] = 1;
        out->attention[at] = 1;
    }
    out->len = at;
}

/* picks[i]: the chunk that stands at piece i. */
static void put(const struct assembly *a, const uint32_t *picks, struct encoding *out) {
    out->len = 0;
    for (size_t i = 0; i < a->pattern->len; i++) {
        const struct template_piece *p = &a->pattern->pieces[i];
        if (p->sequence >= 0)
            put_text(a, p, picks[i], out);
        else if (a->special)
            put_special(p, out);
    }
}

struct picks {
    uint32_t *data; /* [len][width] */
    size_t len, cap, width;
};

/* Appends a copy of row (all zero when NULL) with `pick` at piece i. */
static int picks_add(struct picks *v, const uint32_t *row, size_t i, size_t pick) {
    if (v->len == OVERFLOW_MAX)
        return err_set(ERR_LIMIT, "truncation makes over %d encodings", OVERFLOW_MAX);
    if (v->len == v->cap) {
        v->cap = v->cap * 2 + 16;
        v->data = xrealloc(v->data, v->cap * v->width * sizeof(*v->data));
    }
    uint32_t *to = v->data + v->len++ * v->width;
    if (row)
        memcpy(to, row, v->width * sizeof(*to));
    else
        memset(to, 0, v->width * sizeof(*to));
    to[i] = (uint32_t)pick;
    return 0;
}

/* Merging the encodings of the pieces one by one: what overflowed before with all chunks of the
 * next piece, then what stays with the chunks of it that overflow. */
static int picks_make(const struct assembly *a, struct picks *v) {
    struct picks next = {.width = v->width};
    int rc = 0;
    for (size_t i = 0; i < a->pattern->len && rc == 0; i++) {
        const struct template_piece *p = &a->pattern->pieces[i];
        size_t chunks = p->sequence < 0 ? 1 : a->texts[p->sequence]->chunks_len;
        if (chunks == 1)
            continue;
        next.len = 0;
        for (size_t k = 0; k < v->len && rc == 0; k++)
            for (size_t pick = 0; pick < chunks && rc == 0; pick++)
                rc = picks_add(&next, v->data + k * v->width, i, pick);
        for (size_t pick = 1; pick < chunks && rc == 0; pick++)
            rc = picks_add(&next, NULL, i, pick);
        struct picks swap = *v;
        *v = next;
        next = swap;
    }
    free(next.data);
    return rc;
}

static void put_overflow(const struct assembly *a, const struct picks *v, struct encoding *out) {
    if (v->len > out->overflow_cap) {
        out->overflow = xrealloc(out->overflow, v->len * sizeof(*out->overflow));
        memset(out->overflow + out->overflow_cap, 0,
               (v->len - out->overflow_cap) * sizeof(*out->overflow));
        out->overflow_cap = v->len;
    }
    for (size_t k = 0; k < v->len; k++)
        put(a, v->data + k * v->width, &out->overflow[k]);
    out->overflow_len = v->len;
}

int tokens_assemble(const struct postprocessor *post, const struct tokens *text,
                    const struct tokens *pair, bool special, struct encoding *out) {
    struct assembly a = {
        post, pair ? &post->pair : &post->single, {text, pair},
              special
    };
    struct picks none = {.width = a.pattern->len}, overflow = none;
    encoding_reset(out);
    if (a.pattern->len == 0) /* a template of nothing */
        return 0;
    int rc = picks_add(&none, NULL, 0, 0);
    if (rc == 0)
        rc = picks_make(&a, &overflow);
    if (rc == 0) {
        put(&a, none.data, out);
        put_overflow(&a, &overflow, out);
    }
    free(none.data);
    free(overflow.data);
    return rc;
}
