/* SPDX-License-Identifier: Apache-2.0 */
/* noctule flaky: cases that passed and failed though nothing changed. */
#include "engine/base/clock.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/sweep/flake_print.h"
#include "orchestrator/sweep/view.h"

struct options {
    bool json, here;
};

static const struct opt opts[] = {
    {OPT_FLAG, "here", 0, offsetof(struct options, here), NULL, 0, 0,
     "Only those that did both on the commit of the run."                          },
    {OPT_FLAG, "json", 0, offsetof(struct options, json), NULL, 0, 0, "Print JSON."},
    OPT_END_ROW,
};

static void print(struct view *v, const struct flake_row *rows, size_t len, const struct run *run,
                  bool json) {
    const struct waivers *quarantine = &v->place.config.quarantine;
    if (json)
        flake_print_json(&v->out, rows, len, run->name, quarantine, clock_wall_ms());
    else if (len)
        flake_print_table(&v->out, rows, len, 0, quarantine, clock_wall_ms());
    else
        buf_puts(&v->out, "No case passed and failed on one commit.\n");
}

static int run(const void *options, int argc, char **argv) {
    const struct options *o = options;
    struct view v;
    struct flake_row *rows = NULL;
    struct run which;
    size_t len = 0;
    if (argc > 1)
        return err_set(ERR_ARG, "flakes are those known up to one run, not to %d", argc);
    int rc = view_open_run(&v, argc ? argv[0] : NULL, &which);
    if (rc == 0)
        rc = flakes_list(v.db, v.arena, which.id, o->here, &rows, &len);
    if (rc == 0)
        print(&v, rows, len, &which, o->json);
    return view_close(&v, rc);
}

const struct cmd cmd_flaky = {
    .name = "flaky",
    .args = "[RUN]",
    .summary = "Lists cases that passed and failed on one commit, variant and machine up to a run, "
               "with how often they fail by chance, and whether they are in quarantine.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
