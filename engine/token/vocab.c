/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/token/vocab.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/bulk.h"
#include "engine/base/err.h"
#include "engine/base/map.h"
#include "engine/base/word.h"
#include "engine/token/tokenizer.h"

enum {
    /* Largest id allowed: padded vocabularies leave holes, hostile ones only ask for memory. */
    HOLES_PER_TOKEN = 4,
    HOLES_FREE = 1 << 20,
    SLOTS_MIN = 16,
    AHEAD = 16, /* tokens whose slots are fetched before they are filled */
};

/* Open addressing; half of the slots are free, and all it takes is in one line of the cache. */
struct vocab_slot {
    uint32_t hash;
    uint32_t id; /* + 1; 0: free */
};

/* -- filling -- */

/* Room for the tokens that were counted, with ids up to top: one block of memory. */
static int reserve(struct vocab *v, size_t tokens, size_t bytes, int64_t top) {
    size_t slots = SLOTS_MIN, names = (size_t)top + 2;
    while (slots / 4 * 3 < tokens)
        slots *= 2;
    v->size = names * sizeof(*v->names) + slots * sizeof(*v->slots) + bytes;
    v->names = bulk_alloc(v->size);
    if (!v->names)
        return err_set(ERR_NOMEM, "no memory for a vocabulary of %zu tokens", tokens);
    v->slots = (struct vocab_slot *)(void *)(v->names + names);
    v->bytes = (char *)(v->slots + slots);
    v->mask = slots - 1;
    return 0;
}

static void put_name(struct vocab *v, const char *token, size_t len, int64_t id) {
    char *copy = v->bytes + v->bytes_len;
    memcpy(copy, token, len); /* behind it is a zero */
    v->bytes_len += len + 1;
    v->names[id] = (struct vocab_name){copy, (uint32_t)len};
    if (id >= v->end)
        v->end = (int32_t)id + 1;
    if (len > v->longest)
        v->longest = len;
    v->count++;
}

/* It must not be there yet, so the first free slot is the token's. */
static void put(struct vocab *v, const char *token, size_t len, uint32_t hash, int64_t id) {
    put_name(v, token, len, id);
    size_t i = hash & v->mask;
    while (v->slots[i].id)
        i = (i + 1) & v->mask;
    v->slots[i] = (struct vocab_slot){hash, (uint32_t)id + 1};
}

/* The same token under another id, which is found from now on. */
static void put_again(struct vocab *v, const struct token_text *t, uint32_t hash, int32_t twin,
                      int64_t id) {
    put_name(v, t->data, t->len, id);
    size_t i = hash & v->mask;
    while (v->slots[i].id != (uint32_t)twin + 1)
        i = (i + 1) & v->mask;
    v->slots[i].id = (uint32_t)id + 1;
}

int vocab_parse(struct vocab *out, struct json object) {
    size_t count = json_len(object), bytes = 0, len;
    int64_t max = (int64_t)(count * HOLES_PER_TOKEN + HOLES_FREE), top = -1, id = 0;
    if (max > INT32_MAX - 1)
        max = INT32_MAX - 1;
    for (struct json v = json_first(object); v.node; v = json_next(v)) {
        int rc = json_as_int(v, 0, max, &id);
        if (rc < 0)
            return rc;
        top = id > top ? id : top;
        (void)json_keyn(v, &len);
        bytes += len + 1;
    }
    int rc = reserve(out, count, bytes, top);
    struct json ahead = json_first(object);
    for (int i = 0; i < AHEAD; i++)
        ahead = json_next(ahead);
    for (struct json v = json_first(object); rc == 0 && v.node; v = json_next(v)) {
        __builtin_prefetch(out->slots + (json_key_hash(ahead) & out->mask));
        ahead = json_next(ahead);
        rc = json_as_int(v, 0, max, &id);
        if (rc < 0)
            return rc;
        if (out->names[id].data)
            return json_fail(v, "the id %" PRId64 " is \"%s\" already", id, out->names[id].data);
        const char *token = json_keyn(v, &len);
        put(out, token, len, json_key_hash(v), id);
    }
    return rc;
}

static uint32_t hash_of(const char *token, size_t len);
static int32_t find(const struct vocab *v, const char *token, size_t len, uint32_t hash);

/* Tokens in batches, for whose slots memory is waited once. */
static int put_batch(struct vocab *v, const struct token_text *tokens, size_t first, size_t n,
                     bool twice) {
    uint32_t hashes[VOCAB_BATCH];
    for (size_t i = 0; i < n; i++) {
        const struct token_text *t = &tokens[first + i];
        hashes[i] = t->data ? hash_of(t->data, t->len) : 0;
        __builtin_prefetch(v->slots + (hashes[i] & v->mask));
    }
    for (size_t i = 0; i < n; i++) {
        const struct token_text *t = &tokens[first + i];
        if (!t->data)
            continue;
        int32_t twin = find(v, t->data, t->len, hashes[i]);
        if (twin >= 0 && !twice)
            return err_set(ERR_FORMAT, "the tokens %" PRId32 " and %zu are both \"%s\"", twin,
                           first + i, v->names[twin].data);
        if (twin >= 0)
            put_again(v, t, hashes[i], twin, (int64_t)(first + i));
        else
            put(v, t->data, t->len, hashes[i], (int64_t)(first + i));
    }
    return 0;
}

int vocab_fill(struct vocab *out, const struct token_text *tokens, size_t count, bool twice) {
    size_t bytes = 0, used = 0;
    if (count > INT32_MAX / 2)
        return err_set(ERR_LIMIT, "%zu tokens are too many", count);
    for (size_t i = 0; i < count; i++) {
        bytes += tokens[i].len + 1;
        used += tokens[i].data != NULL;
    }
    int rc = reserve(out, used, bytes, (int64_t)count - 1);
    for (size_t i = 0; rc == 0 && i < count; i += VOCAB_BATCH)
        rc = put_batch(out, tokens, i, count - i < VOCAB_BATCH ? count - i : VOCAB_BATCH, twice);
    return rc;
}

void vocab_done(struct vocab *v) {
    bulk_free(v->names, v->size);
    *v = (struct vocab){0};
}

/* -- finding -- */

static uint32_t hash_of(const char *token, size_t len) {
    return (uint32_t)map_hash(token, len); /* as json_key_hash() */
}

static int32_t find(const struct vocab *v, const char *token, size_t len, uint32_t hash) {
    if (v->count == 0 || len > v->longest)
        return -1;
    for (size_t i = hash & v->mask; v->slots[i].id; i = (i + 1) & v->mask) {
        const struct vocab_name *name = &v->names[v->slots[i].id - 1];
        if (v->slots[i].hash == hash && name->len == len && word_same(name->data, token, len))
            return (int32_t)v->slots[i].id - 1;
    }
    return -1;
}

int32_t vocab_id(const struct vocab *v, const char *token, size_t len) {
    return find(v, token, len, hash_of(token, len));
}

void vocab_bytes(const struct vocab *v, int32_t ids[256]) {
    char name[8];
    for (int i = 0; i < 256; i++) {
        snprintf(name, sizeof(name), "<0x%02X>", i);
        ids[i] = vocab_id(v, name, 6);
    }
}

void vocab_ids(const struct vocab *v, const struct vocab_name *tokens, size_t n, int32_t *ids) {
    uint32_t hashes[VOCAB_BATCH];
    CHECK(n <= VOCAB_BATCH);
    for (size_t i = 0; i < n; i++) {
        hashes[i] = hash_of(tokens[i].data, tokens[i].len);
        __builtin_prefetch(v->slots + (hashes[i] & v->mask));
    }
    for (size_t i = 0; i < n && v->count; i++) {
        uint32_t id = v->slots[hashes[i] & v->mask].id;
        __builtin_prefetch(v->names + (id ? id - 1 : 0));
    }
    for (size_t i = 0; i < n; i++)
        ids[i] = find(v, tokens[i].data, tokens[i].len, hashes[i]);
}

struct vocab_name vocab_name(const struct vocab *v, int32_t id) {
    return id >= 0 && id < v->end ? v->names[id] : (struct vocab_name){NULL, 0};
}
