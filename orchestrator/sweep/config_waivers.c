/* SPDX-License-Identifier: Apache-2.0 */
/* What noctule.json says of cases that may fail. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/sweep/config_parts.h"

enum { WORD_MAX = 1000 };

static int read_word(struct config *c, struct json v, const char **out) {
    const char *text;
    int rc = json_as_str(v, &text);
    if (rc == 0 && (!*text || strlen(text) > WORD_MAX))
        rc = json_fail(v, "must not be %s", *text ? "that long" : "empty");
    if (rc == 0)
        *out = arena_strdup(&c->arena, text);
    return rc;
}

/* One word or a list of them, NULL-terminated. */
static int read_words(struct config *c, struct json at, const char *key, const char ***out) {
    struct json v = json_get(at, key);
    size_t n = 0;
    int rc = json_type(v) == JSON_ARRAY ? config_check_len(v, 1) : 0;
    *out = arena_array(&c->arena, json_type(v) == JSON_ARRAY ? json_len(v) + 1 : 2, sizeof(**out));
    if (!json_exists(v))
        return json_fail(at, "lacks \"%s\"; %s", key,
                         strcmp(key, "signature") == 0
                             ? "the page of a failed case and \"noctule show\" tell it"
                             : "it names what the entry is about, \"*\" is all");
    if (json_type(v) != JSON_ARRAY)
        return rc == 0 ? read_word(c, v, &(*out)[0]) : rc;
    for (struct json w = json_first(v); rc == 0 && w.node; w = json_next(w))
        rc = read_word(c, w, &(*out)[n++]);
    return rc;
}

static int read_date(struct config *c, struct json at, struct waiver *w) {
    const char *date = "";
    int rc = json_str(at, "expires", &date);
    if (rc == 0 && !waiver_is_date(date))
        rc = json_fail(json_get(at, "expires"), "\"%.40s\" is no day of the form 2026-12-31", date);
    w->expires = arena_strdup(&c->arena, date);
    return rc;
}

static int read_signatures(struct config *c, struct json at, struct waiver *w) {
    int rc = read_words(c, at, "signature", &w->signatures);
    for (size_t i = 0; rc == 0 && w->signatures[i]; i++)
        if (!waiver_is_signature(w->signatures[i]))
            rc = json_fail(json_get(at, "signature"),
                           "\"%.40s\" is no signature: 12 to 32 of 0123456789abcdef",
                           w->signatures[i]);
    return rc;
}

static int read_entry(struct config *c, struct json at, enum waiver_kind kind, struct waiver *w) {
    bool expect = kind == WAIVER_EXPECT;
    int rc = json_type(at) == JSON_OBJECT ? 0 : json_fail(at, "expected an object");
    *w = (struct waiver){.kind = kind, .reason = ""};
    if (rc == 0)
        rc = config_check_keys(at, expect ? "cell case signature reason owner issue expires"
                                          : "cell case reason owner issue expires");
    if (rc == 0)
        rc = read_words(c, at, "cell", &w->cells);
    if (rc == 0)
        rc = read_words(c, at, "case", &w->cases);
    if (rc == 0 && expect)
        rc = read_signatures(c, at, w);
    else
        w->signatures = arena_array(&c->arena, 1, sizeof(*w->signatures));
    if (rc == 0 && json_exists(json_get(at, "reason")))
        rc = read_word(c, json_get(at, "reason"), &w->reason);
    const char *unused;
    if (rc == 0 && (rc = json_str(at, "owner", &unused)) == 0)
        rc = read_word(c, json_get(at, "owner"), &w->owner);
    if (rc == 0 && (rc = json_str(at, "issue", &unused)) == 0)
        rc = read_word(c, json_get(at, "issue"), &w->issue);
    return rc == 0 ? read_date(c, at, w) : rc;
}

static int read_list(struct config *c, struct json root, enum waiver_kind kind, const char *key,
                     struct waivers *out) {
    struct json list = json_get(root, key);
    if (!json_exists(list))
        return 0;
    int rc = json_array(root, key, &list);
    if (rc == 0)
        rc = config_check_len(list, 0);
    if (rc == 0)
        out->rows = arena_array(&c->arena, json_len(list), sizeof(*out->rows));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
        rc = read_entry(c, v, kind, &out->rows[out->len++]);
    return rc;
}

int config_read_waivers(struct config *c, struct json root) {
    int rc = json_opt_bool(root, "expect_strict", &c->expect_strict);
    if (rc == 0)
        rc = read_list(c, root, WAIVER_EXPECT, "expect", &c->expect);
    return rc == 0 ? read_list(c, root, WAIVER_QUARANTINE, "quarantine", &c->quarantine) : rc;
}
