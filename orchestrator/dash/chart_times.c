/* SPDX-License-Identifier: Apache-2.0 */
/* The times of a cell over runs. */
#include <math.h>

#include "orchestrator/dash/chart.h"

enum { W = 1072, H = 150, LEFT = 52, TOP = 14, PLOT = 100, TICKS = 2, POINTS_MAX = 256 };

static double x_of(size_t i, size_t count) {
    double room = W - LEFT - 24;
    return LEFT + 12 + (count > 1 ? room * (double)i / (double)(count - 1) : room);
}

static double y_of(double share, double top) {
    return TOP + PLOT * (1 - share / top);
}

/* A round number above all shares: 1, 2 or 5 times a power of ten, or so many tenths of it. */
static double top_of(const struct chart_time *times, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, times[i].share);
    if (!(most > 0) || !isfinite(most))
        return 1;
    double step = pow(10, floor(log10(most)));
    return step * ceil(most * 1.05 / step * 2) / 2;
}

static void put_axes(struct html *h, double top, const char *first, const char *last) {
    for (int i = 0; i <= TICKS; i++) {
        double value = top * i / TICKS;
        html_put(h,
                 "<line class=\"base\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                 "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>",
                 LEFT, W, y_of(value, top), y_of(value, top), LEFT - 8, y_of(value, top) + 4,
                 value);
    }
    html_put(h,
             "<text x=\"%d\" y=\"%d\">%s</text>"
             "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
             LEFT, H - 8, first, W, H - 8, last);
}

/* A line over the whole height where times changed, with a triangle that points their way. */
static void put_mark(struct html *h, double x, const struct chart_time *t) {
    const char *class = t->slower >= t->faster ? "fail" : "pass";
    int tip = t->slower >= t->faster ? 2 : 10, foot = t->slower >= t->faster ? 10 : 2;
    html_put(h,
             "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
             "<path class=\"%s\" d=\"M%.1f %dL%.1f %dL%.1f %dZ\"/>",
             x, x, TOP, TOP + PLOT, class, x, tip, x - 5, foot, x + 5, foot);
}

/* What the pointer finds over the whole height of a run. */
static void put_slot(struct html *h, const struct chart_time *t, size_t i, size_t count) {
    double step = (double)(W - LEFT - 24) / (double)(count - 1);
    html_put(
        h, "<rect class=\"hit\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%d\"><title>%s: %.2f ×",
        x_of(i, count) - step / 2, step, TOP + PLOT, t->label, t->share);
    if (t->slower)
        html_put(h, ", %L slower", t->slower);
    if (t->faster)
        html_put(h, ", %L faster", t->faster);
    html_put(h, "</title></rect>");
}

void chart_times(struct html *h, const struct chart_time *times, size_t count, const char *first,
                 const char *last) {
    if (count < 2)
        return;
    if (count > POINTS_MAX) {
        times += count - POINTS_MAX;
        count = POINTS_MAX;
    }
    double top = top_of(times, count);
    html_put(h,
             "<svg class=\"trend\" viewBox=\"0 0 %d %d\" role=\"img\"><title>time as a multiple of "
             "the usual over the last %L runs, now %.2f</title>",
             W, H, (int64_t)count, times[count - 1].share);
    put_axes(h, top, first, last);
    for (size_t i = 0; i < count; i++)
        if (times[i].slower || times[i].faster)
            put_mark(h, x_of(i, count), &times[i]);
    html_put(h, "<path class=\"line\" d=\"");
    for (size_t i = 0; i < count; i++)
        html_put(h, i ? "L%.1f %.1f" : "M%.1f %.1f", x_of(i, count), y_of(times[i].share, top));
    html_put(h, "\"/>");
    for (size_t i = 0; i < count; i++)
        put_slot(h, &times[i], i, count);
    html_put(h, "</svg>");
}
