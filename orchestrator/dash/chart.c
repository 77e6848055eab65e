/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/dash/chart.h"

#include <math.h>
#include <string.h>

enum {
    SPARK_W = 84,
    SPARK_H = 20,
    BAR_W = 120,
    BAR_H = 8,
    SQUARE = 9,
    TREND_W = 640,
    TREND_H = 150
};

/* The lowest rate that is still drawn apart from zero: a fall of 1 % must be seen. */
static double floor_of(const double *values, size_t count) {
    double low = 1;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]) && values[i] < low)
            low = values[i];
    return low > 0.98 ? 0.95 : fmax(0, low - 0.1 * (1 - low) - 0.02);
}

/* The path of the known values inside the box, with gaps where there are none. */
static void put_line(struct html *h, const double *values, size_t count, double low, double x0,
                     double y0, double w, double height) {
    bool pen_down = false;
    html_put(h, "<path class=\"line\" d=\"");
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i])) {
            pen_down = false;
            continue;
        }
        double x = x0 + (count > 1 ? w * (double)i / (double)(count - 1) : w);
        double y = y0 + height * (1 - (values[i] - low) / (1 - low));
        html_put(h, pen_down ? "L%.1f %.1f" : "M%.1f %.1f", x, y);
        pen_down = true;
    }
    html_put(h, "\"/>");
    if (count && !isnan(values[count - 1]))
        html_put(h, "<circle class=\"dot\" r=\"2.2\" cx=\"%.1f\" cy=\"%.1f\"/>", x0 + w,
                 y0 + height * (1 - (values[count - 1] - low) / (1 - low)));
}

void chart_spark(struct html *h, const double *values, size_t count, const char *what) {
    html_put(h, "<svg width=\"%d\" height=\"%d\" role=\"img\"><title>%s, last %L runs", SPARK_W,
             SPARK_H, what, (int64_t)count);
    if (count && !isnan(values[count - 1]))
        html_put(h, ": now %.1f %%", 100 * values[count - 1]);
    html_put(h, "</title>");
    put_line(h, values, count, floor_of(values, count), 3, 3, SPARK_W - 6, SPARK_H - 6);
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
             "<svg width=\"%d\" height=\"%d\" role=\"img\"><title>%L passed, %L failed, %L not "
             "applicable, %L not run</title>",
             BAR_W, BAR_H, passed, failed, na, missing);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && total > 0; i++) {
        double w = BAR_W * (double)parts[i].count / (double)total;
        if (parts[i].count && w < 2)
            w = 2; /* one failure among thousands is still seen */
        html_put(h, "<rect class=\"%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%d\"/>",
                 parts[i].class, x, w, BAR_H);
        x += w;
    }
    html_put(h, "</svg>");
}

static const char *square_class(char verdict) {
    switch (verdict) {
    case 'p':
        return "pass";
    case 'f':
        return "fail";
    case 'n':
        return "na";
    default:
        return "warn";
    }
}

void chart_strip(struct html *h, const char *verdicts, size_t count) {
    html_put(h, "<svg width=\"%d\" height=\"%d\" role=\"img\"><title>last %L runs</title>",
             (int)count * (SQUARE + 2), SQUARE + 2, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        html_put(h, "<rect class=\"%s\" x=\"%d\" y=\"1\" width=\"%d\" height=\"%d\" rx=\"2\"/>",
                 square_class(verdicts[i]), (int)i * (SQUARE + 2), SQUARE, SQUARE);
    html_put(h, "</svg>");
}

void chart_trend(struct html *h, const double *values, size_t count, const char *first,
                 const char *last) {
    double low = floor_of(values, count);
    html_put(h, "<svg viewBox=\"0 0 %d %d\" width=\"100%%\" style=\"max-width:%dpx\" role=\"img\">",
             TREND_W, TREND_H, TREND_W);
    html_put(h, "<title>pass rate over the last %L runs</title>", (int64_t)count);
    for (int i = 0; i <= 2; i++) {
        double y = 14 + (TREND_H - 44) * i / 2.0;
        html_put(h,
                 "<line class=\"base\" x1=\"48\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                 "<text x=\"4\" y=\"%.1f\">%.1f %%</text>",
                 TREND_W - 8, y, y, y + 4, 100 * (1 - (1 - low) * i / 2.0));
    }
    put_line(h, values, count, low, 52, 14, TREND_W - 68, TREND_H - 44);
    html_put(h,
             "<text x=\"52\" y=\"%d\">%s</text>"
             "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text></svg>",
             TREND_H - 8, first, TREND_W - 10, TREND_H - 8, last);
}
