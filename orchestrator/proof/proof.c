/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/proof.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"

enum { FAULT_TEXT_MAX = 8192 };

static const struct {
    const char *name, *text;
} kinds[PROOF_FAULT_KINDS] = {
#define X(name, word, text) [PROOF_FAULT_##name] = {word, text},
    PROOF_FAULT_MAP(X)
#undef X
};

const char *proof_fault_name(enum proof_fault_kind kind) {
    return kinds[kind].name;
}

const char *proof_fault_text(enum proof_fault_kind kind) {
    return kinds[kind].text;
}

void proof_fault(struct proof_faults *f, enum proof_fault_kind kind, const char *fmt, ...) {
    struct buf text;
    va_list ap;
    if (f->len++ >= PROOF_FAULTS_MAX)
        return;
    buf_init(&text, FAULT_TEXT_MAX);
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    f->rows[f->len - 1].kind = kind;
    f->rows[f->len - 1].text = arena_strdup(f->arena, text.data);
    buf_done(&text);
}

static int compare_names(const void *a, const void *b) {
    const struct proof_name *x = a, *y = b;
    int by_cell = strcmp(x->cell, y->cell);
    return by_cell ? by_cell : strcmp(x->name, y->name);
}

/* A tab is below every character of a name, so the lines are in order when the names are. */
void proof_hash_names(struct proof_name *names, size_t len, char out[HASH_HEX_SIZE]) {
    struct hash *hash = hash_new();
    if (len)
        qsort(names, len, sizeof(*names), compare_names);
    for (size_t i = 0; i < len; i++) {
        hash_add(hash, names[i].cell, strlen(names[i].cell));
        hash_add(hash, "\t", 1);
        hash_add(hash, names[i].name, strlen(names[i].name));
        hash_add(hash, "\n", 1);
    }
    hash_finish(hash, out);
}

struct flake proof_flake(const struct proof *p) {
    int64_t failed = 0, judged = 0;
    for (size_t i = 0; i < p->case_count; i++) {
        failed += p->cases[i].after.failed;
        judged += p->cases[i].after.failed + p->cases[i].after.passed;
    }
    return judged ? flake_of(failed, judged) : (struct flake){0};
}

void proof_seal(struct proof *p, struct arena *arena) {
    char *hex = arena_alloc(arena, HASH_HEX_SIZE);
    p->schema = PROOF_SCHEMA;
    p->patch_sha256 = hash_bytes(p->patch, strlen(p->patch), hex);
    p->flake = proof_flake(p);
}
