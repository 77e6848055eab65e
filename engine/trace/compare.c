/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"

/* One pass over two tensors of one shape. */
struct walk {
    const struct tensor *got, *want, *keep;
    int64_t index[8];
    const char *got_at, *want_at, *keep_at; /* NULL keep_at = everything is kept */
};

static const char *element_of(const struct tensor *t, const int64_t *index) {
    int64_t offset = 0;
    for (int d = 0; d < t->rank; d++)
        offset += index[d] * t->stride[d];
    return (const char *)t->data + offset * (int64_t)dtype_size(t->dtype);
}

static void walk_seek(struct walk *w) {
    w->got_at = element_of(w->got, w->index);
    w->want_at = element_of(w->want, w->index);
    w->keep_at = w->keep ? element_of(w->keep, w->index) : NULL;
}

/* To the next element in order; false behind the last. */
static bool walk_next(struct walk *w) {
    for (int d = w->want->rank - 1; d >= 0; d--) {
        if (++w->index[d] < w->want->shape[d]) {
            walk_seek(w);
            return true;
        }
        w->index[d] = 0;
    }
    return false;
}

static void walk_init(struct walk *w, const struct tensor *got, const struct tensor *want,
                      const struct tensor *keep) {
    *w = (struct walk){.got = got, .want = want, .keep = keep};
    walk_seek(w);
}

static double real_at(const char *at, enum dtype dtype) {
    double value;
    dtype_convert(&value, DTYPE_F64, at, dtype, 1);
    return value;
}

static int64_t whole_at(const char *at, enum dtype dtype) {
    int64_t value;
    dtype_convert(&value, DTYPE_I64, at, dtype, 1);
    return value;
}

static bool is_kept(const struct walk *w) {
    return !w->keep_at || whole_at(w->keep_at, w->keep->dtype) != 0;
}

static void note_text(struct compare_total *total, const char *fmt, va_list ap) {
    if (!total->wrong)
        vsnprintf(total->text, sizeof(total->text), fmt, ap);
    total->wrong = true;
}

static void note_wrong(struct compare_total *total, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void note_wrong(struct compare_total *total, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    note_text(total, fmt, ap);
    va_end(ap);
}

/* What one comparison finds before it is added to the case's total. */
struct finding {
    bool nan_is_value; /* a NaN is like another */
    int64_t compared, excluded, wrong, unlike;
    double sum_diff, sum_want; /* of squares */
    double max_abs, badness;
    struct compare_worst worst;
};

static void note_element(struct finding *f, const struct walk *w, const char *key, double badness,
                         double diff) {
    if (diff > f->max_abs)
        f->max_abs = diff;
    if (badness > 1)
        f->wrong++;
    if (badness < f->badness || (f->worst.key[0] && badness == f->badness))
        return;
    f->badness = badness;
    snprintf(f->worst.key, sizeof(f->worst.key), "%s", key);
    f->worst.rank = w->want->rank;
    memcpy(f->worst.index, w->index, sizeof(w->index));
    f->worst.got = real_at(w->got_at, w->got->dtype);
    f->worst.want = real_at(w->want_at, w->want->dtype);
}

/* Integers by value, so that ids of i32 and i64 may meet; floats by their bytes. */
static bool is_same(const struct walk *w) {
    if (!dtype_is_float(w->want->dtype))
        return whole_at(w->got_at, w->got->dtype) == whole_at(w->want_at, w->want->dtype);
    return w->got->dtype == w->want->dtype &&
           memcmp(w->got_at, w->want_at, dtype_size(w->want->dtype)) == 0;
}

static bool is_special(double got, double want) {
    return !isfinite(got) || !isfinite(want);
}

static void find_exact(struct finding *f, struct walk *w, const char *key) {
    do {
        if (!is_kept(w)) {
            f->excluded++;
            continue;
        }
        f->compared++;
        double got = real_at(w->got_at, w->got->dtype), want = real_at(w->want_at, w->want->dtype);
        double diff = isfinite(got) && isfinite(want) ? fabs(got - want) : 0;
        bool same = is_same(w) && (f->nan_is_value || !isnan(want));
        f->unlike += !same && is_special(got, want);
        note_element(f, w, key, same ? 0 : HUGE_VAL, diff);
        f->sum_diff += diff * diff;
        f->sum_want += isfinite(want) ? want * want : 0;
    } while (walk_next(w));
}

/* The reference's rms decides what an element may be off by, so it is taken first. */
static double rms_of(struct walk w, double *sum) {
    int64_t count = 0;
    *sum = 0;
    do {
        double want = real_at(w.want_at, w.want->dtype);
        if (is_kept(&w) && isfinite(want)) {
            *sum += want * want;
            count++;
        }
    } while (walk_next(&w));
    return count > 0 ? sqrt(*sum / (double)count) : 0;
}

/* Infinities must stand where the reference has them; a NaN is like nothing, unless it is said to
 * be a value. */
static bool is_same_special(const struct finding *f, double got, double want) {
    return isnan(want) ? f->nan_is_value && isnan(got) : got == want;
}

static double badness_of(double got, double want, double rms, const struct tolerance *tol) {
    if (got == want)
        return 0;
    double allowed = rms > 0 ? tol->abs * rms + tol->rel * fabs(want) : TOLERANCE_ZERO;
    return fabs(got - want) / allowed;
}

static void find_near(struct finding *f, struct walk *w, const char *key,
                      const struct tolerance *tol) {
    double rms = rms_of(*w, &f->sum_want);
    do {
        if (!is_kept(w)) {
            f->excluded++;
            continue;
        }
        double got = real_at(w->got_at, w->got->dtype), want = real_at(w->want_at, w->want->dtype);
        double diff = isfinite(got) && isfinite(want) ? fabs(got - want) : 0;
        bool unlike = is_special(got, want) && !is_same_special(f, got, want);
        f->compared++;
        f->unlike += unlike;
        f->sum_diff += diff * diff;
        if (is_special(got, want))
            note_element(f, w, key, unlike ? HUGE_VAL : 0, 0);
        else
            note_element(f, w, key, badness_of(got, want, rms, tol), diff);
    } while (walk_next(w));
}

static const char *shape_text(const struct tensor *t, char *out, size_t size) {
    size_t at = (size_t)snprintf(out, size, "[");
    for (int d = 0; d < t->rank && at < size; d++)
        at += (size_t)snprintf(out + at, size - at, "%s%" PRId64, d ? "," : "", t->shape[d]);
    if (at < size)
        snprintf(out + at, size - at, "]");
    return out;
}

static int check_shapes(const char *key, const struct tensor *want, const struct tensor *keep) {
    char a[96], b[96];
    for (int d = 0; keep && d < keep->rank; d++)
        if (d >= want->rank || keep->shape[d] != want->shape[d])
            return err_set(ERR_ARG, "%s: the mask %s does not fit the shape %s", key,
                           shape_text(keep, a, sizeof(a)), shape_text(want, b, sizeof(b)));
    if (tensor_count(want) == 0)
        return err_set(ERR_ARG, "%s: there is nothing to compare", key);
    return 0;
}

static void say_wrong(struct compare_total *total, const struct finding *f, const char *key,
                      double nmse, const struct tolerance *tol) {
    char where[96];
    char measure[96];
    struct tensor t = {.rank = f->worst.rank};
    if (f->sum_want <= 0 && !tol->exact)
        (void)snprintf(measure, sizeof(measure), "beside zeros, of which none may differ by %.0e",
                       TOLERANCE_ZERO);
    else
        (void)snprintf(measure, sizeof(measure), "nmse %.3g (limit %.3g)", nmse, tol->nmse);
    memcpy(t.shape, f->worst.index, sizeof(t.shape));
    note_wrong(
        total,
        "%s: %s, %" PRId64 " of %" PRId64 " elements off%s; worst at %s: got %.9g, want %.9g", key,
        measure, f->wrong, f->compared, f->unlike > 0 ? ", NaN or infinite ones among them" : "",
        shape_text(&t, where, sizeof(where)), f->worst.got, f->worst.want);
}

/* How much of the allowed nmse is used up; an exact class allows none. */
static double used_up(double nmse, double limit) {
    if (limit > 0)
        return nmse / limit;
    return nmse > 0 ? HUGE_VAL : 0;
}

void compare_add(struct compare_total *total, const struct compare_total *part) {
    if (total->compared == 0 ||
        used_up(part->nmse, part->nmse_limit) > used_up(total->nmse, total->nmse_limit)) {
        total->nmse = part->nmse;
        total->nmse_limit = part->nmse_limit;
    }
    total->compared += part->compared;
    total->excluded += part->excluded;
    total->unlike += part->unlike;
    if (part->max_abs > total->max_abs)
        total->max_abs = part->max_abs;
    if (!total->worst.key[0] || part->badness > total->badness) {
        total->worst = part->worst;
        total->badness = part->badness;
    }
    if (part->wrong)
        note_wrong(total, "%s", part->text);
}

static void add_finding(struct compare_total *total, const struct finding *f, const char *key,
                        const struct tolerance *tol) {
    double nmse = f->sum_want > 0 ? f->sum_diff / f->sum_want : f->sum_diff > 0 ? HUGE_VAL : 0;
    bool zero_is_near = f->sum_want <= 0 && !tol->exact && f->wrong == 0;
    if (zero_is_near)
        nmse = 0;
    struct compare_total part = {.compared = f->compared,
                                 .excluded = f->excluded,
                                 .unlike = f->unlike,
                                 .nmse = nmse,
                                 .nmse_limit = tol->nmse,
                                 .max_abs = f->max_abs,
                                 .worst = f->worst,
                                 .badness = f->badness};
    if (f->wrong > 0 || nmse > tol->nmse)
        say_wrong(&part, f, key, nmse, tol);
    compare_add(total, &part);
}

/* Blocks are the same when their bytes are; what they stand for is not looked at. */
static int compare_blocks(struct compare_total *total, const char *key, const struct tensor *got,
                          const struct tensor *want, const struct tolerance *tol) {
    size_t size = dtype_bytes(want->dtype, tensor_row_len(want));
    int64_t wrong = 0, first = 0;
    if (!tol->exact || got->layout != TENSOR_ROWS || want->layout != TENSOR_ROWS)
        return err_set(ERR_ARG, "%s: blocks are compared by their bytes alone", key);
    if (!compare_fact(total, got->dtype == want->dtype, "%s: is %s, and should be %s", key,
                      dtype_name(got->dtype), dtype_name(want->dtype)))
        return 0;
    for (int64_t r = tensor_rows(want) - 1; r >= 0; r--)
        if (memcmp(tensor_row(got, r), tensor_row(want, r), size) != 0) {
            wrong++;
            first = r;
        }
    total->compared += tensor_count(want) - 1; /* the dtype is no element */
    if (wrong > 0)
        note_wrong(total,
                   "%s: %" PRId64 " of %" PRId64
                   " rows of %s have other bytes; the first is %" PRId64,
                   key, wrong, tensor_rows(want), dtype_name(want->dtype), first);
    return 0;
}

static int compare(struct compare_total *total, const char *key, const struct tensor *got,
                   const struct tensor *want, const struct tensor *keep,
                   const struct tolerance *tol, bool nan_is_value) {
    struct finding f = {.nan_is_value = nan_is_value};
    struct walk w;
    char a[96], b[96];
    int rc = check_shapes(key, want, keep);
    if (rc < 0)
        return rc;
    if (!compare_fact(total, tensor_same_shape(got, want),
                      "%s: has the shape %s, and should have %s", key,
                      shape_text(got, a, sizeof(a)), shape_text(want, b, sizeof(b))))
        return 0;
    total->compared--; /* the shape is no element */
    if (dtype_is_block(want->dtype) || dtype_is_block(got->dtype))
        return compare_blocks(total, key, got, want, tol);
    walk_init(&w, got, want, keep);
    if (tol->exact)
        find_exact(&f, &w, key);
    else
        find_near(&f, &w, key, tol);
    if (f.compared == 0)
        return err_set(ERR_ARG, "%s: every element is excluded", key);
    if (f.excluded > f.compared)
        return err_set(ERR_ARG, "%s: %" PRId64 " of %" PRId64 " elements are excluded", key,
                       f.excluded, f.excluded + f.compared);
    add_finding(total, &f, key, tol);
    return 0;
}

int compare_tensors(struct compare_total *total, const char *key, const struct tensor *got,
                    const struct tensor *want, const struct tensor *keep,
                    const struct tolerance *tol) {
    return compare(total, key, got, want, keep, tol, false);
}

int compare_alike(struct compare_total *total, const char *key, const struct tensor *got,
                  const struct tensor *want, const struct tensor *keep,
                  const struct tolerance *tol) {
    return compare(total, key, got, want, keep, tol, true);
}

#undef compare_fact /* the macro for the analyzer */
bool compare_fact(struct compare_total *total, bool holds, const char *fmt, ...) {
    total->compared++;
    if (!holds) {
        va_list ap;
        va_start(ap, fmt);
        note_text(total, fmt, ap);
        va_end(ap);
    }
    return holds;
}

void compare_count(struct compare_total *total, int64_t count) {
    total->compared += count;
}
