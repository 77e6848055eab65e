/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/event.h"

#include <math.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/check/calibrate.h"

enum { EVENT_SIZE_MAX = 1 << 22 };

struct line {
    struct buf text;
    struct json_writer w;
};

static struct json_writer *line_begin(struct line *line, const char *event) {
    buf_init(&line->text, EVENT_SIZE_MAX);
    json_writer_init(&line->w, &line->text, 0);
    json_open_object(&line->w, NULL);
    json_put_str(&line->w, "event", event);
    return &line->w;
}

static int line_end(struct line *line, FILE *out) {
    json_close_object(&line->w);
    buf_putc(&line->text, '\n');
    int rc = buf_ok(&line->text, "the line of an event");
    if (rc == 0 &&
        (fwrite(line->text.data, 1, line->text.len, out) != line->text.len || fflush(out) != 0))
        rc = err_errno(ERR_IO, "writing an event");
    buf_done(&line->text);
    return rc;
}

/* JSON has no NaN and no infinities; they travel as words. */
static void put_number(struct json_writer *w, const char *key, double value) {
    if (isfinite(value))
        json_put_real(w, key, value);
    else
        json_put_str(w, key, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

static void put_worst(struct json_writer *w, const struct compare_worst *worst) {
    if (!worst->key[0])
        return;
    json_open_object(w, "worst");
    json_put_str(w, "key", worst->key);
    json_open_array(w, "index");
    for (int d = 0; d < worst->rank; d++)
        json_put_int(w, NULL, worst->index[d]);
    json_close_array(w);
    put_number(w, "got", worst->got);
    put_number(w, "want", worst->want);
    json_close_object(w);
}

static void put_total(struct json_writer *w, const struct compare_total *total) {
    json_put_int(w, "compared", total->compared);
    json_put_int(w, "excluded", total->excluded);
    put_number(w, "nmse", total->nmse);
    put_number(w, "nmse_limit", total->nmse_limit);
    put_number(w, "max_abs", total->max_abs);
    put_worst(w, &total->worst);
}

static void put_route(struct json_writer *w, const struct event_route *route) {
    json_open_object(w, "route");
    json_put_int(w, "native", route->native);
    json_put_int(w, "composite", route->composite);
    json_put_int(w, "reference", route->reference);
    json_close_object(w);
}

static void put_optional(struct json_writer *w, const char *key, const char *value) {
    if (value)
        json_put_str(w, key, value);
}

int event_plan(FILE *out, const struct event_plan *plan) {
    struct line line;
    struct json_writer *w = line_begin(&line, "plan");
    json_put_int(w, "schema", EVENT_SCHEMA);
    json_put_str(w, "family", plan->family);
    json_put_str(w, "backend", plan->backend);
    json_put_str(w, "dtype", plan->dtype);
    json_open_array(w, "cases");
    for (size_t i = 0; i < plan->count; i++)
        json_put_str(w, NULL, plan->cases[i]);
    json_close_array(w);
    return line_end(&line, out);
}

int event_started(FILE *out, const char *id) {
    struct line line;
    json_put_str(line_begin(&line, "started"), "case", id);
    return line_end(&line, out);
}

int event_result(FILE *out, const struct event_result *result) {
    struct line line;
    struct json_writer *w = line_begin(&line, "result");
    json_put_str(w, "case", result->id);
    json_put_str(w, "status", result->status);
    put_number(w, "ms", result->ms);
    if (result->cpu_ms > 0)
        put_number(w, "cpu_ms", result->cpu_ms);
    put_optional(w, "type", result->type);
    put_optional(w, "ref", result->ref);
    put_optional(w, "tolerance", result->tolerance);
    if (result->total)
        put_total(w, result->total);
    put_optional(w, "golden_sha256", result->golden_sha256);
    put_optional(w, "requested", result->requested);
    put_optional(w, "actual", result->actual);
    if (result->total)
        put_route(w, &result->route);
    put_optional(w, "reason", result->reason);
    put_optional(w, "message", result->message);
    return line_end(&line, out);
}

int event_done(FILE *out, size_t cases, const struct calibration *calibration) {
    struct line line;
    struct json_writer *w = line_begin(&line, "done");
    json_put_int(w, "cases", (int64_t)cases);
    if (calibration) {
        json_open_object(w, "calibration");
        json_put_int(w, "version", CALIBRATE_VERSION);
        put_number(w, "ms", calibrate_ms(calibration));
        put_number(w, "compute_ms", calibration->compute_ms);
        put_number(w, "stream_ms", calibration->stream_ms);
        json_close_object(w);
    }
    return line_end(&line, out);
}
