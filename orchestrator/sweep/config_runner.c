/* SPDX-License-Identifier: Apache-2.0 */
/* A suite of a kind that is built in: its keys, made into the command of a worker that is this very
 * program. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/runner/runner.h"
#include "orchestrator/sweep/config_parts.h"

const char *config_kinds(struct arena *arena) {
    return arena_printf(arena, "noctule-check, %s", runner_names(arena));
}

/* A variant is a way to run the suite; without axes there is one, and it is called by the kind. */
void config_default_axis(struct config *c, struct suite *s) {
    s->axes = arena_array(&c->arena, 1, sizeof(*s->axes));
    s->axes[0] = (struct axis){.name = "runner", .len = 1};
    s->axes[0].values = arena_array(&c->arena, 1, sizeof(*s->axes[0].values));
    s->axes[0].values[0] = (struct axis_value){.name = s->kind, .needs = ""};
    s->axis_count = 1;
}

static int read_list(struct config *c, struct json at, const char *key, const struct suite *s,
                     const char ***out) {
    static const char *none[] = {NULL};
    struct json list = json_get(at, key);
    *out = none;
    if (!json_exists(list))
        return 0;
    int rc = config_read_words(c, list, out);
    return rc == 0 ? config_check_holes(s, (const char *const *)*out, false, list) : rc;
}

static size_t add_words(struct config *c, const char **to, const char *option,
                        const char *const *words) {
    size_t n = 0;
    for (; words[n]; n++)
        to[n] = arena_printf(&c->arena, "--%s=%s", option, words[n]);
    return n;
}

int config_read_runner(struct config *c, struct json at, const struct runner *r, struct suite *s) {
    const char *dir = r->dir, **program, **args;
    int rc = json_opt_str(at, "dir", &dir);
    const char *const dirs[] = {dir, NULL};
    if (rc == 0 && !*dir)
        rc = json_fail(json_get(at, "dir"), "is no path");
    if (rc == 0)
        rc = config_check_holes(s, dirs, false, json_get(at, "dir"));
    if (rc == 0)
        rc = read_list(c, at, "program", s, &program);
    if (rc == 0)
        rc = read_list(c, at, "args", s, &args);
    if (rc == 0 && !r->program && !program[0])
        rc = json_fail(at,
                       "program: a suite of kind %s names its program, as a list: "
                       "[\"{build}/unit_tests\"]",
                       r->name);
    if (rc < 0)
        return rc;
    const char **words = arena_array(&c->arena, 2 * CONFIG_LIST_MAX + 5, sizeof(*words));
    size_t n = 0;
    words[n++] = "{noctule}";
    words[n++] = "worker";
    words[n++] = r->name;
    words[n++] = arena_printf(&c->arena, "--dir=%s", dir);
    n += add_words(c, words + n, "program", (const char *const *)program);
    (void)add_words(c, words + n, "arg", (const char *const *)args);
    s->command = words;
    s->swept = program[0] ? program[0] : r->program[0];
    return 0;
}
