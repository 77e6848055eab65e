/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/guard/compile.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/worktree.h"
#include "orchestrator/policy/view.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/sweep/prepare.h"

enum { OUTPUT_MAX = 16 << 20, TAIL_BYTES = 2000, LIMIT_MS = 3600 * 1000 };

static const char *join(struct arena *arena, const char *const *argv) {
    const char *line = argv[0];
    for (size_t i = 1; argv[i]; i++)
        line = arena_printf(arena, "%s %s", line, argv[i]);
    return line;
}

/* The last lines of what a command said, on one line. */
static const char *tail_of(struct arena *arena, const struct buf *said) {
    size_t from = said->len > TAIL_BYTES ? said->len - TAIL_BYTES : 0;
    char *tail = arena_strndup(arena, said->data + from, said->len - from);
    for (char *c = tail; *c; c++)
        if (*c == '\n')
            *c = c[1] ? ' ' : '\0';
    return *tail ? tail : "it said nothing";
}

/* Both streams go into one text, since what fails may say why on either. */
static int run(struct view *v, struct arena *arena, const char *const *argv, const char *tree,
               struct loop *loop, const bool *stop) {
    const struct proc_spec spec = {.argv = argv, .cwd = tree};
    struct proc_exit end;
    struct buf out, err;
    buf_init(&out, OUTPUT_MAX);
    buf_init(&err, OUTPUT_MAX);
    int rc = proc_run(loop, &spec, LIMIT_MS, stop, &out, &err, &end);
    if (rc == ERR_NOTFOUND || rc == ERR_LIMIT || (rc == 0 && end.code != 0)) {
        v->build.command = join(arena, argv);
        v->build.tail =
            rc < 0 ? arena_strdup(arena, err_text()) : tail_of(arena, err.len ? &err : &out);
        rc = 0;
    }
    buf_done(&err);
    buf_done(&out);
    return rc;
}

int compile_range(struct view_range *range, const struct commits *c, struct arena *arena,
                  const char ***commands, const char *cache, const char *prefix, struct loop *loop,
                  const bool *stop) {
    const char *tree = arena_printf(arena, "%s/tree", cache);
    const char *cwd = arena_printf(arena, "%s/%s", tree, prefix);
    const char *build = arena_printf(arena, "%s/build", cache);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < range->len; i++) {
        struct view *v = &range->commits[i];
        struct commits_entry e;
        rc = commits_entry(c, arena, v->id, &e);
        if (rc == 0)
            rc = worktree_fill(c, tree, e.tree);
        log_info("building %.12s", v->id);
        for (size_t k = 0; rc == 0 && commands[k] && !v->build.command; k++) {
            const char *const *words = (const char *const *)commands[k];
            const char **argv = prepare_command(arena, words, build);
            rc = run(v, arena, (const char *const *)argv, cwd, loop, stop);
        }
        v->parts |= VIEW_BUILD;
    }
    return rc;
}
