/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/ancestry.h"

#include <stdlib.h>

#include "engine/base/err.h"

static uint64_t *row_of(const struct ancestry *a, size_t t) {
    return a->reach + t * a->words;
}

int ancestry_init(struct ancestry *out, const struct ancestry_commit *commits, size_t len) {
    if (len > ANCESTRY_MAX)
        return err_set(ERR_LIMIT, "%zu commits lie between the good and the bad end; at most %d",
                       len, ANCESTRY_MAX);
    struct ancestry a = {.commits = commits, .len = len, .words = (len + 63) / 64};
    a.reach = xcalloc(len * a.words + 1, sizeof(*a.reach));
    for (size_t t = 0; t < len; t++) {
        row_of(&a, t)[t / 64] |= UINT64_C(1) << (t % 64);
        for (size_t p = 0; p < commits[t].parent_count; p++) {
            int32_t parent = commits[t].parents[p];
            CHECK(parent < (int32_t)t);
            for (size_t w = 0; parent != ANCESTRY_NONE && w < a.words; w++)
                row_of(&a, t)[w] |= row_of(&a, (size_t)parent)[w];
        }
    }
    *out = a;
    return 0;
}

void ancestry_done(struct ancestry *a) {
    free(a->reach);
    *a = (struct ancestry){0};
}

bool ancestry_reaches(const struct ancestry *a, size_t t, size_t c) {
    return row_of(a, t)[c / 64] >> (c % 64) & 1;
}

void ancestry_sum(const struct ancestry *a, const double *mass, double *sum) {
    for (size_t t = 0; t < a->len; t++) {
        sum[t] = 0;
        for (size_t w = 0; w < a->words; w++)
            for (uint64_t bits = row_of(a, t)[w]; bits; bits &= bits - 1)
                sum[t] += mass[w * 64 + (size_t)__builtin_ctzll(bits)];
    }
}

int32_t ancestry_first_parent(const struct ancestry *a, size_t t) {
    return a->commits[t].parent_count ? a->commits[t].parents[0] : ANCESTRY_NONE;
}
