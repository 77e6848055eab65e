/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/rope.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/config.h"

static const double pi = 3.14159265358979323846;

static const char *const type_names[] = {
    [ROPE_DEFAULT] = "default", [ROPE_LINEAR] = "linear", [ROPE_DYNAMIC] = "dynamic",
    [ROPE_YARN] = "yarn",       [ROPE_LLAMA3] = "llama3", [ROPE_LONGROPE] = "longrope",
};
enum { TYPES = sizeof(type_names) / sizeof(type_names[0]) };

static int parse_type(struct rope *r, struct json params) {
    struct json v = json_member(params, "rope_type");
    if (!json_exists(v))
        v = json_member(params, "type");
    r->type = ROPE_DEFAULT;
    if (!json_exists(v))
        return 0;
    const char *name;
    int rc = json_as_str(v, &name);
    if (rc < 0)
        return rc;
    for (int i = 0; i < TYPES; i++) {
        if (strcmp(type_names[i], name) == 0) {
            r->type = (enum rope_type)i;
            return 0;
        }
    }
    json_fail(v, "rotary positions of type \"%s\" are not supported", name);
    return ERR_UNSUPPORTED;
}

static int parse_factors(const double **out, const struct rope *r, struct json params,
                         const char *key, struct arena *arena) {
    struct json list;
    int rc = json_array(params, key, &list);
    if (rc < 0)
        return rc;
    if (json_len(list) != (size_t)r->dim / 2)
        return json_fail(list, "expected %" PRId64 " factors, found %zu", r->dim / 2,
                         json_len(list));
    double *values = arena_array(arena, json_len(list), sizeof(*values));
    size_t n = 0;
    for (struct json v = json_first(list); v.node; v = json_next(v))
        if ((rc = json_as_real(v, &values[n++])) < 0)
            return rc;
    *out = values;
    return 0;
}

static double mscale(double scale, double m) {
    return scale <= 1 ? 1.0 : 0.1 * m * log(scale) + 1.0;
}

/* What cos and sin are multiplied with when attention_factor is not given. */
static double attention_factor(const struct rope *r) {
    if (r->type == ROPE_YARN) {
        if (r->mscale != 0 && r->mscale_all_dim != 0)
            return mscale(r->factor, r->mscale) / mscale(r->factor, r->mscale_all_dim);
        return mscale(r->factor, 1);
    }
    if (r->type == ROPE_LONGROPE && r->factor > 1)
        return sqrt(1 + log(r->factor) / log((double)r->original));
    return 1.0;
}

/* The numbers a type needs; which are required is the type's affair. */
static int parse_numbers(struct rope *r, struct json params) {
    bool scaled = r->type != ROPE_DEFAULT;
    bool may_derive = r->type == ROPE_YARN || r->type == ROPE_LONGROPE;
    struct json truncates = json_member(params, "truncate");
    bool truncate = !truncates.node; /* what is null is not true in Python */
    double attention = NAN;
    int rc = 0;
    if (scaled && !may_derive)
        rc = json_real(params, "factor", &r->factor);
    else if (scaled)
        rc = json_opt_real(params, "factor", &r->factor);
    if (rc < 0 || (rc = json_opt_real(params, "beta_fast", &r->beta_fast)) < 0 ||
        (rc = json_opt_real(params, "beta_slow", &r->beta_slow)) < 0 ||
        (rc = json_opt_real(params, "mscale", &r->mscale)) < 0 ||
        (rc = json_opt_real(params, "mscale_all_dim", &r->mscale_all_dim)) < 0 ||
        (rc = json_opt_bool(params, "truncate", &truncate)) < 0)
        return rc;
    r->truncate = truncate;
    if (r->type == ROPE_LLAMA3 && ((rc = json_real(params, "low_freq_factor", &r->low_freq)) < 0 ||
                                   (rc = json_real(params, "high_freq_factor", &r->high_freq)) < 0))
        return rc;
    if (may_derive && isnan(r->factor))
        r->factor = (double)r->max_positions / (double)r->original;
    if (scaled && !(r->factor > 0))
        return json_fail(params, "factor %g is not positive", r->factor);
    if (r->type == ROPE_LLAMA3 && !(r->low_freq > 0 && r->high_freq > r->low_freq))
        return json_fail(params, "high_freq_factor %g does not exceed low_freq_factor %g",
                         r->high_freq, r->low_freq);
    if (r->beta_fast == 0)
        r->beta_fast = 32;
    if (r->beta_slow == 0)
        r->beta_slow = 1;
    if (may_derive && (rc = json_opt_real(params, "attention_factor", &attention)) < 0)
        return rc;
    r->attention = isnan(attention) ? attention_factor(r) : attention;
    return 0;
}

/* rope_theta: an override's first, then the one beside the type, then the top level's. */
static int parse_theta(struct rope *r, struct json params, struct json root, struct json override,
                       double def) {
    r->theta = def;
    int rc = json_opt_real(root, "rope_theta", &r->theta);
    if (rc == 0)
        rc = json_opt_real(params, "rope_theta", &r->theta);
    if (rc == 0)
        rc = json_opt_real(override, "rope_theta", &r->theta);
    if (rc == 0 && !(r->theta > 0))
        return json_fail(root, "rope_theta %g is not positive", r->theta);
    return rc;
}

static struct json find_params(struct json root, struct json override) {
    const struct json docs[] = {override, root};
    for (int i = 0; i < 2; i++) {
        struct json v = json_member(docs[i], "rope_scaling");
        if (json_len(v) == 0)
            v = json_member(docs[i], "rope_parameters");
        if (json_exists(v))
            return v;
    }
    return (struct json){0};
}

static int parse_original(struct rope *r, struct json params, struct json root) {
    r->original = r->max_positions;
    int rc =
        json_opt_int(params, "original_max_position_embeddings", 1, POSITIONS_MAX, &r->original);
    if (rc < 0)
        return rc;
    return json_opt_int(root, "original_max_position_embeddings", 1, POSITIONS_MAX, &r->original);
}

static void fill(const struct rope *r, int64_t len, float *inv_freq);

/* Numbers at the ends of their range are finite each and may not be so together. */
static int check_frequencies(const struct rope *r, struct json at) {
    const int64_t lens[] = {r->max_positions, r->original, r->original + 1};
    float *inv_freq = xcalloc((size_t)r->dim / 2, sizeof(*inv_freq));
    bool finite = isfinite(r->attention);
    for (int i = 0; i < 3; i++) {
        fill(r, lens[i], inv_freq);
        for (int64_t k = 0; k < r->dim / 2; k++)
            finite = finite && isfinite(inv_freq[k]);
    }
    free(inv_freq);
    return finite ? 0 : json_fail(at, "these numbers make no finite frequencies");
}

int rope_parse(struct rope *out, struct json root, struct json override, double def,
               int64_t head_dim, int64_t max_positions, struct arena *arena) {
    struct rope r = {
        .max_positions = max_positions,
        .partial = 1,
        .factor = NAN,
        .attention = 1,
    };
    struct json params = find_params(root, override);
    if (params.node && json_type(params) != JSON_OBJECT)
        return json_fail(params, "expected an object, found %s", json_type_name(json_type(params)));
    for (struct json v = json_first(params); v.node; v = json_next(v)) {
        if (json_type(v) == JSON_OBJECT) {
            json_fail(v, "rotary positions that differ by layer type are not supported");
            return ERR_UNSUPPORTED;
        }
    }
    int rc = parse_type(&r, params);
    if (rc < 0 || (rc = parse_theta(&r, params, root, override, def)) < 0 ||
        (rc = json_opt_real(root, "partial_rotary_factor", &r.partial)) < 0 ||
        (rc = json_opt_real(params, "partial_rotary_factor", &r.partial)) < 0 ||
        (rc = parse_original(&r, params, root)) < 0)
        return rc;
    if (!(r.partial > 0 && r.partial <= 1))
        return json_fail(root, "partial_rotary_factor %g is not within 0 and 1", r.partial);
    /* Transformers' default type rotates whole heads whatever partial_rotary_factor says. */
    r.dim = r.type == ROPE_DEFAULT ? head_dim : (int64_t)((double)head_dim * r.partial);
    if (r.dim < 2 || r.dim % 2 != 0)
        return json_fail(root, "heads of %" PRId64 " cannot be rotated in pairs", r.dim);
    if (r.type == ROPE_DYNAMIC && r.dim == 2)
        return json_fail(params, "dynamic scaling needs more than two rotated dimensions");
    if ((rc = parse_numbers(&r, params)) < 0)
        return rc;
    if (r.type == ROPE_LONGROPE &&
        ((rc = parse_factors(&r.short_factor, &r, params, "short_factor", arena)) < 0 ||
         (rc = parse_factors(&r.long_factor, &r, params, "long_factor", arena)) < 0))
        return rc;
    if ((rc = check_frequencies(&r, params.node ? params : root)) < 0)
        return rc;
    *out = r;
    return 0;
}

static void write_factors(struct json_writer *w, const char *key, const double *values,
                          int64_t len) {
    json_open_array(w, key);
    for (int64_t i = 0; i < len; i++)
        json_put_real(w, NULL, values[i]);
    json_close_array(w);
}

void rope_write(struct json_writer *w, const char *key, const struct rope *r) {
    json_open_object(w, key);
    json_put_str(w, "rope_type", type_names[r->type]);
    json_put_real(w, "rope_theta", r->theta);
    if (r->type != ROPE_DEFAULT)
        json_put_real(w, "factor", r->factor);
    if (r->partial != 1)
        json_put_real(w, "partial_rotary_factor", r->partial);
    if (r->type >= ROPE_YARN)
        json_put_int(w, "original_max_position_embeddings", r->original);
    if (r->type == ROPE_YARN || r->type == ROPE_LONGROPE)
        json_put_real(w, "attention_factor", r->attention);
    if (r->type == ROPE_YARN) {
        json_put_real(w, "beta_fast", r->beta_fast);
        json_put_real(w, "beta_slow", r->beta_slow);
        json_put_bool(w, "truncate", r->truncate);
    }
    if (r->type == ROPE_LLAMA3) {
        json_put_real(w, "low_freq_factor", r->low_freq);
        json_put_real(w, "high_freq_factor", r->high_freq);
    }
    if (r->type == ROPE_LONGROPE) {
        write_factors(w, "short_factor", r->short_factor, r->dim / 2);
        write_factors(w, "long_factor", r->long_factor, r->dim / 2);
    }
    json_close_object(w);
}

/* base ** (2i/dim), as torch.pow of f32 rounds it. */
static float frequency(double base, int64_t i, int64_t dim) {
    float exponent = (float)(2 * i) / (float)dim;
    return (float)pow((double)(float)base, (double)exponent);
}

static void plain(const struct rope *r, double base, float *inv_freq) {
    for (int64_t i = 0; i < r->dim / 2; i++)
        inv_freq[i] = 1.0F / frequency(base, i, r->dim);
}

static void linear(const struct rope *r, float *inv_freq) {
    plain(r, r->theta, inv_freq);
    for (int64_t i = 0; i < r->dim / 2; i++)
        inv_freq[i] /= (float)r->factor;
}

/* NTK: the base grows with the length. */
static void dynamic(const struct rope *r, int64_t len, float *inv_freq) {
    double scaled = r->factor * (double)len / (double)r->max_positions - (r->factor - 1);
    plain(r, r->theta * pow(scaled, (double)r->dim / (double)(r->dim - 2)), inv_freq);
}

static void llama3(const struct rope *r, float *inv_freq) {
    float factor = (float)r->factor, low = (float)r->low_freq;
    float low_wavelen = (float)((double)r->original / r->low_freq);
    float high_wavelen = (float)((double)r->original / r->high_freq);
    plain(r, r->theta, inv_freq);
    for (int64_t i = 0; i < r->dim / 2; i++) {
        float inv = inv_freq[i];
        float wavelen = (float)(2 * pi) / inv;
        if (wavelen > low_wavelen) {
            inv_freq[i] = inv / factor;
        } else if (wavelen >= high_wavelen) {
            float smooth =
                ((float)r->original / wavelen - low) / (float)(r->high_freq - r->low_freq);
            inv_freq[i] = (1.0F - smooth) * inv / factor + smooth * inv;
        }
    }
}

/* The dimension that turns `rotations` times within the original length. */
static double correction(const struct rope *r, double rotations) {
    double dim = (double)r->dim;
    return dim * log((double)r->original / (rotations * 2 * pi)) / (2 * log(r->theta));
}

static void yarn(const struct rope *r, float *inv_freq) {
    double low = correction(r, r->beta_fast), high = correction(r, r->beta_slow);
    if (r->truncate) {
        low = floor(low);
        high = ceil(high);
    }
    low = fmax(low, 0);
    high = fmin(high, (double)r->dim - 1);
    if (low == high)
        high += 0.001; /* as the reference does, to keep the ramp finite */
    for (int64_t i = 0; i < r->dim / 2; i++) {
        float freq = frequency(r->theta, i, r->dim);
        float ramp = ((float)i - (float)low) / (float)(high - low);
        float keep = 1.0F - fminf(fmaxf(ramp, 0.0F), 1.0F);
        float extrapolated = 1.0F / freq;
        float interpolated = 1.0F / ((float)r->factor * freq);
        inv_freq[i] = interpolated * (1.0F - keep) + extrapolated * keep;
    }
}

static void longrope(const struct rope *r, int64_t len, float *inv_freq) {
    const double *factors = len > r->original ? r->long_factor : r->short_factor;
    for (int64_t i = 0; i < r->dim / 2; i++)
        inv_freq[i] = 1.0F / ((float)factors[i] * frequency(r->theta, i, r->dim));
}

static void fill(const struct rope *r, int64_t len, float *inv_freq) {
    switch (r->type) {
    case ROPE_DEFAULT:
        plain(r, r->theta, inv_freq);
        break;
    case ROPE_LINEAR:
        linear(r, inv_freq);
        break;
    case ROPE_DYNAMIC:
        dynamic(r, len > r->max_positions ? len : r->max_positions, inv_freq);
        break;
    case ROPE_YARN:
        yarn(r, inv_freq);
        break;
    case ROPE_LLAMA3:
        llama3(r, inv_freq);
        break;
    case ROPE_LONGROPE:
        longrope(r, len, inv_freq);
        break;
    }
}

void rope_init(const struct rope *r, struct rope_state *state) {
    state->len = r->type == ROPE_DYNAMIC ? r->max_positions : 0;
    fill(r, state->len, state->inv_freq);
}

void rope_update(const struct rope *r, struct rope_state *state, int64_t last) {
    int64_t len = last + 1;
    if (r->type == ROPE_DYNAMIC) {
        /* Grows with the sequence; falls back only when a short one follows a long one. */
        bool back = len < r->max_positions && state->len > r->max_positions;
        if (len > state->len || back) {
            state->len = back ? r->max_positions : len;
            fill(r, state->len, state->inv_freq);
        }
    } else if (r->type == ROPE_LONGROPE && (len > r->original) != (state->len > r->original)) {
        state->len = len;
        fill(r, len, state->inv_freq);
    }
}

int64_t rope_steady(const struct rope *r, int64_t len) {
    int64_t end = INT64_MAX;
    if (r->type == ROPE_DYNAMIC)
        end = r->max_positions;
    else if (r->type == ROPE_LONGROPE && len <= r->original)
        end = r->original;
    return end > len ? end - len : 0;
}
