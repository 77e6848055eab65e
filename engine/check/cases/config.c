/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: what a config.json means once defaults and old keys are resolved. */
#include <math.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/check/case.h"
#include "engine/check/load.h"

enum { CONFIG_SIZE_MAX = 1 << 20 };

static void compare_value(struct case_run *c, const char *path, struct json got, struct json want);

static void compare_members(struct case_run *c, const char *path, struct json got,
                            struct json want) {
    for (struct json v = json_first(want); v.node; v = json_next(v)) {
        struct json found = json_member(got, json_key(v));
        if (!found.node) /* where Transformers 5 has moved it */
            found = json_member(json_member(got, "rope_parameters"), json_key(v));
        compare_value(c, arena_printf(&c->arena, "%s.%s", path, json_key(v)), found, v);
    }
}

static void compare_items(struct case_run *c, const char *path, struct json got, struct json want) {
    size_t i = 0;
    if (!compare_fact(&c->total, json_len(got) == json_len(want), "%s has %zu items, not %zu", path,
                      json_len(got), json_len(want)))
        return;
    for (struct json v = json_first(want); v.node; v = json_next(v), i++)
        compare_value(c, arena_printf(&c->arena, "%s[%zu]", path, i), json_at(got, i), v);
}

static void compare_scalar(struct case_run *c, const char *path, struct json got,
                           struct json want) {
    double a = 0, b = 0;
    bool p = false, q = false;
    const char *s = "", *t = "";
    if (json_type(want) == JSON_NUMBER && json_as_real(got, &a) == 0 && json_as_real(want, &b) == 0)
        compare_fact(&c->total, a == b, "%s is %.17g, and should be %.17g", path, a, b);
    else if (json_type(want) == JSON_BOOL && json_as_bool(got, &p) == 0 &&
             json_as_bool(want, &q) == 0)
        compare_fact(&c->total, p == q, "%s is %d, and should be %d", path, p, q);
    else if (json_type(want) == JSON_STRING && json_as_str(got, &s) == 0 &&
             json_as_str(want, &t) == 0)
        compare_fact(&c->total, strcmp(s, t) == 0, "%s is \"%s\", and should be \"%s\"", path, s,
                     t);
}

/* A null that is wanted may as well be left out. */
static void compare_value(struct case_run *c, const char *path, struct json got, struct json want) {
    enum json_type wanted = json_type(want), found = json_type(got);
    bool both_null = wanted == JSON_NULL && !json_exists(got);
    if (!compare_fact(&c->total, wanted == found || both_null, "%s is %s, and should be %s", path,
                      json_type_name(found), json_type_name(wanted)))
        return;
    if (wanted == JSON_OBJECT)
        compare_members(c, path, got, want);
    else if (wanted == JSON_ARRAY)
        compare_items(c, path, got, want);
    else
        compare_scalar(c, path, got, want);
}

/* The engine's own dump of what it resolved, read back. */
static int resolve(struct case_run *c, struct json_doc **out) {
    struct json_writer w;
    struct buf text;
    struct load l;
    int rc = load_config(&l, c->folder);
    if (rc < 0)
        return rc;
    buf_init(&text, CONFIG_SIZE_MAX);
    json_writer_init(&w, &text, 0);
    config_write(&w, NULL, &l.config);
    load_done(&l);
    rc = buf_ok(&text, "the resolved configuration");
    if (rc == 0)
        rc = json_parse(out, text.data, text.len, "the resolved configuration", 0);
    buf_done(&text);
    return rc;
}

static int run_config(struct case_run *c) {
    struct json_doc *doc = NULL;
    struct json want;
    int rc = case_broken(c, json_object(case_params(c), "config", &want));
    if (rc == 0)
        rc = resolve(c, &doc);
    if (rc == 0)
        compare_members(c, "config", json_root(doc), want);
    json_free(doc);
    return rc;
}

static const struct case_type types[] = {
    {"config_defaults", "A10", "X", run_config},
    {"config_aliases",  "A11", "X", run_config},
    {"config_gguf",     "A10", "X", run_config},
    CASE_END_ROW,
};

const struct case_group case_config = {"config", types};
