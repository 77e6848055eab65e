/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/json.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/bulk.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json/scan.h"

const struct node *json_node(struct json v) {
    return v.node;
}

enum { BYTES_PER_NODE = 16, NODES_MIN = 16 }; /* of an ordinary document: a first guess */

int json_doc_grow(struct json_doc *doc, size_t len) {
    size_t cap = doc->cap ? (size_t)doc->cap * 2 : len / BYTES_PER_NODE + NODES_MIN;
    cap = cap < UINT32_MAX ? cap : UINT32_MAX;
    struct node *nodes = bulk_grow(doc->nodes, doc->cap * sizeof(*nodes), cap * sizeof(*nodes));
    if (!nodes)
        return err_set(ERR_NOMEM, "%s: no memory for the document", doc->name);
    doc->nodes = nodes;
    doc->cap = (uint32_t)cap;
    return 0;
}

/* Takes the file over. source: as json_scan() has it. */
static int parse_file(struct json_doc **out, struct file *f, const char *name, const char *source) {
    struct json_doc *doc = xcalloc(1, sizeof(*doc));
    doc->name = xstrdup(name);
    doc->file = *f;
    doc->text = (char *)f->data;
    int rc = json_scan(doc, f->size, source);
    if (rc < 0)
        json_free(doc);
    else
        *out = doc;
    return rc;
}

int json_parse(struct json_doc **out, const char *text, size_t len, const char *name, int flags) {
    struct file copy;
    bool comments = flags & JSON_COMMENTS;
    int rc = file_copy(&copy, text, len, name);
    if (rc < 0)
        return rc;
    if (comments)
        rc = json_blank_comments((char *)copy.data, len, name);
    if (rc < 0) {
        file_done(&copy);
        return rc;
    }
    return parse_file(out, &copy, name, comments ? text : NULL);
}

int json_load(struct json_doc **out, const char *path, size_t max, int flags) {
    struct file f;
    int rc = file_read(&f, path, max);
    if (rc < 0)
        return rc;
    if (!(flags & JSON_COMMENTS))
        return parse_file(out, &f, path, NULL);
    rc = json_parse(out, (const char *)f.data, f.size, path, flags);
    file_done(&f);
    return rc;
}

void json_free(struct json_doc *doc) {
    if (!doc)
        return;
    bulk_free(doc->nodes, doc->cap * sizeof(*doc->nodes));
    file_done(&doc->file);
    free(doc->name);
    free(doc);
}

struct json json_root(const struct json_doc *doc) {
    return (struct json){doc, doc->nodes};
}

enum json_type json_type(struct json v) {
    return v.node ? (enum json_type)json_node(v)->type : JSON_NONE;
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
    return json_type(v) >= JSON_ARRAY ? json_node(v)->len : 0;
}

const char *json_key(struct json v) {
    size_t len;
    return json_keyn(v, &len);
}

const char *json_keyn(struct json v, size_t *len) {
    const struct node *n = json_node(v);
    bool named = n && n->key; /* no key can be at offset 0 */
    *len = named ? n->key_len : 0;
    return named ? v.doc->text + n->key : "";
}

uint32_t json_key_hash(struct json v) {
    return v.node ? json_node(v)->key_hash : 0;
}

static struct json member(struct json at, const char *key, size_t len) {
    struct json v = json_type(at) == JSON_OBJECT ? json_first(at) : (struct json){at.doc, NULL};
    for (; v.node; v = json_next(v)) {
        const struct node *n = json_node(v);
        if (n->key_len == len && memcmp(at.doc->text + n->key, key, len) == 0)
            break;
    }
    return v;
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
    struct json v =
        json_type(array) == JSON_ARRAY ? json_first(array) : (struct json){array.doc, NULL};
    while (v.node && index--)
        v = json_next(v);
    return v;
}

struct json json_first(struct json at) {
    return (struct json){at.doc, json_len(at) ? json_node(at) + 1 : NULL};
}

struct json json_next(struct json v) {
    uint32_t next = v.node ? json_node(v)->next : 0;
    return (struct json){v.doc, next ? v.doc->nodes + next : NULL};
}
