/* SPDX-License-Identifier: Apache-2.0 */
/* Truncation, overflow and padding: rows of params.calls, each with Transformers' arguments and
 * what they give. A call of several texts is a batch and is padded together. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/bench.h"
#include "engine/check/text.h"
#include "engine/token/tokenizer.h"

enum { BATCH_MAX = 16 };

struct call {
    const struct tokenizer *tokenizer;
    int64_t max_length, stride, multiple_of;
    bool truncates, pads, pads_to_max, special;
    struct truncation truncation;
    struct padding padding;
    struct encoding rows[BATCH_MAX];
    size_t row_count;
};

/* true, false or a strategy's name. */
static int read_truncation(struct call *call, struct json at) {
    static const char *const names[] = {"longest_first", "only_first", "only_second"};
    struct json v = json_member(at, "truncation");
    const char *name;
    call->truncation.strategy = TRUNCATE_LONGEST_FIRST;
    if (json_type(v) != JSON_STRING)
        return json_opt_bool(at, "truncation", &call->truncates);
    int rc = json_as_str(v, &name);
    for (int i = 0; rc == 0 && i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            call->truncation.strategy = (enum truncation_strategy)i;
            call->truncates = true;
            return 0;
        }
    return rc < 0 ? rc : json_fail(v, "no such strategy of truncation");
}

/* true and "longest" mean the same. */
static int read_padding(struct call *call, struct json at) {
    struct json v = json_member(at, "padding");
    const char *name;
    if (json_type(v) != JSON_STRING)
        return json_opt_bool(at, "padding", &call->pads);
    int rc = json_as_str(v, &name);
    if (rc < 0)
        return rc;
    call->pads = true;
    call->pads_to_max = strcmp(name, "max_length") == 0;
    return call->pads_to_max || strcmp(name, "longest") == 0
               ? 0
               : json_fail(v, "no such strategy of padding");
}

static int read_side(struct json at, const char *key, enum token_side *out) {
    const char *side = NULL;
    int rc = json_opt_str(at, key, &side);
    if (rc == 0 && side)
        *out = strcmp(side, "left") == 0 ? SIDE_LEFT : SIDE_RIGHT;
    return rc;
}

static int read_call(struct call *call, struct json at) {
    int64_t pad = tokenizer_role(call->tokenizer, TOKEN_PAD);
    call->special = true;
    call->padding.side = tokenizer_padding_side(call->tokenizer);
    int rc = json_opt_int(at, "max_length", 0, INT32_MAX, &call->max_length);
    if (rc == 0)
        rc = json_opt_int(at, "stride", 0, INT32_MAX, &call->stride);
    if (rc == 0)
        rc = json_opt_int(at, "pad_to_multiple_of", 1, INT32_MAX, &call->multiple_of);
    if (rc == 0)
        rc = json_opt_int(at, "pad_id", 0, INT32_MAX, &pad);
    if (rc == 0)
        rc = json_opt_bool(at, "add_special_tokens", &call->special);
    if (rc == 0)
        rc = read_truncation(call, at);
    if (rc == 0)
        rc = read_padding(call, at);
    if (rc == 0)
        rc = read_side(at, "truncation_side", &call->truncation.side);
    if (rc == 0)
        rc = read_side(at, "padding_side", &call->padding.side);
    call->truncation.max_length = (size_t)call->max_length;
    call->truncation.stride = (size_t)call->stride;
    call->padding.multiple_of = (size_t)call->multiple_of;
    call->padding.length = call->pads_to_max ? (size_t)call->max_length : 0;
    call->padding.id = (int32_t)pad;
    return rc;
}

static int encode_row(struct case_run *c, struct call *call, struct json text, struct json pair) {
    struct token_text a, b;
    int rc = text_bytes(c, text, &a.data, &a.len);
    if (rc == 0 && json_exists(pair))
        rc = text_bytes(c, pair, &b.data, &b.len);
    if (rc < 0)
        return rc;
    if (call->row_count == BATCH_MAX)
        return case_broken(c, err_set(ERR_LIMIT, "a call has more than %d texts", BATCH_MAX));
    struct encode_request request = {.text = &a,
                                     .text_len = 1,
                                     .pair = json_exists(pair) ? &b : NULL,
                                     .pair_len = json_exists(pair),
                                     .flags = (call->special ? ENCODE_SPECIAL : 0) |
                                              (call->truncates ? 0 : ENCODE_WHOLE),
                                     .truncation = call->truncates ? &call->truncation : NULL};
    return tokenizer_encode_request(call->tokenizer, &call->rows[call->row_count++], &request);
}

static int encode_rows(struct case_run *c, struct call *call, struct json at) {
    struct json text = json_member(at, "text"), pair = json_member(at, "pair");
    int rc = 0;
    if (json_type(text) != JSON_ARRAY)
        rc = encode_row(c, call, text, pair);
    else
        for (struct json v = json_first(text); rc == 0 && v.node; v = json_next(v))
            rc = encode_row(c, call, v, (struct json){0});
    if (rc == 0 && call->pads)
        rc = encoding_pad(call->rows, call->row_count, &call->padding);
    return rc;
}

/* All rows of the call one after the other, as the reference lists them. */
static int compare_rows(struct case_run *c, const struct call *call, const char *said,
                        struct json out) {
    size_t total = 0, at = 0;
    for (size_t i = 0; i < call->row_count; i++)
        total += call->rows[i].len;
    int32_t *ids = arena_array(&c->arena, total + 1, sizeof(*ids));
    int32_t *mask = arena_array(&c->arena, total + 1, sizeof(*mask));
    for (size_t i = 0; i < call->row_count; i++)
        for (size_t k = 0; k < call->rows[i].len; k++) {
            ids[at] = call->rows[i].ids[k];
            mask[at++] = call->rows[i].attention[k];
        }
    int rc = text_same_ids(c, said, "ids", json_member(out, "input_ids"), ids, total);
    struct json want = json_member(out, "attention_mask");
    return rc < 0 || !json_exists(want)
               ? rc
               : text_same_ids(c, said, "attention_mask", want, mask, total);
}

static int compare_overflow(struct case_run *c, const struct encoding *e, const char *said,
                            struct json want) {
    int rc = 0;
    size_t index = 0;
    compare_fact(&c->total, e->overflow_len == json_len(want),
                 "\"%.60s\": %zu overflowing pieces, and %zu are right", said, e->overflow_len,
                 json_len(want));
    for (struct json v = json_first(want); rc == 0 && v.node && index < e->overflow_len;
         v = json_next(v)) {
        const struct encoding *piece = &e->overflow[index++];
        rc = text_same_ids(c, said, "overflow", v, piece->ids, piece->len);
    }
    return rc;
}

static int run_call(struct case_run *c, const struct tokenizer *tokenizer, struct json at) {
    struct call call = {.tokenizer = tokenizer};
    struct json out = json_member(at, "out"), overflow = json_member(out, "overflowing");
    const char *said = "a batch";
    int rc = case_broken(c, read_call(&call, at));
    if (rc == 0 && json_type(json_member(at, "text")) == JSON_STRING)
        rc = case_broken(c, json_str(at, "text", &said));
    if (rc == 0)
        rc = encode_rows(c, &call, at);
    if (rc == 0)
        rc = compare_rows(c, &call, said, out);
    if (rc == 0 && json_exists(overflow))
        rc = compare_overflow(c, &call.rows[0], said, overflow);
    for (size_t i = 0; i < call.row_count; i++)
        encoding_done(&call.rows[i]);
    return rc;
}

static int run_truncation_padding(struct case_run *c) {
    const struct tokenizer *tokenizer;
    struct json at, calls = {0};
    int rc = text_params(c, &at);
    if (rc == 0)
        rc = case_broken(c, json_array(at, "calls", &calls));
    if (rc == 0)
        rc = bench_tokenizer(c, c->folder, &tokenizer);
    for (struct json v = json_first(calls); rc == 0 && v.node; v = json_next(v))
        rc = run_call(c, tokenizer, v);
    return rc;
}

static const struct case_type types[] = {
    {"truncation_padding", "G7", "X", run_truncation_padding},
    CASE_END_ROW,
};

const struct case_group case_truncation = {"truncation", types};
