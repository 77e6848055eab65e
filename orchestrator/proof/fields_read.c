/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of fields. */
#include <stdbool.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/proof/fields.h"

enum { LIST_PATH_MAX = 4096 };

static const char digits[] = "0123456789abcdef";

/* It goes to terminals and pages: one line, without controls. */
static int read_line(struct arena *arena, struct json v, int64_t min, int64_t max,
                     const char **out) {
    const char *text;
    int rc = json_as_str(v, &text);
    if (rc < 0)
        return rc;
    size_t len = strlen(text);
    if ((int64_t)len < min || (int64_t)len > max)
        return json_fail(v, "it has %zu bytes, and between %lld and %lld are wanted", len,
                         (long long)min, (long long)max);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return json_fail(v, "a control character is in it");
    *out = arena_strndup(arena, text, len);
    return 0;
}

static int read_hex(struct arena *arena, struct json v, int64_t min, int64_t max,
                    const char **out) {
    const char *text;
    int rc = json_as_str(v, &text);
    if (rc < 0)
        return rc;
    size_t len = strlen(text);
    bool right = (int64_t)len == max || (len == 0 && min == 0);
    if (!right || strspn(text, digits) != len)
        return json_fail(v, "expected %lld digits of %s", (long long)max, digits);
    *out = arena_strndup(arena, text, len);
    return 0;
}

static int read_id(struct arena *arena, struct json v, int64_t max, const char **out) {
    int rc = read_line(arena, v, 1, max, out);
    if (rc == 0 && (**out == '.' || (*out)[strspn(*out, "0123456789abcdefghijklmnopqrstuvwxyz.-")]))
        rc = json_fail(v, "\"%.40s\" is no id of a fix", *out);
    return rc;
}

/* Below the top of a tree, so that nothing is looked for beside it. */
static bool is_path(const char *path) {
    for (const char *part = path; *part;) {
        size_t len = strcspn(part, "/");
        if (len == 0 || (len <= 2 && strncmp(part, "..", len) == 0))
            return false;
        part += len + (part[len] == '/');
    }
    return !strchr(path, '\\');
}

static int read_path(struct arena *arena, struct json v, int64_t min, int64_t max,
                     const char **out) {
    int rc = read_line(arena, v, min, max, out);
    if (rc == 0 && !is_path(*out))
        rc = json_fail(v, "it is no path below the top of a repository");
    return rc;
}

static int check_len(struct json v, int64_t min, int64_t max) {
    if (json_type(v) != JSON_ARRAY)
        return json_fail(v, "expected an array, found %s", json_type_name(json_type(v)));
    if ((int64_t)json_len(v) < min || (int64_t)json_len(v) > max)
        return json_fail(v, "it has %zu members, and between %lld and %lld are wanted", json_len(v),
                         (long long)min, (long long)max);
    return 0;
}

static int read_list(struct arena *arena, struct json v, const struct fields_row *f,
                     const char *const **out, size_t *len) {
    int rc = check_len(v, f->min, f->max);
    if (rc < 0)
        return rc;
    const char **items = arena_array(arena, json_len(v) + 1, sizeof(*items));
    size_t n = 0;
    for (struct json item = json_first(v); rc == 0 && item.node; item = json_next(item))
        rc = read_path(arena, item, 1, LIST_PATH_MAX, &items[n++]);
    *out = items;
    *len = n;
    return rc;
}

/* As one line again, so that equal objects are equal bytes. */
static int read_raw(struct arena *arena, struct json v, const struct fields_row *f,
                    const char **out) {
    struct json_writer w;
    struct buf text;
    if (json_type(v) == JSON_NULL && f->min == 0) {
        *out = "";
        return 0;
    }
    if (json_type(v) != JSON_OBJECT)
        return json_fail(v, "expected an object, found %s", json_type_name(json_type(v)));
    buf_init(&text, (size_t)f->max);
    json_writer_init(&w, &text, 0);
    json_put_json(&w, NULL, v);
    int rc = text.over ? json_fail(v, "it is longer than %lld bytes", (long long)f->max) : 0;
    *out = arena_strndup(arena, text.data, text.len);
    buf_done(&text);
    return rc;
}

static int read_bytes(struct arena *arena, struct json v, int64_t max, const char **out) {
    const char *text;
    size_t len;
    int rc = json_as_strn(v, &text, &len);
    if (rc == 0 && (int64_t)len > max)
        rc = json_fail(v, "it is longer than %lld bytes", (long long)max);
    if (rc == 0)
        *out = arena_strndup(arena, text, len);
    return rc;
}

static int read_share(struct json v, double *out) {
    int rc = json_as_real(v, out);
    if (rc == 0 && (*out < 0 || *out > 1))
        rc = json_fail(v, "expected a share from 0 to 1");
    return rc;
}

static int read_rows(struct arena *arena, struct json v, const struct fields_row *f, void *out,
                     size_t *len) {
    int rc = check_len(v, f->min, f->max);
    if (rc < 0)
        return rc;
    char *items = arena_array(arena, json_len(v) + 1, f->of->size);
    size_t n = 0;
    for (struct json item = json_first(v); rc == 0 && item.node; item = json_next(item), n++)
        rc = fields_read(f->of, items + n * f->of->size, arena, item);
    *(const void **)out = items;
    *len = n;
    return rc;
}

static int read_field(struct arena *arena, struct json v, const struct fields_row *f, char *into) {
    void *at = into + f->offset, *count = into + f->count;
    const char **text = at;
    switch (f->kind) {
    case FIELDS_TEXT:
        return read_line(arena, v, f->min, f->max, text);
    case FIELDS_PATH:
        return read_path(arena, v, f->min, f->max, text);
    case FIELDS_ID:
        return read_id(arena, v, f->max, text);
    case FIELDS_HEX:
        return read_hex(arena, v, f->min, f->max, text);
    case FIELDS_INT:
        return json_as_int(v, f->min, f->max, at);
    case FIELDS_SHARE:
        return read_share(v, at);
    case FIELDS_BYTES:
        return read_bytes(arena, v, f->max, text);
    case FIELDS_RAW:
        return read_raw(arena, v, f, text);
    case FIELDS_LIST:
        return read_list(arena, v, f, at, count);
    case FIELDS_ROWS:
        return read_rows(arena, v, f, at, count);
    case FIELDS_NULL:
        break;
    }
    return 0;
}

/* What a section that is null would have said. */
static void fill_absent(const struct fields_row *f, char *into) {
    for (const char *section = f->section; f->key && strcmp(f->section, section) == 0; f++)
        if (f->kind <= FIELDS_HEX)
            *(const char **)(void *)(into + f->offset) = "";
}

static bool is_known(const struct fields_row *rows, const char *section, const char *key) {
    for (const struct fields_row *f = rows; f->key; f++)
        if ((strcmp(f->section, section) == 0 && strcmp(f->key, key) == 0 && *key) ||
            (*section == '\0' && *key && strcmp(f->section, key) == 0))
            return true;
    return false;
}

/* A key that nobody knows is a slip of the pen, or was meant for another reader. */
static int refuse_others(const struct fields_row *rows, const char *section, struct json at) {
    for (struct json v = json_first(at); v.node; v = json_next(v))
        if (!is_known(rows, section, json_key(v)))
            return json_fail(v, "there is no such key");
    return 0;
}

/* The members of one section, from its first row on. *at: the row behind them. */
static int read_section(const struct fields *fields, const struct fields_row **at, char *into,
                        struct arena *arena, struct json top) {
    const struct fields_row *f = *at;
    const char *section = f->section;
    struct json object = top;
    int rc = 0;
    bool absent = f->kind == FIELDS_NULL && json_type(json_member(top, section)) == JSON_NULL;
    if (absent)
        fill_absent(f, into);
    else if (*section)
        rc = json_object(top, section, &object);
    for (; f->key && strcmp(f->section, section) == 0; f++) {
        struct json v = json_member(object, f->key);
        if (rc < 0 || absent || f->kind == FIELDS_NULL)
            continue;
        rc =
            v.node ? read_field(arena, v, f, into) : json_fail(object, "\"%s\" is missing", f->key);
    }
    *at = f;
    return rc == 0 && *section && !absent ? refuse_others(fields->rows, section, object) : rc;
}

int fields_read(const struct fields *f, void *into, struct arena *arena, struct json at) {
    if (json_type(at) != JSON_OBJECT)
        return json_fail(at, "expected an object, found %s", json_type_name(json_type(at)));
    int rc = 0;
    for (const struct fields_row *row = f->rows; rc == 0 && row->key;)
        rc = read_section(f, &row, into, arena, at);
    return rc == 0 ? refuse_others(f->rows, "", at) : rc;
}
