/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/rope_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PI 3.14159265358979323846

/* Of f32 against double, ramps and powers included. */
static const double limit = 1e-5;

/* What config.json says of the rotation. */
struct setting {
    const char *type;
    double base, factor;
    double low, high;      /* llama3: waves in the original context */
    double fast, slow;     /* yarn: turns in the original context */
    double attention;      /* what cos and sin are multiplied with */
    double original, most; /* tokens: of the training, of the model */
    double len;            /* until the end of the step; 0 = not known */
    double turning;        /* numbers of a head that turn */
    struct json many, few; /* longrope: a divisor per frequency, of long rows and of short ones */
    bool whole;            /* yarn: the ramp begins and ends at whole frequencies */
};

/* -- what config.json says -- */

static double number(struct json at, const char *key, double other) {
    double x = other;
    struct json v = json_member(at, key);
    if (!json_exists(v) || json_type(v) != JSON_NUMBER || json_as_real(v, &x) < 0)
        return other;
    return x;
}

static const char *word(struct json at, const char *key, const char *other) {
    const char *text = other;
    (void)json_opt_str(at, key, &text);
    return text;
}

/* The older name wins where there are both, and something in it. */
static struct json params_of(struct json config) {
    struct json old = json_member(config, "rope_scaling");
    return json_len(old) > 0 ? old : json_member(config, "rope_parameters");
}

/* Transformers' defaults. */
static double longest_of(struct json config) {
    bool qwen = strncmp(word(config, "model_type", ""), "qwen", 4) == 0;
    return number(config, "max_position_embeddings", qwen ? 32768 : 2048);
}

static double head_of(struct json config, double other) {
    double heads = number(config, "num_attention_heads", 0);
    double hidden = number(config, "hidden_size", 0);
    bool fixed = strcmp(word(config, "model_type", ""), "qwen3") == 0;
    double head = fixed ? 128 : heads > 0 ? floor(hidden / heads) : other;
    return heads > 0 ? number(config, "head_dim", head) : other;
}

static double grown(double factor, double slope) {
    return factor > 1 ? 1 + 0.1 * slope * log(factor) : 1;
}

static double attention_of(const struct setting *s, struct json params) {
    double wide = number(params, "mscale", 0), all = number(params, "mscale_all_dim", 0);
    double factor = 1;
    if (strcmp(s->type, "yarn") == 0)
        factor = wide != 0 && all != 0 ? grown(s->factor, wide) / grown(s->factor, all)
                                       : grown(s->factor, 1);
    else if (strcmp(s->type, "longrope") == 0)
        factor = s->factor > 1 ? sqrt(1 + log(s->factor) / log(s->original)) : 1;
    else
        return 1;
    return number(params, "attention_factor", factor);
}

static struct setting read_setting(struct json c, int64_t half, int64_t len) {
    struct json p = params_of(c);
    double most = longest_of(c);
    double original = number(p, "original_max_position_embeddings", most);
    struct setting s = {.type = word(p, "rope_type", word(p, "type", "default")),
                        .base = number(p, "rope_theta", number(c, "rope_theta", 10000)),
                        .low = number(p, "low_freq_factor", 1),
                        .high = number(p, "high_freq_factor", 4),
                        .original = number(c, "original_max_position_embeddings", original),
                        .most = most,
                        .len = (double)len,
                        .many = json_member(p, "long_factor"),
                        .few = json_member(p, "short_factor"),
                        .whole = true};
    double part = number(p, "partial_rotary_factor", number(c, "partial_rotary_factor", 1));
    double head = head_of(c, 2 * (double)half);
    s.turning = strcmp(s.type, "default") == 0 ? head : floor(head * part);
    s.factor = number(p, "factor", s.most / s.original);
    s.fast = number(p, "beta_fast", 0);
    s.slow = number(p, "beta_slow", 0);
    s.fast = s.fast > 0 ? s.fast : 32;
    s.slow = s.slow > 0 ? s.slow : 1;
    (void)json_opt_bool(p, "truncate", &s.whole);
    s.attention = attention_of(&s, p);
    return s;
}

/* -- what it comes to -- */

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

/* The base grows with what the context has grown by. */
static double dynamic(const struct setting *s, double power) {
    double len = fmax(s->len, s->most);
    double more = s->factor * len / s->most - (s->factor - 1);
    return pow(s->base * pow(more, s->turning / (s->turning - 2)), -power);
}

/* The place among the frequencies of the one that turns so often in the original context. */
static double place_of(const struct setting *s, double turns) {
    return s->turning / 2 * log(s->original / (2 * PI * turns)) / log(s->base);
}

/* Frequencies that turn often stay, those that turn rarely are stretched, those between partly:
 * how much of k stays. */
static double kept(const struct setting *s, double k) {
    double begin = place_of(s, s->fast), end = place_of(s, s->slow);
    begin = fmax(s->whole ? floor(begin) : begin, 0);
    end = fmin(s->whole ? ceil(end) : end, s->turning - 1);
    double width = end > begin || end < begin ? end - begin : 0.001;
    return 1 - fmin(fmax((k - begin) / width, 0), 1);
}

static double yarn(const struct setting *s, double plain, double k) {
    double stays = kept(s, k);
    return plain * stays + plain / s->factor * (1 - stays);
}

/* NAN when the divisor is missing. */
static double divided(struct json list, double plain, int64_t k) {
    double by = 0;
    if (json_type(list) != JSON_ARRAY || (size_t)k >= json_len(list) ||
        json_as_real(json_at(list, (size_t)k), &by) < 0)
        return (double)NAN;
    return plain / by;
}

/* NAN when the kind is none of these, or the config does not say. */
static double wanted(const struct setting *s, int64_t k) {
    double power = 2 * (double)k / s->turning, plain = pow(s->base, -power);
    if (strcmp(s->type, "default") == 0)
        return plain;
    if (strcmp(s->type, "linear") == 0)
        return plain / s->factor;
    if (strcmp(s->type, "llama3") == 0)
        return llama3(s, plain);
    if (strcmp(s->type, "dynamic") == 0)
        return dynamic(s, power);
    if (strcmp(s->type, "yarn") == 0)
        return yarn(s, plain, (double)k);
    if (strcmp(s->type, "longrope") == 0)
        return divided(s->len > s->original ? s->many : s->few, plain, k);
    return (double)NAN;
}

static bool is_near(double is, double want) {
    return fabs(is - want) <= limit * fabs(want);
}

static bool is_right(const struct setting *s, double is, int64_t k) {
    double want = wanted(s, k);
    if (isnan(want) || is_near(is, want))
        return true;
    if (strcmp(s->type, "dynamic") == 0) /* a longer row before this one has made them smaller */
        return is < want;
    if (strcmp(s->type, "longrope") == 0 && s->len <= s->original) /* a part of a longer step? */
        return is_near(is, divided(s->many, pow(s->base, -2 * (double)k / s->turning), k));
    return false;
}

bool rope_check(struct json config, const struct plan_route *r, int64_t len,
                char text[ROPE_CHECK_TEXT]) {
    const float *freq = r->in[2]->data;
    int64_t half = r->in[2]->shape[0];
    struct setting s = read_setting(config, half, len);
    if (2 * half != (int64_t)s.turning) {
        (void)snprintf(text, ROPE_CHECK_TEXT,
                       "%s rope turns %" PRId64 " numbers of a head, and config.json asks for %g",
                       s.type, 2 * half, s.turning);
        return true;
    }
    for (int64_t k = 0; freq && k < half; k++) {
        if (is_right(&s, (double)freq[k], k))
            continue;
        (void)snprintf(text, ROPE_CHECK_TEXT,
                       "frequency %" PRId64 " of %s rope is %.9g, and config.json asks for %.9g", k,
                       s.type, (double)freq[k], wanted(&s, k));
        return true;
    }
    if (isfinite(s.attention) && !is_near(r->params->scale, s.attention)) {
        (void)snprintf(text, ROPE_CHECK_TEXT,
                       "%s rope scales by %.9g, and config.json asks for %.9g", s.type,
                       r->params->scale, s.attention);
        return true;
    }
    return false;
}
