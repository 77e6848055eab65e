/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_report.h"

void weight_report_init(struct weight_report *r) {
    r->count = 0;
    buf_init(&r->text, WEIGHT_REPORT_MAX);
}

void weight_report_done(struct weight_report *r) {
    buf_done(&r->text);
}

struct buf *weight_report_add(struct weight_report *r, const char *between) {
    if (r->count++ >= WEIGHT_REPORT_TOLD)
        return NULL;
    buf_puts(&r->text, r->count > 1 ? between : "");
    return &r->text;
}

const char *weight_report_text(struct weight_report *r) {
    if (r->count > WEIGHT_REPORT_TOLD)
        buf_printf(&r->text, " and %zu more", r->count - WEIGHT_REPORT_TOLD);
    return r->text.data;
}
