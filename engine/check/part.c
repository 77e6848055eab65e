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

int part_run(struct case_run *c, struct json part) {
    struct tokenizer *t = NULL;
    struct encoding e = {0};
    const char *name = "part", *said = NULL;
    size_t len = 0;
    int rc = case_broken(c, json_opt_str(part, "name", &name));
    if (rc == 0)
        rc = text_bytes(c, json_member(part, "text"), &said, &len);
    if (rc == 0)
        rc = part_open(part, name, &t);
    if (rc == 0)
        rc = tokenizer_encode(t, &e, said, len, ENCODE_SPECIAL);
    if (rc == 0)
        rc = text_same_ids(c, name, "ids", json_member(part, "ids"), e.ids, e.len);
    struct json text = json_member(part, "decoded");
    if (rc == 0 && json_exists(text))
        rc = text_same_decoded(c, t, json_member(part, "ids"), text, DECODE_NO_CLEANUP);
    encoding_done(&e);
    tokenizer_close(t);
    return rc < 0 ? err_while(rc, "%s", name) : 0;
}
