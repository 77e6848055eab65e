/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>

#include "engine/base/json.h"

void diagnosis_init(struct diagnosis *d) {
    *d = (struct diagnosis){.kind = "unknown", .layer = -1};
}

void diagnosis_say(struct diagnosis *d, const char *kind, const char *fmt, ...) {
    va_list ap;
    d->kind = kind;
    d->explained = true;
    va_start(ap, fmt);
    (void)vsnprintf(d->message, sizeof(d->message), fmt, ap);
    va_end(ap);
}

void diagnosis_error(struct diagnosis *d, double nmse, double max_abs, double limit) {
    d->has_error = true;
    d->nmse = nmse;
    d->max_abs = max_abs;
    d->limit = limit;
}

static void put(struct json_writer *w, const char *key, const char *text) {
    if (text && text[0])
        json_put_str(w, key, text);
}

void diagnosis_json(struct buf *out, const struct diagnosis *d, const char *case_id) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    json_put_str(&w, "event", "diagnosis");
    json_put_str(&w, "case", case_id);
    json_put_str(&w, "kind", d->kind);
    if (d->layer >= 0)
        json_put_int(&w, "layer", d->layer);
    put(&w, "stage", stage_name(d->stage));
    put(&w, "op", d->op);
    put(&w, "kernel", d->kernel);
    put(&w, "shapes", d->shapes);
    if (d->has_error) {
        json_put_real(&w, "nmse", d->nmse); /* null: infinite, or NaN */
        json_put_real(&w, "max_abs", d->max_abs);
        json_put_real(&w, "limit", d->limit);
    }
    put(&w, "reference", d->reference);
    put(&w, "message", d->message);
    json_close_object(&w);
    buf_putc(out, '\n');
}

void diagnosis_text(struct buf *out, const struct diagnosis *d, const char *case_id) {
    buf_printf(out, "%s: %s", case_id, d->kind);
    if (d->op[0])
        buf_printf(out, ", %s", d->op);
    if (d->stage != STAGE_NONE)
        buf_printf(out, " at %s", stage_name(d->stage));
    if (d->layer >= 0)
        buf_printf(out, " of layer %d", d->layer);
    buf_putc(out, '\n');
    if (d->kernel[0])
        buf_printf(out, "kernel %s, %s\n", d->kernel, d->shapes);
    if (d->has_error)
        buf_printf(out, "nmse %.3g (limit %.3g), largest difference %.3g\n", d->nmse, d->limit,
                   d->max_abs);
    if (d->reference)
        buf_printf(out, "by the word of %s\n", d->reference);
    buf_printf(out, "%s\n", d->message);
}
