/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/map.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/word.h"

enum { CAP_MIN = 16 };

struct map_slot {
    const char *key; /* NULL: free */
    size_t len;
    uint32_t hash; /* the low half, compared before the bytes are */
    uint32_t value;
};

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

/* Without entropy (an old kernel at boot) the clock still makes runs differ. */
static void make_seed(void) {
    if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed)) {
        seed[0] = (uint64_t)clock_mono_ns();
        seed[1] = (uint64_t)clock_wall_ms();
    }
}

static uint64_t rotate(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4]) {
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein, 2012): keys come from files, so nobody outside may know
 * which of them collide. */
uint64_t map_hash(const void *key, size_t len) {
    pthread_once(&seed_once, make_seed);
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575U, seed[1] ^ 0x646f72616e646f6dU,
                     seed[0] ^ 0x6c7967656e657261U, seed[1] ^ 0x7465646279746573U};
    const unsigned char *p = key;
    size_t left = len;
    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word = word_load(p);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)len << 56 | word_tail(p, left);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Three quarters full at most, so that a probe stays short. */
static size_t cap_for(size_t count) {
    size_t cap = CAP_MIN;
    while (cap / 4 * 3 < count) {
        CHECK(cap <= SIZE_MAX / 2);
        cap *= 2;
    }
    return cap;
}

void map_init(struct map *m, size_t expect) {
    *m = (struct map){0};
    if (expect) {
        m->cap = cap_for(expect);
        m->slots = xcalloc(m->cap, sizeof(*m->slots));
    }
}

void map_done(struct map *m) {
    free(m->slots);
    *m = (struct map){0};
}

/* The slot that holds key, or the free one where it belongs. There is always a free one. */
static struct map_slot *slot_of(const struct map *m, const char *key, size_t len, uint64_t hash) {
    size_t mask = m->cap - 1;
    for (size_t i = (size_t)(hash >> 32) & mask;; i = (i + 1) & mask) {
        struct map_slot *s = &m->slots[i];
        if (!s->key)
            return s;
        if (s->hash == (uint32_t)hash && s->len == len && memcmp(s->key, key, len) == 0)
            return s;
    }
}

static void grow(struct map *m) {
    struct map bigger;
    map_init(&bigger, m->cap ? m->cap : CAP_MIN / 2);
    for (size_t i = 0; i < m->cap; i++) {
        const struct map_slot *s = &m->slots[i];
        if (s->key)
            *slot_of(&bigger, s->key, s->len, map_hash(s->key, s->len)) = *s;
    }
    bigger.count = m->count;
    free(m->slots);
    *m = bigger;
}

/* The slot of key, filled in when it is new. */
static struct map_slot *claim(struct map *m, const char *key, size_t len, bool *is_new) {
    if (m->count >= m->cap / 4 * 3)
        grow(m);
    if (!key)
        key = ""; /* NULL marks a free slot */
    uint64_t hash = map_hash(key, len);
    struct map_slot *s = slot_of(m, key, len, hash);
    *is_new = !s->key;
    if (*is_new) {
        *s = (struct map_slot){.key = key, .len = len, .hash = (uint32_t)hash};
        m->count++;
    }
    return s;
}

bool map_add(struct map *m, const char *key, size_t len, uint32_t value) {
    bool is_new;
    struct map_slot *s = claim(m, key, len, &is_new);
    if (is_new)
        s->value = value;
    return is_new;
}

void map_set(struct map *m, const char *key, size_t len, uint32_t value) {
    bool is_new;
    claim(m, key, len, &is_new)->value = value;
}

bool map_find(const struct map *m, const char *key, size_t len, uint32_t *value) {
    if (m->count == 0)
        return false;
    if (!key)
        key = "";
    const struct map_slot *s = slot_of(m, key, len, map_hash(key, len));
    if (!s->key)
        return false;
    *value = s->value;
    return true;
}

bool map_find_str(const struct map *m, const char *key, uint32_t *value) {
    return map_find(m, key, strlen(key), value);
}
