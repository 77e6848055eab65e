/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/case.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/check/check.h"
#include "engine/check/fixture.h"

enum { PATH_SIZE_MAX = 1 << 16 };

const struct case_type *case_type_find(const char *type) {
    for (const struct case_group *const *group = case_table; *group; group++)
        for (const struct case_type *row = (*group)->types; row->type; row++)
            if (strcmp(row->type, type) == 0)
                return row;
    return NULL;
}

struct json case_params(const struct case_run *c) {
    return json_get(c->json, "params");
}

#undef case_broken /* the macro for the analyzer */
int case_broken(struct case_run *c, int rc) {
    if (rc < 0)
        c->broken = true;
    return rc;
}

/* The golden key that member `name` of object `from` stands for, or NULL. */
static const char *key_of(const struct case_run *c, const char *from, const char *name) {
    const char *key = NULL;
    struct json v = json_member(json_member(c->json, from), name);
    return json_exists(v) && json_as_str(v, &key) == 0 ? key : NULL;
}

/* Members of "expect" have a bit each; those behind the last share it. */
static uint64_t bit_of(size_t member) {
    return (uint64_t)1 << (member < 63 ? member : 63);
}

static void note_expect(struct case_run *c, const char *name) {
    size_t i = 0;
    for (struct json v = json_first(json_member(c->json, "expect")); v.node; v = json_next(v), i++)
        if (strcmp(json_key(v), name) == 0)
            c->expects |= bit_of(i);
}

int case_expects_met(struct case_run *c) {
    size_t i = 0;
    for (struct json v = json_first(json_member(c->json, "expect")); v.node; v = json_next(v), i++)
        if (!(c->expects & bit_of(i)))
            return case_broken(
                c,
                json_fail(c->json, "expects \"%s\", which nothing was held against", json_key(v)));
    return 0;
}

static int load_key(struct case_run *c, const char *from, const char *name, enum golden_use use,
                    struct tensor *out) {
    const char *key = key_of(c, from, name);
    if (!key)
        return case_broken(
            c, err_set(ERR_NOTFOUND, "cases.json: %s has no %s.%s", c->name, from, name));
    c->used_golden = true;
    return case_broken(
        c, fixture_golden(check_fixture(c->check), key, check_dtype(c->check), use, out));
}

bool case_has_input(const struct case_run *c, const char *name) {
    return key_of(c, "inputs", name) != NULL;
}

bool case_has_expect(const struct case_run *c, const char *output) {
    return key_of(c, "expect", output) != NULL;
}

int case_input(struct case_run *c, const char *name, struct tensor *out) {
    return load_key(c, "inputs", name, GOLDEN_INPUT, out);
}

int case_input_opt(struct case_run *c, const char *name, struct tensor *out) {
    if (case_has_input(c, name))
        return case_input(c, name, out);
    *out = (struct tensor){.rank = -1};
    return 0;
}

int case_expect(struct case_run *c, const char *output, struct tensor *out) {
    note_expect(c, output);
    return load_key(c, "expect", output, GOLDEN_EXPECT, out);
}

int case_expect_any(struct case_run *c, const char *output, struct tensor *out) {
    note_expect(c, output);
    return load_key(c, "expect", output, GOLDEN_INPUT, out);
}

int case_keep(struct case_run *c, struct tensor *out) {
    const char *key;
    struct json v = json_member(c->json, "exclude");
    if (!json_exists(v))
        return case_input_opt(c, "attention_mask", out);
    int rc = json_as_str(v, &key);
    if (rc == 0)
        rc = fixture_golden(check_fixture(c->check), key, check_dtype(c->check), GOLDEN_INPUT, out);
    return case_broken(c, rc);
}

int case_compare_as(struct case_run *c, const char *output, const struct tensor *got,
                    const struct tensor *keep, const struct tolerance *tolerance) {
    struct tensor want;
    int rc = case_expect(c, output, &want);
    if (rc < 0)
        return rc;
    const struct tensor *mask = keep && keep->rank >= 0 ? keep : NULL;
    const char *key = key_of(c, "expect", output);
    return case_broken(c, compare_alike(&c->total, key, got, &want, mask, tolerance));
}

int case_compare(struct case_run *c, const char *output, const struct tensor *got,
                 const struct tensor *keep) {
    return case_compare_as(c, output, got, keep, c->tolerance);
}

int case_same(struct case_run *c, const char *label, const struct tensor *got,
              const struct tensor *want, const struct tolerance *tolerance) {
    return case_broken(c, compare_tensors(&c->total, label, got, want, NULL, tolerance));
}

struct tensor case_tensor(struct case_run *c, enum dtype dtype, int rank, const int64_t *shape) {
    struct tensor t;
    CHECK(tensor_init(&t, dtype, rank, shape) == 0); /* shapes come from tensors that exist */
    t.data = arena_alloc(&c->arena, tensor_size(&t));
    return t;
}

const char *case_path(struct case_run *c, const char *name) {
    struct buf b;
    buf_init(&b, PATH_SIZE_MAX);
    const char *path =
        arena_strdup(&c->arena, file_join(&b, fixture_folder(check_fixture(c->check)), name));
    buf_done(&b);
    return path;
}
