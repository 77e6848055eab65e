/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/sample.h"

#include <math.h>
#include <string.h>

#include "engine/base/err.h"

enum { DIGITS = 5 };

void sample_add(struct sample *s, double value) {
    CHECK(s->len < SAMPLE_MAX);
    int at = s->len;
    while (at > 0 && s->values[at - 1] > value)
        at--;
    memmove(s->values + at + 1, s->values + at, sizeof(double) * (size_t)(s->len - at));
    s->values[at] = value;
    s->len++;
}

double sample_median(const struct sample *s) {
    return s->len ? (s->values[(s->len - 1) / 2] + s->values[s->len / 2]) / 2 : 0;
}

double sample_low(const struct sample *s) {
    return s->len ? s->values[0] : 0;
}

double sample_high(const struct sample *s) {
    return s->len ? s->values[s->len - 1] : 0;
}

double sample_spread(const struct sample *s) {
    double median = sample_median(s);
    return median > 0 ? (sample_high(s) - sample_low(s)) / median : 0;
}

double sample_round(double x) {
    if (x == 0 || !isfinite(x))
        return x;
    double scale = pow(10, DIGITS - 1 - floor(log10(fabs(x))));
    return round(x * scale) / scale;
}

void sample_put(struct json_writer *w, const char *key, const struct sample *s, double unit) {
    if (s->len == 0) {
        json_put_null(w, key);
        return;
    }
    json_open_object(w, key);
    json_put_real(w, "median", sample_round(sample_median(s) / unit));
    json_put_real(w, "low", sample_round(sample_low(s) / unit));
    json_put_real(w, "high", sample_round(sample_high(s) / unit));
    json_close_object(w);
}
