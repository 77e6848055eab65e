/* SPDX-License-Identifier: Apache-2.0 */
/* What noctule.json says of fixes. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/policy/prefix.h"
#include "orchestrator/sweep/config_parts.h"

enum { SECONDS_MAX = 30 * 24 * 3600, RUNS_MAX = 100, NIGHT_MAX = 1000 };

static int read_file(struct config *c, struct json at, const char *key, const char **out) {
    const char *path = NULL;
    int rc = json_opt_str(at, key, &path);
    if (rc == 0 && path && !prefix_is_plain(path))
        rc = json_fail(json_get(at, key), "\"%s\" is no path below the root (no pattern)", path);
    if (rc == 0 && path)
        *out = arena_strdup(&c->arena, path);
    return rc;
}

/* Words that begin, or have, what `sign` says. */
static int read_marked(struct config *c, struct json at, const char *key, char sign, bool first,
                       const char ***out) {
    struct json list = json_get(at, key);
    int rc = 0;
    if (!json_exists(list))
        return 0;
    rc = config_read_words(c, list, out);
    for (size_t i = 0; rc == 0 && (*out)[i]; i++) {
        const char *at_sign = strchr((*out)[i], sign);
        if (!at_sign || (first ? at_sign != (*out)[i] : at_sign == (*out)[i]))
            rc = json_fail(list, "\"%s\" is no %s", (*out)[i],
                           first ? "absolute path" : "NAME=value");
    }
    return rc;
}

static int read_numbers(struct config_fix *f, struct json at) {
    int64_t build_s = 3600, sweep_s = 4 * 3600;
    int rc = json_opt_int(at, "runs", 1, RUNS_MAX, &f->runs);
    f->needed = f->runs;
    if (rc == 0)
        rc = json_opt_int(at, "needed", 1, f->runs, &f->needed);
    if (rc == 0)
        rc = json_opt_int(at, "per_night", 0, NIGHT_MAX, &f->per_night);
    if (rc == 0)
        rc = json_opt_int(at, "build_limit_s", 1, SECONDS_MAX, &build_s);
    if (rc == 0)
        rc = json_opt_int(at, "sweep_limit_s", 1, SECONDS_MAX, &sweep_s);
    if (rc == 0)
        rc = json_opt_int(at, "memory_limit_mib", 64, (int64_t)1 << 30, &f->memory_mib);
    f->build_ms = build_s * 1000;
    f->sweep_ms = sweep_s * 1000;
    return rc;
}

/* Folders may be written with a slash behind them; here they have none. */
static int read_prefixes(struct config *c, struct json at, const char *key, const char ***out) {
    int rc = config_read_paths(c, at, key, "", out);
    for (size_t i = 0; rc == 0 && (*out)[i]; i++) {
        size_t len = strlen((*out)[i]);
        while (len > 1 && (*out)[i][len - 1] == '/')
            len--;
        (*out)[i] = arena_strndup(&c->arena, (*out)[i], len);
    }
    return rc;
}

static int read_lists(struct config *c, struct json at) {
    struct config_fix *f = &c->fix;
    int rc = read_prefixes(c, at, "paths", &f->paths);
    if (rc == 0)
        rc = read_prefixes(c, at, "tests", &f->tests);
    if (rc == 0)
        rc = read_prefixes(c, at, "limits", &f->limits);
    if (rc == 0)
        rc = read_marked(c, at, "readable", '/', true, &f->readable);
    if (rc == 0)
        rc = read_marked(c, at, "environment", '=', false, &f->environment);
    if (rc == 0 && json_exists(json_get(at, "review")))
        rc = config_read_words(c, json_get(at, "review"), &f->review);
    return rc;
}

int config_read_fix(struct config *c, struct json root) {
    struct json at = json_get(root, "fix");
    const char **empty = arena_array(&c->arena, 1, sizeof(*empty));
    c->fix = (struct config_fix){.paths = empty,
                                 .tests = empty,
                                 .limits = empty,
                                 .readable = empty,
                                 .environment = empty,
                                 .reviewer = "agents/reviewer.md",
                                 .runs = 3,
                                 .per_night = 3};
    if (!json_exists(at))
        return read_numbers(&c->fix, at);
    int rc = json_object(root, "fix", &at);
    if (rc == 0)
        rc = config_check_keys(at, "paths tests limits role reviewer review runs needed per_night "
                                   "build_limit_s sweep_limit_s memory_limit_mib readable "
                                   "environment");
    if (rc == 0)
        rc = read_lists(c, at);
    if (rc == 0)
        rc = read_file(c, at, "role", &c->fix.role);
    if (rc == 0)
        rc = read_file(c, at, "reviewer", &c->fix.reviewer);
    return rc == 0 ? read_numbers(&c->fix, at) : rc;
}

/* It is run in what nobody built, once for all variants. */
int config_read_decoy(struct config *c, struct json at, struct suite *s) {
    struct json decoy = json_get(at, "decoy");
    const struct suite bare = {.axis_count = 0};
    const char *word = "";
    if (!json_exists(decoy))
        return 0;
    if (json_type(decoy) == JSON_STRING) {
        int rc = json_as_str(decoy, &word);
        if (rc == 0 && strcmp(word, CONFIG_GOLDENS) != 0)
            rc = json_fail(decoy, "\"%s\" is no decoy: \"%s\", or a command", word, CONFIG_GOLDENS);
        s->decoy = arena_array(&c->arena, 2, sizeof(*s->decoy));
        s->decoy[0] = CONFIG_GOLDENS;
        return rc;
    }
    int rc = config_read_words(c, decoy, &s->decoy);
    if (rc == 0)
        rc = config_check_holes(&bare, s->decoy, false, decoy);
    for (size_t i = 0; rc == 0 && s->decoy[i]; i++)
        if (strstr(s->decoy[i], "{build}"))
            rc = json_fail(decoy, "nothing is built where it runs, so there is no {build}");
    return rc;
}
