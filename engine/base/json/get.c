/* SPDX-License-Identifier: Apache-2.0 */
/* The typed getters of json, and the sentences they fail with. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json/node.h"

/* A path is for reading: what does not fit is cut. */
enum { PATH_MAX_BYTES = 512, TEXT_MAX = 1024 };

/* Appends the path to v. Runs only when a message is made, so values need not know where they are:
 * of the members of a container, the one to enter is the last that does not lie behind v. */
static void find_path(struct json v, struct buf *path) {
    struct json at = json_root(v.doc);
    while (at.node != v.node) {
        bool array = json_type(at) == JSON_ARRAY;
        size_t index = 0;
        at = json_first(at);
        for (struct json m; (m = json_next(at)).node && json_node(m) <= json_node(v); at = m)
            index++;
        if (array)
            buf_printf(path, "[%zu]", index);
        else
            buf_printf(path, "%s%s", path->len ? "." : "", json_key(at));
    }
}

/* "document: path.key: text". key may be NULL. */
static int fail_below(struct json at, const char *key, const char *text) {
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    if (at.doc && at.node)
        find_path(at, &path);
    if (key)
        buf_printf(&path, "%s%s", path.len ? "." : "", key);
    const char *name = at.doc ? at.doc->name : "?";
    int rc = path.len ? err_set(ERR_FORMAT, "%s: %s: %s", name, path.data, text)
                      : err_set(ERR_FORMAT, "%s: %s", name, text);
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

/* The digits end at a byte that no number has, at the latest at the padding. */
static double number(struct json v) {
    return strtod(v.doc->text + json_node(v)->at, NULL);
}

int json_as_int(struct json v, int64_t min, int64_t max, int64_t *out) {
    const struct node *n = json_node(v);
    if (json_type(v) != JSON_NUMBER)
        return fail_type(v, "an integer");
    if (!(n->flags & NODE_PLAIN))
        return json_fail(v, "expected an integer in plain digits, found %.17g", number(v));
    if (!(n->flags & NODE_EXACT))
        return json_fail(v, "an integer beyond 2^53 cannot be read exactly");
    const char *s = v.doc->text + n->at;
    bool negative = *s == '-';
    int64_t value = 0;
    for (s += negative; *s >= '0' && *s <= '9'; s++)
        value = value * 10 + (*s - '0');
    value = negative ? -value : value;
    if (value < min || value > max)
        return json_fail(v, "%" PRId64 " is not between %" PRId64 " and %" PRId64, value, min, max);
    *out = value;
    return 0;
}

int json_as_real(struct json v, double *out) {
    if (json_type(v) != JSON_NUMBER)
        return fail_type(v, "a number");
    double value = number(v);
    if (!isfinite(value))
        return json_fail(v, "the number is too large");
    *out = value;
    return 0;
}

int json_as_bool(struct json v, bool *out) {
    if (json_type(v) != JSON_BOOL)
        return fail_type(v, "a boolean");
    *out = json_node(v)->flags & NODE_TRUE;
    return 0;
}

int json_as_str(struct json v, const char **out) {
    size_t len;
    return json_as_strn(v, out, &len);
}

int json_as_strn(struct json v, const char **out, size_t *len) {
    if (json_type(v) != JSON_STRING)
        return fail_type(v, "a string");
    *out = v.doc->text + json_node(v)->at;
    *len = json_node(v)->len;
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
