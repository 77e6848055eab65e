/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/fields.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/utf8.h"

char *fields_line(const char *text, size_t max) {
    size_t len = strnlen(text, max);
    len -= text[len] ? utf8_incomplete_tail(text, len) : 0;
    char *line = xstrndup(text, len);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return line;
}

/* What came from commits, messages and machines is one line of bounded length. */
static void put_line(struct json_writer *w, const char *key, const char *text, size_t max) {
    char *line = fields_line(text, max);
    json_put_str(w, key, line);
    free(line);
}

static int put_raw(struct json_writer *w, const char *key, const char *text) {
    struct json_doc *doc;
    if (!*text) {
        json_put_null(w, key);
        return 0;
    }
    int rc = json_parse(&doc, text, strlen(text), key, 0);
    if (rc < 0)
        return rc;
    json_put_json(w, key, json_root(doc));
    json_free(doc);
    return 0;
}

static void put_list(struct json_writer *w, const char *key, const char *const *items, size_t len) {
    json_open_array(w, key);
    for (size_t i = 0; i < len; i++)
        json_put_str(w, NULL, items[i]);
    json_close_array(w);
}

static int put_rows(struct json_writer *w, const struct fields_row *f, const char *items,
                    size_t len) {
    int rc = 0;
    json_open_array(w, f->key);
    for (size_t i = 0; i < len; i++) {
        json_open_object(w, NULL);
        int put = fields_put(w, f->of, items + i * f->of->size);
        rc = rc == 0 ? put : rc;
        json_close_object(w);
    }
    json_close_array(w);
    return rc;
}

static int put_field(struct json_writer *w, const char *from, const struct fields_row *f) {
    const void *at = from + f->offset, *count = from + f->count;
    const char *const *text = at;
    switch (f->kind) {
    case FIELDS_TEXT:
        put_line(w, f->key, *text, (size_t)f->max);
        break;
    case FIELDS_PATH:
    case FIELDS_ID:
    case FIELDS_HEX:
    case FIELDS_BYTES:
        json_put_str(w, f->key, *text);
        break;
    case FIELDS_RAW:
        return put_raw(w, f->key, *text);
    case FIELDS_INT:
        json_put_int(w, f->key, *(const int64_t *)at);
        break;
    case FIELDS_SHARE:
        json_put_real(w, f->key, *(const double *)at);
        break;
    case FIELDS_LIST:
        put_list(w, f->key, *(const char *const *const *)at, *(const size_t *)count);
        break;
    case FIELDS_ROWS:
        return put_rows(w, f, *(const char *const *)at, *(const size_t *)count);
    case FIELDS_NULL:
        break;
    }
    return 0;
}

static bool is_section(const struct fields_row *f, const char *name) {
    return f->key && strcmp(f->section, name) == 0;
}

static bool is_absent(const struct fields_row *f, const char *from) {
    return f->kind == FIELDS_NULL && !**(const char *const *)(const void *)(from + f->offset);
}

int fields_put(struct json_writer *w, const struct fields *fields, const void *from) {
    int rc = 0;
    for (const struct fields_row *f = fields->rows; f->key;) {
        const char *section = f->section;
        bool absent = *section && is_absent(f, from);
        if (absent)
            json_put_null(w, section);
        else if (*section)
            json_open_object(w, section);
        for (; is_section(f, section); f++) {
            int put = absent ? 0 : put_field(w, from, f);
            rc = rc == 0 ? put : rc;
        }
        if (*section && !absent)
            json_close_object(w);
    }
    return rc;
}
