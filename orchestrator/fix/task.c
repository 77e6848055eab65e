/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/task.h"

#include <string.h>
#include <sys/stat.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/agent/attempt.h"

static int write_file(struct arena *arena, const char *home, const char *text) {
    const char *path = arena_printf(arena, "%s/task.md", home);
    int rc = file_replace(path, text, strlen(text));
    if (rc == 0 && chmod(path, 0644) != 0)
        rc = err_errno(ERR_IO, "cannot open %s to the sandbox", path);
    return rc;
}

int task_give(struct task *out, struct arena *arena, const char *text, const char *copy,
              struct attempt_spec *spec) {
    size_t n = 0;
    *out = (struct task){.place = {.home = NULL}};
    int rc = file_replace(copy, text, strlen(text));
    if (rc == 0)
        rc = litter_make(&out->place, "noctule-tree", 0755);
    if (rc == 0)
        rc = write_file(arena, out->place.home, text);
    if (rc < 0)
        return rc;
    while (spec->readable && spec->readable[n])
        n++;
    const char **readable = arena_array(arena, n + 2, sizeof(*readable));
    const char **environment = arena_array(arena, 2, sizeof(*environment));
    for (size_t i = 0; i < n; i++)
        readable[i] = spec->readable[i];
    readable[n] = arena_strdup(arena, out->place.home);
    environment[0] = arena_printf(arena, "NOCTULE_TASK=%s/task.md", out->place.home);
    spec->readable = (const char *const *)readable;
    spec->environment = (const char *const *)environment;
    spec->task = arena_strdup(arena, text);
    return 0;
}

void task_take_back(struct task *t) {
    litter_remove(&t->place);
}
