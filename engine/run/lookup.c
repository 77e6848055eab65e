/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/lookup.h"

#include <string.h>

/* Where the first occurrence of the last `gram` ids ends that has something behind it; n: there is
 * none. */
static int64_t find(const int32_t *ids, int64_t n, int64_t gram) {
    const int32_t *last = ids + n - gram;
    for (int64_t at = 0; at + gram < n; at++)
        if (ids[at] == *last && memcmp(ids + at, last, (size_t)gram * sizeof(*ids)) == 0)
            return at + gram;
    return n;
}

static bool is_end(int32_t id, const int32_t *ends, int64_t ends_len) {
    for (int64_t i = 0; i < ends_len; i++)
        if (ends[i] == id)
            return true;
    return false;
}

/* How long a draft may be now, by what became of the last. */
static int64_t allowance(struct lookup *l) {
    if (l->len > 0 && l->accepted > l->before) {
        l->misses = 0;
    } else if (l->len > 0) {
        l->misses++;
        l->pause = l->misses < 2 ? 0 : (int64_t)1 << (l->misses - 1);
        if (l->pause >= LOOKUP_PAUSE_MAX) {
            l->pause = LOOKUP_PAUSE_MAX - 1;
            l->misses--; /* a shift by more would be none */
        }
    }
    l->before = l->accepted;
    if (l->pause > 0) {
        l->pause--;
        return 0;
    }
    int64_t most = l->most < LOOKUP_PASS_MAX - 1 ? l->most : LOOKUP_PASS_MAX - 1;
    int64_t least = most > 0;
    return most >> l->misses > least ? most >> l->misses : least;
}

void lookup_guess(struct lookup *l, const int32_t *ids, int64_t n, int64_t room,
                  const int32_t *ends, int64_t ends_len) {
    int64_t from = n, most = allowance(l);
    most = most < room ? most : room;
    for (int64_t gram = l->ngram < n - 1 ? l->ngram : n - 1; gram > 0 && from == n; gram--)
        from = most > 0 ? find(ids, n, gram) : n;
    l->pass[0] = ids[n - 1];
    for (l->len = 0; l->len < most && from < n && !is_end(ids[from], ends, ends_len); from++)
        l->pass[++l->len] = ids[from];
    l->passes++;
    l->drafted += l->len;
}

bool lookup_confirms(struct lookup *l, int64_t i, int32_t chosen) {
    bool same = i < l->len && l->pass[1 + i] == chosen;
    l->accepted += same;
    return same;
}
