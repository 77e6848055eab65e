/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/nearest.h"

#include <stdint.h>
#include <string.h>

/* Nobody mistypes a longer word on a command line. */
enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment distance, three rows at a time. */
static size_t distance_of(const char *a, size_t a_len, const char *b, size_t b_len) {
    size_t rows[3][WORD_MAX + 1];
    size_t *above2 = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], above2[j - 2] + 1);
        }
        size_t *oldest = above2;
        above2 = above;
        above = row;
        row = oldest;
    }
    return above[b_len];
}

void nearest_init(struct nearest *n, const char *word) {
    *n = (struct nearest){.word = word, .distance = SIZE_MAX};
}

void nearest_offer(struct nearest *n, const char *name) {
    size_t word_len = strlen(n->word), name_len = strlen(name);
    if (word_len > WORD_MAX || name_len > WORD_MAX)
        return;
    size_t distance = distance_of(n->word, word_len, name, name_len);
    size_t close_enough = (word_len > name_len ? word_len : name_len) / 3;
    if (distance <= (close_enough ? close_enough : 1) && distance < n->distance) {
        n->best = name;
        n->distance = distance;
    }
}
