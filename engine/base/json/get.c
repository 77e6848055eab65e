/* SPDX-License-Identifier: Apache-2.0 */
/* The typed getters of json, and the sentences they fail with. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json/node.h"

/* A path is for reading: what does not fit is cut. */
enum { PATH_MAX_BYTES = 512, TEXT_MAX = 1024 };

/* Appends the path from `node` down to `target`; false leaves path alone. Runs only when a
 * message is made, so values need not know where they are. */
static bool find_path(const cJSON *node, const cJSON *target, struct buf *path) {
    if (node == target)
        return true;
    size_t len = path->len, index = 0;
    bool array = cJSON_IsArray(node);
    for (const cJSON *m = node->child; m; m = m->next, index++) {
        if (m != target && !m->child)
            continue;
        if (array)
            buf_printf(path, "[%zu]", index);
        else
            buf_printf(path, "%s%s", path->len ? "." : "", m->string);
        if (find_path(m, target, path))
            return true;
        path->len = len;
        path->data[len] = '\0';
    }
    return false;
}

/* "document: path.key: text". key may be NULL. */
static int fail_below(struct json at, const char *key, const char *text) {
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    if (at.doc && at.node)
        find_path(json_root(at.doc).node, at.node, &path);
    if (key)
        buf_printf(&path, "%s%s", path.len ? "." : "", key);
    int rc = path.len ? err_set(ERR_FORMAT, "%s: %s: %s", json_doc_name(at), path.data, text)
                      : err_set(ERR_FORMAT, "%s: %s", json_doc_name(at), text);
    buf_done(&path);
    return rc;
}

#undef json_fail /* the macro for the analyzer */
int json_fail(struct json v, const char *fmt, ...) {
    char text[TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return fail_below(v, NULL, text);
}

static int fail_type(struct json v, const char *expected) {
    return json_fail(v, "expected %s, found %s", expected, json_type_name(json_type(v)));
}

int json_as_int(struct json v, int64_t min, int64_t max, int64_t *out) {
    const cJSON *node = json_node(v);
    if (json_type(v) != JSON_NUMBER)
        return fail_type(v, "an integer");
    if (!(node->type & NODE_PLAIN))
        return json_fail(v, "expected an integer in plain digits, found %.17g", node->valuedouble);
    if (!(node->type & NODE_EXACT))
        return json_fail(v, "an integer beyond 2^53 cannot be read exactly");
    int64_t value = (int64_t)node->valuedouble;
    if (value < min || value > max)
        return json_fail(v, "%" PRId64 " is not between %" PRId64 " and %" PRId64, value, min, max);
    *out = value;
    return 0;
}

int json_as_real(struct json v, double *out) {
    if (json_type(v) != JSON_NUMBER)
        return fail_type(v, "a number");
    double value = json_node(v)->valuedouble;
    if (!isfinite(value))
        return json_fail(v, "the number is too large");
    *out = value;
    return 0;
}

int json_as_bool(struct json v, bool *out) {
    if (json_type(v) != JSON_BOOL)
        return fail_type(v, "a boolean");
    *out = cJSON_IsTrue(json_node(v));
    return 0;
}

int json_as_str(struct json v, const char **out) {
    if (json_type(v) != JSON_STRING)
        return fail_type(v, "a string");
    *out = json_node(v)->valuestring;
    return 0;
}

/* The member, which must be there and not null. */
static int require(struct json at, const char *key, const char *expected, struct json *out) {
    struct json v = json_get(at, key);
    if (json_exists(v)) {
        *out = v;
        return 0;
    }
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof(text), "expected %s, found %s", expected,
                   json_type_name(json_type(v)));
    return fail_below(at, key, text);
}

int json_int(struct json at, const char *key, int64_t min, int64_t max, int64_t *out) {
    struct json v = {0};
    int rc = require(at, key, "an integer", &v);
    return rc < 0 ? rc : json_as_int(v, min, max, out);
}

int json_real(struct json at, const char *key, double *out) {
    struct json v = {0};
    int rc = require(at, key, "a number", &v);
    return rc < 0 ? rc : json_as_real(v, out);
}

int json_bool(struct json at, const char *key, bool *out) {
    struct json v = {0};
    int rc = require(at, key, "a boolean", &v);
    return rc < 0 ? rc : json_as_bool(v, out);
}

int json_str(struct json at, const char *key, const char **out) {
    struct json v = {0};
    int rc = require(at, key, "a string", &v);
    return rc < 0 ? rc : json_as_str(v, out);
}

static int container(struct json at, const char *key, enum json_type type, struct json *out) {
    struct json v = {0};
    int rc = require(at, key, json_type_name(type), &v);
    if (rc < 0)
        return rc;
    if (json_type(v) != type)
        return fail_type(v, json_type_name(type));
    *out = v;
    return 0;
}

int json_object(struct json at, const char *key, struct json *out) {
    return container(at, key, JSON_OBJECT, out);
}

int json_array(struct json at, const char *key, struct json *out) {
    return container(at, key, JSON_ARRAY, out);
}

int json_opt_int(struct json at, const char *key, int64_t min, int64_t max, int64_t *out) {
    struct json v = json_get(at, key);
    return json_exists(v) ? json_as_int(v, min, max, out) : 0;
}

int json_opt_real(struct json at, const char *key, double *out) {
    struct json v = json_get(at, key);
    return json_exists(v) ? json_as_real(v, out) : 0;
}

int json_opt_bool(struct json at, const char *key, bool *out) {
    struct json v = json_get(at, key);
    return json_exists(v) ? json_as_bool(v, out) : 0;
}

int json_opt_str(struct json at, const char *key, const char **out) {
    struct json v = json_get(at, key);
    return json_exists(v) ? json_as_str(v, out) : 0;
}
