/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diagnose/given.h"

#include <stdio.h>
#include <string.h>

#include "engine/diagnose/layout_check.h"
#include "engine/diagnose/node_check.h"
#include "engine/diagnose/stored.h"
#include "engine/diagnose/weight_check.h"

static void place_reader(const struct given *g, const char *name) {
    const struct plan_route *routes;
    int count = audit_routes(g->audit, 0, &routes);
    for (int i = 0; i < count; i++)
        for (int j = 0; j < OP_INPUTS_MAX; j++)
            if (routes[i].is_weight[j] && strcmp(routes[i].names[j], name) == 0) {
                g->d->stage = node_check_stage(routes, count, i, &g->d->layer);
                (void)snprintf(g->d->op, sizeof(g->d->op), "%s", op_name(routes[i].op));
                return;
            }
}

static bool say_weight(const struct given *g, const struct weight_finding *f) {
    if (!f->found)
        return false;
    place_reader(g, f->name);
    if (f->part)
        (void)snprintf(g->d->op, sizeof(g->d->op), "%s", f->part);
    diagnosis_say(g->d, "weight", "%s", f->text);
    return true;
}

bool given_decoder(const struct given *g) {
    struct weight_finding f = {0};
    if (g->rows)
        weight_check_decoder(g->rows, &f);
    return say_weight(g, &f);
}

/* Where a device has its weights in panels, the rows that those are made of are looked at. */
bool given_weights(const struct given *g) {
    struct weight_finding f = {0};
    if (g->held && weight_check(g->held, g->path, &f) < 0)
        return false;
    if (g->rows && !f.found && weight_check(g->rows, g->path, &f) < 0)
        return false;
    return say_weight(g, &f);
}

/* The first of the runs kept in which a node is not what it should be, else in which one lacks. */
static bool check_runs(const struct given *g, const struct node_check_options *options,
                       struct node_finding *f) {
    f->found = false;
    for (int run = 0; run < audit_runs(g->audit) && !f->found; run++) {
        const struct plan_route *routes;
        int count = audit_routes(g->audit, run, &routes);
        node_check(routes, count, options, f);
    }
    for (int run = 0; g->held && run < audit_runs(g->audit) && !f->found; run++) {
        const struct plan_route *routes;
        int count = audit_routes(g->audit, run, &routes);
        layout_check(routes, count, options, g->held, f);
    }
    return f->found;
}

bool given_nodes(const struct given *g) {
    struct json_doc *doc = NULL;
    struct node_finding f;
    if (stored_config(&doc, g->path) < 0)
        return false;
    const struct node_check_options options = {
        .config = json_root(doc),
        .given_positions = g->positions,
        .given_types = g->types,
        .given_list = g->list,
    };
    bool found = check_runs(g, &options, &f);
    json_free(doc);
    if (!found)
        return false;
    g->d->stage = f.stage;
    g->d->layer = f.layer;
    (void)snprintf(g->d->op, sizeof(g->d->op), "%s", f.part ? f.part : op_name(f.op));
    diagnosis_say(g->d, f.kind, "%s", f.text);
    return true;
}
