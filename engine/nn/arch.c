/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/arch.h"

#include <string.h>
#include <strings.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

/* Written by registry() from the files of models/. */
extern const struct arch *const arch_table[];

const struct arch *arch_find(const char *model_type) {
    for (const struct arch *const *a = arch_table; *a; a++)
        if (strcmp((*a)->model_type, model_type) == 0)
            return *a;
    return NULL;
}

const struct arch *arch_of_class(const char *name) {
    for (const struct arch *const *a = arch_table; *a; a++)
        if (arch_head(*a, name))
            return *a;
    return NULL;
}

static const struct head *heads_of(const struct arch *a) {
    while (a->base && !a->heads)
        a = a->base;
    return a->heads;
}

const struct head *arch_head(const struct arch *a, const char *name) {
    size_t len = strlen(a->class_name);
    if (strncasecmp(name, a->class_name, len) != 0) /* there are old LLaMAForCausalLM */
        return NULL;
    for (const struct head *h = heads_of(a); h->suffix; h++)
        if (strcmp(h->suffix, name + len) == 0)
            return h;
    return NULL;
}

const struct head *arch_head_kind(const struct arch *a, enum head_kind kind) {
    for (const struct head *h = heads_of(a); h->suffix; h++)
        if (h->kind == kind)
            return h;
    return NULL;
}

const char *const *arch_prefixes(const struct arch *a) {
    while (a->base && !a->prefixes)
        a = a->base;
    return a->prefixes;
}

const char *const *arch_ignored(const struct arch *a) {
    while (a->base && !a->ignored)
        a = a->base;
    return a->ignored;
}

const char *arch_layers(const struct arch *a) {
    while (a->base && !a->layers)
        a = a->base;
    return a->layers;
}

const char *arch_names(void) {
    static _Thread_local char text[512];
    size_t len = 0;
    text[0] = 0;
    for (const struct arch *const *a = arch_table; *a; a++) {
        size_t need = strlen((*a)->model_type);
        if (len + need + 3 > sizeof(text))
            break;
        if (len > 0) {
            memcpy(text + len, ", ", 3);
            len += 2;
        }
        memcpy(text + len, (*a)->model_type, need + 1);
        len += need;
    }
    return text;
}

/* Base first: chain[0] is the root of the family tree. */
static void cursor_start(struct arch_cursor *cursor, const struct arch *a) {
    enum { CHAIN_MAX = sizeof(cursor->chain) / sizeof(cursor->chain[0]) };
    int len = 0;
    for (const struct arch *at = a; at; at = at->base)
        len++;
    CHECK(len <= CHAIN_MAX);
    cursor->depth = 0;
    cursor->row = 0;
    cursor->len = len;
    for (const struct arch *at = a; at; at = at->base)
        cursor->chain[--len] = at;
    cursor->started = true;
}

static bool param_hidden(const struct arch_cursor *cursor, const char *key) {
    for (int d = cursor->depth + 1; d < cursor->len; d++)
        for (const struct param *p = cursor->chain[d]->params; p && p->key; p++)
            if (strcmp(p->key, key) == 0)
                return true;
    return false;
}

const struct param *arch_next_param(const struct arch *a, struct arch_cursor *cursor) {
    if (!cursor->started)
        cursor_start(cursor, a);
    for (; cursor->depth < cursor->len; cursor->depth++, cursor->row = 0) {
        const struct param *rows = cursor->chain[cursor->depth]->params;
        while (rows && rows[cursor->row].key) {
            const struct param *p = &rows[cursor->row++];
            if (!param_hidden(cursor, p->key))
                return p;
        }
    }
    return NULL;
}

typedef const struct weight *rows_fn(const struct arch *a);

static const struct weight *global_rows(const struct arch *a) {
    return a->globals;
}
static const struct weight *layer_rows(const struct arch *a) {
    return a->weights;
}

static bool weight_hidden(const struct arch_cursor *cursor, rows_fn *rows_of, const char *name) {
    for (int d = cursor->depth + 1; d < cursor->len; d++)
        for (const struct weight *w = rows_of(cursor->chain[d]); w && w->name; w++)
            if (strcmp(w->name, name) == 0)
                return true;
    return false;
}

static const struct weight *next_row(const struct arch *a, struct arch_cursor *cursor,
                                     rows_fn *rows_of) {
    if (!cursor->started)
        cursor_start(cursor, a);
    for (; cursor->depth < cursor->len; cursor->depth++, cursor->row = 0) {
        const struct weight *rows = rows_of(cursor->chain[cursor->depth]);
        while (rows && rows[cursor->row].name) {
            const struct weight *w = &rows[cursor->row++];
            if (!(w->flags & WEIGHT_NEVER) && !weight_hidden(cursor, rows_of, w->name))
                return w;
        }
    }
    return NULL;
}

const struct weight *arch_next_global(const struct arch *a, struct arch_cursor *cursor) {
    return next_row(a, cursor, global_rows);
}

const struct weight *arch_next_weight(const struct arch *a, struct arch_cursor *cursor) {
    return next_row(a, cursor, layer_rows);
}
