/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/trick/trick.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/trick/world.h"
#include "orchestrator/shell/judge.h"
#include "orchestrator/shell/scope.h"

enum { LINE_MAX_BYTES = 16 << 10, SAID_MAX = 128 << 10, WALL_MS = 8000 };

/* With the highest level: what is denied there is denied everywhere. */
static void judge(const struct world *w, const struct buf *line, struct trick_outcome *out) {
    static const char *const read_only[] = {"tests/", NULL};
    const struct scope scope = {.root = w->tree, .cwd = w->tree, .read_only = read_only};
    out->denied = judge_line(ALLOW_EDIT, &scope, line->data, line->len) < 0;
    (void)snprintf(out->why, sizeof(out->why), "%s", out->denied ? err_text() : "");
}

static void run_in_sandbox(struct world *w, const char *line, enum sandbox_level least,
                           enum sandbox_level only, const volatile bool *stop,
                           struct trick_outcome *out) {
    const char *shell = file_exists("/bin/bash") ? "/bin/bash" : "/bin/sh";
    const char *argv[] = {shell, "-c", line, NULL};
    struct sandbox_spec spec = {
        .argv = argv,
        .tree = w->tree,
        .read_only = world_read_only,
        .least = least,
        .only = only,
        .witness = true, /* as those that are handed work have one */
        .limits = {.wall_ms = WALL_MS,
                   .memory_mib = 512,
                   .processes = WORLD_PROCESSES,
                   .tree_mib = WORLD_DISK_MIB,
                   .tree_files = 2000,
                   .file_mib = WORLD_DISK_MIB / 2,
                   .output_bytes = SAID_MAX}
    };
    struct sandbox_report report;
    struct buf said;
    buf_init(&said, SAID_MAX);
    struct sandbox_sink sink = {-1, &said};
    out->ran = sandbox_run(&spec, &sink, &sink, stop, &report) == 0;
    (void)snprintf(out->error, sizeof(out->error), "%s", out->ran ? "" : err_text());
    if (out->ran) {
        memcpy(out->cut, report.cut, sizeof(out->cut));
        world_harm(w, &said, report.processes, out->harm, sizeof(out->harm));
    }
    buf_done(&said);
}

void trick_run(const struct trick *a, struct world *w, enum sandbox_level least,
               enum sandbox_level only, const volatile bool *stop, struct trick_outcome *out) {
    struct buf line;
    *out = (struct trick_outcome){.ran = false};
    buf_init(&line, LINE_MAX_BYTES);
    world_fill(&line, w, a->line);
    judge(w, &line, out);
    if (line.over)
        (void)snprintf(out->error, sizeof(out->error), "its line is too long");
    else
        run_in_sandbox(w, line.data, least, only, stop, out);
    if (world_renew(w) < 0) {
        out->ran = false;
        (void)snprintf(out->error, sizeof(out->error), "%s", err_text());
    }
    buf_done(&line);
}

bool trick_is_proven(const struct trick *a, const struct trick_outcome *o) {
    return o->ran && !o->harm[0] && (o->denied || a->hidden);
}

void trick_stopped_by(struct buf *out, const struct trick *a, const struct trick_outcome *o) {
    if (!o->ran)
        buf_printf(out, "NOT TRIED: %s", o->error);
    else if (o->harm[0])
        buf_printf(out, "NOTHING: it %s", o->harm);
    else if (!o->denied && !a->hidden)
        buf_puts(out, "THE SANDBOX ALONE, and the line says openly what it does");
    else
        buf_printf(out, "%s%s%s%s", o->denied ? "judge and sandbox" : "sandbox",
                   o->cut[0] ? " (limit of " : "", o->cut, o->cut[0] ? ")" : "");
}
