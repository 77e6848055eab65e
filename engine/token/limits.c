/* SPDX-License-Identifier: Apache-2.0 */
/* The "truncation" and "padding" sections. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/token/impl.h"

static int parse_choice(struct json at, const char *key, const char *const *words, int *out) {
    const char *s;
    int rc = json_str(at, key, &s);
    for (int i = 0; rc == 0 && words[i]; i++)
        if (strcmp(s, words[i]) == 0) {
            *out = i;
            return 0;
        }
    return rc < 0 ? rc : json_fail(json_get(at, key), "no such choice: %s", s);
}

static const char *const sides[] = {"Right", "Left", NULL};

static int parse_truncation(struct truncation *out, struct json at) {
    static const char *const strategies[] = {"LongestFirst", "OnlyFirst", "OnlySecond", NULL};
    int64_t length, stride;
    int strategy = TRUNCATE_LONGEST_FIRST, side = SIDE_RIGHT;
    int rc = json_int(at, "max_length", 0, INT64_MAX, &length);
    if (rc == 0)
        rc = json_int(at, "stride", 0, INT64_MAX, &stride);
    if (rc == 0)
        rc = parse_choice(at, "strategy", strategies, &strategy);
    if (rc == 0 && json_exists(json_get(at, "direction")))
        rc = parse_choice(at, "direction", sides, &side);
    if (rc == 0)
        *out = (struct truncation){(size_t)length, (size_t)stride,
                                   (enum truncation_strategy)strategy, (enum token_side)side};
    return rc;
}

/* "BatchLongest" or {"Fixed": 128}. */
static int parse_length(struct json at, int64_t *out) {
    struct json strategy = json_get(at, "strategy");
    static const char *const longest[] = {"BatchLongest", NULL};
    int choice;
    if (json_type(strategy) == JSON_OBJECT)
        return json_int(strategy, "Fixed", 0, INT32_MAX, out);
    return parse_choice(at, "strategy", longest, &choice);
}

static int parse_padding(struct padding *out, struct json at) {
    int64_t length = 0, multiple = 0, id, type_id;
    int side = SIDE_RIGHT;
    int rc = parse_length(at, &length);
    if (rc == 0)
        rc = parse_choice(at, "direction", sides, &side);
    if (rc == 0)
        rc = json_opt_int(at, "pad_to_multiple_of", 0, INT32_MAX, &multiple);
    if (rc == 0)
        rc = json_int(at, "pad_id", 0, INT32_MAX, &id);
    if (rc == 0)
        rc = json_int(at, "pad_type_id", 0, INT32_MAX, &type_id);
    if (rc == 0)
        *out = (struct padding){(size_t)length, (size_t)multiple, (int32_t)id, (int32_t)type_id,
                                (enum token_side)side};
    return rc;
}

int limits_parse(struct tokenizer *t, struct json truncation, struct json padding) {
    t->has_truncation = json_exists(truncation);
    t->has_padding = json_exists(padding);
    int rc = t->has_truncation ? parse_truncation(&t->truncation, truncation) : 0;
    return rc == 0 && t->has_padding ? parse_padding(&t->padding, padding) : rc;
}
