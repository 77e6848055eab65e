/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/numbers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

int numbers_parse(struct numbers *out, const char *text, int64_t min, int64_t max,
                  const char *option) {
    const char *all = text;
    out->len = 0;
    for (;; text++) {
        char *end;
        errno = 0;
        long long value = strtoll(text, &end, 10);
        bool number = end != text && !errno && *text >= '0' && *text <= '9';
        if (!number || value < min || value > max || (*end && *end != ','))
            return err_set(ERR_ARG,
                           "--%s: expected numbers between %" PRId64 " and %" PRId64
                           " with commas between them, not \"%.*s\" as in \"%.80s\"",
                           option, min, max, (int)strcspn(text, ","), text, all);
        if (out->len == NUMBERS_MAX)
            return err_set(ERR_ARG, "--%s: at most %d numbers", option, NUMBERS_MAX);
        out->values[out->len++] = value;
        text = end;
        if (!*end)
            return 0;
    }
}

void numbers_doubling(struct numbers *out, int64_t n) {
    out->len = 0;
    for (int64_t i = 1; i < n && out->len < NUMBERS_MAX - 1; i *= 2)
        out->values[out->len++] = i;
    out->values[out->len++] = n;
}
