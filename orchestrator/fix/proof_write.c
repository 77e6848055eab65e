/* SPDX-License-Identifier: Apache-2.0 */
/* proof.json, written. */
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "orchestrator/fix/proof.h"
#include "orchestrator/fix/proof_fields.h"

enum { INDENT = 2 };

/* What came from commits, messages and machines is one line of bounded length. */
static void put_line(struct json_writer *w, const char *key, const char *text, size_t max) {
    size_t len = strnlen(text, max);
    len -= text[len] ? utf8_incomplete_tail(text, len) : 0;
    char *line = xstrndup(text, len);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    json_put_str(w, key, line);
    free(line);
}

static int put_raw(struct json_writer *w, const char *key, const char *text) {
    struct json_doc *doc;
    if (!*text) {
        json_put_null(w, key);
        return 0;
    }
    int rc = json_parse(&doc, text, strlen(text), key, 0);
    if (rc < 0)
        return rc;
    json_put_json(w, key, json_root(doc));
    json_free(doc);
    return 0;
}

static void put_tally(struct json_writer *w, const char *key, const char *tally) {
    json_open_object(w, key);
    for (const struct proof_count *c = proof_tally_counts; c->key; c++)
        json_put_int(w, c->key, *(const int64_t *)(const void *)(tally + c->offset));
    json_close_object(w);
}

static void put_cases(struct json_writer *w, const char *key, const struct proof *p) {
    json_open_array(w, key);
    for (size_t i = 0; i < p->case_count; i++) {
        const struct proof_case *c = &p->cases[i];
        json_open_object(w, NULL);
        put_line(w, "cell", c->cell, PROOF_TEXT_MAX);
        put_line(w, "case", c->name, PROOF_TEXT_MAX);
        json_put_str(w, "signature", c->signature);
        for (const struct proof_count *t = proof_tallies; t->key; t++)
            put_tally(w, t->key, (const char *)c + t->offset);
        json_close_object(w);
    }
    json_close_array(w);
}

static void put_list(struct json_writer *w, const char *key, const char *const *items, size_t len) {
    json_open_array(w, key);
    for (size_t i = 0; i < len; i++)
        json_put_str(w, NULL, items[i]);
    json_close_array(w);
}

static int put_field(struct json_writer *w, const struct proof *p, const struct proof_field *f) {
    const char *base = (const char *)p;
    const void *at = base + f->offset, *count = base + f->count;
    const char *const *text = at;
    switch (f->kind) {
    case PROOF_FIELD_TEXT:
        put_line(w, f->key, *text, (size_t)f->max);
        break;
    case PROOF_FIELD_PATH:
    case PROOF_FIELD_ID:
    case PROOF_FIELD_HEX:
    case PROOF_FIELD_BYTES:
        json_put_str(w, f->key, *text);
        break;
    case PROOF_FIELD_RAW:
        return put_raw(w, f->key, *text);
    case PROOF_FIELD_INT:
        json_put_int(w, f->key, *(const int64_t *)at);
        break;
    case PROOF_FIELD_SHARE:
        json_put_real(w, f->key, *(const double *)at);
        break;
    case PROOF_FIELD_LIST:
        put_list(w, f->key, *(const char *const *const *)at, *(const size_t *)count);
        break;
    case PROOF_FIELD_CASES:
        put_cases(w, f->key, p);
        break;
    }
    return 0;
}

static int put_all(struct buf *out, const struct proof *p) {
    struct json_writer w;
    const char *section = "";
    int rc = 0;
    json_writer_init(&w, out, INDENT);
    json_open_object(&w, NULL);
    for (const struct proof_field *f = proof_fields; f->key; f++) {
        if (strcmp(section, f->section) != 0 && *section)
            json_close_object(&w);
        if (strcmp(section, f->section) != 0 && *f->section)
            json_open_object(&w, f->section);
        section = f->section;
        int put = put_field(&w, p, f);
        rc = rc == 0 ? put : rc;
    }
    if (*section)
        json_close_object(&w);
    json_close_object(&w);
    buf_putc(out, '\n');
    return rc;
}

/* What is written can be read: one that cannot would be found out on somebody else's machine. A
 * patch that is no UTF-8 cannot stand in JSON, and would come back as another one. */
static int read_back(const struct buf *text, const struct proof *p) {
    struct proof back;
    struct arena arena;
    arena_init(&arena, 0);
    int rc = proof_read(&back, &arena, text->data, text->len, "the proof");
    if (rc == 0 && strcmp(back.patch, p->patch) != 0)
        rc = err_set(ERR_FORMAT, "the proof: the patch is not UTF-8");
    arena_done(&arena);
    return rc;
}

int proof_write(struct buf *out, const struct proof *p) {
    struct buf text;
    buf_init(&text, PROOF_FILE_MAX);
    int rc = put_all(&text, p);
    if (rc == 0)
        rc = buf_ok(&text, "a proof");
    if (rc == 0)
        rc = read_back(&text, p);
    if (rc == 0)
        buf_add(out, text.data, text.len);
    buf_done(&text);
    return rc < 0 ? rc : buf_ok(out, "a proof");
}
