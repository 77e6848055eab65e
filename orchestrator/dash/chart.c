/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/chart.h"

#include <math.h>
#include <string.h>

enum { SPARK_W = 84, SPARK_H = 22, BAR_W = 120, BAR_H = 8, SQUARE = 9 };

/* Where a line is drawn: its box, and the rate at its foot. */
struct frame {
    double x, y, w, h;
    double low;
};

/* The lowest rate that is still drawn apart from zero: a fall of 1 % must be seen. */
static double floor_of(const double *values, size_t count) {
    double low = 1;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]) && values[i] < low)
            low = values[i];
    return low > 0.98 ? 0.95 : fmax(0, low - 0.1 * (1 - low) - 0.02);
}

static double x_of(const struct frame *f, size_t i, size_t count) {
    return f->x + (count > 1 ? f->w * (double)i / (double)(count - 1) : f->w);
}

static double y_of(const struct frame *f, double value) {
    return f->y + f->h * (1 - (value - f->low) / (1 - f->low));
}

/* The path of the known values inside the frame, with gaps where there are none. */
static void put_line(struct html *h, const struct frame *f, const char *class, const double *values,
                     size_t count) {
    bool pen_down = false;
    html_put(h, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i]))
            html_put(h, pen_down ? "L%.1f %.1f" : "M%.1f %.1f", x_of(f, i, count),
                     y_of(f, values[i]));
        pen_down = !isnan(values[i]);
    }
    html_put(h, "\"/>");
}

static void put_dot(struct html *h, const struct frame *f, const double *values, size_t count) {
    if (count && !isnan(values[count - 1]))
        html_put(h, "<circle class=\"dot\" r=\"2.2\" cx=\"%.1f\" cy=\"%.1f\"/>",
                 x_of(f, count - 1, count), y_of(f, values[count - 1]));
}

void chart_spark(struct html *h, const double *values, size_t count, const char *what) {
    if (count < 2)
        return;
    const struct frame f = {3, 3, SPARK_W - 6, SPARK_H - 6, floor_of(values, count)};
    html_put(h, "<svg width=\"%d\" height=\"%d\" role=\"img\"><title>%s, last %L runs", SPARK_W,
             SPARK_H, what, (int64_t)count);
    if (!isnan(values[count - 1]))
        html_put(h, ": now %.1f %%", 100 * values[count - 1]);
    html_put(h, "</title>");
    html_put(h, "<line class=\"base\" x1=\"3\" x2=\"%d\" y1=\"3\" y2=\"3\"/>", SPARK_W - 3);
    put_line(h, &f, "line", values, count);
    put_dot(h, &f, values, count);
    html_put(h, "</svg>");
}

void chart_shares(struct html *h, int64_t passed, int64_t failed, int64_t na, int64_t missing) {
    const struct {
        int64_t count;
        const char *class;
    } parts[] = {
        {passed,  "pass"},
        {failed,  "fail"},
        {na,      "na"  },
        {missing, "warn"}
    };
    int64_t total = passed + failed + na + missing;
    double x = 0;
    html_put(h,
             "<svg class=\"shares\" width=\"%d\" height=\"%d\" role=\"img\"><title>%L passed, %L "
             "failed, %L not applicable, %L not run</title>",
             BAR_W, BAR_H, passed, failed, na, missing);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && total > 0; i++) {
        double w = BAR_W * (double)parts[i].count / (double)total;
        if (parts[i].count && w < 2)
            w = 2; /* one failure among thousands is still seen */
        if (x + w > BAR_W)
            x = BAR_W - w;
        if (parts[i].count)
            html_put(h, "<rect class=\"%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%d\"/>",
                     parts[i].class, x, w, BAR_H);
        x += w;
    }
    html_put(h, "</svg>");
}

void chart_strip(struct html *h, const struct chart_square *squares, size_t count) {
    html_put(h, "<svg class=\"strip\" width=\"%d\" height=\"%d\" role=\"img\"><title>last %L runs",
             (int)count * (SQUARE + 2), SQUARE + 2, (int64_t)count);
    if (count)
        html_put(h, ", newest: %s", squares[count - 1].title);
    html_put(h, "</title>");
    for (size_t i = 0; i < count; i++)
        html_put(h,
                 "<rect class=\"%s\" x=\"%d\" y=\"1\" width=\"%d\" height=\"%d\" rx=\"2\">"
                 "<title>%s</title></rect>",
                 squares[i].class, (int)i * (SQUARE + 2), SQUARE, SQUARE, squares[i].title);
    html_put(h, "</svg>");
}

/* The trend: rates above, failed cases as columns below, one slot per run. */
enum {
    TREND_W = 1072,
    TREND_H = 196,
    TREND_LEFT = 52,
    TREND_TOP = 12,
    TREND_RATES = 110, /* height of the rates */
    TREND_FOOT = 164,  /* where the columns stand */
    TREND_COLUMN = 26, /* height of the tallest of them */
    TREND_POINTS_MAX = 256
};

static void put_axes(struct html *h, const struct frame *f, const char *first, const char *last) {
    for (int i = 0; i <= 2; i++) {
        double value = 1 - (1 - f->low) * i / 2.0;
        html_put(h,
                 "<line class=\"base\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                 "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.1f %%</text>",
                 TREND_LEFT, TREND_W, y_of(f, value), y_of(f, value), TREND_LEFT - 8,
                 y_of(f, value) + 4, 100 * value);
    }
    html_put(h,
             "<line class=\"base\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>"
             "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">failed</text>"
             "<text x=\"%d\" y=\"%d\">%s</text>"
             "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
             TREND_LEFT, TREND_W, TREND_FOOT, TREND_FOOT, TREND_LEFT - 8, TREND_FOOT, TREND_LEFT,
             TREND_H - 10, first, TREND_W, TREND_H - 10, last);
}

/* The column of failed cases, and over the whole height what the pointer finds there. */
static void put_slot(struct html *h, const struct frame *f, const struct chart_point *p, size_t i,
                     size_t count, int64_t most) {
    double x = x_of(f, i, count), step = count > 1 ? f->w / (double)(count - 1) : f->w;
    double width = fmin(14, step * 0.6);
    if (p->red > 0 && most > 0) {
        double tall = fmax(3, TREND_COLUMN * (double)p->red / (double)most);
        html_put(h,
                 "<rect class=\"fail\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                 "rx=\"1\"/>",
                 x - width / 2, TREND_FOOT - tall, width, tall);
    }
    html_put(h, "<rect class=\"hit\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%d\"><title>%s: ",
             x - step / 2, step, TREND_FOOT, p->label);
    if (isnan(p->pass))
        html_put(h, "nothing ran</title></rect>");
    else
        html_put(h, "%.1f %% passed, %L failed, %.1f %% covered</title></rect>", 100 * p->pass,
                 p->red, 100 * p->coverage);
}

void chart_trend(struct html *h, const struct chart_point *points, size_t count, const char *first,
                 const char *last) {
    double pass[TREND_POINTS_MAX], coverage[TREND_POINTS_MAX], low;
    int64_t most = 0;
    if (count > TREND_POINTS_MAX) {
        points += count - TREND_POINTS_MAX;
        count = TREND_POINTS_MAX;
    }
    for (size_t i = 0; i < count; i++) {
        pass[i] = points[i].pass;
        coverage[i] = points[i].coverage;
        most = points[i].red > most ? points[i].red : most;
    }
    low = fmin(floor_of(pass, count), floor_of(coverage, count));
    const struct frame f = {TREND_LEFT + 10, TREND_TOP, TREND_W - TREND_LEFT - 20, TREND_RATES,
                            low};
    html_put(h, "<svg class=\"trend\" viewBox=\"0 0 %d %d\" role=\"img\">", TREND_W, TREND_H);
    html_put(h, "<title>pass rate, coverage and failed cases over the last %L runs</title>",
             (int64_t)count);
    put_axes(h, &f, first, last);
    put_line(h, &f, "line dim", coverage, count);
    put_line(h, &f, "line", pass, count);
    put_dot(h, &f, pass, count);
    for (size_t i = 0; i < count; i++)
        put_slot(h, &f, &points[i], i, count, most);
    html_put(h, "</svg>");
}
