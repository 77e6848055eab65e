/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "engine/base/clock.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "orchestrator/hook/record.h"

struct options {
    const char *log, *event, *dialect, *decision, *input;
    int64_t minutes;
    bool json;
};

static const struct opt opts[] = {
    {OPT_STR,  "log",      0, offsetof(struct options, log),      "FILE",   0, 0,
     "The log; usually logs/hooks.ndjson."                                                            },
    {OPT_STR,  "event",    0, offsetof(struct options, event),    "EVENT",  0, 0,   "Only this event."},
    {OPT_STR,  "dialect",  0, offsetof(struct options, dialect),  "NAME",   0, 0,
     "Only calls of this dialect."                                                                    },
    {OPT_STR,  "decision", 0, offsetof(struct options, decision), "WORD",   0, 0,
     "Only these: allow, deny or error."                                                              },
    {OPT_STR,  "input",    0, offsetof(struct options, input),    "SHA256", 0, 0,
     "Only the call whose input has this hash."                                                       },
    {OPT_INT,  "minutes",  0, offsetof(struct options, minutes),  "N",      1, 1e9,
     "Only of the last so many minutes."                                                              },
    {OPT_FLAG, "json",     0, offsetof(struct options, json),     NULL,     0, 0,
     "Print the lines as they are."                                                                   },
    OPT_END_ROW,
};

static void print_line(void *arg, const char *line, struct json v) {
    const struct options *o = arg;
    const char *at = "", *event = "", *dialect = "", *tool = "", *decision = "", *why = "";
    if (o->json) {
        (void)puts(line);
        return;
    }
    if (json_opt_str(v, "at", &at) < 0 || json_opt_str(v, "event", &event) < 0 ||
        json_opt_str(v, "dialect", &dialect) < 0 || json_opt_str(v, "tool", &tool) < 0 ||
        json_opt_str(v, "decision", &decision) < 0 || json_opt_str(v, "why", &why) < 0)
        return; /* it was compared as words before, and so are these */
    (void)printf("%s  %-5s  %s  %s %s%s%s\n", at, decision, event, dialect, tool, *why ? ": " : "",
                 why);
}

static int run(const void *options, int argc, char **argv) {
    struct options o = *(const struct options *)options;
    size_t found;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    struct record_query q = {.event = o.event,
                             .dialect = o.dialect,
                             .decision = o.decision,
                             .input = o.input,
                             .since_ms = o.minutes ? clock_wall_ms() - o.minutes * 60000 : 0};
    int rc = record_ask(o.log ? o.log : "logs/hooks.ndjson", &q, print_line, &o, &found);
    if (rc == ERR_NOTFOUND)
        return err_while(rc, "no hook has run here");
    return rc < 0 ? rc : found ? EXIT_OK : EXIT_FAILED;
}

const struct cmd cmd_hooks_log = {
    .name = "hooks log",
    .args = "",
    .summary = "Says which hooks ran and what they decided, and whether the log holds together; "
               "1 when none is found.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
