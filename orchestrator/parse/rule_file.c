/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/parse/rule_file.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"

enum { WORD_MAX = 200, TEXT_MAX = 1 << 20 };

static int check_keys(struct json at, const char *const *keys) {
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        const char *const *key = keys;
        while (*key && strcmp(*key, json_key(v)) != 0)
            key++;
        if (!*key)
            return json_fail(v, "is not known here");
    }
    return 0;
}

static int read_word(struct arena *arena, struct json at, const char *key, const char **out) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    const char *word;
    int rc = json_str(at, key, &word);
    if (rc == 0 && (!*word || strlen(word) > WORD_MAX || strspn(word, plain) != strlen(word)))
        rc = json_fail(json_get(at, key), "\"%.40s\" is no name: a-z, 0-9 and . _ - only", word);
    if (rc == 0)
        *out = arena_strdup(arena, word);
    return rc;
}

/* A text, or a list of its pieces with `between` behind each. */
static int read_text(struct arena *arena, struct json v, const char *between, size_t max,
                     const char **out) {
    struct buf text;
    const char *piece;
    int rc = 0;
    buf_init(&text, max);
    if (json_type(v) != JSON_ARRAY) {
        rc = json_as_str(v, &piece);
        if (rc == 0)
            buf_puts(&text, piece);
    }
    for (struct json w = json_type(v) == JSON_ARRAY ? json_first(v) : (struct json){0};
         rc == 0 && w.node; w = json_next(w)) {
        rc = json_as_str(w, &piece);
        if (rc == 0)
            buf_printf(&text, "%s%s", piece, between);
    }
    if (rc == 0 && text.over)
        rc = json_fail(v, "is longer than %zu bytes", max);
    if (rc == 0)
        *out = arena_strdup(arena, text.data);
    buf_done(&text);
    return rc;
}

static int read_scope(struct json at, int *out) {
    struct json list = {0};
    int rc = json_array(at, "reads", &list);
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        const char *word;
        rc = json_as_str(v, &word);
        int bit = rc < 0                         ? 0
                  : strcmp(word, "message") == 0 ? RULE_MESSAGE
                  : strcmp(word, "log") == 0     ? RULE_LOG
                                                 : 0;
        if (rc == 0 && !bit)
            rc = json_fail(v, "\"%.40s\" is nothing to read; there are message and log", word);
        *out |= bit;
    }
    if (rc == 0 && !*out)
        rc = json_fail(list, "must not be empty");
    return rc;
}

static int read_layer(struct arena *arena, struct json at, const char **out) {
    static const char *const layers[] = {RULE_CODE,  RULE_TEST,  RULE_HARNESS,
                                         RULE_INFRA, RULE_ASSET, RULE_DEPENDENCY};
    int rc = read_word(arena, at, "layer", out);
    for (size_t i = 0; rc == 0 && i < sizeof(layers) / sizeof(*layers); i++)
        if (strcmp(*out, layers[i]) == 0)
            return 0;
    return rc < 0 ? rc
                  : json_fail(json_get(at, "layer"),
                              "\"%s\" is no layer; there are code, test, harness, infra, "
                              "model-asset and dependency",
                              *out);
}

static int read_fixture(struct arena *arena, struct json at, bool matches, int scope,
                        struct rule_fixture *f) {
    static const char *const hit[] = {"message", "log", "location", "what", NULL};
    static const char *const miss[] = {"message", "log", NULL};
    struct json message = json_get(at, "message"), log = json_get(at, "log");
    int rc = json_type(at) == JSON_OBJECT ? 0 : json_fail(at, "expected an object");
    f->matches = matches;
    if (rc == 0)
        rc = check_keys(at, matches ? hit : miss);
    if (rc == 0 && json_exists(message) == json_exists(log))
        rc = json_fail(at, "holds a message or a log, one of them");
    if (rc == 0 && !(scope & (json_exists(log) ? RULE_LOG : RULE_MESSAGE)))
        rc = json_fail(at, "the rule does not read a %s", json_exists(log) ? "log" : "message");
    if (rc == 0 && json_exists(message))
        rc = read_text(arena, message, "\n", TEXT_MAX, &f->message);
    if (rc == 0 && json_exists(log))
        rc = read_text(arena, log, "\n", TEXT_MAX, &f->log);
    if (rc == 0)
        rc = json_opt_str(at, "location", &f->location);
    if (rc == 0)
        rc = json_opt_str(at, "what", &f->what);
    f->location = f->location ? arena_strdup(arena, f->location) : NULL;
    f->what = f->what ? arena_strdup(arena, f->what) : NULL;
    return rc;
}

static int read_fixtures(struct arena *arena, struct json at, struct rule *row) {
    static const char *const keys[] = {"match", "no_match"};
    struct rule_fixture *list = arena_array(
        arena, json_len(json_get(at, "match")) + json_len(json_get(at, "no_match")), sizeof(*list));
    int rc = 0;
    for (size_t k = 0; rc == 0 && k < 2; k++) {
        struct json v = {0};
        rc = json_array(at, keys[k], &v);
        if (rc == 0 && !json_len(v))
            rc = json_fail(v, "must not be empty");
        for (v = json_first(v); rc == 0 && v.node; v = json_next(v))
            rc = read_fixture(arena, v, k == 0, row->scope, &list[row->fixture_count++]);
    }
    row->fixtures = list;
    return rc;
}

static int read_rule(struct arena *arena, struct json at, struct rule *row) {
    static const char *const keys[] = {"id",    "version",   "reads", "pattern",  "class",
                                       "layer", "retryable", "match", "no_match", NULL};
    int64_t version = 0;
    int rc = json_type(at) == JSON_OBJECT ? 0 : json_fail(at, "expected an object");
    if (rc == 0)
        rc = check_keys(at, keys);
    if (rc == 0)
        rc = read_word(arena, at, "id", &row->id);
    if (rc == 0)
        rc = json_int(at, "version", 1, 1000000, &version);
    if (rc == 0)
        rc = read_scope(at, &row->scope);
    if (rc == 0 && !json_exists(json_get(at, "pattern")))
        rc = json_fail(at, "has no pattern");
    if (rc == 0)
        rc = read_text(arena, json_get(at, "pattern"), "", RULE_PATTERN_MAX, &row->pattern);
    if (rc == 0 && !*row->pattern)
        rc = json_fail(json_get(at, "pattern"), "must not be empty: it would match everything");
    if (rc == 0)
        rc = read_word(arena, at, "class", &row->class);
    if (rc == 0)
        rc = read_layer(arena, at, &row->layer);
    if (rc == 0)
        rc = json_opt_bool(at, "retryable", &row->retryable);
    row->version = (int)version;
    return rc == 0 ? read_fixtures(arena, at, row) : rc;
}

static int read_file(struct arena *arena, struct json root, struct rule_file *out) {
    static const char *const keys[] = {"schema", "order", "rules", NULL};
    struct json list = {0};
    int64_t schema;
    int rc = json_type(root) == JSON_OBJECT ? 0 : json_fail(root, "expected an object");
    if (rc == 0)
        rc = check_keys(root, keys);
    if (rc == 0)
        rc = json_int(root, "schema", 1, 1, &schema);
    if (rc == 0)
        rc = json_int(root, "order", 0, 1000000, &out->order);
    if (rc == 0)
        rc = json_array(root, "rules", &list);
    if (rc == 0 && (!json_len(list) || json_len(list) > RULE_ROWS_MAX))
        rc = json_fail(list, "has %zu rules; 1 to %d can be", json_len(list), RULE_ROWS_MAX);
    if (rc == 0)
        out->rows = arena_array(arena, json_len(list), sizeof(*out->rows));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        out->rows[out->len].file = out->name;
        rc = read_rule(arena, v, &out->rows[out->len++]);
    }
    return rc;
}

int rule_file_parse(struct rule_file *out, struct arena *arena, const char *text, size_t len,
                    const char *name) {
    struct rule_file file = {.name = arena_strdup(arena, name)};
    struct json_doc *doc;
    int rc = json_parse(&doc, text, len, name, JSON_COMMENTS);
    if (rc < 0)
        return rc;
    rc = read_file(arena, json_root(doc), &file);
    json_free(doc);
    if (rc == 0)
        *out = file;
    return rc;
}

int rule_file_load(struct rule_file *out, struct arena *arena, const char *path) {
    struct file text;
    int rc = file_read(&text, path, RULE_FILE_BYTES_MAX);
    if (rc < 0)
        return rc;
    rc = rule_file_parse(out, arena, (const char *)text.data, text.size, path);
    file_done(&text);
    return rc;
}
