/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/params.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/fold.h"
#include "orchestrator/policy/kind.h"

enum { LIST_MAX = 1024, TEXT_MAX = 8192 };
#define INT_MAX_EXACT (INT64_C(1) << 53)

struct reader {
    struct arena *arena;
    struct params_patterns *patterns;
};

void params_patterns_done(struct params_patterns *p) {
    for (size_t i = 0; i < p->len; i++)
        pattern_free(p->items[i]);
    free(p->items);
    *p = (struct params_patterns){.len = 0};
}

int params_pattern(struct pattern **out, struct json v, const char *text, int flags,
                   struct params_patterns *patterns) {
    int rc = pattern_new(out, text, flags);
    if (rc < 0) {
        char *said = xstrdup(err_text());
        rc = json_fail(v, "%s", said);
        free(said);
        return rc;
    }
    patterns->items = xrealloc(patterns->items, (patterns->len + 1) * sizeof(*patterns->items));
    patterns->items[patterns->len++] = *out;
    return 0;
}

static int check_list(struct json v) {
    if (json_type(v) != JSON_ARRAY)
        return json_fail(v, "expected a list, found %s", json_type_name(json_type(v)));
    if (json_len(v) > LIST_MAX)
        return json_fail(v, "has %zu entries; at most %d", json_len(v), LIST_MAX);
    return 0;
}

static int read_word(const struct reader *r, struct json v, const char **out) {
    const char *text;
    int rc = json_as_str(v, &text);
    if (rc == 0 && (!*text || strlen(text) > TEXT_MAX))
        return json_fail(v, *text ? "is too long" : "must not be empty");
    if (rc == 0)
        *out = arena_strdup(r->arena, text);
    return rc;
}

static int read_words(const struct reader *r, struct json v, const char ***out) {
    size_t n = 0;
    int rc = check_list(v);
    if (rc < 0)
        return rc;
    const char **words = arena_array(r->arena, json_len(v) + 1, sizeof(*words));
    for (struct json w = json_first(v); rc == 0 && w.node; w = json_next(w))
        rc = read_word(r, w, &words[n++]);
    *out = words;
    return rc;
}

/* What no path of a tree begins with, ends in or has within. */
static bool is_reachable(const char *path, bool folder) {
    for (const char *part = path; part; part = strchr(part, '/') ? strchr(part, '/') + 1 : NULL) {
        size_t n = strcspn(part, "/");
        bool last = !part[n];
        if (n == 0 && !(last && folder && part != path))
            return false;
        if ((n == 1 && *part == '.') || (n == 2 && strncmp(part, "..", 2) == 0) ||
            (n == 4 && strncasecmp(part, ".git", 4) == 0))
            return false;
    }
    return true;
}

/* One that matches nothing would protect nothing, and say so to nobody. */
static int read_paths(const struct reader *r, struct json v, bool globs, const char ***out) {
    const char **words = NULL;
    size_t n = 0;
    int rc = read_words(r, v, &words);
    if (rc < 0)
        return rc;
    const char **paths = arena_array(r->arena, 2 * json_len(v) + 1, sizeof(*paths));
    struct json at = json_first(v);
    for (size_t i = 0; words[i]; i++, at = json_next(at)) {
        bool plain = !strpbrk(words[i], "*?");
        if (!is_reachable(words[i], globs) || (!plain && !globs))
            return json_fail(at,
                             "\"%s\" is no %s: one is written from the folder of the rules, "
                             "without a slash before it, \".\", \"..\", \".git\" or an empty name",
                             words[i], globs ? "glob that a path could match" : "path of a file");
        paths[n++] = words[i];
        if (globs && plain && words[i][strlen(words[i]) - 1] != '/')
            paths[n++] = arena_printf(r->arena, "%s/", words[i]);
    }
    *out = paths;
    return 0;
}

/* The words as they are, between what is no letter; blanks match any white space. */
static const char *banned_pattern(const struct reader *r, const char *word) {
    struct buf b;
    size_t len;
    word = fold_text(r->arena, word, strlen(word), &len);
    bool open = len > 1 && word[len - 1] == '*';
    buf_init(&b, (size_t)16 * TEXT_MAX);
    buf_puts(&b, "(?<![\\p{L}\\p{N}_])");
    for (size_t i = 0; i < len - open; i++)
        if (word[i] == ' ')
            buf_puts(&b, "\\s+");
        else if ((unsigned char)word[i] >= 128 || word[i] == '_' ||
                 (word[i] >= '0' && word[i] <= '9') ||
                 ((word[i] | 32) >= 'a' && (word[i] | 32) <= 'z'))
            buf_putc(&b, word[i]);
        else
            buf_printf(&b, "\\%c", word[i]);
    buf_puts(&b, open ? "" : "(?![\\p{L}\\p{N}_])");
    const char *text = arena_strdup(r->arena, b.data);
    buf_done(&b);
    return text;
}

static int read_patterns(const struct reader *r, struct json v, bool banned,
                         struct kind_patterns *out) {
    int rc = check_list(v);
    if (rc < 0)
        return rc;
    out->items = arena_array(r->arena, json_len(v) + 1, sizeof(struct pattern *));
    out->texts = arena_array(r->arena, json_len(v) + 1, sizeof(*out->texts));
    for (struct json w = json_first(v); rc == 0 && w.node; w = json_next(w)) {
        const char **text = &out->texts[out->len];
        rc = read_word(r, w, text);
        if (rc == 0)
            rc = params_pattern(&out->items[out->len++], w,
                                banned ? banned_pattern(r, *text) : *text,
                                banned ? PATTERN_CASELESS : PATTERN_LINES, r->patterns);
    }
    return rc;
}

static int read_trailer(const struct reader *r, struct json v, struct kind_trailer *out) {
    const char *text = "";
    int rc = read_word(r, v, &text);
    size_t len = strcspn(text, ":");
    out->name = arena_strndup(r->arena, text, len);
    out->text = text;
    if (rc == 0 && text[len])
        rc = params_pattern(&out->value, v, text + len + 1 + strspn(text + len + 1, " "), 0,
                            r->patterns);
    return rc;
}

static int read_trailers(const struct reader *r, struct json v, struct kind_trailer **out) {
    size_t n = 0;
    int rc = check_list(v);
    if (rc < 0)
        return rc;
    *out = arena_array(r->arena, json_len(v) + 1, sizeof(**out));
    for (struct json w = json_first(v); rc == 0 && w.node; w = json_next(w))
        rc = read_trailer(r, w, &(*out)[n++]);
    return rc;
}

static int read_commands(const struct reader *r, struct json v, const char ****out) {
    size_t n = 0;
    int rc = check_list(v);
    if (rc < 0)
        return rc;
    *out = arena_array(r->arena, json_len(v) + 1, sizeof(**out));
    for (struct json w = json_first(v); rc == 0 && w.node; w = json_next(w)) {
        rc = read_words(r, w, &(*out)[n++]);
        if (rc == 0 && json_len(w) == 0)
            rc = json_fail(w, "a command must not be empty");
    }
    return rc;
}

static int read_pattern(const struct reader *r, struct json v, struct pattern **out) {
    const char *text = NULL;
    int rc = read_word(r, v, &text);
    return rc == 0 ? params_pattern(out, v, text, PATTERN_LINES, r->patterns) : rc;
}

static int read_value(const struct reader *r, struct json v, const struct param *row, void *at) {
    switch (row->type) {
    case PARAM_STR:
        return read_word(r, v, at);
    case PARAM_INT:
        return json_as_int(v, 0, INT_MAX_EXACT, at);
    case PARAM_BOOL:
        return json_as_bool(v, at);
    case PARAM_WORDS:
        return read_words(r, v, at);
    case PARAM_PATHS:
    case PARAM_GLOBS:
        return read_paths(r, v, row->type == PARAM_GLOBS, at);
    case PARAM_PATTERN:
        return read_pattern(r, v, at);
    case PARAM_PATTERNS:
    case PARAM_BANNED:
        return read_patterns(r, v, row->type == PARAM_BANNED, at);
    case PARAM_TRAILERS:
        return read_trailers(r, v, at);
    case PARAM_COMMANDS:
        return read_commands(r, v, at);
    default:
        return 0;
    }
}

static int read_fallback(const struct reader *r, const struct param *row, void *at) {
    struct json_doc *doc;
    if (row->type == PARAM_INT)
        *(int64_t *)at = -1;
    if (!row->fallback)
        return 0;
    int rc = json_parse(&doc, row->fallback, strlen(row->fallback), row->key, 0);
    if (rc < 0)
        return rc;
    rc = read_value(r, json_root(doc), row, at);
    json_free(doc);
    return rc;
}

static bool is_among(const char *words, const char *key) {
    size_t len = strlen(key);
    for (const char *hit = len ? strstr(words, key) : NULL; hit; hit = strstr(hit + 1, key))
        if ((hit == words || hit[-1] == ' ') && (hit[len] == ' ' || !hit[len]))
            return true;
    return false;
}

static int refuse_unknown(const struct kind *kind, struct json at, const char *also) {
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        const struct param *row = kind->params;
        while (row->key && strcmp(row->key, json_key(v)) != 0)
            row++;
        if (row->key || is_among(also, json_key(v)))
            continue;
        char known[512];
        size_t n = 0;
        known[0] = '\0';
        for (row = kind->params; row->key && n + strlen(row->key) + 2 < sizeof(known); row++)
            n += (size_t)snprintf(known + n, sizeof(known) - n, " %s", row->key);
        return json_fail(v, "a rule of kind %s has no such parameter; there are:%s %s", kind->name,
                         known, also);
    }
    return 0;
}

int params_read(void **out, const struct kind *kind, struct json at, const char *also,
                struct arena *arena, struct params_patterns *patterns) {
    const struct reader r = {arena, patterns};
    char *params = arena_alloc(arena, kind->size);
    int rc = refuse_unknown(kind, at, also);
    for (const struct param *row = kind->params; rc == 0 && row->key; row++) {
        struct json v = json_member(at, row->key);
        rc = json_exists(v) ? read_value(&r, v, row, params + row->offset)
                            : read_fallback(&r, row, params + row->offset);
    }
    if (rc == 0 && kind->accept && kind->accept(params) < 0) {
        char *said = xstrdup(err_text());
        rc = json_fail(at, "%s", said);
        free(said);
    }
    *out = params;
    return rc;
}
