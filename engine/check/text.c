/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/text.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"
#include "engine/token/tokenizer.h"

int text_params(struct case_run *c, struct json *out) {
    const char *name = NULL;
    *out = case_params(c);
    int rc = json_opt_str(*out, "file", &name);
    if (rc == 0 && name)
        rc = fixture_json(check_fixture(c->check), name, out);
    return case_broken(c, rc);
}

int text_lists(struct case_run *c, struct json at, const char *a, struct json *out_a, const char *b,
               struct json *out_b) {
    int rc = json_array(at, a, out_a);
    if (rc == 0)
        rc = json_array(at, b, out_b);
    if (rc == 0 && json_len(*out_a) != json_len(*out_b))
        rc =
            json_fail(at, "%s has %zu values and %s %zu", a, json_len(*out_a), b, json_len(*out_b));
    if (rc == 0 && json_len(*out_a) == 0)
        rc = json_fail(*out_a, "is empty, so nothing would be compared");
    return case_broken(c, rc);
}

static int digit_of(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static int bytes_of_hex(struct case_run *c, struct json v, const char **out, size_t *len) {
    const char *hex;
    int rc = json_str(v, "hex", &hex);
    if (rc < 0)
        return case_broken(c, rc);
    *len = strlen(hex) / 2;
    char *bytes = arena_alloc(&c->arena, *len + 1);
    for (size_t i = 0; i < *len; i++) {
        int high = digit_of(hex[2 * i]), low = digit_of(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return case_broken(c, json_fail(v, "hex holds another character than 0-9 and a-f"));
        bytes[i] = (char)(high << 4 | low);
    }
    *out = bytes;
    return 0;
}

int text_bytes(struct case_run *c, struct json v, const char **out, size_t *len) {
    if (json_type(v) == JSON_OBJECT)
        return bytes_of_hex(c, v, out, len);
    int rc = json_as_str(v, out);
    if (rc < 0)
        return case_broken(c, rc);
    *len = strlen(*out);
    return 0;
}

static size_t count_leaves(struct json list) {
    size_t count = 0;
    for (struct json v = json_first(list); v.node; v = json_next(v))
        count += json_type(v) == JSON_ARRAY ? count_leaves(v) : 1;
    return count;
}

static int add_leaves(struct json list, int32_t *out, size_t *len) {
    for (struct json v = json_first(list); v.node; v = json_next(v)) {
        int64_t value = -1;
        int rc = 0;
        if (json_type(v) == JSON_ARRAY)
            rc = add_leaves(v, out, len);
        else if (json_type(v) != JSON_NULL)
            rc = json_as_int(v, INT32_MIN, INT32_MAX, &value);
        if (rc < 0)
            return rc;
        if (json_type(v) != JSON_ARRAY)
            out[(*len)++] = (int32_t)value;
    }
    return 0;
}

int text_ids(struct case_run *c, struct json list, int32_t **out, size_t *len) {
    if (json_type(list) != JSON_ARRAY)
        return case_broken(c, json_fail(list, "expected a list of integers"));
    *out = arena_array(&c->arena, count_leaves(list) + 1, sizeof(**out));
    *len = 0;
    return case_broken(c, add_leaves(list, *out, len));
}

int text_same_ids(struct case_run *c, const char *said, const char *what, struct json want,
                  const int32_t *got, size_t len) {
    int32_t *ids;
    size_t count, same = 0;
    int rc = text_ids(c, want, &ids, &count);
    if (rc < 0)
        return rc;
    while (same < len && same < count && got[same] == ids[same])
        same++;
    compare_count(&c->total, (int64_t)same);
    if (same < len && same < count)
        compare_fact(&c->total, false, "\"%.60s\": %s[%zu] is %d, and should be %d", said, what,
                     same, got[same], ids[same]);
    else
        compare_fact(&c->total, len == count, "\"%.60s\": %zu %s, and %zu are right", said, len,
                     what, count);
    return 0;
}

int text_same_text(struct case_run *c, const char *what, struct json want, const char *got,
                   size_t len) {
    const char *text;
    size_t text_len;
    int rc = text_bytes(c, want, &text, &text_len);
    if (rc < 0)
        return rc;
    bool same = len == text_len && memcmp(text, got, len) == 0;
    compare_fact(&c->total, same, "%s is \"%.80s\", and should be \"%.80s\"", what, got, text);
    return 0;
}

int text_same_decoded(struct case_run *c, const struct tokenizer *t, struct json ids,
                      struct json text, int flags) {
    struct buf out;
    int32_t *list;
    size_t len;
    buf_init(&out, TEXT_SIZE_MAX);
    int rc = text_ids(c, ids, &list, &len);
    if (rc == 0)
        rc = tokenizer_decode(t, &out, list, len, flags);
    if (rc == 0)
        rc = text_same_text(c, "decoded", text, out.data, out.len);
    buf_done(&out);
    return rc;
}
