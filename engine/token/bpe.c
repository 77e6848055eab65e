/* SPDX-License-Identifier: Apache-2.0 */
/* BPE: characters joined pair by pair, the earliest merge of the list first, ties to the left.
 * Short words scan for the next pair; long ones keep a heap, so that a word of 100 KB takes
 * n log n steps. */
#include "engine/token/model.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/token/component.h"
#include "engine/token/merges.h"
#include "engine/token/text.h"
#include "engine/token/tokenizer.h"

enum { SCAN_MAX = 24, SINGLES = 0x180 };

struct bpe {
    struct merges merges;
    char *suffix; /* of the last character of a word; "" for none */
    size_t suffix_len;
    bool fuse_unk, byte_fallback, ignore_merges;
    int32_t bytes[256];       /* ids of <0x00> … <0xFF>, or -1 */
    int32_t singles[SINGLES]; /* ids of one-character tokens, or -1 */
};

/* -- parsing -- */

static void find_singles(struct model *m) {
    struct bpe *b = m->bpe;
    vocab_bytes(&m->vocab, b->bytes);
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

static int parse_bpe(struct model *m, struct json section, struct json at) {
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
    bool need = section.node == at.node; /* a recipe does without */
    if (rc == 0 && (need || json_exists(json_member(section, "merges"))))
        rc = json_array(section, "merges", &merges);
    if (rc < 0)
        return rc;
    m->prefix_len = m->prefix ? strlen(m->prefix) : 0;
    b->suffix_len = b->suffix ? strlen(b->suffix) : 0;
    find_singles(m);
    if (!m->lists)
        return merges_parse(&b->merges, &m->vocab, m->prefix_len, merges);
    rc = merges_fill(&b->merges, &m->vocab, m->prefix_len, m->lists->merges, m->lists->merges_len);
    return rc < 0 ? err_while(rc, "%s", m->lists->name) : 0;
}

static void done_bpe(struct model *m) {
    if (m->bpe) {
        merges_done(&m->bpe->merges);
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
        next[i] = merges_find(&b->merges, a[i].id, a[i + 1].id);
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
            next[at - 1] = merges_find(&b->merges, a[at - 1].id, a[at].id);
        if (at + 1 < n)
            next[at] = merges_find(&b->merges, a[at].id, a[at + 1].id);
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
    const struct merge *m = merges_find(&b->merges, a[left].id, a[right].id);
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
        const struct merge *m = merges_find(&b->merges, a[c.at].id, a[right].id);
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
