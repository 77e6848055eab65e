/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/decoy/goldens.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "orchestrator/decoy/decoy.h"
#include "orchestrator/decoy/spoil.h"
#include "orchestrator/git/content.h"

enum { CASES_MAX = 64 << 20, GOLDENS_MAX = 1 << 30, HEADER_MAX = 100000000 };
#define NO_CASE UINT32_MAX

struct wanted {
    const char *name;
    bool exact;     /* not a bit may be another */
    uint32_t group; /* cases that share a tensor; its parent while groups are made */
};

/* A tensor that cases name. */
struct key {
    bool input;          /* of some case: to spoil it might spoil what is computed, too */
    bool exact;          /* of some case */
    uint32_t case_index; /* of one that expects it, NO_CASE = none */
};

struct goldens {
    const struct decoy_fixture *f;
    struct arena *arena;
    const char *cases_path, *goldens_path; /* below the top */
    const char *cases_text, *sum;          /* sum: where goldens_sha256 stands in it */
    const char *bytes;
    size_t cases_len, size;
    struct json_doc *doc, *header;
    struct wanted *wanted; /* [count] */
    struct key *keys;
    size_t count, key_count, group_count;
    struct map names;    /* of keys */
    unsigned char *side; /* [count] of groups by their parent */
    bool *open;          /* [count] a group that can be spoiled, by its parent */
};

static const char *below_top(struct goldens *g, const char *name) {
    const char *prefix = g->f->spec->prefix, *folder = g->f->folder;
    bool root = strcmp(folder, ".") == 0;
    return arena_printf(g->arena, "%s%s%s%s%s", prefix, *prefix ? "/" : "", root ? "" : folder,
                        root ? "" : "/", name);
}

static struct key *key_of(struct goldens *g, const char *name) {
    uint32_t at = (uint32_t)g->key_count;
    if (map_add(&g->names, name, strlen(name), at))
        g->keys[g->key_count++] = (struct key){.case_index = NO_CASE};
    else
        (void)map_find_str(&g->names, name, &at);
    return &g->keys[at];
}

static uint32_t root_of(const struct goldens *g, uint32_t i) {
    while (g->wanted[i].group != i)
        i = g->wanted[i].group;
    return i;
}

static void note_expected(struct goldens *g, struct json at, uint32_t index) {
    for (struct json v = json_first(json_member(at, "expect")); v.node; v = json_next(v)) {
        const char *name = "";
        if (json_as_str(v, &name) < 0)
            continue;
        struct key *k = key_of(g, name);
        if (k->case_index == NO_CASE)
            k->case_index = index;
        g->wanted[root_of(g, index)].group = root_of(g, k->case_index);
        k->exact |= g->wanted[index].exact;
    }
}

static void note_inputs(struct goldens *g, struct json at) {
    const char *name = "";
    for (struct json v = json_first(json_member(at, "inputs")); v.node; v = json_next(v))
        if (json_as_str(v, &name) == 0)
            key_of(g, name)->input = true;
    if (json_exists(json_member(at, "exclude")) &&
        json_as_str(json_member(at, "exclude"), &name) == 0)
        key_of(g, name)->input = true;
}

static size_t count_names(struct json list) {
    size_t n = 0;
    for (struct json v = json_first(list); v.node; v = json_next(v))
        n += json_len(json_member(v, "expect")) + json_len(json_member(v, "inputs")) + 1;
    return n;
}

static int read_cases(struct goldens *g) {
    struct json root = json_root(g->doc), list;
    const char *family = "", *sum = "";
    int rc = json_str(root, "family", &family);
    if (rc == 0)
        rc = json_opt_str(root, "goldens_sha256", &sum);
    if (rc == 0)
        rc = json_array(root, "cases", &list);
    if (rc < 0 || !*sum)
        return rc;
    g->sum = memmem(g->cases_text, g->cases_len, sum, strlen(sum));
    if (strlen(sum) != HASH_HEX_SIZE - 1 || !g->sum)
        return json_fail(root, "goldens_sha256 is no SHA-256");
    g->count = json_len(list);
    g->wanted = arena_array(g->arena, g->count + 1, sizeof(*g->wanted));
    g->keys = arena_array(g->arena, count_names(list) + 1, sizeof(*g->keys));
    uint32_t i = 0;
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v), i++) {
        const char *name = "", *letter = "";
        rc = json_str(v, "name", &name);
        if (rc == 0)
            rc = json_opt_str(v, "tolerance", &letter);
        g->wanted[i] = (struct wanted){.name = arena_printf(g->arena, "%s/%s", family, name),
                                       .exact = strcmp(letter, "X") == 0,
                                       .group = i};
        note_expected(g, v, i);
        note_inputs(g, v);
    }
    return rc;
}

/* ---- tensors ---- */

struct tensor_at {
    const char *dtype;
    size_t begin, size; /* in the file */
};

static int locate(struct goldens *g, struct json entry, struct tensor_at *out) {
    int64_t begin = 0, end = 0;
    struct json offsets;
    uint64_t header;
    memcpy(&header, g->bytes, sizeof(header));
    int64_t data = (int64_t)header + 8, size = (int64_t)g->size - data;
    int rc = json_str(entry, "dtype", &out->dtype);
    if (rc == 0)
        rc = json_array(entry, "data_offsets", &offsets);
    if (rc == 0)
        rc = json_as_int(json_at(offsets, 0), 0, size, &begin);
    if (rc == 0)
        rc = json_as_int(json_at(offsets, 1), begin, size, &end);
    out->begin = (size_t)(data + begin);
    out->size = (size_t)(end - begin);
    return rc;
}

/* What cases name is there once, and for some dtypes of the cell behind an @. */
static struct key *key_of_entry(struct goldens *g, struct json entry) {
    const char *name = json_key(entry), *at = strrchr(name, '@');
    uint32_t found;
    if (map_find_str(&g->names, name, &found))
        return &g->keys[found];
    return at && map_find(&g->names, name, (size_t)(at - name), &found) ? &g->keys[found] : NULL;
}

static int open_header(struct goldens *g) {
    uint64_t len = 0;
    if (g->size >= 8)
        memcpy(&len, g->bytes, sizeof(len));
    if (len == 0 || len > HEADER_MAX || len > g->size - 8)
        return err_set(ERR_FORMAT, "%s is no file of safetensors", g->goldens_path);
    return json_parse(&g->header, g->bytes + 8, (size_t)len, g->goldens_path, 0);
}

/* A group can be spoiled when all that it expects is there and no input. */
static void find_groups(struct goldens *g) {
    g->open = arena_array(g->arena, g->count + 1, sizeof(*g->open));
    g->side = arena_array(g->arena, g->count + 1, sizeof(*g->side));
    for (size_t i = 0; i < g->key_count; i++)
        if (g->keys[i].case_index != NO_CASE)
            g->open[root_of(g, g->keys[i].case_index)] = true;
    for (size_t i = 0; i < g->key_count; i++)
        if (g->keys[i].case_index != NO_CASE && g->keys[i].input)
            g->open[root_of(g, g->keys[i].case_index)] = false;
}

static void share_groups(struct goldens *g) {
    unsigned char *side = arena_array(g->arena, g->count + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < g->count; i++)
        n += g->open[i];
    decoys_share(g->f->out, side, n);
    n = 0;
    for (size_t i = 0; i < g->count; i++)
        if (g->open[i])
            g->side[i] = side[n++];
}

static int spoil_entry(struct goldens *g, struct json entry, size_t which, char *bytes) {
    struct tensor_at at = {.dtype = ""};
    struct key *key = key_of_entry(g, entry);
    if (!key || key->case_index == NO_CASE)
        return 0;
    int rc = locate(g, entry, &at);
    if (rc < 0)
        return rc;
    uint32_t group = root_of(g, key->case_index);
    if (!g->open[group] || g->side[group] != which) {
        if (!key->exact && !key->input)
            spoil_last_bit(&g->f->out->dice, at.dtype, bytes + at.begin, at.size);
        return 0;
    }
    if (at.size && !spoil_tensor(&g->f->out->dice, at.dtype, bytes + at.begin, at.size))
        return json_fail(entry, "a tensor of %s cannot be spoiled", at.dtype);
    return 0;
}

static int spoil(struct goldens *g, size_t which) {
    char digits[HASH_HEX_SIZE];
    char *bytes = arena_alloc(g->arena, g->size + 1);
    char *cases = arena_strndup(g->arena, g->cases_text, g->cases_len);
    int rc = 0;
    memcpy(bytes, g->bytes, g->size);
    for (struct json v = json_first(json_root(g->header)); rc == 0 && v.node; v = json_next(v))
        if (strcmp(json_key(v), "__metadata__") != 0)
            rc = spoil_entry(g, v, which, bytes);
    if (rc < 0)
        return rc;
    hash_bytes(bytes, g->size, digits);
    memcpy(cases + (g->sum - g->cases_text), digits, HASH_HEX_SIZE - 1);
    decoys_edit(g->f->out, which, g->cases_path, cases, g->cases_len);
    decoys_edit(g->f->out, which, g->goldens_path, bytes, g->size);
    for (uint32_t i = 0; i < g->count; i++) {
        uint32_t group = root_of(g, i);
        bool spoiled = g->open[group] && g->side[group] == which;
        decoys_tell(g->f, which, g->wanted[i].name, spoiled ? DECOY_FAIL : DECOY_PASS);
    }
    return 0;
}

static int make(struct goldens *g) {
    const struct decoy_spec *spec = g->f->spec;
    int rc = content_read(spec->commits, g->arena, spec->base, g->cases_path, CASES_MAX,
                          &g->cases_text, &g->cases_len);
    if (rc == 0)
        rc = json_parse(&g->doc, g->cases_text, g->cases_len, g->cases_path, 0);
    if (rc == 0)
        rc = read_cases(g);
    if (rc < 0 || !g->sum)
        return rc; /* nothing of it stands on goldens */
    rc = content_read(spec->commits, g->arena, spec->base, g->goldens_path, GOLDENS_MAX, &g->bytes,
                      &g->size);
    if (rc == 0)
        rc = open_header(g);
    if (rc == 0) {
        find_groups(g);
        share_groups(g);
    }
    for (size_t which = 0; rc == 0 && which < DECOY_TREES; which++)
        rc = spoil(g, which);
    return rc;
}

int goldens_spoil(const struct decoy_fixture *f) {
    struct goldens g = {.f = f, .arena = &f->out->arena};
    map_init(&g.names, 256);
    g.cases_path = below_top(&g, "cases.json");
    g.goldens_path = below_top(&g, "goldens.safetensors");
    int rc = make(&g);
    json_free(g.header);
    json_free(g.doc);
    map_done(&g.names);
    return rc < 0 ? err_while(rc, "the decoy of %s", f->folder) : 0;
}
