/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/sweep/place.h"
#include "orchestrator/sweep/plan.h"

struct options {
    struct plan_filter filter;
    const char *build;
    bool json, ctest;
};

static const struct opt opts[] = {
    {OPT_GROUP, "filter", 0, offsetof(struct options, filter), plan_filter_opts, 0, 0, NULL         },
    {OPT_STR,   "build",  0, offsetof(struct options, build),  "FOLDER",         0, 0,
     "What {build} stands for in noctule.json; usually the folder of this program, else "
     "build, when that lies outside of the checkout."                                               },
    {OPT_FLAG,  "json",   0, offsetof(struct options, json),   NULL,             0, 0, "Print JSON."},
    {OPT_FLAG,  "ctest",  0, offsetof(struct options, ctest),  NULL,             0, 0,
     "Print one add_test() per cell, for ctest."                                                    },
    OPT_END_ROW,
};

/* The workers are not asked for their cases for ctest: it starts with this, each time. */
static int ask(struct plan *plan, const struct plan_filter *filter, bool cases) {
    const bool never = false;
    struct loop *loop;
    int rc = loop_new(&loop);
    if (rc < 0)
        return rc;
    rc = plan_ask_needs(plan, loop, &never);
    if (rc == 0 && cases)
        rc = plan_list_cases(plan, loop, &never, filter);
    loop_free(loop);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct place place;
    struct plan plan;
    struct buf out;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    int rc = place_open(&place, o->build);
    if (rc < 0)
        return rc;
    buf_init(&out, (size_t)1 << 30);
    plan_init(&plan, &place.config, place.build);
    rc = plan_make(&plan, &o->filter);
    if (rc == 0)
        rc = ask(&plan, &o->filter, !o->ctest);
    if (rc == 0 && o->ctest)
        plan_print_ctest(&out, &plan);
    else if (rc == 0 && o->json)
        plan_print_json(&out, &plan);
    else if (rc == 0)
        plan_print_table(&out, &plan);
    int faults = 0;
    for (size_t i = 0; rc == 0 && i < plan.len; i++)
        faults += *plan.cells[i].fault != '\0';
    fputs(out.data, stdout);
    buf_done(&out);
    plan_done(&plan);
    place_close(&place);
    return rc < 0 ? rc : faults ? EXIT_FAILED : EXIT_OK;
}

const struct cmd cmd_plan = {
    .name = "plan",
    .args = "",
    .summary = "Shows which cells and cases a sweep would run.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
