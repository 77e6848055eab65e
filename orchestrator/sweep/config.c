/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/policy/prefix.h"
#include "orchestrator/runner/runner.h"
#include "orchestrator/sweep/config_parts.h"

enum { ROOT_DEPTH_MAX = 64, PATH_BYTES_MAX = 4096, SECONDS_MAX = 30 * 24 * 3600 };

/* Names become parts of ids, file names and options. */
static int check_name(struct json v, const char *name) {
    size_t len = strlen(name);
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+";
    if (len == 0 || len > CONFIG_NAME_MAX || strspn(name, plain) != len || name[0] == '.' ||
        name[0] == '-')
        return json_fail(v, "\"%s\" is no name: letters, digits and _ - . + only, at most %d", name,
                         CONFIG_NAME_MAX);
    return 0;
}

static int read_name(struct config *c, struct json at, const char *key, const char **out) {
    const char *name;
    int rc = json_str(at, key, &name);
    if (rc == 0)
        rc = check_name(json_get(at, key), name);
    if (rc == 0)
        *out = arena_strdup(&c->arena, name);
    return rc;
}

int config_check_keys(struct json at, const char *keys) {
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        const char *key = json_key(v), *hit = *key ? strstr(keys, key) : NULL;
        size_t len = strlen(key);
        while (hit && !((hit == keys || hit[-1] == ' ') && (hit[len] == ' ' || !hit[len])))
            hit = strstr(hit + 1, key);
        if (!hit)
            return json_fail(v, "is not known here; there are: %s", keys);
    }
    return 0;
}

int config_check_len(struct json list, size_t least) {
    size_t len = json_len(list);
    if (len < least)
        return json_fail(list, "must not be empty");
    if (len > CONFIG_LIST_MAX)
        return json_fail(list, "has %zu entries; at most %d", len, CONFIG_LIST_MAX);
    return 0;
}

int config_read_words(struct config *c, struct json list, const char ***out) {
    size_t n = 0;
    if (json_type(list) != JSON_ARRAY)
        return json_fail(list, "expected a list of arguments, found %s",
                         json_type_name(json_type(list)));
    int rc = config_check_len(list, 1);
    const char **argv = arena_array(&c->arena, json_len(list) + 1, sizeof(*argv));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        const char *text;
        rc = json_as_str(v, &text);
        if (rc == 0)
            argv[n++] = arena_strdup(&c->arena, text);
    }
    *out = argv;
    return rc;
}

/* Each {…} of the command must be one that the plan can fill. holes ends with NULL. */
static int check_holes(const char *const *holes, const char *const *command, struct json at) {
    for (size_t i = 0; command[i]; i++) {
        for (const char *open = strchr(command[i], '{'); open; open = strchr(open + 1, '{')) {
            const char *close = strchr(open, '}');
            size_t len = close ? (size_t)(close - open - 1) : 0;
            const char *const *hole = holes;
            while (close && *hole && !(strlen(*hole) == len && strncmp(*hole, open + 1, len) == 0))
                hole++;
            if (!close || !*hole)
                return json_fail(at, "%s: nothing fills the hole in \"%s\"", "argument",
                                 command[i]);
        }
    }
    return 0;
}

/* What a value of the axis needs: a path or a command. Without the key nothing changes. */
static int read_needs(struct config *c, struct json at, const char *axis, struct axis_value *out) {
    struct json needs = json_get(at, "needs");
    const char *const holes[] = {"build", axis, NULL};
    const char *path = "";
    if (!json_exists(needs))
        return 0;
    out->needs = "";
    out->needs_command = NULL;
    if (json_type(needs) != JSON_ARRAY) {
        int rc = json_str(at, "needs", &path);
        out->needs = arena_strdup(&c->arena, path);
        return rc;
    }
    int rc = config_read_words(c, needs, &out->needs_command);
    return rc == 0 ? check_holes(holes, out->needs_command, needs) : rc;
}

/* out holds what all values of the axis need. */
static int read_value(struct config *c, struct json v, const char *axis, struct axis_value *out) {
    const char *name;
    int rc;
    if (json_type(v) == JSON_OBJECT) {
        rc = config_check_keys(v, "name needs");
        if (rc == 0)
            rc = read_name(c, v, "name", &out->name);
        if (rc == 0)
            rc = read_needs(c, v, axis, out);
    } else {
        rc = json_as_str(v, &name);
        if (rc == 0)
            rc = check_name(v, name);
        if (rc == 0)
            out->name = arena_strdup(&c->arena, name);
    }
    return rc;
}

/* A list of values, or an object with that list and what all of them need. */
static int read_axis(struct config *c, struct json at, struct axis *out) {
    struct axis_value common = {.needs = ""};
    struct json list = at;
    int rc = 0;
    out->name = arena_strdup(&c->arena, json_key(at));
    if (json_type(at) == JSON_OBJECT) {
        rc = config_check_keys(at, "values needs");
        if (rc == 0)
            rc = json_array(at, "values", &list);
        if (rc == 0)
            rc = read_needs(c, at, out->name, &common);
    } else if (json_type(at) != JSON_ARRAY) {
        rc = json_fail(at, "expected a list of values");
    }
    if (rc == 0)
        rc = config_check_len(list, 1);
    if (rc == 0)
        rc = check_name(at, out->name);
    if (rc == 0)
        out->values = arena_array(&c->arena, json_len(list), sizeof(*out->values));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        struct axis_value *value = &out->values[out->len];
        *value = common;
        rc = read_value(c, v, out->name, value);
        for (size_t i = 0; rc == 0 && i < out->len; i++)
            if (strcmp(out->values[i].name, value->name) == 0)
                rc = json_fail(v, "\"%s\" stands here twice", value->name);
        out->len++;
    }
    return rc;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct axis *)a)->name, ((const struct axis *)b)->name);
}

static int read_axes(struct config *c, struct json at, struct suite *s) {
    struct json axes = {0};
    int rc = json_object(at, "axes", &axes);
    if (rc == 0)
        rc = config_check_len(axes, 1);
    if (rc == 0)
        s->axes = arena_array(&c->arena, json_len(axes), sizeof(*s->axes));
    for (struct json v = json_first(axes); rc == 0 && v.node; v = json_next(v))
        rc = read_axis(c, v, &s->axes[s->axis_count++]);
    if (rc == 0)
        qsort(s->axes, s->axis_count, sizeof(*s->axes), by_name);
    return rc;
}

int config_check_holes(const struct suite *s, const char *const *command, bool explains,
                       struct json at) {
    const char *holes[CONFIG_LIST_MAX + 6] = {"family", "fixture", "build"};
    for (size_t i = 0; i < s->axis_count; i++)
        holes[3 + i] = s->axes[i].name;
    if (explains) {
        holes[3 + s->axis_count] = "case";
        holes[4 + s->axis_count] = "good";
    }
    return check_holes(holes, command, at);
}

/* What explains a failed case, and how much of that there may be. */
static int read_diagnose(struct config *c, struct json at, struct suite *s) {
    struct json command = json_get(at, "diagnose"), limit = json_get(at, "diagnose_limit");
    int64_t seconds = 60;
    int rc = 0;
    s->diagnose_cases = 3;
    if (json_exists(limit)) {
        rc = json_object(at, "diagnose_limit", &limit);
        if (rc == 0)
            rc = config_check_keys(limit, "cases seconds");
        if (rc == 0)
            rc = json_opt_int(limit, "cases", 1, 1000, &s->diagnose_cases);
        if (rc == 0)
            rc = json_opt_int(limit, "seconds", 1, 3600, &seconds);
    }
    s->diagnose_ms = seconds * 1000;
    if (rc < 0 || !json_exists(command))
        return rc;
    rc = config_read_words(c, command, &s->diagnose);
    if (rc == 0)
        rc = config_check_holes(s, s->diagnose, true, command);
    if (rc == 0 && strstr(s->diagnose[0], "{good}"))
        rc = json_fail(command, "its program cannot be {good}, which there may be none of");
    return rc;
}

static int read_build(struct config *c, struct json at, const char ****out, size_t *count) {
    static const char *const holes[] = {"build", NULL};
    struct json list = json_get(at, "build");
    if (!json_exists(list))
        return 0;
    int rc = json_array(at, "build", &list);
    if (rc == 0)
        rc = config_check_len(list, 0);
    if (rc == 0)
        *out = arena_array(&c->arena, json_len(list), sizeof(**out));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        rc = config_read_words(c, v, &(*out)[*count]);
        if (rc == 0)
            rc = check_holes(holes, (*out)[(*count)++], v);
    }
    return rc;
}

int config_read_paths(struct config *c, struct json at, const char *key, const char *prefix,
                      const char ***out) {
    struct json list = json_get(at, key);
    size_t n = 0;
    if (!json_exists(list))
        return 0;
    int rc = json_array(at, key, &list);
    if (rc == 0)
        rc = config_read_words(c, list, out);
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        const char *path = (*out)[n++], *below = path + strlen(prefix);
        bool plain = strncmp(path, prefix, strlen(prefix)) == 0 && prefix_is_plain(below);
        if (!plain || strchr(below, '{'))
            rc = json_fail(v, "\"%s\" is no path below %s (a prefix, not a pattern)", path,
                           *prefix ? prefix : "the root");
    }
    return rc;
}

static int read_bisect(struct config *c, struct json root) {
    struct json at = json_get(root, "bisect");
    struct config_bisect *b = &c->bisect;
    int64_t limit_s = 3600;
    int rc = 0;
    if (json_exists(at)) {
        rc = json_object(root, "bisect", &at);
        if (rc == 0)
            rc = config_check_keys(at, "build inputs keep build_limit_s");
        if (rc == 0)
            rc = read_build(c, at, &b->build, &b->build_count);
        if (rc == 0)
            rc = config_read_paths(c, at, "inputs", "", &b->inputs);
        if (rc == 0)
            rc = config_read_paths(c, at, "keep", "{build}/", &b->keep);
        if (rc == 0)
            rc = json_opt_int(at, "build_limit_s", 1, SECONDS_MAX, &limit_s);
    }
    b->build_limit_ms = limit_s * 1000;
    return rc;
}

static int read_limits(struct json at, struct suite *s) {
    int64_t memory_mib = 0, seconds[3] = {60, 10, 60};
    struct json t = json_get(at, "time_limit");
    int rc = 0;
    s->factor = 3;
    if (json_exists(t)) {
        rc = json_object(at, "time_limit", &t);
        if (rc == 0)
            rc = config_check_keys(t, "default_s floor_s factor startup_s");
        if (rc == 0)
            rc = json_opt_int(t, "default_s", 1, SECONDS_MAX, &seconds[0]);
        if (rc == 0)
            rc = json_opt_int(t, "floor_s", 1, SECONDS_MAX, &seconds[1]);
        if (rc == 0)
            rc = json_opt_int(t, "startup_s", 1, SECONDS_MAX, &seconds[2]);
        if (rc == 0)
            rc = json_opt_real(t, "factor", &s->factor);
        if (rc == 0 && !(s->factor >= 1 && s->factor <= 1000))
            rc = json_fail(json_get(t, "factor"), "must be within 1…1000");
    }
    if (rc == 0)
        rc = json_opt_int(at, "memory_limit_mib", 0, 1 << 24, &memory_mib);
    if (rc == 0)
        rc = json_opt_int(at, "retries", 0, 10, &s->retries);
    s->default_ms = seconds[0] * 1000;
    s->floor_ms = seconds[1] * 1000;
    s->startup_ms = seconds[2] * 1000;
    s->memory_bytes = memory_mib << 20;
    return rc;
}

/* The worker of a suite that brings its own. */
static int read_worker(struct config *c, struct json v, struct suite *s) {
    struct json command;
    int rc = json_array(v, "command", &command);
    if (rc == 0)
        rc = config_read_words(c, command, &s->command);
    return rc == 0 ? config_check_holes(s, s->command, false, command) : rc;
}

/* Its kind says which keys it may have. */
static int read_kind(struct config *c, struct json v, struct suite *s, const struct runner **out) {
    const char *kind = "";
    int rc = json_type(v) == JSON_OBJECT ? 0 : json_fail(v, "expected an object");
    if (rc == 0)
        rc = json_str(v, "kind", &kind);
    if (rc < 0)
        return rc;
    s->kind = arena_strdup(&c->arena, kind);
    *out = runner_find(kind);
    if (*out)
        return config_check_keys(v, "name kind dir program args fixtures axes time_limit "
                                    "memory_limit_mib retries decoy diagnose diagnose_limit");
    if (strcmp(kind, "noctule-check") != 0)
        return json_fail(json_get(v, "kind"), "\"%s\" is no kind of suite; there are %s", kind,
                         config_kinds(&c->arena));
    return config_check_keys(v, "name kind fixtures command axes time_limit memory_limit_mib "
                                "retries decoy diagnose diagnose_limit");
}

static int read_suite(struct config *c, struct json v, struct suite *s) {
    const struct runner *runner = NULL;
    const char *fixtures = ".";
    int rc = read_kind(c, v, s, &runner);
    if (rc == 0)
        rc = read_name(c, v, "name", &s->name);
    if (rc == 0)
        rc = runner ? json_opt_str(v, "fixtures", &fixtures) : json_str(v, "fixtures", &fixtures);
    if (rc == 0 && (!*fixtures || strlen(fixtures) >= PATH_BYTES_MAX))
        rc = json_fail(json_get(v, "fixtures"), "is no path");
    if (rc == 0 && runner && !json_exists(json_get(v, "axes")))
        config_default_axis(c, s);
    else if (rc == 0)
        rc = read_axes(c, v, s);
    if (rc == 0)
        rc = runner ? config_read_runner(c, v, runner, s) : read_worker(c, v, s);
    if (rc == 0)
        rc = config_read_decoy(c, v, s);
    if (rc == 0)
        rc = read_diagnose(c, v, s);
    if (rc < 0)
        return rc;
    s->fixtures = arena_strdup(&c->arena, fixtures);
    return read_limits(v, s);
}

static int read_suites(struct config *c, struct json root) {
    struct json list = {0};
    int rc = json_array(root, "suites", &list);
    if (rc == 0)
        rc = config_check_len(list, 1);
    if (rc == 0)
        c->suites = arena_array(&c->arena, json_len(list), sizeof(*c->suites));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        struct suite *s = &c->suites[c->suite_count++];
        rc = read_suite(c, v, s);
        for (size_t i = 0; rc == 0 && i + 1 < c->suite_count; i++)
            if (strcmp(c->suites[i].name, s->name) == 0)
                rc = json_fail(json_get(v, "name"), "\"%s\" is the name of two suites", s->name);
    }
    return rc;
}

static int read_root(struct config *c, struct json root) {
    int64_t schema;
    int rc = json_type(root) == JSON_OBJECT ? 0 : json_fail(root, "expected an object");
    if (rc == 0)
        rc = config_check_keys(root, "schema name build bisect workers suites rules git "
                                     "failure_rules expect expect_strict quarantine fix");
    if (rc == 0)
        rc = json_int(root, "schema", 1, 1, &schema);
    if (rc == 0)
        rc = read_name(c, root, "name", &c->name);
    if (rc == 0)
        rc = json_opt_int(root, "workers", 0, 4096, &c->workers);
    if (rc == 0)
        rc = read_build(c, root, &c->build, &c->build_count);
    if (rc == 0)
        rc = read_bisect(c, root);
    if (rc == 0)
        rc = config_read_paths(c, root, "failure_rules", "", &c->failure_rules);
    if (rc == 0)
        rc = config_read_waivers(c, root);
    if (rc == 0)
        rc = config_read_fix(c, root);
    return rc == 0 ? read_suites(c, root) : rc;
}

int config_parse(struct config *out, const char *text, size_t len, const char *name) {
    struct config c = {.root = "."};
    struct json_doc *doc;
    int rc = json_parse(&doc, text, len, name, JSON_COMMENTS);
    if (rc < 0)
        return rc;
    arena_init(&c.arena, 0);
    rc = read_root(&c, json_root(doc));
    json_free(doc);
    hash_bytes(text, len, c.sha256);
    if (rc < 0)
        config_done(&c);
    else
        *out = c;
    return rc;
}

int config_load(struct config *out, const char *path) {
    struct file text;
    struct config c;
    int rc = file_read(&text, path, CONFIG_BYTES_MAX);
    if (rc < 0)
        return rc;
    rc = config_parse(&c, (const char *)text.data, text.size, path);
    file_done(&text);
    if (rc < 0)
        return rc;
    const char *base = file_base_name(path);
    if (base != path)
        c.root = arena_strndup(&c.arena, path, (size_t)(base - path));
    for (size_t i = 0; base != path && c.failure_rules && c.failure_rules[i]; i++)
        c.failure_rules[i] = arena_printf(&c.arena, "%s%s", c.root, c.failure_rules[i]);
    *out = c;
    return 0;
}

void config_commands(const struct config *c, const char ****list, size_t *count) {
    *list = c->bisect.build_count ? c->bisect.build : c->build;
    *count = c->bisect.build_count ? c->bisect.build_count : c->build_count;
}

void config_done(struct config *c) {
    arena_done(&c->arena);
    *c = (struct config){0};
}

int config_find(struct arena *arena, const char **path) {
    char folder[PATH_BYTES_MAX];
    if (!getcwd(folder, sizeof(folder)))
        return err_errno(ERR_IO, "cannot tell the current folder");
    for (int depth = 0; depth < ROOT_DEPTH_MAX; depth++) {
        const char *candidate = arena_printf(arena, "%s/noctule.json", folder);
        if (file_exists(candidate)) {
            *path = candidate;
            return 0;
        }
        char *slash = strrchr(folder, '/');
        if (!slash || slash == folder)
            break;
        *slash = '\0';
    }
    return err_set(ERR_NOTFOUND, "there is no noctule.json here or in a folder above");
}
