/* SPDX-License-Identifier: Apache-2.0 */
/* diff: two traces, or files of tensors, stage by stage. */
#include <stdio.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "engine/trace/diff_report.h"
#include "engine/trace/trace_file.h"

enum { OUTPUT_MAX = 1 << 28 };

struct options {
    const char *class;
    double nmse;
    int64_t top;
    bool all, common, json;
};
static const struct options defaults = {.top = 3};

#define FIELD(f) offsetof(struct options, f)
static const struct opt rows[] = {
    {OPT_STR,  "class",  'c', FIELD(class),  "CLASS", 0,     0,
     "Hold all to one class: X E L F S D, f16, bf16 or q8 (else by stage)."                },
    {OPT_REAL, "nmse",   0,   FIELD(nmse),   "X",     1e-30, 1e30,
     "Limit of the normalised squared error, instead of the class's."                      },
    {OPT_INT,  "top",    'k', FIELD(top),    "K",     0,     64,
     "Show the K largest differences of what exceeds (3)."                                 },
    {OPT_FLAG, "all",    'a', FIELD(all),    NULL,    0,     0,
     "Also show what is the same behind the first difference."                             },
    {OPT_FLAG, "common", 0,   FIELD(common), NULL,    0,     0,
     "Exit 0 also where a side lacks tensors of the other: what both have is what counts." },
    {OPT_FLAG, "json",   'j', FIELD(json),   NULL,    0,     0,    "Print one JSON object."},
    OPT_END_ROW,
};

static int print(const struct diff *d, const struct options *o, char **argv) {
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    if (o->json)
        diff_report_json(&out, d, argv[0], argv[1]);
    else
        diff_report_text(&out, d, argv[0], argv[1], o->all);
    int rc = buf_ok(&out, "the report");
    if (rc == 0 && fputs(out.data, stdout) < 0)
        rc = err_errno(ERR_IO, "writing the report");
    buf_done(&out);
    return rc;
}

static int compare(const struct trace *a, const struct trace *b, const struct options *o,
                   char **argv) {
    struct diff d;
    struct diff_options options = {.nmse = o->nmse, .top = (int)o->top};
    if (o->class && !(options.tolerance = tolerance_find_any(o->class)))
        return err_set(ERR_ARG,
                       "there is no class \"%s\"; there are X, E, L, F, S, D, f16, bf16, q8",
                       o->class);
    int rc = diff_traces(&d, a, b, &options);
    size_t compared = d.compared, exceeded = d.exceeded, pairs = d.pair_count;
    size_t absent = o->common ? 0 : d.lonely_count;
    if (rc == 0)
        rc = print(&d, o, argv);
    diff_done(&d);
    if (rc < 0)
        return rc;
    if (compared == 0 && pairs > 0)
        return err_set(ERR_FORMAT, "nothing could be compared: what %s and %s share is empty",
                       argv[0], argv[1]);
    if (compared == 0)
        return err_set(ERR_FORMAT, "nothing could be compared: %s and %s share no tensor", argv[0],
                       argv[1]);
    return exceeded + absent > 0 ? EXIT_FAILED : EXIT_OK;
}

static int run(const void *opts, int argc, char **argv) {
    struct trace a, b;
    if (argc != 2)
        return err_set(ERR_ARG, "expected A and B, the reference");
    int rc = trace_open(&a, argv[0]);
    if (rc < 0) {
        trace_done(&a);
        return rc;
    }
    rc = trace_open(&b, argv[1]);
    if (rc == 0)
        rc = compare(&a, &b, opts, argv);
    trace_done(&a);
    trace_done(&b);
    return rc;
}

const struct cmd cmd_diff = {
    .name = "diff",
    .args = "A B",
    .summary = "Compares traces, folders of APRT or .npy files, .npy or .safetensors files, stage "
               "by stage; B is the reference. Exit code 0: the same within the limits; 1: a limit "
               "is exceeded, or a side lacks a tensor of the other (unless --common); 2: nothing "
               "could be compared.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .defaults = &defaults,
    .run = run,
};
