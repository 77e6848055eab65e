/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/hearing.h"

#include <limits.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/sweep/prepare.h"

enum { SAID_MAX = 16 << 20, GRACE_MS = 5000, FIXED_WORDS = 12 };

static int words_of(const char *const **out, struct arena *arena, const struct hearing_spec *spec) {
    char self[PATH_MAX];
    size_t cells = 0, n = 0;
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0)
        return err_errno(ERR_IO, "cannot tell where this program is");
    self[len] = '\0';
    while (spec->cells && spec->cells[cells])
        cells++;
    const char **words = arena_array(arena, FIXED_WORDS + 2 * cells, sizeof(*words));
    const char *const fixed[] = {
        arena_strdup(arena, self),
        "sweep",
        "--bare",
        "--no-build",
        "--build",
        spec->build,
        "--sandbox",
        "--require",
        sandbox_level_name(spec->least ? spec->least : SANDBOX_NAMESPACES)};
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
        words[n++] = fixed[i];
    if (spec->only) {
        words[n++] = "--level";
        words[n++] = sandbox_level_name(spec->only);
    }
    for (size_t i = 0; i < cells; i++) {
        words[n++] = "--cell";
        words[n++] = spec->cells[i];
    }
    *out = (const char *const *)words;
    return 0;
}

/* Exit status 1 of a sweep says that it ran and something is red. */
static void explain(const char **why, struct arena *arena, int rc, const struct proc_exit *end,
                    const struct buf *said) {
    if (rc == ERR_LIMIT)
        *why = "it cannot be swept: cut by the limit of time";
    else if (end->signal != 0 || end->code > 1)
        *why = arena_printf(arena, "it cannot be swept: %s",
                            said->len ? prepare_last_line(arena, said->data, said->len)
                                      : "it said nothing");
}

int hearing_run(const char **why, struct arena *arena, const struct hearing_spec *spec) {
    struct proc_exit end = {0};
    struct loop *loop = NULL;
    struct buf said;
    const char *const *words = NULL;
    int rc = words_of(&words, arena, spec);
    const struct proc_spec sweep = {.argv = words, .cwd = spec->root, .grace_ms = GRACE_MS};
    if (rc == 0)
        rc = loop_new(&loop);
    if (rc < 0)
        return rc;
    buf_init(&said, SAID_MAX);
    rc = proc_run(loop, &sweep, spec->limit_ms, spec->stop, NULL, &said, &end);
    if (rc == 0 || rc == ERR_LIMIT) {
        explain(why, arena, rc, &end, &said);
        rc = 0;
    }
    loop_free(loop);
    buf_done(&said);
    return rc;
}
