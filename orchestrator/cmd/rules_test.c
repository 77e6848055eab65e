/* SPDX-License-Identifier: Apache-2.0 */
/* noctule rules test: every rule against the texts that it must know, and those it must not. */
#include <stdio.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/parse/rules.h"
#include "orchestrator/sweep/place.h"

struct options {
    bool unused;
};

static const struct opt opts[] = {OPT_END_ROW};

/* The rule files of noctule.json, if there is one, and those of the command line. */
static int find_files(struct place *place, int argc, char **argv, const char ***out) {
    size_t own = 0, n = 0;
    int rc = place_open(place, NULL);
    if (rc == ERR_NOTFOUND)
        rc = 0; /* outside a checkout the program's own rules can be tested, too */
    while (rc == 0 && place->config.failure_rules && place->config.failure_rules[own])
        own++;
    if (rc < 0)
        return rc;
    *out = arena_array(&place->arena, own + (size_t)argc + 1, sizeof(**out));
    for (size_t i = 0; i < own; i++)
        (*out)[n++] = place->config.failure_rules[i];
    for (int i = 0; i < argc; i++)
        (*out)[n++] = argv[i];
    return 0;
}

static int test(const char *const *paths) {
    struct rules *rules;
    struct buf faults;
    size_t count, fixtures;
    int rc = rules_open(&rules, paths);
    if (rc < 0)
        return rc;
    buf_init(&faults, 16 << 20);
    size_t wrong = rules_check(rules, &faults, &fixtures);
    (void)rules_list(rules, &count);
    fputs(faults.data, stdout);
    printf("%zu rules, %zu fixtures: %zu %s\n", count, fixtures, wrong,
           wrong == 1 ? "fault" : "faults");
    buf_done(&faults);
    rules_close(rules);
    return wrong ? EXIT_FAILED : EXIT_OK;
}

static int run(const void *options, int argc, char **argv) {
    struct place place = {0};
    const char **paths = NULL;
    (void)options;
    int rc = find_files(&place, argc, argv, &paths);
    if (rc == 0)
        rc = test(paths);
    place_close(&place);
    return rc;
}

const struct cmd cmd_rules_test = {
    .name = "rules test",
    .args = "[FILE...]",
    .summary = "Holds the rules that classify failures, those of noctule.json and of each FILE "
               "against their fixtures; exit 1 when one does not do as they say.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
