/* SPDX-License-Identifier: Apache-2.0 */
/* Text to ids and back: all of it exact. Texts and what should come of them stand in cases.json,
 * or in a file beside it that params.file names. */
#include <inttypes.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/check/bench.h"
#include "engine/check/part.h"
#include "engine/check/text.h"
#include "engine/token/stream.h"
#include "engine/token/tokenizer.h"

/* What each of these cases begins with. */
struct setup {
    struct json at; /* params, or the root of the file they name */
    const struct tokenizer *tokenizer;
    struct encoding encoding;
    int flags;
};

static int setup_begin(struct case_run *c, struct setup *s) {
    bool special = true;
    *s = (struct setup){0};
    int rc = text_params(c, &s->at);
    if (rc == 0)
        rc = case_broken(c, json_opt_bool(s->at, "add_special_tokens", &special));
    s->flags = special ? ENCODE_SPECIAL | ENCODE_WHOLE : ENCODE_WHOLE;
    return rc < 0 ? rc : bench_tokenizer(c, c->folder, &s->tokenizer);
}

static int encode_one(struct case_run *c, struct setup *s, struct json text, int flags,
                      const char **said) {
    size_t len;
    int rc = text_bytes(c, text, said, &len);
    return rc < 0 ? rc : tokenizer_encode(s->tokenizer, &s->encoding, *said, len, flags);
}

/* params.texts against params.ids. */
static int run_encode(struct case_run *c) {
    struct setup s;
    struct json texts = {0}, ids = {0};
    int rc = setup_begin(c, &s);
    if (rc == 0)
        rc = text_lists(c, s.at, "texts", &texts, "ids", &ids);
    struct json id = json_first(ids);
    for (struct json t = json_first(texts); rc == 0 && t.node; t = json_next(t)) {
        const char *said;
        rc = encode_one(c, &s, t, s.flags, &said);
        if (rc == 0)
            rc = text_same_ids(c, said, "ids", id, s.encoding.ids, s.encoding.len);
        id = json_next(id);
    }
    encoding_done(&s.encoding);
    return rc;
}

/* The lists an encoding has beside its ids, as plain numbers. */
enum detail { DETAIL_IDS, DETAIL_TYPES, DETAIL_SPECIAL, DETAIL_WORDS, DETAIL_COUNT };
static const char *const detail_keys[DETAIL_COUNT] = {"ids", "type_ids", "special_mask",
                                                      "word_ids"};

static void fill_detail(const struct encoding *e, enum detail detail, int32_t *out) {
    for (size_t i = 0; i < e->len; i++)
        out[i] = detail == DETAIL_IDS       ? e->ids[i]
                 : detail == DETAIL_TYPES   ? e->type_ids[i]
                 : detail == DETAIL_SPECIAL ? e->special[i]
                                            : e->words[i];
}

static int compare_offsets(struct case_run *c, const struct encoding *e, const char *said,
                           struct json want) {
    int32_t *pairs = arena_array(&c->arena, e->len * 2 + 1, sizeof(*pairs));
    for (size_t i = 0; i < e->len; i++) {
        pairs[2 * i] = (int32_t)e->offsets[i].begin;
        pairs[2 * i + 1] = (int32_t)e->offsets[i].end;
    }
    return text_same_ids(c, said, "offsets", want, pairs, e->len * 2);
}

/* Compares the lists that the case names. */
static int compare_details(struct case_run *c, const struct setup *s, const char *said,
                           size_t index) {
    const struct encoding *e = &s->encoding;
    int32_t *list = arena_array(&c->arena, e->len + 1, sizeof(*list));
    int rc = 0;
    for (int d = 0; rc == 0 && d < DETAIL_COUNT; d++) {
        struct json want = json_member(s->at, detail_keys[d]);
        if (!json_exists(want))
            continue;
        fill_detail(e, (enum detail)d, list);
        rc = text_same_ids(c, said, detail_keys[d], json_at(want, index), list, e->len);
    }
    struct json offsets = json_member(s->at, "offsets");
    if (rc < 0 || !json_exists(offsets))
        return rc;
    return compare_offsets(c, e, said, json_at(offsets, index));
}

static int run_offsets(struct case_run *c) {
    struct setup s;
    struct json texts = {0}, offsets;
    size_t index = 0;
    int rc = setup_begin(c, &s);
    if (rc == 0)
        rc = text_lists(c, s.at, "texts", &texts, "offsets", &offsets);
    for (struct json t = json_first(texts); rc == 0 && t.node; t = json_next(t)) {
        const char *said;
        rc = encode_one(c, &s, t, s.flags | ENCODE_OFFSETS, &said);
        if (rc == 0)
            rc = compare_details(c, &s, said, index++);
    }
    encoding_done(&s.encoding);
    return rc;
}

static int decode_flags_of(struct case_run *c, struct json at, int *flags) {
    static const char cleanup_key[] = "clean_up_tokenization_spaces";
    bool skip = false, cleanup = false;
    int rc = json_opt_bool(at, "skip_special_tokens", &skip);
    if (rc == 0)
        rc = json_opt_bool(at, cleanup_key, &cleanup);
    *flags = skip ? DECODE_SKIP_SPECIAL : 0;
    if (json_exists(json_member(at, cleanup_key)))
        *flags |= cleanup ? DECODE_CLEANUP : DECODE_NO_CLEANUP;
    return case_broken(c, rc);
}

static int run_decode(struct case_run *c) {
    struct setup s;
    struct json ids = {0}, texts = {0};
    int flags = 0;
    int rc = setup_begin(c, &s);
    if (rc == 0)
        rc = decode_flags_of(c, s.at, &flags);
    if (rc == 0)
        rc = text_lists(c, s.at, "ids", &ids, "texts", &texts);
    struct json text = json_first(texts);
    for (struct json v = json_first(ids); rc == 0 && v.node; v = json_next(v)) {
        rc = text_same_decoded(c, s.tokenizer, v, text, flags);
        text = json_next(text);
    }
    return rc;
}

/* Every piece a stream gives is whole UTF-8, and together they are the batch decode. */
static int stream_one(struct case_run *c, const struct tokenizer *t, const int32_t *ids, size_t len,
                      int flags) {
    struct token_stream *stream = token_stream_new(t, flags);
    struct buf whole, pieces;
    buf_init(&whole, TEXT_SIZE_MAX);
    buf_init(&pieces, TEXT_SIZE_MAX);
    int rc = tokenizer_decode(t, &whole, ids, len, flags);
    for (size_t i = 0; rc == 0 && i < len; i++) {
        rc = token_stream_push(stream, ids[i], &pieces);
        compare_fact(&c->total, utf8_valid(pieces.data, pieces.len, NULL),
                     "token %zu of a stream split a character", i);
    }
    if (rc == 0)
        rc = token_stream_finish(stream, &pieces);
    if (rc == 0)
        compare_fact(&c->total, strcmp(pieces.data, whole.data) == 0,
                     "the stream gives \"%.80s\", the batch \"%.80s\"", pieces.data, whole.data);
    buf_done(&whole);
    buf_done(&pieces);
    token_stream_free(stream);
    return rc;
}

static int run_stream_decode(struct case_run *c) {
    struct setup s;
    struct json ids = {0};
    int flags = 0;
    int rc = setup_begin(c, &s);
    if (rc == 0)
        rc = decode_flags_of(c, s.at, &flags);
    if (rc == 0)
        rc = case_broken(c, json_array(s.at, "ids", &ids));
    for (struct json v = json_first(ids); rc == 0 && v.node; v = json_next(v)) {
        int32_t *list;
        size_t len;
        rc = text_ids(c, v, &list, &len);
        if (rc == 0)
            rc = stream_one(c, s.tokenizer, list, len, flags);
    }
    return rc;
}

/* As encode; the tokens that params.tokens names must have the ids it gives. */
static int run_added_tokens(struct case_run *c) {
    struct setup s;
    int rc = setup_begin(c, &s);
    struct json tokens = json_member(s.at, "tokens");
    for (struct json v = json_first(tokens); rc == 0 && v.node; v = json_next(v)) {
        int64_t id = -1;
        rc = case_broken(c, json_as_int(v, 0, INT32_MAX, &id));
        int32_t got = rc == 0 ? tokenizer_id(s.tokenizer, json_key(v), strlen(json_key(v))) : -1;
        if (rc == 0)
            compare_fact(&c->total, got == id, "token \"%s\" has the id %d, not %" PRId64,
                         json_key(v), got, id);
    }
    return rc < 0 ? rc : run_encode(c);
}

static int run_components(struct case_run *c) {
    struct json parts = {0};
    int rc = part_list(c, &parts);
    for (struct json v = json_first(parts); rc == 0 && v.node; v = json_next(v))
        rc = part_run(c, v);
    return rc;
}

static int encode_pair(struct case_run *c, struct setup *s, struct json v, const char **said) {
    struct token_text text, pair;
    int rc = text_bytes(c, json_at(v, 0), &text.data, &text.len);
    if (rc == 0)
        rc = text_bytes(c, json_at(v, 1), &pair.data, &pair.len);
    if (rc != 0)
        return rc;
    struct encode_request request = {.text = &text,
                                     .text_len = 1,
                                     .pair = &pair,
                                     .pair_len = 1,
                                     .flags = s->flags | ENCODE_OFFSETS};
    *said = text.data;
    return tokenizer_encode_request(s->tokenizer, &s->encoding, &request);
}

static int run_pairs(struct case_run *c) {
    struct setup s;
    struct json pairs = {0}, ids;
    size_t index = 0;
    int rc = setup_begin(c, &s);
    if (rc == 0)
        rc = text_lists(c, s.at, "pairs", &pairs, "ids", &ids);
    for (struct json v = json_first(pairs); rc == 0 && v.node; v = json_next(v)) {
        const char *said;
        rc = encode_pair(c, &s, v, &said);
        if (rc == 0)
            rc = compare_details(c, &s, said, index++);
    }
    encoding_done(&s.encoding);
    return rc;
}

static const struct case_type types[] = {
    {"encode",        "G1", "X", run_encode       },
    {"offsets",       "G2", "X", run_offsets      },
    {"decode",        "G3", "X", run_decode       },
    {"stream_decode", "G4", "X", run_stream_decode},
    {"added_tokens",  "G5", "X", run_added_tokens },
    {"components",    "G6", "X", run_components   },
    {"pairs",         "G8", "X", run_pairs        },
    {"encode_gguf",   "G1", "X", run_encode       },
    {"decode_gguf",   "G3", "X", run_decode       },
    CASE_END_ROW,
};

const struct case_group case_tokenizer = {"tokenizer", types};
