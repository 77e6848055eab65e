/* SPDX-License-Identifier: Apache-2.0 */
/* word: eight bytes of text at a time, the first byte lowest on every machine. */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The same byte eight times. */
#define WORD_OF(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t word_load(const void *p) {
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    return le64toh(word);
}

/* The 0 to 7 bytes at p, zeros behind them. */
static inline uint64_t word_tail(const void *p, size_t len) {
    const unsigned char *s = p;
    uint32_t low, high;
    if (len >= 4) { /* two halves that may overlap */
        memcpy(&low, s, 4);
        memcpy(&high, s + len - 4, 4);
        return le32toh(low) | (uint64_t)le32toh(high) << (8 * (len - 4));
    }
    if (len == 0)
        return 0;
    return s[0] | (uint64_t)s[len / 2] << (8 * (len / 2)) | (uint64_t)s[len - 1] << (8 * (len - 1));
}

/* memcmp() == 0 for strings that are mostly short. */
static inline bool word_same(const void *a, const void *b, size_t len) {
    const char *x = a, *y = b;
    for (; len > sizeof(uint64_t); len -= sizeof(uint64_t)) {
        if (word_load(x) != word_load(y))
            return false;
        x += sizeof(uint64_t);
        y += sizeof(uint64_t);
    }
    return len == sizeof(uint64_t) ? word_load(x) == word_load(y)
                                   : word_tail(x, len) == word_tail(y, len);
}
