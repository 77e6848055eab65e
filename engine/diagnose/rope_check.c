/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/rope_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PI 3.14159265358979323846

/* What config.json says of the rotation; 0 = nothing. */
struct setting {
    const char *type;
    double base, factor, low, high, original, most;
    double len;     /* that dynamic ones have grown to at least */
    double turning; /* numbers of a head that turn */
};

static double number(struct json config, const char *key, double other) {
    char path[64];
    double x = other;
    static const char *const places[] = {"rope_parameters.", "rope_scaling.", ""};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", places[i], key);
        if (json_exists(json_get(config, path)) && json_opt_real(config, path, &x) == 0)
            return x;
    }
    return other;
}

static struct setting read_setting(struct json c, int64_t half, int64_t len) {
    static const char *const places[] = {"rope_parameters.rope_type", "rope_scaling.rope_type",
                                         "rope_scaling.type"};
    double most = number(c, "max_position_embeddings", 2048);
    struct setting s = {.type = "default",
                        .base = number(c, "rope_theta", 10000),
                        .factor = number(c, "factor", 1),
                        .low = number(c, "low_freq_factor", 1),
                        .high = number(c, "high_freq_factor", 4),
                        .original = number(c, "original_max_position_embeddings", most),
                        .most = most,
                        .len = (double)len > most ? (double)len : most,
                        .turning = 2 * (double)half};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (json_exists(json_get(c, places[i])) && json_opt_str(c, places[i], &s.type) == 0)
            break;
    return s;
}

/* Waves longer than the original context are stretched, short ones are not, those between partly.
 */
static double llama3(const struct setting *s, double plain) {
    double length = 2 * PI / plain;
    if (length > s->original / s->low)
        return plain / s->factor;
    if (length < s->original / s->high)
        return plain;
    double smooth = (s->original / length - s->low) / (s->high - s->low);
    return (1 - smooth) * plain / s->factor + smooth * plain;
}

/* Frequency k, or -1 when the kind is none of these. */
static double wanted(const struct setting *s, int64_t k) {
    double power = 2 * (double)k / s->turning, plain = pow(s->base, -power);
    if (strcmp(s->type, "default") == 0)
        return plain;
    if (strcmp(s->type, "linear") == 0)
        return plain / s->factor;
    if (strcmp(s->type, "llama3") == 0)
        return llama3(s, plain);
    if (strcmp(s->type, "dynamic") == 0) {
        double grown = s->factor * s->len / s->most - (s->factor - 1);
        return pow(s->base * pow(grown, s->turning / (s->turning - 2)), -power);
    }
    return -1;
}

bool rope_check(struct json config, const struct plan_route *r, int64_t len,
                char text[ROPE_CHECK_TEXT]) {
    const float *freq = r->in[2]->data;
    int64_t half = r->in[2]->shape[0];
    struct setting s = read_setting(config, half, len);
    bool grows = strcmp(s.type, "dynamic") == 0;
    for (int64_t k = 0; freq && k < half; k++) {
        double want = wanted(&s, k), off = (double)freq[k] - want;
        /* A longer row before this one has made them smaller. */
        if (want < 0 || (grows ? off : fabs(off)) <= 1e-5 * want)
            continue;
        (void)snprintf(text, ROPE_CHECK_TEXT,
                       "frequency %" PRId64 " of %s rope is %.9g, and config.json asks for %.9g", k,
                       s.type, (double)freq[k], want);
        return true;
    }
    return false;
}
