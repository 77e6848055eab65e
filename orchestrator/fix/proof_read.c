/* SPDX-License-Identifier: Apache-2.0 */
/* proof.json, read from untrusted bytes. */
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/fix/proof.h"
#include "orchestrator/fix/proof_fields.h"

static const char digits[] = "0123456789abcdef";

struct reader {
    struct proof *p;
    struct arena *arena;
};

/* It goes to terminals and pages: one line, without controls. */
static int read_line(struct arena *arena, struct json v, int64_t min, int64_t max,
                     const char **out) {
    const char *text;
    int rc = json_as_str(v, &text);
    if (rc < 0)
        return rc;
    size_t len = strlen(text);
    if ((int64_t)len < min || (int64_t)len > max)
        return json_fail(v, "it has %zu bytes, and between %lld and %lld are wanted", len,
                         (long long)min, (long long)max);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return json_fail(v, "a control character is in it");
    *out = arena_strndup(arena, text, len);
    return 0;
}

static int read_hex(struct arena *arena, struct json v, int64_t min, int64_t max,
                    const char **out) {
    const char *text;
    int rc = json_as_str(v, &text);
    if (rc < 0)
        return rc;
    size_t len = strlen(text);
    bool right = (int64_t)len == max || (len == 0 && min == 0);
    if (!right || strspn(text, digits) != len)
        return json_fail(v, "expected %lld digits of %s", (long long)max, digits);
    *out = arena_strndup(arena, text, len);
    return 0;
}

static int read_id(struct arena *arena, struct json v, int64_t max, const char **out) {
    int rc = read_line(arena, v, 1, max, out);
    if (rc == 0 && (**out == '.' || (*out)[strspn(*out, "0123456789abcdefghijklmnopqrstuvwxyz.-")]))
        rc = json_fail(v, "\"%.40s\" is no id of a fix", *out);
    return rc;
}

/* Below the top of a tree, so that nothing is looked for beside it. */
static bool is_path(const char *path) {
    for (const char *part = path; *part;) {
        size_t len = strcspn(part, "/");
        if (len == 0 || (len <= 2 && strncmp(part, "..", len) == 0))
            return false;
        part += len + (part[len] == '/');
    }
    return !strchr(path, '\\');
}

static int read_path(struct arena *arena, struct json v, int64_t min, const char **out) {
    int rc = read_line(arena, v, min, PROOF_TEXT_MAX, out);
    if (rc == 0 && !is_path(*out))
        rc = json_fail(v, "it is no path below the top of a repository");
    return rc;
}

static int check_len(struct json v, int64_t min, int64_t max) {
    if (json_type(v) != JSON_ARRAY)
        return json_fail(v, "expected an array, found %s", json_type_name(json_type(v)));
    if ((int64_t)json_len(v) < min || (int64_t)json_len(v) > max)
        return json_fail(v, "it has %zu members, and between %lld and %lld are wanted", json_len(v),
                         (long long)min, (long long)max);
    return 0;
}

static int read_list(struct arena *arena, struct json v, const struct proof_field *f,
                     const char *const **out, size_t *len) {
    int rc = check_len(v, f->min, f->max);
    if (rc < 0)
        return rc;
    const char **items = arena_array(arena, json_len(v) + 1, sizeof(*items));
    size_t n = 0;
    for (struct json item = json_first(v); rc == 0 && item.node; item = json_next(item))
        rc = read_path(arena, item, 1, &items[n++]);
    *out = items;
    *len = n;
    return rc;
}

/* As one line again, so that equal objects are equal bytes. */
static int read_raw(struct arena *arena, struct json v, const struct proof_field *f,
                    const char **out) {
    struct json_writer w;
    struct buf text;
    if (json_type(v) == JSON_NULL && f->min == 0)
        return 0;
    if (json_type(v) != JSON_OBJECT)
        return json_fail(v, "expected an object, found %s", json_type_name(json_type(v)));
    buf_init(&text, (size_t)f->max);
    json_writer_init(&w, &text, 0);
    json_put_json(&w, NULL, v);
    int rc = text.over ? json_fail(v, "it is longer than %lld bytes", (long long)f->max) : 0;
    *out = arena_strndup(arena, text.data, text.len);
    buf_done(&text);
    return rc;
}

static int read_bytes(struct arena *arena, struct json v, int64_t max, const char **out) {
    const char *text;
    size_t len;
    int rc = json_as_strn(v, &text, &len);
    if (rc == 0 && (int64_t)len > max)
        rc = json_fail(v, "it is longer than %lld bytes", (long long)max);
    if (rc == 0)
        *out = arena_strndup(arena, text, len);
    return rc;
}

static int read_share(struct json v, double *out) {
    int rc = json_as_real(v, out);
    if (rc == 0 && (*out < 0 || *out > 1))
        rc = json_fail(v, "expected a share from 0 to 1");
    return rc;
}

/* All keys are required, so one that nobody knows is one too many. */
static int refuse_more(struct json at, size_t known) {
    if (json_len(at) > known)
        return json_fail(at, "it has %zu keys, and there are only %zu", json_len(at), known);
    return 0;
}

static int read_tally(struct json at, const char *key, char *tally) {
    struct json v = {0};
    size_t n = 0;
    int rc = json_object(at, key, &v);
    for (const struct proof_count *c = proof_tally_counts; rc == 0 && c->key; c++, n++)
        rc = json_int(v, c->key, 0, PROOF_RUNS_MAX, (int64_t *)(void *)(tally + c->offset));
    return rc == 0 ? refuse_more(v, n) : rc;
}

static int read_case(struct reader *r, struct json at, struct proof_case *c) {
    size_t n = 3;
    if (json_type(at) != JSON_OBJECT)
        return json_fail(at, "expected an object, found %s", json_type_name(json_type(at)));
    int rc = read_line(r->arena, json_member(at, "cell"), 1, PROOF_TEXT_MAX, &c->cell);
    if (rc == 0)
        rc = read_line(r->arena, json_member(at, "case"), 1, PROOF_TEXT_MAX, &c->name);
    if (rc == 0)
        rc = read_line(r->arena, json_member(at, "signature"), 0, HASH_HEX_SIZE - 1, &c->signature);
    if (rc == 0 && c->signature[strspn(c->signature, digits)])
        rc = json_fail(json_member(at, "signature"), "expected digits of %s", digits);
    for (const struct proof_count *t = proof_tallies; rc == 0 && t->key; t++, n++)
        rc = read_tally(at, t->key, (char *)c + t->offset);
    return rc == 0 ? refuse_more(at, n) : rc;
}

static int read_cases(struct reader *r, struct json v, const struct proof_field *f) {
    int rc = check_len(v, f->min, f->max);
    if (rc < 0)
        return rc;
    struct proof_case *cases = arena_array(r->arena, json_len(v) + 1, sizeof(*cases));
    size_t n = 0;
    for (struct json item = json_first(v); rc == 0 && item.node; item = json_next(item))
        rc = read_case(r, item, &cases[n++]);
    r->p->cases = cases;
    r->p->case_count = n;
    return rc;
}

static int read_field(struct reader *r, struct json v, const struct proof_field *f) {
    void *at = (char *)r->p + f->offset, *count = (char *)r->p + f->count;
    const char **text = at;
    switch (f->kind) {
    case PROOF_FIELD_TEXT:
        return read_line(r->arena, v, f->min, f->max, text);
    case PROOF_FIELD_PATH:
        return read_path(r->arena, v, f->min, text);
    case PROOF_FIELD_ID:
        return read_id(r->arena, v, f->max, text);
    case PROOF_FIELD_HEX:
        return read_hex(r->arena, v, f->min, f->max, text);
    case PROOF_FIELD_INT:
        return json_as_int(v, f->min, f->max, at);
    case PROOF_FIELD_SHARE:
        return read_share(v, at);
    case PROOF_FIELD_BYTES:
        return read_bytes(r->arena, v, f->max, text);
    case PROOF_FIELD_RAW:
        return read_raw(r->arena, v, f, text);
    case PROOF_FIELD_LIST:
        return read_list(r->arena, v, f, at, count);
    case PROOF_FIELD_CASES:
        return read_cases(r, v, f);
    }
    return 0;
}

/* A key that is absent fails like one of another type, and then with its whole path. */
static int read_member(struct reader *r, struct json root, const struct proof_field *f) {
    struct json at = root;
    int rc = *f->section ? json_object(root, f->section, &at) : 0;
    if (rc < 0)
        return rc;
    struct json v = json_member(at, f->key);
    if (!v.node)
        return json_fail(at, "\"%s\" is missing", f->key);
    return read_field(r, v, f);
}

static bool is_section(const struct proof_field *f, const char *name) {
    return strcmp(f->section, name) == 0;
}

static int refuse_other_members(struct json at, const char *section) {
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        const struct proof_field *f = proof_fields;
        while (f->key && !(is_section(f, section) && strcmp(f->key, json_key(v)) == 0) &&
               !(*section == '\0' && is_section(f, json_key(v))))
            f++;
        if (!f->key)
            return json_fail(v, "there is no such key in a proof");
    }
    return 0;
}

static int read_root(struct reader *r, struct json root) {
    if (json_type(root) != JSON_OBJECT)
        return json_fail(root, "expected an object, found %s", json_type_name(json_type(root)));
    int rc = 0;
    for (const struct proof_field *f = proof_fields; rc == 0 && f->key; f++)
        rc = read_member(r, root, f);
    if (rc == 0)
        rc = refuse_other_members(root, "");
    for (const struct proof_field *f = proof_fields; rc == 0 && f->key; f++)
        if (*f->section && (f == proof_fields || !is_section(f - 1, f->section)))
            rc = refuse_other_members(json_member(root, f->section), f->section);
    return rc;
}

int proof_read(struct proof *out, struct arena *arena, const char *text, size_t len,
               const char *name) {
    struct proof p = {.review = "", .environment = {.hash = ""}};
    struct reader r = {&p, arena};
    struct json_doc *doc;
    if (len > PROOF_FILE_MAX)
        return err_set(ERR_LIMIT, "%s: a proof has at most %d bytes", name, PROOF_FILE_MAX);
    int rc = json_parse(&doc, text, len, name, 0);
    if (rc < 0)
        return rc;
    rc = read_root(&r, json_root(doc));
    json_free(doc);
    if (rc == 0)
        *out = p;
    return rc;
}

/* The bundle in a page of proof_text(): between a fence and the next line that ends it. */
static void find_bundle(const char **text, size_t *len) {
    static const char fence[] = "\n" PROOF_FENCE "\n", other[] = "\n" PROOF_FENCE "\r\n";
    const char *end = *text + *len;
    const char *at = memmem(*text, *len, fence, sizeof(fence) - 1);
    size_t skip = sizeof(fence) - 1;
    if (!at) { /* what came through a web form */
        at = memmem(*text, *len, other, sizeof(other) - 1);
        skip = sizeof(other) - 1;
    }
    if (!at)
        return;
    at += skip;
    const char *close = memmem(at, (size_t)(end - at), "\n```", 4);
    *text = at;
    *len = (size_t)((close ? close : end) - at);
}

/* The file may be the page; its hash is that of proof.json in either case. */
static int read_file(struct proof *out, struct arena *arena, const struct file *file,
                     const char *path, char sha256[HASH_HEX_SIZE]) {
    const char *text = (const char *)file->data;
    size_t len = file->size;
    struct buf json;
    if (len && text[0] == '#')
        find_bundle(&text, &len);
    int rc = proof_read(out, arena, text, len, path);
    if (rc < 0)
        return rc;
    buf_init(&json, PROOF_FILE_MAX);
    rc = proof_write(&json, out);
    if (rc == 0)
        hash_bytes(json.data, json.len, sha256);
    buf_done(&json);
    return rc;
}

int proof_load(struct proof *out, struct arena *arena, const char *path,
               char sha256[HASH_HEX_SIZE]) {
    struct file file = {0};
    int rc = file_read(&file, path, PROOF_FILE_MAX);
    if (rc == 0)
        rc = read_file(out, arena, &file, path, sha256);
    file_done(&file);
    return rc;
}
