/* SPDX-License-Identifier: Apache-2.0 */
/* BPE: characters joined pair by pair, the earliest merge of the list first, ties to the left.
 * Short words scan for the next pair; long ones keep a heap, so that a word of 100 KB takes
 * n log n steps. */
#include "engine/token/model.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/token/component.h"
#include "engine/token/text.h"

enum { SCAN_MAX = 24, SINGLES = 0x180 };

struct merge {
    uint64_t pair; /* left id + 1 in the high half, so that 0 is a free slot */
    uint32_t rank;
    int32_t id; /* of the two joined */
};
struct bpe {
    struct merge *merges; /* open addressing */
    uint64_t mask, seed;
    char *suffix; /* of the last character of a word; "" for none */
    size_t suffix_len;
    bool fuse_unk, byte_fallback, ignore_merges;
    int32_t bytes[256];       /* ids of <0x00> … <0xFF>, or -1 */
    int32_t singles[SINGLES]; /* ids of one-character tokens, or -1 */
};

/* -- the merge table -- */

static uint64_t pair_key(int32_t left, int32_t right) {
    return (uint64_t)((uint32_t)left + 1) << 32 | (uint32_t)right;
}

static struct merge *merge_slot(const struct bpe *b, uint64_t pair) {
    uint64_t h = (pair ^ b->seed) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    for (uint64_t i = h >> 24;; i++) {
        struct merge *m = &b->merges[i & b->mask];
        if (m->pair == pair || m->pair == 0)
            return m;
    }
}

static const struct merge *merge_find(const struct bpe *b, int32_t left, int32_t right) {
    const struct merge *m = merge_slot(b, pair_key(left, right));
    return m->pair ? m : NULL;
}

/* -- parsing -- */

/* Adds left + right, both in the vocabulary as their joint spelling must be too. A pair that is
 * listed twice counts where it is listed last. */
static int add_merge(struct model *m, struct buf *joint, struct json at, const char *left,
                     size_t left_len, const char *right, size_t right_len, uint32_t rank) {
    int32_t a = vocab_id(&m->vocab, left, left_len);
    int32_t b = vocab_id(&m->vocab, right, right_len);
    if (a < 0 || b < 0)
        return json_fail(at, "\"%.*s\" is not in the vocabulary",
                         (int)(a < 0 ? left_len : right_len), a < 0 ? left : right);
    if (right_len < m->prefix_len)
        return json_fail(at, "\"%s\" is shorter than continuing_subword_prefix", right);
    buf_reset(joint);
    buf_add(joint, left, left_len);
    buf_add(joint, right + m->prefix_len, right_len - m->prefix_len);
    int32_t id = vocab_id(&m->vocab, joint->data, joint->len);
    if (id < 0)
        return json_fail(at, "\"%s\", the product of the merge, is not in the vocabulary",
                         joint->data);
    *merge_slot(m->bpe, pair_key(a, b)) = (struct merge){pair_key(a, b), rank, id};
    return 0;
}

static int parse_merge(struct model *m, struct buf *joint, struct json at, uint32_t rank) {
    const char *left = "", *right = "";
    if (json_type(at) == JSON_ARRAY) {
        if (json_len(at) != 2)
            return json_fail(at, "a merge is two tokens");
        int rc = json_as_str(json_at(at, 0), &left);
        if (rc == 0)
            rc = json_as_str(json_at(at, 1), &right);
        return rc < 0 ? rc
                      : add_merge(m, joint, at, left, strlen(left), right, strlen(right), rank);
    }
    int rc = json_as_str(at, &left);
    if (rc < 0)
        return rc;
    const char *space = strchr(left, ' ');
    if (!space || strchr(space + 1, ' '))
        return json_fail(at, "a merge is two tokens with one space between");
    right = space + 1;
    return add_merge(m, joint, at, left, (size_t)(space - left), right, strlen(right), rank);
}

static bool is_version_line(struct json v) {
    const char *s = "";
    return json_type(v) == JSON_STRING && json_as_str(v, &s) == 0 && strncmp(s, "#version", 8) == 0;
}

static int parse_merges(struct model *m, struct json list) {
    struct bpe *b = m->bpe;
    size_t cap = 16;
    while (cap < json_len(list) * 3 / 2 + 1)
        cap *= 2;
    b->merges = xcalloc(cap, sizeof(*b->merges));
    b->mask = cap - 1;
    b->seed = map_hash("merges", 6);
    struct buf joint;
    buf_init(&joint, 2 * m->vocab.longest + 1);
    uint32_t rank = 0;
    int rc = 0;
    enum json_type kind = json_type(json_first(list));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        if (json_type(v) != kind)
            rc = json_fail(v, "merges are all strings or all pairs");
        else if (!is_version_line(v))
            rc = parse_merge(m, &joint, v, rank++);
    }
    buf_done(&joint);
    return rc;
}

static void find_singles(struct model *m) {
    struct bpe *b = m->bpe;
    char name[8];
    for (int i = 0; i < 256; i++) {
        snprintf(name, sizeof(name), "<0x%02X>", i);
        b->bytes[i] = vocab_id(&m->vocab, name, 6);
    }
    for (uint32_t cp = 0; cp < SINGLES; cp++) {
        char c[2] = {(char)(cp < 0x80 ? cp : 0xc0 | cp >> 6), (char)(0x80 | (cp & 0x3f))};
        b->singles[cp] = vocab_id(&m->vocab, c, cp < 0x80 ? 1 : 2);
    }
}

static int copy_option(struct json at, const char *key, char **out) {
    const char *s = NULL;
    int rc = json_opt_str(at, key, &s);
    if (rc == 0 && s)
        *out = xstrdup(s);
    return rc;
}

static int parse_bpe(struct model *m, struct json at) {
    struct bpe *b = m->bpe = xcalloc(1, sizeof(*b));
    double dropout = 0;
    struct json merges = {0};
    int rc = copy_option(at, "unk_token", &m->unk_token);
    if (rc == 0)
        rc = copy_option(at, "continuing_subword_prefix", &m->prefix);
    if (rc == 0)
        rc = copy_option(at, "end_of_word_suffix", &b->suffix);
    if (rc == 0)
        rc = json_opt_bool(at, "fuse_unk", &b->fuse_unk);
    if (rc == 0)
        rc = json_opt_bool(at, "byte_fallback", &b->byte_fallback);
    if (rc == 0)
        rc = json_opt_bool(at, "ignore_merges", &b->ignore_merges);
    if (rc == 0)
        rc = json_opt_real(at, "dropout", &dropout);
    if (rc == 0 && !(dropout >= 0 && dropout <= 1))
        rc = json_fail(json_member(at, "dropout"), "expected 0 to 1");
    if (rc == 0)
        rc = json_array(at, "merges", &merges);
    if (rc < 0)
        return rc;
    m->prefix_len = m->prefix ? strlen(m->prefix) : 0;
    b->suffix_len = b->suffix ? strlen(b->suffix) : 0;
    find_singles(m);
    return parse_merges(m, merges);
}

static void done_bpe(struct model *m) {
    if (m->bpe) {
        free(m->bpe->merges);
        free(m->bpe->suffix);
    }
    free(m->bpe);
}

/* -- characters to first symbols -- */

/* The character word[i, i + n) as the vocabulary spells it there. */
static const char *spell(const struct model *m, struct model_scratch *s, const char *word,
                         size_t len, size_t i, size_t n, size_t *out_len) {
    size_t prefix = i > 0 ? m->prefix_len : 0;
    size_t suffix = i + n == len ? m->bpe->suffix_len : 0;
    *out_len = prefix + n + suffix;
    if (prefix + suffix == 0)
        return word + i;
    char *out = model_spelling(s, *out_len);
    if (prefix)
        memcpy(out, m->prefix, prefix);
    memcpy(out + prefix, word + i, n);
    if (suffix)
        memcpy(out + prefix + n, m->bpe->suffix, suffix);
    return out;
}

/* All bytes as <0x..> tokens; false when one of them is missing. */
static bool add_bytes(const struct bpe *b, struct symbols *out, const char *s, size_t len,
                      size_t *end) {
    for (size_t i = 0; i < len; i++)
        if (b->bytes[(unsigned char)s[i]] < 0)
            return false;
    for (size_t i = 0; i < len; i++)
        model_emit(out, b->bytes[(unsigned char)s[i]], ++*end);
    return true;
}

/* Symbols before any merge. An unknown character waits until the next known one, so that
 * neighbours can fuse; byte tokens do not end the wait (so does HF). Without an unknown token a
 * character vanishes, and ends move up. */
static int first_symbols(const struct model *m, struct model_scratch *s, const char *word,
                         size_t len) {
    const struct bpe *b = m->bpe;
    struct symbols *out = &s->symbols;
    size_t end = 0, waiting = 0, n, spelled_len;
    bool bare = m->prefix_len + b->suffix_len == 0;
    for (size_t i = 0; i < len; i += n) {
        uint32_t cp = text_code(word + i, &n);
        const char *spelled = spell(m, s, word, len, i, n, &spelled_len);
        int32_t id =
            bare && cp < SINGLES ? b->singles[cp] : vocab_id(&m->vocab, spelled, spelled_len);
        if (id < 0 && b->byte_fallback && add_bytes(b, out, spelled, spelled_len, &end))
            continue;
        if (id < 0 && !m->unk_token)
            continue;
        if (id < 0 && m->unk < 0)
            return model_no_unk(m);
        if (waiting && (id >= 0 || !b->fuse_unk)) {
            model_emit(out, m->unk, end += waiting);
            waiting = 0;
        }
        if (id >= 0)
            model_emit(out, id, end += n);
        else
            waiting += n;
    }
    if (waiting)
        model_emit(out, m->unk, end + waiting);
    return 0;
}

/* -- merging -- */

static void merge_by_scan(const struct bpe *b, struct symbols *v) {
    const struct merge *next[SCAN_MAX];
    struct symbol *a = v->data;
    size_t n = v->len;
    for (size_t i = 0; i + 1 < n; i++)
        next[i] = merge_find(b, a[i].id, a[i + 1].id);
    for (;;) {
        size_t at = n;
        for (size_t i = 0; i + 1 < n; i++)
            if (next[i] && (at == n || next[i]->rank < next[at]->rank))
                at = i;
        if (at == n)
            break;
        a[at].id = next[at]->id;
        a[at].end = a[at + 1].end;
        n--;
        memmove(a + at + 1, a + at + 2, (n - at - 1) * sizeof(*a));
        memmove(next + at, next + at + 1, (n - at - 1) * sizeof(next[0]));
        if (at > 0)
            next[at - 1] = merge_find(b, a[at - 1].id, a[at].id);
        if (at + 1 < n)
            next[at] = merge_find(b, a[at].id, a[at + 1].id);
    }
    v->len = n;
}

struct candidate {
    uint32_t rank, at;
    int32_t id;
};
struct heap {
    struct candidate *data;
    size_t len;
};
struct link {
    uint32_t prev, next; /* indices; a symbol that is gone has next 0 */
};

static bool is_before(struct candidate a, struct candidate b) {
    return a.rank != b.rank ? a.rank < b.rank : a.at < b.at;
}

static void heap_push(struct heap *h, struct candidate c) {
    size_t i = h->len++;
    for (; i > 0 && is_before(c, h->data[(i - 1) / 2]); i = (i - 1) / 2)
        h->data[i] = h->data[(i - 1) / 2];
    h->data[i] = c;
}

static struct candidate heap_pop(struct heap *h) {
    struct candidate top = h->data[0], last = h->data[--h->len];
    size_t i = 0;
    for (size_t kid; (kid = 2 * i + 1) < h->len; i = kid) {
        if (kid + 1 < h->len && is_before(h->data[kid + 1], h->data[kid]))
            kid++;
        if (!is_before(h->data[kid], last))
            break;
        h->data[i] = h->data[kid];
    }
    h->data[i] = last;
    return top;
}

static void propose(const struct bpe *b, struct heap *h, const struct symbol *a, size_t left,
                    size_t right) {
    const struct merge *m = merge_find(b, a[left].id, a[right].id);
    if (m)
        heap_push(h, (struct candidate){m->rank, (uint32_t)left, m->id});
}

/* Each merge proposes at most two pairs and removes a symbol: the heap never holds 3n. */
static void merge_by_heap(const struct bpe *b, struct model_scratch *s, struct symbols *v) {
    struct symbol *a = v->data;
    size_t n = v->len;
    char *work = model_work(s, n * (3 * sizeof(struct candidate) + sizeof(struct link)));
    struct heap h = {.data = (struct candidate *)(void *)work};
    struct link *links = (struct link *)(void *)(work + 3 * n * sizeof(struct candidate));
    for (size_t i = 0; i < n; i++)
        links[i] = (struct link){(uint32_t)(i - 1), (uint32_t)(i + 1)};
    for (size_t i = 0; i + 1 < n; i++)
        propose(b, &h, a, i, i + 1);
    while (h.len > 0) {
        struct candidate c = heap_pop(&h);
        uint32_t right = links[c.at].next;
        if (right == 0 || right >= n)
            continue; /* merged away, or the last one */
        const struct merge *m = merge_find(b, a[c.at].id, a[right].id);
        if (!m || m->id != c.id)
            continue; /* one of the two has changed since */
        a[c.at].id = c.id;
        a[c.at].end = a[right].end;
        uint32_t after = links[right].next;
        links[c.at].next = after;
        links[right].next = 0;
        if (after < n)
            links[after].prev = c.at;
        if (c.at > 0)
            propose(b, &h, a, links[c.at].prev, c.at);
        if (after < n)
            propose(b, &h, a, c.at, after);
    }
    size_t kept = 0;
    for (size_t i = 0; i < n; i = links[i].next)
        a[kept++] = a[i];
    v->len = kept;
}

static int run_bpe(const struct model *m, struct model_scratch *s, const char *word, size_t len) {
    const struct bpe *b = m->bpe;
    int32_t whole = b->ignore_merges ? vocab_id(&m->vocab, word, len) : -1;
    if (whole >= 0) {
        model_emit(&s->symbols, whole, len);
        return 0;
    }
    int rc = first_symbols(m, s, word, len);
    if (rc < 0)
        return rc;
    if (s->symbols.len <= SCAN_MAX)
        merge_by_scan(b, &s->symbols);
    else
        merge_by_heap(b, s, &s->symbols);
    return 0;
}

const struct model_type model_bpe = {"BPE", parse_bpe, run_bpe, done_bpe};
