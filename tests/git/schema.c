/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/git/schema.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"

/* References and choices may go in circles, values cannot. */
enum { STEPS_MAX = 64 };

struct judge {
    struct json root;
    bool closed;
    int steps;
};

static int check(struct judge *j, struct json schema, struct json v);

static double number(struct json v) {
    double x = 0;
    CHECK(json_as_real(v, &x) == 0);
    return x;
}

static const char *string(struct json v) {
    const char *s = "";
    (void)json_as_str(v, &s);
    return s;
}

static bool equal(struct json a, struct json b) {
    bool x = false, y = false;
    if (json_type(a) != json_type(b) || json_len(a) != json_len(b))
        return false;
    switch (json_type(a)) {
    case JSON_BOOL:
        return json_as_bool(a, &x) == 0 && json_as_bool(b, &y) == 0 && x == y;
    case JSON_NUMBER:
        return number(a) == number(b);
    case JSON_STRING:
        return strcmp(string(a), string(b)) == 0;
    case JSON_ARRAY:
        for (size_t i = 0; i < json_len(a); i++)
            if (!equal(json_at(a, i), json_at(b, i)))
                return false;
        return true;
    case JSON_OBJECT:
        for (struct json v = json_first(a); v.node; v = json_next(v))
            if (!equal(v, json_member(b, json_key(v))))
                return false;
        return true;
    default:
        return true;
    }
}

static bool has_type(struct json v, const char *name) {
    static const struct {
        const char *name;
        enum json_type type;
    } rows[] = {
        {"null",    JSON_NULL  },
        {"boolean", JSON_BOOL  },
        {"number",  JSON_NUMBER},
        {"integer", JSON_NUMBER},
        {"string",  JSON_STRING},
        {"array",   JSON_ARRAY },
        {"object",  JSON_OBJECT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return json_type(v) == rows[i].type &&
                   (strcmp(name, "integer") != 0 || floor(number(v)) == number(v));
    return false;
}

/* Each is handed the schema, the value of its keyword, and the value to judge. */

static int check_ref(struct judge *j, struct json schema, struct json at, struct json v) {
    const char *ref = string(at);
    (void)schema;
    if (strncmp(ref, "#/components/schemas/", 21) != 0)
        return json_fail(at, "\"%s\" leads nowhere", ref);
    struct json target = json_member(json_get(j->root, "components.schemas"), ref + 21);
    return target.node ? check(j, target, v) : json_fail(at, "there is no schema %s", ref + 21);
}

static int check_type(struct judge *j, struct json schema, struct json at, struct json v) {
    (void)j, (void)schema;
    if (json_type(at) == JSON_STRING)
        return has_type(v, string(at)) ? 0
                                       : json_fail(v, "expected %s, found %s", string(at),
                                                   json_type_name(json_type(v)));
    for (struct json one = json_first(at); one.node; one = json_next(one))
        if (has_type(v, string(one)))
            return 0;
    return json_fail(v, "found %s, which is none of its types", json_type_name(json_type(v)));
}

static int check_enum(struct judge *j, struct json schema, struct json at, struct json v) {
    (void)j, (void)schema;
    for (struct json one = json_first(at); one.node; one = json_next(one))
        if (equal(one, v))
            return 0;
    return json_fail(v, "\"%s\" is none of its values", string(v));
}

static int check_const(struct judge *j, struct json schema, struct json at, struct json v) {
    (void)j, (void)schema;
    return equal(at, v) ? 0 : json_fail(v, "expected \"%s\"", string(at));
}

/* What the first of them says is told; the others are "or null". */
static int check_any(struct judge *j, struct json schema, struct json at, struct json v) {
    (void)schema;
    for (struct json one = json_first(at); one.node; one = json_next(one))
        if (check(j, one, v) == 0)
            return 0;
    return check(j, json_first(at), v);
}

static int check_properties(struct judge *j, struct json schema, struct json at, struct json v) {
    int rc = 0;
    if (json_type(v) != JSON_OBJECT)
        return 0;
    for (struct json m = json_first(v); rc == 0 && m.node; m = json_next(m)) {
        struct json wanted = json_member(at, json_key(m));
        if (wanted.node)
            rc = check(j, wanted, m);
        else if (j->closed && !json_member(schema, "additionalProperties").node)
            rc = json_fail(m, "no such member is described");
    }
    return rc;
}

static int check_others(struct judge *j, struct json schema, struct json at, struct json v) {
    struct json known = json_member(schema, "properties");
    bool any = true;
    int rc = 0;
    if (json_type(v) != JSON_OBJECT || (json_type(at) == JSON_BOOL && json_as_bool(at, &any) < 0))
        return 0;
    for (struct json m = json_first(v); rc == 0 && m.node; m = json_next(m)) {
        if (json_member(known, json_key(m)).node)
            continue;
        if (json_type(at) == JSON_OBJECT)
            rc = check(j, at, m);
        else if (!any)
            rc = json_fail(m, "no other member is allowed");
    }
    return rc;
}

static int check_required(struct judge *j, struct json schema, struct json at, struct json v) {
    (void)j, (void)schema;
    for (struct json one = json_first(at); one.node && json_type(v) == JSON_OBJECT;
         one = json_next(one))
        if (!json_member(v, string(one)).node)
            return json_fail(v, "\"%s\" is missing", string(one));
    return 0;
}

static int check_items(struct judge *j, struct json schema, struct json at, struct json v) {
    int rc = 0;
    (void)schema;
    if (json_type(v) != JSON_ARRAY)
        return 0;
    for (struct json one = json_first(v); rc == 0 && one.node; one = json_next(one))
        rc = check(j, at, one);
    return rc;
}

static size_t characters(const char *s) {
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

/* minLength, maxItems, minimum …: of what, says the letter behind "min" or "max". */
static int check_bound(struct judge *j, struct json schema, struct json at, struct json v) {
    const char *name = json_key(at), *what = name + 3;
    (void)j, (void)schema;
    enum json_type type = *what == 'L' ? JSON_STRING : *what == 'I' ? JSON_ARRAY : JSON_NUMBER;
    if (json_type(v) != type)
        return 0;
    double is = type == JSON_STRING  ? (double)characters(string(v))
                : type == JSON_ARRAY ? (double)json_len(v)
                                     : number(v);
    bool good = strncmp(name, "min", 3) == 0 ? is >= number(at) : is <= number(at);
    return good ? 0 : json_fail(v, "%g is beyond its %s of %g", is, name, number(at));
}

static const struct {
    const char *name;
    int (*check)(struct judge *j, struct json schema, struct json at, struct json v);
} keywords[] = {
    {"$ref",                 check_ref       },
    {"type",                 check_type      },
    {"enum",                 check_enum      },
    {"const",                check_const     },
    {"anyOf",                check_any       },
    {"properties",           check_properties},
    {"additionalProperties", check_others    },
    {"required",             check_required  },
    {"items",                check_items     },
    {"minimum",              check_bound     },
    {"maximum",              check_bound     },
    {"minLength",            check_bound     },
    {"maxLength",            check_bound     },
    {"minItems",             check_bound     },
    {"maxItems",             check_bound     },
};

static int check_keyword(struct judge *j, struct json schema, struct json at, struct json v) {
    for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
        if (strcmp(keywords[i].name, json_key(at)) == 0)
            return keywords[i].check(j, schema, at, v);
    return json_fail(at, "the keyword \"%s\" is not known here", json_key(at));
}

static int check(struct judge *j, struct json schema, struct json v) {
    int rc = json_type(schema) == JSON_OBJECT ? 0 : json_fail(schema, "this is no schema");
    if (j->steps == STEPS_MAX)
        return json_fail(schema, "it goes in circles");
    j->steps++;
    for (struct json at = json_first(schema); rc == 0 && at.node; at = json_next(at))
        rc = check_keyword(j, schema, at, v);
    j->steps--;
    return rc;
}

int schema_check(struct json root, struct json schema, struct json value, bool closed) {
    struct judge j = {.root = root, .closed = closed};
    return check(&j, schema, value);
}

/* The schema itself: behind references, and of a choice the one that fits the overlay, or null. */
static struct json choose(struct json root, struct json schema, struct json overlay) {
    struct json any = json_member(schema, "anyOf"), ref = json_member(schema, "$ref");
    if (ref.node)
        return choose(root, json_member(json_get(root, "components.schemas"), string(ref) + 21),
                      overlay);
    for (struct json one = json_first(any); one.node; one = json_next(one)) {
        bool is_null = strcmp(string(json_member(one, "type")), "null") == 0;
        if (is_null == !overlay.node || !json_next(one).node)
            return choose(root, one, overlay);
    }
    return schema;
}

static bool is_required(struct json schema, const char *name) {
    struct json list = json_member(schema, "required");
    for (struct json one = json_first(list); one.node; one = json_next(one))
        if (strcmp(string(one), name) == 0)
            return true;
    return false;
}

static void sample_object(struct json root, struct json schema, struct json overlay,
                          struct json_writer *out, const char *key) {
    struct json known = json_member(schema, "properties");
    json_open_object(out, key);
    for (struct json m = json_first(known); m.node; m = json_next(m)) {
        struct json given = json_member(overlay, json_key(m));
        if (given.node || is_required(schema, json_key(m)))
            schema_sample(root, m, given, out, json_key(m));
    }
    json_close_object(out);
}

static void sample_array(struct json root, struct json schema, struct json overlay,
                         struct json_writer *out, const char *key) {
    json_open_array(out, key);
    for (struct json one = json_first(overlay); one.node; one = json_next(one))
        schema_sample(root, json_member(schema, "items"), one, out, NULL);
    json_close_array(out);
}

void schema_sample(struct json root, struct json schema, struct json overlay,
                   struct json_writer *out, const char *key) {
    schema = choose(root, schema, overlay);
    const char *type = string(json_member(schema, "type"));
    struct json list = json_member(schema, "enum");
    if (strcmp(type, "object") == 0)
        sample_object(root, schema, overlay, out, key);
    else if (strcmp(type, "array") == 0)
        sample_array(root, schema, overlay, out, key);
    else if (overlay.node)
        json_put_json(out, key, overlay);
    else if (list.node)
        json_put_json(out, key, json_at(list, 0));
    else if (strcmp(type, "string") == 0)
        json_put_str(out, key, "");
    else if (strcmp(type, "boolean") == 0)
        json_put_bool(out, key, false);
    else if (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0)
        json_put_int(out, key, 0);
    else
        json_put_null(out, key);
}
