/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/part.h"

#include "engine/base/err.h"
#include "engine/check/text.h"
#include "engine/token/tokenizer.h"

int part_list(struct case_run *c, struct json *out) {
    struct json at;
    int rc = text_params(c, &at);
    return rc < 0 ? rc : case_broken(c, json_array(at, "parts", out));
}

static int part_open(struct json part, const char *name, struct tokenizer **out) {
    struct json_writer w;
    struct buf text;
    buf_init(&text, TEXT_SIZE_MAX);
    json_writer_init(&w, &text, 0);
    json_put_json(&w, NULL, json_member(part, "tokenizer"));
    int rc = tokenizer_parse(out, text.data, text.len, name, NULL, 0);
    buf_done(&text);
    return rc;
}

/* Its text, and perhaps another. */
static int part_encode(struct case_run *c, struct json part, const struct tokenizer *t,
                       struct encoding *out) {
    struct json other = json_member(part, "pair");
    struct token_text text, pair;
    struct encode_request request = {.text = &text, .text_len = 1, .flags = ENCODE_SPECIAL};
    int rc = text_bytes(c, json_member(part, "text"), &text.data, &text.len);
    if (rc == 0 && json_exists(other)) {
        rc = text_bytes(c, other, &pair.data, &pair.len);
        request.pair = &pair;
        request.pair_len = 1;
    }
    return rc < 0 ? rc : tokenizer_encode_request(t, out, &request);
}

/* Ids, and where the part has them types, and what truncation cuts off. */
static int part_compare(struct case_run *c, struct json part, const char *name,
                        const struct encoding *e) {
    struct json types = json_member(part, "type_ids"), overflow = json_member(part, "overflow");
    int rc = text_same_ids(c, name, "ids", json_member(part, "ids"), e->ids, e->len);
    if (rc == 0 && json_exists(types))
        rc = text_same_ids(c, name, "type_ids", types, e->type_ids, e->len);
    if (rc < 0 || !json_exists(overflow))
        return rc;
    size_t i = 0;
    bool same = json_len(overflow) == e->overflow_len;
    compare_fact(&c->total, same, "%s: %zu pieces are cut off, and should be %zu", name,
                 e->overflow_len, json_len(overflow));
    for (struct json v = json_first(overflow); rc == 0 && same && v.node; v = json_next(v), i++)
        rc = text_same_ids(c, name, "ids cut off", v, e->overflow[i].ids, e->overflow[i].len);
    return rc;
}

int part_run(struct case_run *c, struct json part) {
    struct tokenizer *t = NULL;
    struct encoding e = {0};
    const char *name = "part";
    int rc = case_broken(c, json_opt_str(part, "name", &name));
    if (rc == 0)
        rc = part_open(part, name, &t);
    if (rc == 0)
        rc = part_encode(c, part, t, &e);
    if (rc == 0)
        rc = part_compare(c, part, name, &e);
    struct json text = json_member(part, "decoded");
    if (rc == 0 && json_exists(text))
        rc = text_same_decoded(c, t, json_member(part, "ids"), text, DECODE_NO_CLEANUP);
    encoding_done(&e);
    tokenizer_close(t);
    return rc < 0 ? err_while(rc, "%s", name) : 0;
}
