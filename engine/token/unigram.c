/* SPDX-License-Identifier: Apache-2.0 */
/* Unigram: of all ways to spell a word in pieces the one whose scores add up to most. From each
 * character on, all pieces that begin there compete for the place where they end; of equals the
 * first stays. A character that no piece spells alone may be unknown, at a price. */
#include "engine/token/model.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/token/prefixes.h"
#include "engine/token/text.h"
#include "engine/token/tokenizer.h"

/* How much worse than the worst piece an unknown character is. */
#define UNKNOWN_PENALTY 10.0

struct unigram {
    struct prefixes prefixes;
    double *scores; /* [vocab.end]; NaN: no text is cut into it */
    double unk_score;
    bool byte_fallback;
    int32_t bytes[256]; /* ids of <0x00> … <0xFF>, or -1 */
};

/* -- parsing -- */

/* [["token", score], …]. A vocabulary from GGUF has null for the score of what no text is cut into,
 * and for an id without a token. */
static int parse_piece(struct json at, struct token_text *token, double *score) {
    struct json value = json_at(at, 1);
    *score = NAN;
    if (json_type(at) == JSON_NULL)
        return 0;
    int rc = json_type(at) == JSON_ARRAY && json_len(at) == 2
                 ? json_as_strn(json_at(at, 0), &token->data, &token->len)
                 : json_fail(at, "expected a token and its score");
    return rc < 0 || json_type(value) == JSON_NULL ? rc : json_as_real(value, score);
}

static int parse_pieces(struct model *m, struct json section) {
    struct json list;
    int rc = json_array(section, "vocab", &list);
    if (rc < 0)
        return rc;
    size_t count = json_len(list), i = 0;
    struct token_text *tokens = xcalloc(count + 1, sizeof(*tokens));
    m->unigram->scores = xcalloc(count + 1, sizeof(*m->unigram->scores));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v), i++)
        rc = parse_piece(v, &tokens[i], &m->unigram->scores[i]);
    if (rc == 0)
        rc = vocab_fill(&m->vocab, tokens, count, true);
    free(tokens);
    return rc;
}

static int build_prefixes(struct model *m) {
    struct unigram *u = m->unigram;
    size_t count = (size_t)m->vocab.end;
    struct vocab_name *names = xcalloc(count + 1, sizeof(*names));
    u->unk_score = INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (isnan(u->scores[i]))
            continue;
        names[i] = m->vocab.names[i];
        u->unk_score = u->scores[i] < u->unk_score ? u->scores[i] : u->unk_score;
    }
    u->unk_score -= UNKNOWN_PENALTY;
    int rc = prefixes_build(&u->prefixes, names, count);
    free(names);
    return rc;
}

static int parse_unigram(struct model *m, struct json section, struct json at) {
    struct unigram *u = m->unigram = xcalloc(1, sizeof(*u));
    int64_t unk = -1;
    int rc = parse_pieces(m, section);
    if (rc == 0)
        rc = json_opt_int(at, "unk_id", 0, INT64_MAX, &unk);
    if (rc == 0 && unk >= m->vocab.end)
        rc = json_fail(json_member(at, "unk_id"), "there is no such token");
    if (rc == 0)
        rc = json_opt_bool(at, "byte_fallback", &u->byte_fallback);
    if (rc == 0)
        rc = build_prefixes(m);
    if (rc == 0)
        rc = json_opt_real(at, "unk_score", &u->unk_score);
    m->unk = rc == 0 ? (int32_t)unk : -1;
    vocab_bytes(&m->vocab, u->bytes);
    return rc;
}

static void done_unigram(struct model *m) {
    if (m->unigram) {
        prefixes_done(&m->unigram->prefixes);
        free(m->unigram->scores);
    }
    free(m->unigram);
}

/* -- the best way -- */

/* The best way to spell what comes before a place, and the piece that it ends in. */
struct place {
    double score;
    uint32_t begin; /* of the piece; NOWHERE: no piece ends here */
    int32_t id;
};
#define NOWHERE UINT32_MAX

static void offer(struct place *p, double score, size_t begin, int32_t id) {
    if (p->begin == NOWHERE || score > p->score)
        *p = (struct place){score, (uint32_t)begin, id};
}

/* All pieces that begin at word[begin]; whether one of them is a single character of n bytes. */
static bool offer_pieces(const struct unigram *u, struct place *places, const char *word,
                         size_t len, size_t begin, size_t n) {
    double so_far = places[begin].score;
    uint32_t base = u->prefixes.root;
    bool single = false;
    for (size_t i = begin; i < len && base;) {
        const struct prefixes_unit *unit =
            prefixes_step(&u->prefixes, &base, (unsigned char)word[i]);
        if (!unit)
            break;
        i++;
        if (unit->id < 0)
            continue;
        offer(&places[i], u->scores[unit->id] + so_far, begin, unit->id);
        single |= i - begin == n;
    }
    return single;
}

static int fill(const struct model *m, struct place *places, const char *word, size_t len) {
    const struct unigram *u = m->unigram;
    for (size_t i = 0; i <= len; i++)
        places[i] = (struct place){0, NOWHERE, -1};
    for (size_t i = 0, n; i < len; i += n) {
        n = text_width((unsigned char)word[i]);
        if (offer_pieces(u, places, word, len, i, n))
            continue;
        offer(&places[i + n], places[i].score + u->unk_score, i, -1);
        if (places[i + n].id < 0 && m->unk < 0)
            return model_no_unk(m);
    }
    return 0;
}

/* Turns the way round: begin of a place becomes the end of the piece that begins there. */
static void turn(struct place *places, size_t len) {
    for (uint32_t at = (uint32_t)len, end = at, before = 0;; end = at, at = before) {
        before = places[at].begin;
        places[at].begin = end;
        if (at == 0)
            return;
    }
}

/* A stretch without a piece: the token that it is after all, its bytes, or the unknown one. All
 * bytes have the whole stretch for their origin. */
static void emit_unknown(const struct model *m, struct symbols *out, const char *word, size_t begin,
                         size_t end) {
    const struct unigram *u = m->unigram;
    int32_t id = vocab_id(&m->vocab, word + begin, end - begin);
    bool spelled = id < 0 && u->byte_fallback;
    for (size_t i = begin; i < end && spelled; i++)
        spelled = u->bytes[(unsigned char)word[i]] >= 0;
    for (size_t i = begin; i < end && spelled; i++)
        model_emit(out, u->bytes[(unsigned char)word[i]], end);
    if (!spelled)
        model_emit(out, id >= 0 ? id : m->unk, end);
}

static int run_unigram(const struct model *m, struct model_scratch *s, const char *word,
                       size_t len) {
    struct place *places = model_work(s, (len + 1) * sizeof(*places));
    int rc = fill(m, places, word, len);
    if (rc < 0)
        return rc;
    turn(places, len);
    size_t waiting = 0, end;
    for (size_t i = 0; i < len; i = end) {
        end = places[i].begin;
        int32_t id = places[end].id;
        bool unknown = id < 0 || id == m->unk;
        waiting += unknown ? end - i : 0;
        if (waiting && (!unknown || end == len))
            emit_unknown(m, &s->symbols, word, (unknown ? end : i) - waiting, unknown ? end : i);
        if (!unknown) {
            model_emit(&s->symbols, id, end);
            waiting = 0;
        }
    }
    return 0;
}

const struct model_type model_unigram = {"Unigram", parse_unigram, run_unigram, done_unigram};
