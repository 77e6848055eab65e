/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "engine/format/safetensors.h"

enum { SCHEMA = 1, JSON_SIZE_MAX = 64 << 20, EXTRA_MAX = 16, PATH_SIZE_MAX = 1 << 16 };

struct extra {
    const char *name;
    struct json_doc *doc;
};

struct fixture {
    struct arena arena;
    const char *folder, *family;
    struct json_doc *doc;
    struct json *cases;
    const char **ids; /* family/name */
    size_t count;
    struct map names; /* case name → index */
    const char *expected_hash;
    bool golden_tried;
    int golden_rc; /* of the first try */
    char *golden_text;
    char golden_hash[HASH_HEX_SIZE];
    struct safetensors *goldens;
    struct extra extras[EXTRA_MAX];
    size_t extra_count;
};

static const char *path_of(struct fixture *f, const char *name) {
    struct buf b;
    buf_init(&b, PATH_SIZE_MAX);
    const char *path = arena_strdup(&f->arena, file_join(&b, f->folder, name));
    buf_done(&b);
    return path;
}

static int index_case(struct fixture *f, struct json v) {
    const char *name, *type;
    if (json_type(v) != JSON_OBJECT)
        return json_fail(v, "expected an object");
    int rc = json_str(v, "name", &name);
    if (rc == 0)
        rc = json_str(v, "type", &type);
    if (rc != 0)
        return rc;
    if (!map_add(&f->names, name, strlen(name), (uint32_t)f->count))
        return json_fail(v, "a second case is called \"%s\"", name);
    f->ids[f->count] = arena_printf(&f->arena, "%s/%s", f->family, name);
    f->cases[f->count++] = v;
    return 0;
}

static int index_cases(struct fixture *f) {
    struct json root = json_root(f->doc), list;
    int64_t schema;
    int rc = json_int(root, "schema", SCHEMA, SCHEMA, &schema);
    if (rc == 0)
        rc = json_str(root, "family", &f->family);
    if (rc == 0)
        rc = json_opt_str(root, "goldens_sha256", &f->expected_hash);
    if (rc == 0)
        rc = json_array(root, "cases", &list);
    if (rc != 0)
        return rc;
    if (json_len(list) == 0)
        return json_fail(list, "there is no case");
    f->cases = arena_array(&f->arena, json_len(list), sizeof(*f->cases));
    f->ids = arena_array(&f->arena, json_len(list), sizeof(*f->ids));
    map_init(&f->names, json_len(list));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v))
        rc = index_case(f, v);
    return rc;
}

int fixture_open(struct fixture **out, const char *folder) {
    struct fixture *f = xcalloc(1, sizeof(*f));
    arena_init(&f->arena, 0);
    f->folder = arena_strdup(&f->arena, folder);
    int rc = json_load(&f->doc, path_of(f, "cases.json"), JSON_SIZE_MAX, 0);
    if (rc == 0)
        rc = index_cases(f);
    if (rc != 0)
        fixture_close(f);
    else
        *out = f;
    return rc;
}

void fixture_close(struct fixture *f) {
    if (!f)
        return;
    for (size_t i = 0; i < f->extra_count; i++)
        json_free(f->extras[i].doc);
    safetensors_close(f->goldens);
    free(f->golden_text);
    map_done(&f->names);
    json_free(f->doc);
    arena_done(&f->arena);
    free(f);
}

const char *fixture_folder(const struct fixture *f) {
    return f->folder;
}

const char *fixture_family(const struct fixture *f) {
    return f->family;
}

size_t fixture_count(const struct fixture *f) {
    return f->count;
}

struct json fixture_case(const struct fixture *f, size_t index) {
    CHECK(index < f->count);
    return f->cases[index];
}

const char *fixture_case_id(const struct fixture *f, size_t index) {
    CHECK(index < f->count);
    return f->ids[index];
}

const char *fixture_case_name(const struct fixture *f, size_t index) {
    return fixture_case_id(f, index) + strlen(f->family) + 1;
}

bool fixture_find(const struct fixture *f, const char *id, size_t *index) {
    size_t len = strlen(f->family);
    uint32_t found;
    if (strncmp(id, f->family, len) == 0 && id[len] == '/')
        id += len + 1;
    if (!map_find_str(&f->names, id, &found))
        return false;
    *index = found;
    return true;
}

const char *fixture_path(struct fixture *f, const char *name, const char *dtype) {
    static const char hole[] = "{dtype}";
    const char *at = strstr(name, hole);
    if (at)
        name =
            arena_printf(&f->arena, "%.*s%s%s", (int)(at - name), name, dtype, at + strlen(hole));
    return path_of(f, name);
}

int fixture_checkpoint(struct fixture *f, size_t index, const char *dtype, const char **out) {
    const char *name = ".";
    int rc = json_opt_str(fixture_case(f, index), "checkpoint", &name);
    if (rc == 0)
        *out = fixture_path(f, name, dtype);
    return rc;
}

static int open_goldens(struct fixture *f) {
    const char *path = path_of(f, "goldens.safetensors");
    if (!f->expected_hash)
        return err_set(ERR_FORMAT,
                       "%s: goldens_sha256 is missing, so the reference cannot be trusted",
                       path_of(f, "cases.json"));
    int rc = hash_file(path, f->golden_hash);
    if (rc < 0)
        return err_while(rc, "the reference is missing");
    if (strcmp(f->golden_hash, f->expected_hash) != 0)
        return err_set(ERR_FORMAT,
                       "%s has the SHA-256 %s, and cases.json was written with %s; "
                       "make the fixture again or restore the file",
                       path, f->golden_hash, f->expected_hash);
    return safetensors_open(&f->goldens, path, SAFETENSORS_READ);
}

int fixture_load_goldens(struct fixture *f) {
    if (!f->golden_tried) {
        f->golden_tried = true;
        f->golden_rc = open_goldens(f);
        if (f->golden_rc < 0)
            f->golden_text = xstrdup(err_text());
    }
    return f->golden_rc < 0 ? err_set(f->golden_rc, "%s", f->golden_text) : 0;
}

const char *fixture_golden_hash(const struct fixture *f) {
    return f->golden_hash[0] ? f->golden_hash : NULL;
}

/* The key to look under, or NULL when there is none. */
static const char *choose_key(struct fixture *f, const char *key, const char *suffixed,
                              enum golden_use use) {
    const struct safetensors_entry *plain = safetensors_find(f->goldens, key);
    if (safetensors_find(f->goldens, suffixed))
        return suffixed;
    if (plain && use == GOLDEN_EXPECT && plain->type->held && dtype_is_float(plain->type->dtype))
        return NULL;
    return plain ? key : NULL;
}

int fixture_golden(struct fixture *f, const char *key, const char *dtype, enum golden_use use,
                   struct tensor *out) {
    int rc = fixture_load_goldens(f);
    if (rc < 0)
        return rc;
    if (strcmp(dtype, "f32") == 0)
        return safetensors_get(f->goldens, key, out);
    const char *suffixed = arena_printf(&f->arena, "%s@%s", key, dtype);
    const char *chosen = choose_key(f, key, suffixed, use);
    return safetensors_get(f->goldens, chosen ? chosen : suffixed, out);
}

int fixture_json(struct fixture *f, const char *name, struct json *out) {
    for (size_t i = 0; i < f->extra_count; i++)
        if (strcmp(f->extras[i].name, name) == 0) {
            *out = json_root(f->extras[i].doc);
            return 0;
        }
    if (!file_is_plain_name(name, strlen(name)))
        return err_set(ERR_FORMAT, "cases.json: \"%s\" is no plain file name", name);
    if (f->extra_count == EXTRA_MAX)
        return err_set(ERR_LIMIT, "a fixture has at most %d JSON files beside cases.json",
                       EXTRA_MAX);
    struct extra *extra = &f->extras[f->extra_count];
    int rc = json_load(&extra->doc, path_of(f, name), JSON_SIZE_MAX, 0);
    if (rc < 0)
        return rc;
    extra->name = arena_strdup(&f->arena, name);
    f->extra_count++;
    *out = json_root(extra->doc);
    return 0;
}
