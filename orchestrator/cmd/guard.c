/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/base/opt.h"
#include "orchestrator/proc/stop.h"
#include "orchestrator/trick/trick.h"
#include "orchestrator/trick/world.h"

enum { OUTPUT_MAX = 1 << 20 };

struct options {
    const char *require, *level, *only;
    bool json;
};

static const struct opt opts[] = {
    {OPT_STR,  "require", 0, offsetof(struct options, require), "LEVEL", 0, 0,
     "Least level of the sandbox: namespaces (the default), landlock or limits."            },
    {OPT_STR,  "level",   0, offsetof(struct options, level),   "LEVEL", 0, 0,
     "Try this level of the sandbox though a better one is there."                          },
    {OPT_STR,  "only",    0, offsetof(struct options, only),    "GROUP", 0, 0,
     "Only this group, or GROUP/NAME; the first column of the table."                       },
    {OPT_FLAG, "json",    0, offsetof(struct options, json),    NULL,    0, 0, "Print JSON."},
    OPT_END_ROW,
};

struct tally {
    const struct options *options;
    enum sandbox_level least, only;
    struct world world;
    struct json_writer writer;
    struct buf out;
    size_t tried, unproven;
};

static bool is_asked(const char *only, const char *group, const char *name) {
    size_t len = strlen(group);
    return !only || strcmp(only, group) == 0 ||
           (strncmp(only, group, len) == 0 && only[len] == '/' &&
            strcmp(only + len + 1, name) == 0);
}

static void put_json(struct tally *t, const char *group, const struct trick *a,
                     const struct trick_outcome *o, const char *by) {
    struct json_writer *w = &t->writer;
    json_open_object(w, NULL);
    json_put_str(w, "group", group);
    json_put_str(w, "name", a->name);
    json_put_str(w, "line", a->line);
    json_put_bool(w, "denied", o->denied);
    json_put_str(w, "why", o->why);
    json_put_bool(w, "ran", o->ran);
    json_put_str(w, "harm", o->harm);
    json_put_str(w, "stopped_by", by);
    json_put_bool(w, "proven", trick_is_proven(a, o));
    json_close_object(w);
}

static void try_one(struct tally *t, const char *group, const struct trick *a) {
    struct trick_outcome o;
    struct buf by, name;
    buf_init(&by, 4096);
    buf_init(&name, 4096);
    trick_run(a, &t->world, t->least, t->only, stop_on_signals(), &o);
    trick_stopped_by(&by, a, &o);
    buf_printf(&name, "%s/%s", group, a->name);
    t->tried++;
    t->unproven += !trick_is_proven(a, &o);
    if (t->options->json)
        put_json(t, group, a, &o, by.data);
    else
        buf_printf(&t->out, "%-28s %-6s %s\n", name.data, o.denied ? "denied" : "passed", by.data);
    buf_done(&by);
    buf_done(&name);
}

static void try_all(struct tally *t) {
    for (const struct trick_group *const *g = trick_table; *g; g++)
        for (const struct trick *a = (*g)->rows; a->name && !*stop_on_signals(); a++)
            if (is_asked(t->options->only, (*g)->name, a->name))
                try_one(t, (*g)->name, a);
}

static int print_all(struct tally *t) {
    if (t->options->json) {
        json_writer_init(&t->writer, &t->out, 2);
        json_open_array(&t->writer, NULL);
    } else {
        buf_printf(&t->out, "%-28s %-6s %s\n", "attempt", "judge", "stopped by");
    }
    try_all(t);
    if (t->options->json)
        json_close_array(&t->writer);
    (void)fputs(t->out.data, stdout);
    (void)fflush(stdout);
    if (*stop_on_signals())
        return err_set(ERR_STOPPED, "stopped");
    if (t->tried == 0)
        return err_set(ERR_NOTFOUND, "there is no attempt \"%s\", so nothing was tried",
                       t->options->only ? t->options->only : "");
    log_info("%zu attempts, %zu unproven", t->tried, t->unproven);
    return t->unproven ? EXIT_FAILED : EXIT_OK;
}

static int run(const void *options, int argc, char **argv) {
    struct tally t = {.options = options};
    int abi;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\" is not an option", argv[0]);
    int rc = t.options->require ? sandbox_level_parse(&t.least, t.options->require) : 0;
    if (rc == 0 && t.options->level)
        rc = sandbox_level_parse(&t.only, t.options->level);
    enum sandbox_level least = t.least ? t.least : SANDBOX_NAMESPACES, best = sandbox_best(&abi);
    enum sandbox_level taken = t.only ? t.only : best;
    if (rc == 0 && (taken > best || taken < least))
        rc = err_set(ERR_UNSUPPORTED, "the sandbox reaches the level \"%s\" and \"%s\" is required",
                     sandbox_level_name(taken > best ? best : taken), sandbox_level_name(least));
    if (rc < 0)
        return rc;
    (void)stop_on_signals(); /* from here on what is made is removed again */
    buf_init(&t.out, OUTPUT_MAX);
    rc = world_open(&t.world);
    if (rc == 0)
        rc = print_all(&t);
    world_close(&t.world);
    buf_done(&t.out);
    return rc;
}

const struct cmd cmd_guard = {
    .name = "guard",
    .args = "",
    .summary = "Tries ways around the guards, in the sandbox, and says what stopped each; 1 when "
               "one was stopped by nothing.",
    .opts = opts,
    .opts_size = sizeof(struct options),
    .run = run,
};
