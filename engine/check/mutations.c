/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/mutations.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/check/edit.h"
#include "engine/format/checkpoint.h"

enum { MUTATIONS_SIZE_MAX = 1 << 20, CONFIG_SIZE_MAX = 1 << 16 };

struct mutations {
    struct arena arena;
    struct mutation *items;
    size_t count;
};

/* The object as text again: it travels to the loader, which merges it into config.json. */
static int read_config(struct mutation *m, struct json at, struct arena *arena) {
    struct json_writer w;
    struct buf b;
    if (!json_exists(at))
        return 0;
    if (json_type(at) != JSON_OBJECT)
        return json_fail(at, "expected an object to merge into config.json");
    buf_init(&b, CONFIG_SIZE_MAX);
    json_writer_init(&w, &b, 0);
    json_put_json(&w, NULL, at);
    int rc = buf_ok(&b, "the configuration of a mutation");
    m->config = arena_strdup(arena, b.data);
    buf_done(&b);
    return rc;
}

/* Without a list it is for all. */
static int read_dtypes(struct mutation *m, struct json at) {
    struct json list = json_get(at, "dtypes");
    m->dtypes = ~0U;
    if (!json_exists(list))
        return 0;
    int rc = json_array(at, "dtypes", &list);
    m->dtypes = 0;
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        const char *name;
        enum dtype dtype;
        rc = json_as_str(v, &name);
        if (rc == 0 && !dtype_parse(&dtype, name))
            rc = json_fail(v, "\"%s\" is no dtype", name);
        else if (rc == 0)
            m->dtypes |= DTYPE_BIT(dtype);
    }
    return rc;
}

static int read_mutation(struct mutation *m, struct json at, struct arena *arena) {
    const char *name, *case_name;
    int rc = json_str(at, "name", &name);
    if (rc == 0)
        rc = json_str(at, "case", &case_name);
    if (rc == 0)
        rc = json_opt_real(at, "nmse", &m->nmse);
    if (rc == 0)
        rc = read_dtypes(m, at);
    if (rc == 0)
        rc = read_config(m, json_get(at, "config"), arena);
    if (rc != 0)
        return rc;
    m->name = arena_strdup(arena, name);
    m->case_name = arena_strdup(arena, case_name);
    struct json list = json_get(at, "weights");
    m->edits = arena_array(arena, json_len(list), sizeof(*m->edits));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        rc = edit_parse(&m->edits[m->edit_count], v, arena);
        m->edit_count += rc == 0;
    }
    if (rc == 0 && !m->config && m->edit_count == 0)
        rc = json_fail(at, "changes neither the configuration nor a weight");
    return rc;
}

static int read_all(struct mutations *m, struct json root) {
    struct json list;
    int rc = json_array(root, "mutations", &list);
    if (rc < 0)
        return rc;
    m->items = arena_array(&m->arena, json_len(list), sizeof(*m->items));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
        rc = read_mutation(&m->items[m->count++], v, &m->arena);
    return rc;
}

int mutations_load(struct mutations **out, const char *path) {
    struct json_doc *doc = NULL;
    int rc = json_load(&doc, path, MUTATIONS_SIZE_MAX, 0);
    if (rc < 0)
        return rc;
    struct mutations *m = xcalloc(1, sizeof(*m));
    arena_init(&m->arena, 0);
    rc = read_all(m, json_root(doc));
    json_free(doc);
    if (rc < 0)
        mutations_free(m);
    else
        *out = m;
    return rc;
}

void mutations_free(struct mutations *m) {
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < m->items[i].edit_count; k++)
            edit_done(m->items[i].edits[k]);
    arena_done(&m->arena);
    free(m);
}

size_t mutations_count(const struct mutations *m) {
    return m->count;
}

const struct mutation *mutations_at(const struct mutations *m, size_t index) {
    CHECK(index < m->count);
    return &m->items[index];
}

const struct mutation *mutations_find(const struct mutations *m, const char *name) {
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->items[i].name, name) == 0)
            return &m->items[i];
    return NULL;
}

int mutation_edit(const struct mutation *m, struct checkpoint *cp, const char *name,
                  struct tensor *t, struct arena *arena) {
    int changed = 0;
    for (size_t i = 0; i < m->edit_count; i++) {
        if (!edit_matches(m->edits[i], name))
            continue;
        int rc = edit_apply(m->edits[i], cp, name, t, arena);
        if (rc < 0)
            return err_while(rc, "mutation %s", m->name);
        changed |= rc;
    }
    return changed;
}
