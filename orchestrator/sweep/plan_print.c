/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for people, for programs and for ctest. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "orchestrator/sweep/plan.h"

void plan_print_table(struct buf *out, const struct plan *plan) {
    int width = 4;
    size_t cases = 0, cells = plan->len;
    for (size_t i = 0; i < plan->len; i++)
        if ((int)strlen(plan->cells[i].cell.name) > width)
            width = (int)strlen(plan->cells[i].cell.name);
    buf_printf(out, "%-*s  variant   cases  \n", width, "cell");
    for (size_t i = 0; i < plan->len; i++) {
        const struct plan_cell *c = &plan->cells[i];
        buf_printf(out, "%-*s  %.8s  %5zu  %s\n", width, c->cell.name, c->cell.variant.hash,
                   c->case_count, *c->na ? c->na : c->fault);
        cases += c->case_count;
    }
    buf_printf(out, "%zu cells, %zu cases\n", cells, cases);
}

static void put_cell(struct json_writer *w, const struct plan_cell *c) {
    json_open_object(w, NULL);
    json_put_str(w, "cell", c->cell.name);
    json_put_str(w, "suite", c->cell.suite);
    json_put_str(w, "family", c->cell.family);
    json_put_str(w, "variant", c->cell.variant.hash);
    json_put_str(w, "axes", c->cell.variant.axes);
    json_put_str(w, "command", c->command);
    if (*c->na)
        json_put_str(w, "na", c->na);
    if (*c->fault)
        json_put_str(w, "fault", c->fault);
    json_open_array(w, "cases");
    for (size_t i = 0; i < c->case_count; i++)
        json_put_str(w, NULL, c->cases[i]);
    json_close_array(w);
    json_close_object(w);
}

void plan_print_json(struct buf *out, const struct plan *plan) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    json_put_str(&w, "subject", plan->config->name);
    json_open_array(&w, "cells");
    for (size_t i = 0; i < plan->len; i++)
        put_cell(&w, &plan->cells[i]);
    json_close_array(&w);
    json_close_object(&w);
    buf_putc(out, '\n');
}

/* A bracket argument takes any text but its own end, which no sane path holds. */
static void put_argument(struct buf *out, const char *text) {
    buf_printf(out, " [==[%s]==]", text);
}

void plan_print_ctest(struct buf *out, const struct plan *plan) {
    for (size_t i = 0; i < plan->len; i++) {
        const struct plan_cell *c = &plan->cells[i];
        if (*c->na)
            continue;
        buf_printf(out, "add_test([==[cell/%s]==]", c->cell.name);
        for (const char **arg = c->argv; *arg; arg++)
            put_argument(out, *arg);
        buf_printf(out, ")\nset_tests_properties([==[cell/%s]==] PROPERTIES", c->cell.name);
        buf_printf(out,
                   " TIMEOUT 600 WORKING_DIRECTORY [==[%s]==] LABELS [==[cell;suite:%s;family:%s",
                   plan->config->root, c->cell.suite, c->cell.family);
        for (const char *axis = c->cell.variant.axes; *axis;) {
            size_t len = strcspn(axis, ","), name = strcspn(axis, "=");
            buf_printf(out, ";%.*s:%.*s", (int)name, axis, (int)(len - name - 1), axis + name + 1);
            axis += len + (axis[len] == ',');
        }
        buf_puts(out, "]==])\n");
    }
}
