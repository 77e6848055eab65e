/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/weight_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/check/encoded.h"
#include "engine/diagnose/stored.h"
#include "engine/nn/weights.h"
#include "engine/tensor/quant.h"

/* Rows of numbers, of the longest tensor. */
struct rows {
    double *want, *got;
    struct numbers_gap *gaps;
    float *decoded;
    int64_t room;
};

static void rows_grow(struct rows *r, int64_t len) {
    if (len <= r->room)
        return;
    r->room = len;
    r->want = xrealloc(r->want, (size_t)len * sizeof(*r->want));
    r->got = xrealloc(r->got, (size_t)len * sizeof(*r->got));
    r->gaps = xrealloc(r->gaps, (size_t)len * sizeof(*r->gaps));
    r->decoded = xrealloc(r->decoded, (size_t)len * sizeof(*r->decoded));
}

static void rows_done(struct rows *r) {
    free(r->want);
    free(r->got);
    free(r->gaps);
    free(r->decoded);
}

/* One row behind the other: no panels, no views. */
static bool is_plain(const struct loaded *l) {
    const struct tensor *t = &l->tensor;
    return l->name && t->data && t->layout == TENSOR_ROWS && numbers_can(t->dtype) &&
           t->rank <= 2 && tensor_row_stride(t) == 1;
}

static void say(struct weight_finding *f, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void say(struct weight_finding *f, const char *name, const char *fmt, ...) {
    va_list ap;
    f->found = true;
    f->name = name;
    va_start(ap, fmt);
    (void)vsnprintf(f->text, sizeof(f->text), fmt, ap);
    va_end(ap);
}

static bool is_same(double a, double b) {
    return isnan(a) ? isnan(b) : !(a < b) && !(a > b) && !isnan(b);
}

/* -- decoding -- */

/* In f32 a block rounds twice, of numbers as large as its largest. */
static bool is_decoded(enum dtype dtype, double is, double want, double largest) {
    double slack = dtype_is_block(dtype) ? 1e-6 * largest : 0;
    return is_same(is, want) || fabs(is - want) <= slack;
}

static double largest_of(const double *x, int64_t n) {
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        most = isfinite(x[i]) ? fmax(most, fabs(x[i])) : most;
    return most;
}

static void say_decoded(struct weight_finding *f, const struct loaded *l, int64_t i, double is,
                        double want) {
    f->part = dtype_is_block(l->tensor.dtype) ? "quant" : "dtype";
    say(f, l->name,
        "%s is decoded wrongly: number %" PRId64 " of %s is taken for %.9g, and is %.9g",
        dtype_name(l->tensor.dtype), i, l->name, is, want);
}

static void check_decoded(struct weight_finding *f, struct rows *r, const struct loaded *l) {
    const struct tensor *t = &l->tensor;
    int64_t rows = tensor_rows(t), len = tensor_row_len(t);
    rows_grow(r, len);
    for (int64_t k = 0; k < rows && !f->found; k++) {
        const void *row = tensor_row(t, k);
        numbers_read(r->want, NULL, t->dtype, row, len);
        dtype_convert(r->decoded, DTYPE_F32, row, t->dtype, len);
        if (dtype_is_block(t->dtype))
            quant_decode_wide(r->got, t->dtype, row, len);
        double largest = largest_of(r->want, len);
        for (int64_t i = 0; i < len && !f->found; i++) {
            double is = (double)r->decoded[i];
            if (!is_decoded(t->dtype, is, r->want[i], largest))
                say_decoded(f, l, k * len + i, is, r->want[i]);
            else if (dtype_is_block(t->dtype) && !is_same(r->got[i], r->want[i]))
                say_decoded(f, l, k * len + i, r->got[i], r->want[i]);
        }
    }
}

void weight_check_decoder(const struct weights *w, struct weight_finding *out) {
    struct rows r = {0};
    *out = (struct weight_finding){0};
    for (size_t i = 0; !out->found && i < w->loaded_len; i++) {
        if (!is_plain(&w->loaded[i]))
            continue;
        out->checked++;
        check_decoded(out, &r, &w->loaded[i]);
    }
    rows_done(&r);
}

/* -- against the file -- */

static void say_place(struct weight_finding *f, const struct rows *r, const struct loaded *l,
                      int64_t k, int64_t i) {
    say(f, l->name, "%s at [%" PRId64 ", %" PRId64 "] is %.9g, and the file says %.9g", l->name, k,
        i, r->got[i], r->want[i]);
}

static bool is_quantised(const struct loaded *l, const struct stored *s) {
    return dtype_is_block(l->tensor.dtype) && !dtype_is_block(s->dtype);
}

/* The first number that is another one, or -1. */
static int64_t find_other(const struct rows *r, enum dtype dtype, int64_t len) {
    for (int64_t i = 0; i < len; i++)
        if (!is_same(numbers_round(r->want[i], dtype), r->got[i]))
            return i;
    return -1;
}

static void check_row(struct weight_finding *f, struct rows *r, const struct loaded *l,
                      const struct stored *s, int64_t k, struct encoded *all) {
    const struct tensor *t = &l->tensor;
    int64_t len = tensor_row_len(t);
    stored_row(r->want, s, k, len);
    numbers_read(r->got, r->gaps, t->dtype, tensor_row(t, k), len);
    int64_t at = is_quantised(l, s) ? encoded_row(all, r->want, r->got, r->gaps, len)
                                    : find_other(r, t->dtype, len);
    if (at >= 0)
        say_place(f, r, l, k, at);
}

static void check_one(struct weight_finding *f, struct rows *r, const struct loaded *l,
                      const struct stored *s) {
    const struct tensor *t = &l->tensor;
    struct encoded all = {.dtype = t->dtype};
    if (tensor_count(t) != s->count) {
        say(f, l->name, "%s has %" PRId64 " numbers, and the file %" PRId64, l->name,
            tensor_count(t), s->count);
        return;
    }
    rows_grow(r, tensor_row_len(t));
    for (int64_t k = 0; k < tensor_rows(t) && !f->found; k++)
        check_row(f, r, l, s, k, &all);
    if (!f->found && is_quantised(l, s) && !encoded_is_near(&all))
        say(f, l->name,
            "%s in %s is off by %.3g of its rms, and by %.3g where nothing is searched for",
            l->name, dtype_name(t->dtype), encoded_off(&all), encoded_plain(&all));
}

/* A file may be read rightly and still hold what no model computes with. */
static void check_numbers(struct weight_finding *f, struct rows *r, const struct loaded *l) {
    const struct tensor *t = &l->tensor;
    int64_t rows = tensor_rows(t), len = tensor_row_len(t), count = 0;
    for (int64_t k = 0; k < rows; k++) {
        numbers_read(r->got, NULL, t->dtype, tensor_row(t, k), len);
        for (int64_t i = 0; i < len; i++)
            count += isnan(r->got[i]) != 0;
    }
    if (count > 0)
        say(f, l->name, "%s holds %" PRId64 " values that are no numbers, as its file does",
            l->name, count);
}

int weight_check(const struct weights *w, const char *path, struct weight_finding *out) {
    struct stored_files *files = NULL;
    struct rows r = {0};
    *out = (struct weight_finding){0};
    int rc = stored_open(&files, path);
    for (size_t i = 0; rc == 0 && !out->found && i < w->loaded_len; i++) {
        const struct loaded *l = &w->loaded[i];
        struct stored s;
        if (!is_plain(l) || !stored_find(&s, files, l->name))
            continue;
        out->checked++;
        check_one(out, &r, l, &s);
        if (!out->found)
            check_numbers(out, &r, l);
    }
    stored_close(files);
    rows_done(&r);
    return rc;
}
