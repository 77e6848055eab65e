/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/encoded.h"

#include <math.h>

/* -- the nearest place -- */

static bool chooses_first(enum dtype dtype) {
    return dtype == DTYPE_Q8_0 || dtype == DTYPE_Q4_0;
}

static int64_t find_stray(enum dtype dtype, const double *x, const double *y,
                          const struct numbers_gap *gaps, int64_t n) {
    double most = dtype == DTYPE_Q8_0 ? 127 : 8;
    double moved = chooses_first(dtype) ? most * 0x1p-11 : 1e-4; /* of a gap; f32 has more bits */
    double tiny = chooses_first(dtype) ? most * 0x1p-25 : 0;
    for (int64_t i = 0; i < n; i++) {
        double gap = x[i] > y[i] ? gaps[i].above : gaps[i].below;
        if (!(fabs(x[i] - y[i]) <= gap * (0.5 + moved) + tiny))
            return i;
    }
    return -1;
}

/* -- the plainest encoding -- */

/* The grid that places are chosen on, and the one that they are read by. */
struct grid {
    double choose, read, min;
    int least, most;
};

static double squares_off(const double *x, int n, const struct grid *g) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double q = g->choose < 0 || g->choose > 0 ? nearbyint((x[i] + g->min) / g->choose) : 0;
        double y = fmin(fmax(q, g->least), g->most) * g->read - g->min;
        sum += (x[i] - y) * (x[i] - y);
    }
    return sum;
}

/* The first number of largest size, with its sign. */
static double extreme(const double *x, int n) {
    double most = 0;
    for (int i = 0; i < n; i++)
        most = fabs(x[i]) > fabs(most) ? x[i] : most;
    return most;
}

static double plain_q8_0(const double *x) {
    double scale = fabs(extreme(x, 32)) / 127;
    const struct grid g = {scale, numbers_round(scale, DTYPE_F16), 0, -127, 127};
    return squares_off(x, 32, &g);
}

static double plain_q4_0(const double *x) {
    double scale = extreme(x, 32) / -8;
    const struct grid g = {scale, numbers_round(scale, DTYPE_F16), 0, -8, 7};
    return squares_off(x, 32, &g);
}

/* A group's own scale as whole times that of the block. */
static double whole(double own, double of_block, int most) {
    return of_block < 0 || of_block > 0 ? fmin(nearbyint(own / of_block), most) : 0;
}

static double plain_q4_k(const double *x) {
    double scale[8], min[8], scales = 0, mins = 0, sum = 0;
    for (int j = 0; j < 8; j++) {
        double low = 0, high = x[j * 32];
        for (int i = j * 32; i < (j + 1) * 32; i++) {
            low = fmin(low, x[i]);
            high = fmax(high, x[i]);
        }
        scale[j] = (high - low) / 15, min[j] = -low;
        scales = fmax(scales, scale[j]), mins = fmax(mins, min[j]);
    }
    scales /= 63, mins /= 63;
    for (int j = 0; j < 8; j++) {
        double s = numbers_round(scales, DTYPE_F16) * whole(scale[j], scales, 63);
        double m = numbers_round(mins, DTYPE_F16) * whole(min[j], mins, 63);
        const struct grid g = {s, s, m, 0, 15};
        sum += squares_off(x + j * 32, 32, &g);
    }
    return sum;
}

static double plain_q6_k(const double *x) {
    double scale[16], scales, sum = 0;
    for (int j = 0; j < 16; j++)
        scale[j] = extreme(x + j * 16, 16) / -32;
    scales = extreme(scale, 16) / -128;
    for (int j = 0; j < 16; j++) {
        double s = numbers_round(scales, DTYPE_F16) * whole(scale[j], scales, 127);
        const struct grid g = {s, s, 0, -32, 31};
        sum += squares_off(x + j * 16, 16, &g);
    }
    return sum;
}

static double plain_block(enum dtype dtype, const double *x) {
    switch (dtype) {
    case DTYPE_Q8_0:
        return plain_q8_0(x);
    case DTYPE_Q4_0:
        return plain_q4_0(x);
    case DTYPE_Q4_K:
        return plain_q4_k(x);
    case DTYPE_Q6_K:
        return plain_q6_k(x);
    default:
        return 0;
    }
}

/* -- all -- */

int64_t encoded_row(struct encoded *e, const double *x, const double *y,
                    const struct numbers_gap *gaps, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        e->off += (y[i] - x[i]) * (y[i] - x[i]);
        e->all += x[i] * x[i];
    }
    for (int64_t i = 0; i < n; i += numbers_block(e->dtype))
        e->plain += plain_block(e->dtype, x + i);
    return find_stray(e->dtype, x, y, gaps, n);
}

bool encoded_is_near(const struct encoded *e) {
    double times = chooses_first(e->dtype) ? 1.05 : 2;
    return sqrt(e->off) <= times * sqrt(e->plain) + 0x1p-10 * sqrt(e->all);
}

double encoded_off(const struct encoded *e) {
    return e->all > 0 ? sqrt(e->off / e->all) : 0;
}

double encoded_plain(const struct encoded *e) {
    return e->all > 0 ? sqrt(e->plain / e->all) : 0;
}
