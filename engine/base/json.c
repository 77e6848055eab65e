/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json/node.h"
#include "engine/base/json/scan.h"

struct json_doc {
    char *name;
    cJSON *root;
};

const cJSON *json_node(struct json v) {
    return v.node;
}

const char *json_doc_name(struct json v) {
    return v.doc ? v.doc->name : "?";
}

/* Copies what the scanner saw of each number into its node; both go in document order. */
static const char *mark_numbers(cJSON *node, const char *flags) {
    for (; node; node = node->next) {
        if (cJSON_IsNumber(node)) {
            node->type |= *flags & JSON_NUMBER_PLAIN ? NODE_PLAIN : 0;
            node->type |= *flags & JSON_NUMBER_EXACT ? NODE_EXACT : 0;
            flags++;
        }
        flags = mark_numbers(node->child, flags); /* at most JSON_DEPTH_MAX deep */
    }
    return flags;
}

static int parse_scanned(struct json_doc **out, const char *text, size_t len, const char *name,
                         const struct buf *numbers) {
    cJSON *root = cJSON_ParseWithLengthOpts(text, len, NULL, 0);
    if (!root) /* the scanner accepted the text, so this is all that is left */
        return err_set(ERR_NOMEM, "%s: no memory for the document", name);
    CHECK(mark_numbers(root, numbers->data) == numbers->data + numbers->len);
    struct json_doc *doc = xcalloc(1, sizeof(*doc));
    doc->name = xstrdup(name);
    doc->root = root;
    *out = doc;
    return 0;
}

int json_parse(struct json_doc **out, const char *text, size_t len, const char *name, int flags) {
    struct buf numbers;
    buf_init(&numbers, len);
    bool comments = flags & JSON_COMMENTS;
    char *copy = comments ? xstrndup(text, len) : NULL;
    int rc = comments ? json_blank_comments(copy, len, name) : 0;
    if (copy)
        text = copy;
    if (rc == 0)
        rc = json_scan(text, len, name, comments, &numbers);
    if (rc == 0)
        rc = parse_scanned(out, text, len, name, &numbers);
    free(copy);
    buf_done(&numbers);
    return rc;
}

int json_load(struct json_doc **out, const char *path, size_t max, int flags) {
    struct file f;
    int rc = file_read(&f, path, max);
    if (rc < 0)
        return rc;
    rc = json_parse(out, (const char *)f.data, f.size, path, flags);
    file_done(&f);
    return rc;
}

void json_free(struct json_doc *doc) {
    if (!doc)
        return;
    cJSON_Delete(doc->root);
    free(doc->name);
    free(doc);
}

struct json json_root(const struct json_doc *doc) {
    return (struct json){doc, doc->root};
}

enum json_type json_type(struct json v) {
    const cJSON *node = json_node(v);
    switch (node ? node->type & 0xFF : cJSON_Invalid) {
    case cJSON_NULL:
        return JSON_NULL;
    case cJSON_True:
    case cJSON_False:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NONE;
    }
}

const char *json_type_name(enum json_type t) {
    static const char *const names[] = {"nothing",  "null",     "a boolean", "a number",
                                        "a string", "an array", "an object"};
    return names[t];
}

bool json_exists(struct json v) {
    return json_type(v) > JSON_NULL;
}

size_t json_len(struct json v) {
    size_t len = 0;
    for (struct json m = json_first(v); m.node; m = json_next(m))
        len++;
    return len;
}

const char *json_key(struct json v) {
    const cJSON *node = json_node(v);
    return node && node->string ? node->string : "";
}

static struct json member(struct json at, const char *key, size_t len) {
    const cJSON *m = json_type(at) == JSON_OBJECT ? json_node(at)->child : NULL;
    while (m && (strncmp(m->string, key, len) != 0 || m->string[len]))
        m = m->next;
    return (struct json){at.doc, m};
}

struct json json_member(struct json at, const char *key) {
    return member(at, key, strlen(key));
}

struct json json_get(struct json at, const char *key) {
    for (;;) {
        size_t len = strcspn(key, ".");
        at = member(at, key, len);
        if (!key[len])
            return at;
        key += len + 1;
    }
}

struct json json_at(struct json array, size_t index) {
    const cJSON *m = json_type(array) == JSON_ARRAY ? json_node(array)->child : NULL;
    while (m && index--)
        m = m->next;
    return (struct json){array.doc, m};
}

struct json json_first(struct json at) {
    const cJSON *node = json_node(at);
    return (struct json){at.doc, node ? node->child : NULL};
}

struct json json_next(struct json v) {
    const cJSON *node = json_node(v);
    return (struct json){v.doc, node ? node->next : NULL};
}
