/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/difference.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

/* A row of any dtype as numbers. */
static void load_row(double *out, const struct tensor *t, int64_t row) {
    if (tensor_row_len(t) > 0)
        tensor_copy_row(out, DTYPE_F64, 1, tensor_row(t, row), t->dtype, tensor_row_stride(t),
                        tensor_row_len(t));
}

static void note_special(struct difference_special *s, double x, int64_t index) {
    if (isfinite(x))
        return;
    if (isnan(x))
        s->nan++;
    else
        s->inf++;
    if (s->place_count < DIFFERENCE_PLACES)
        s->places[s->place_count++] = index;
}

/* How far apart; unlike specials are further apart than any numbers, and a NaN is like nothing. */
static double gap_of(double a, double b) {
    if (isfinite(a) && isfinite(b))
        return fabs(a - b);
    bool same = !isnan(a) && !isnan(b) && !(a < b) && !(a > b);
    return same ? 0 : HUGE_VAL;
}

/* top[] is in descending order of gap; the first of equals stays in front. */
static void note_top(struct difference *d, const struct difference_at *at, double gap, int top) {
    int i = d->top_count;
    if (gap <= 0)
        return;
    while (i > 0 && gap_of(d->top[i - 1].a, d->top[i - 1].b) < gap)
        i--;
    if (i >= top)
        return;
    int end = d->top_count < top ? d->top_count : top - 1;
    memmove(&d->top[i + 1], &d->top[i], (size_t)(end - i) * sizeof(d->top[0]));
    d->top[i] = *at;
    d->top_count = end + 1;
}

struct sums {
    double aa, bb, ab, dd;
    int64_t finite;
};

static void add_element(struct difference *d, struct sums *s, const struct difference_at *at,
                        int top) {
    double gap = gap_of(at->a, at->b);
    note_special(&d->special_a, at->a, at->index);
    note_special(&d->special_b, at->b, at->index);
    note_top(d, at, gap, top);
    if (!isfinite(at->a) || !isfinite(at->b)) {
        d->unlike += gap > 0;
        return;
    }
    s->finite++;
    s->aa += at->a * at->a;
    s->bb += at->b * at->b;
    s->ab += at->a * at->b;
    s->dd += gap * gap;
    if (gap > d->max_abs || d->max_at < 0) {
        d->max_abs = gap;
        d->max_at = at->index;
    }
}

/* The indices of the largest five, NaN last, the first of equals first. Returns how many. */
static int best_of(int64_t best[DIFFERENCE_CHOICES], const double *row, int64_t len) {
    int count = 0;
    for (int64_t i = 0; i < len; i++) {
        int at = count;
        if (isnan(row[i]))
            continue;
        while (at > 0 && row[best[at - 1]] < row[i])
            at--;
        if (at == DIFFERENCE_CHOICES)
            continue;
        int end = count < DIFFERENCE_CHOICES ? count : DIFFERENCE_CHOICES - 1;
        memmove(&best[at + 1], &best[at], (size_t)(end - at) * sizeof(best[0]));
        best[at] = i;
        count = end + 1;
    }
    return count;
}

static void add_choices(struct difference *d, const double *a, const double *b, int64_t len) {
    int64_t best_a[DIFFERENCE_CHOICES], best_b[DIFFERENCE_CHOICES];
    int na = best_of(best_a, a, len), nb = best_of(best_b, b, len), shared = 0;
    for (int i = 0; i < nb; i++)
        for (int j = 0; j < na; j++)
            shared += best_b[i] == best_a[j];
    d->rows++;
    d->same_best += na > 0 && nb > 0 && best_a[0] == best_b[0];
    d->best_5 += nb > 0 ? (double)shared / nb : 0;
}

static void finish(struct difference *d, const struct sums *s) {
    d->nmse = s->bb > 0 ? s->dd / s->bb : s->dd > 0 ? HUGE_VAL : 0;
    if (d->unlike > 0)
        d->nmse = (double)NAN;
    d->rms = s->finite ? sqrt(s->dd / (double)s->finite) : 0;
    d->b_is_zero = s->finite > 0 && s->bb <= 0;
    d->rms_b = s->finite ? sqrt(s->bb / (double)s->finite) : 0;
    d->cosine = s->aa > 0 && s->bb > 0 ? s->ab / (sqrt(s->aa) * sqrt(s->bb)) : (double)NAN;
    d->best_5 = d->rows ? d->best_5 / (double)d->rows : 0;
}

void difference_of(struct difference *out, const struct tensor *a, const struct tensor *b,
                   int top) {
    int64_t rows = tensor_count(b) > 0 ? tensor_rows(b) : 0, len = tensor_row_len(b);
    struct sums sums = {0};
    CHECK(tensor_same_shape(a, b));
    top = top > DIFFERENCE_TOP_MAX ? DIFFERENCE_TOP_MAX : top;
    *out = (struct difference){.count = tensor_count(b), .max_at = -1};
    double *row_a = xcalloc((size_t)len + 1, sizeof(double));
    double *row_b = xcalloc((size_t)len + 1, sizeof(double));
    for (int64_t r = 0; r < rows; r++) {
        load_row(row_a, a, r);
        load_row(row_b, b, r);
        for (int64_t i = 0; i < len; i++)
            add_element(out, &sums, &(struct difference_at){r * len + i, row_a[i], row_b[i]}, top);
        add_choices(out, row_a, row_b, len);
    }
    free(row_a);
    free(row_b);
    finish(out, &sums);
}

const char *difference_place(const struct tensor *t, int64_t index,
                             char text[DIFFERENCE_PLACE_SIZE]) {
    int64_t at[TENSOR_RANK_MAX];
    size_t len = 0;
    for (int d = t->rank - 1; d >= 0; d--) {
        at[d] = index % t->shape[d];
        index /= t->shape[d];
    }
    text[len++] = '[';
    for (int d = 0; d < t->rank; d++)
        len += (size_t)snprintf(text + len, DIFFERENCE_PLACE_SIZE - len, "%s%" PRId64,
                                d ? ", " : "", at[d]);
    text[len++] = ']';
    text[len] = 0;
    return text;
}
