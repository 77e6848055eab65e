/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trace/diff_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"

static const char *verdict_of(const struct diff_pair *p) {
    static const char *const words[] = {[DIFF_SAME] = "same",
                                        [DIFF_EXCEEDED] = "EXCEEDED",
                                        [DIFF_SHAPE] = "SHAPE",
                                        [DIFF_EMPTY] = "empty"};
    return words[p->verdict];
}

/* ---- text ---- */

static void put_layer(struct buf *out, int layer) {
    if (layer < 0)
        buf_printf(out, " %5s", "-");
    else
        buf_printf(out, " %5d", layer);
}

static const char *name_of(const struct trace_item *item) {
    return item->stage == STAGE_NONE ? item->key : stage_name(item->stage);
}

static void put_specials(struct buf *out, const struct diff_pair *p, bool of_a) {
    const struct difference_special *s = of_a ? &p->d.special_a : &p->d.special_b;
    char place[DIFFERENCE_PLACE_SIZE];
    if (s->nan + s->inf == 0 || p->d.unlike == 0)
        return;
    buf_printf(out, "      %s: %" PRId64 " NaN, %" PRId64 " infinite, first at", of_a ? "a" : "b",
               s->nan, s->inf);
    for (int i = 0; i < s->place_count; i++)
        buf_printf(out, " %s", difference_place(&p->shape, s->places[i], place));
    buf_putc(out, '\n');
}

static void put_top(struct buf *out, const struct diff_pair *p) {
    char place[DIFFERENCE_PLACE_SIZE];
    for (int i = 0; i < p->d.top_count; i++)
        buf_printf(out, "      %-16s %.9g against %.9g\n",
                   difference_place(&p->shape, p->d.top[i].index, place), p->d.top[i].a,
                   p->d.top[i].b);
}

static bool has_figures(const struct diff_pair *p) {
    return p->verdict == DIFF_SAME || p->verdict == DIFF_EXCEEDED;
}

/* A reference without energy has no ratio to be held to: the rule is another, and stated. */
static bool is_by_zero(const struct diff_pair *p) {
    return has_figures(p) && p->d.b_is_zero && !p->limit.exact;
}

static void put_ratio(struct buf *out, const struct diff_pair *p) {
    if (!has_figures(p))
        buf_printf(out, " %9s %9s", "-", "-");
    else if (is_by_zero(p))
        buf_printf(out, " %9s %9s", p->d.unlike > 0 ? "nan" : "-", "-");
    else
        buf_printf(out, " %9.2e %9.2e", p->d.nmse, p->limit.nmse);
}

static void put_pair(struct buf *out, const struct diff_pair *p) {
    char place[DIFFERENCE_PLACE_SIZE] = "-";
    if (p->d.max_at >= 0)
        (void)difference_place(&p->shape, p->d.max_at, place);
    buf_printf(out, "%4" PRId64, p->b->step);
    put_layer(out, p->b->layer);
    buf_printf(out, " %-18s %9" PRId64, name_of(p->b), p->d.count);
    put_ratio(out, p);
    if (has_figures(p))
        buf_printf(out, " %9.2e %-14s %9.2e %11.8f ", p->d.max_abs, place, p->d.rms, p->d.cosine);
    else
        buf_printf(out, " %9s %-14s %9s %11s ", "-", "-", "-", "-");
    buf_puts(out, verdict_of(p));
    if (is_by_zero(p))
        buf_printf(out, "; b is zero: max abs may be %.0e", TOLERANCE_ZERO);
    if (p->b->stage == STAGE_LM_HEAD && p->d.rows > 0)
        buf_printf(out, "; best %" PRId64 "/%" PRId64 ", best five %.0f%%", p->d.same_best,
                   p->d.rows, 100 * p->d.best_5);
    if (p->note)
        buf_printf(out, "; %s", p->note);
    buf_putc(out, '\n');
    put_specials(out, p, true);
    put_specials(out, p, false);
    if (p->verdict == DIFF_EXCEEDED)
        put_top(out, p);
}

/* Runs of tensors that one side lacks for the same reason are one line. */
static void put_lonely(struct buf *out, const struct diff *d) {
    size_t in_a = 0, in_b = 0;
    const char *first = "";
    for (size_t i = 0; i < d->lonely_count; i++) {
        const struct diff_lonely *l = &d->lonely[i];
        if (!l->why) {
            first = in_a + in_b > 0 ? first : l->item->key;
            in_a += l->in_a;
            in_b += !l->in_a;
            continue;
        }
        buf_printf(out, "%s is in %s only: %s\n", l->item->key, l->in_a ? "a" : "b", l->why);
    }
    if (in_a + in_b > 0)
        buf_printf(out, "%zu tensors are in a only, %zu in b only; the first is %s\n", in_a, in_b,
                   first);
}

static void put_first(struct buf *out, const struct diff *d) {
    const struct diff_pair *p = d->first;
    if (!p)
        return;
    buf_printf(out, "first to differ: %s", name_of(p->b));
    if (p->b->layer >= 0)
        buf_printf(out, " of layer %d", p->b->layer);
    buf_printf(out, " in step %" PRId64, p->b->step);
    if (p->a->kernel)
        buf_printf(out, ", by %s", p->a->kernel);
    buf_putc(out, '\n');
}

void diff_report_text(struct buf *out, const struct diff *d, const char *a, const char *b,
                      bool all) {
    bool differs = false;
    buf_printf(out, "a: %s\nb: %s\n", a, b);
    if (d->warning)
        buf_printf(out, "note: %s\n", d->warning);
    buf_printf(out, "step %5s %-18s %9s %9s %9s %9s %-14s %9s %11s\n", "layer", "stage", "count",
               "nmse", "limit", "max abs", "at", "rms", "cosine");
    for (size_t i = 0; i < d->pair_count; i++) {
        const struct diff_pair *p = &d->pairs[i];
        bool exceeds = p->verdict == DIFF_EXCEEDED || p->verdict == DIFF_SHAPE;
        if (all || !differs || exceeds)
            put_pair(out, p);
        differs = differs || exceeds;
    }
    put_lonely(out, d);
    put_first(out, d);
    buf_printf(out, "%zu compared, %zu exceed their limit", d->compared, d->exceeded);
    if (d->lonely_count > 0)
        buf_printf(out, "; %zu are on one side only", d->lonely_count);
    buf_putc(out, '\n');
}

/* ---- JSON ---- */

static void put_place(struct json_writer *w, const char *key, const struct tensor *t,
                      int64_t index) {
    int64_t at[TENSOR_RANK_MAX];
    for (int d = t->rank - 1; d >= 0; d--) {
        at[d] = index % t->shape[d];
        index /= t->shape[d];
    }
    json_open_array(w, key);
    for (int d = 0; d < t->rank; d++)
        json_put_int(w, NULL, at[d]);
    json_close_array(w);
}

static void put_special_json(struct json_writer *w, const char *key, const struct diff_pair *p,
                             const struct difference_special *s) {
    json_open_object(w, key);
    json_put_int(w, "nan", s->nan);
    json_put_int(w, "inf", s->inf);
    json_open_array(w, "first");
    for (int i = 0; i < s->place_count; i++)
        put_place(w, NULL, &p->shape, s->places[i]);
    json_close_array(w);
    json_close_object(w);
}

static void put_figures(struct json_writer *w, const struct diff_pair *p) {
    const struct difference *d = &p->d;
    json_put_int(w, "count", d->count);
    json_put_real(w, "nmse", d->nmse); /* null: infinite, or of NaN, which unlike counts */
    if (is_by_zero(p))
        json_put_real(w, "limit_max_abs", TOLERANCE_ZERO);
    else
        json_put_real(w, "limit", p->limit.nmse);
    json_put_str(w, "class", p->limit.name);
    json_put_real(w, "badness", p->badness);
    json_put_real(w, "max_abs", d->max_abs);
    if (d->max_at >= 0)
        put_place(w, "at", &p->shape, d->max_at);
    json_put_real(w, "rms", d->rms);
    json_put_real(w, "rms_b", d->rms_b);
    json_put_real(w, "cosine", d->cosine);
    json_put_int(w, "unlike", d->unlike);
    put_special_json(w, "special_a", p, &d->special_a);
    put_special_json(w, "special_b", p, &d->special_b);
    json_open_array(w, "top");
    for (int i = 0; i < d->top_count; i++) {
        json_open_object(w, NULL);
        put_place(w, "at", &p->shape, d->top[i].index);
        json_put_real(w, "a", d->top[i].a);
        json_put_real(w, "b", d->top[i].b);
        json_close_object(w);
    }
    json_close_array(w);
    if (p->b->stage != STAGE_LM_HEAD)
        return;
    json_put_int(w, "rows", d->rows);
    json_put_int(w, "same_best", d->same_best);
    json_put_real(w, "best_5", d->best_5);
}

static void put_name(struct json_writer *w, const struct trace_item *item) {
    json_put_str(w, "key", item->key);
    if (item->stage == STAGE_NONE)
        return;
    json_put_str(w, "stage", stage_name(item->stage));
    if (item->layer >= 0)
        json_put_int(w, "layer", item->layer);
    json_put_int(w, "step", item->step);
}

static void put_pair_json(struct json_writer *w, const char *key, const struct diff_pair *p) {
    json_open_object(w, key);
    put_name(w, p->b);
    json_put_str(w, "verdict", verdict_of(p));
    if (p->a->kernel)
        json_put_str(w, "kernel", p->a->kernel);
    if (p->note)
        json_put_str(w, "note", p->note);
    if (has_figures(p))
        put_figures(w, p);
    json_close_object(w);
}

static void put_lonely_json(struct json_writer *w, const struct diff *d, bool in_a) {
    json_open_array(w, in_a ? "only_a" : "only_b");
    for (size_t i = 0; i < d->lonely_count; i++) {
        if (d->lonely[i].in_a != in_a)
            continue;
        json_open_object(w, NULL);
        put_name(w, d->lonely[i].item);
        if (d->lonely[i].why)
            json_put_str(w, "why", d->lonely[i].why);
        json_close_object(w);
    }
    json_close_array(w);
}

void diff_report_json(struct buf *out, const struct diff *d, const char *a, const char *b) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "event", "diff");
    json_put_int(&w, "schema", 1);
    json_put_str(&w, "a", a);
    json_put_str(&w, "b", b);
    if (d->warning)
        json_put_str(&w, "warning", d->warning);
    json_put_int(&w, "compared", (int64_t)d->compared);
    json_put_int(&w, "exceeded", (int64_t)d->exceeded);
    if (d->first)
        put_pair_json(&w, "first", d->first);
    json_open_array(&w, "pairs");
    for (size_t i = 0; i < d->pair_count; i++)
        put_pair_json(&w, NULL, &d->pairs[i]);
    json_close_array(&w);
    put_lonely_json(&w, d, true);
    put_lonely_json(&w, d, false);
    json_close_object(&w);
    buf_putc(out, '\n');
}
