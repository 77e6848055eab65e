/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/ground.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/content.h"

static const char config_name[] = "noctule.json";

/* As git names what lies below the root; NULL for the root itself and for what lies elsewhere. */
static const char *plain_path(struct arena *arena, const char *path) {
    char *below = file_below(path);
    const char *kept = below && *below ? arena_strdup(arena, below) : NULL;
    free(below);
    return kept;
}

/* A word that names a file below the root; NULL for any other. */
static const char *file_of(struct arena *arena, const char *word) {
    bool path = strpbrk(word, "./") && *word != '-' && !strchr(word, '{');
    return path ? plain_path(arena, word) : NULL;
}

/* list: NULL-terminated, or NULL; out: NULL = only count. */
static size_t add_files(const char **out, size_t n, struct arena *arena, const char **list) {
    for (; list && *list; list++) {
        const char *file = file_of(arena, *list);
        if (file && out)
            out[n] = file;
        n += file != NULL;
    }
    return n;
}

static size_t add_rules(const char **out, size_t n, struct arena *arena,
                        const struct config *config) {
    size_t root = strlen(config->root);
    for (const char **r = config->failure_rules; r && *r; r++) {
        const char *below = strncmp(*r, config->root, root) == 0 ? *r + root : *r;
        const char *file = plain_path(arena, below + (root && *below == '/'));
        if (file && out)
            out[n] = file;
        n += file != NULL;
    }
    return n;
}

static size_t add_programs(const char **out, struct arena *arena, const struct config *config) {
    size_t n = add_rules(out, 0, arena, config);
    for (size_t i = 0; i < config->suite_count; i++) {
        const struct suite *s = &config->suites[i];
        n = add_files(out, n, arena, s->command);
        n = add_files(out, n, arena, s->diagnose);
        n = add_files(out, n, arena, s->decoy);
        for (size_t a = 0; a < s->axis_count; a++)
            for (size_t v = 0; v < s->axes[a].len; v++)
                n = add_files(out, n, arena, s->axes[a].values[v].needs_command);
    }
    return n;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **ground_programs(struct arena *arena, const struct config *config) {
    size_t n = add_programs(NULL, arena, config), kept = 0;
    const char **all = arena_array(arena, n + 1, sizeof(*all));
    (void)add_programs(all, arena, config);
    if (n)
        qsort(all, n, sizeof(*all), by_text);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(all[i], all[i - 1]) != 0)
            all[kept++] = all[i];
    all[kept] = NULL;
    return all;
}

/* A folder that holds the path, or the path. */
static bool holds(const char **prefixes, const char *path) {
    return changes_has_prefix((const char *const *)prefixes, path);
}

const char *ground_open_suite(const struct config *config) {
    const char **const lists[] = {config->fix.tests, config->fix.limits};
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const char **p = lists[i]; *p; p++)
            if (holds(config->fix.paths, *p))
                return NULL; /* somebody thought of it */
    for (size_t i = 0; i < config->suite_count; i++)
        if (strstr(config->suites[i].command[0], "{build}"))
            return config->suites[i].name;
    return NULL;
}

const char *const *ground_judges(struct arena *arena, const struct config *config, size_t *len) {
    const char **const lists[] = {config->fix.tests, config->fix.limits,
                                  ground_programs(arena, config)};
    size_t n = 1, k = 0;
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const char **p = lists[i]; *p; p++)
            n++;
    const char **all = arena_array(arena, n + 1, sizeof(*all));
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (const char **p = lists[i]; *p; p++)
            all[k++] = *p;
    all[k] = config_name; /* what is expected, and what is swept at all */
    *len = n;
    return (const char *const *)all;
}

/* noctule.json names paths below the subject's folder, git below the top. */
static const char *const *below_top(struct arena *arena, const char *prefix,
                                    const char *const *paths) {
    size_t n = 0;
    while (paths[n])
        n++;
    const char **all = arena_array(arena, n + 1, sizeof(*all));
    for (size_t i = 0; i < n; i++)
        all[i] = *prefix ? arena_printf(arena, "%s/%s", prefix, paths[i]) : paths[i];
    return (const char *const *)all;
}

static const char *const *suites_with_decoys(struct arena *arena, const struct config *config) {
    const char **all = arena_array(arena, config->suite_count + 1, sizeof(*all));
    size_t n = 0;
    for (size_t i = 0; i < config->suite_count; i++)
        if (config->suites[i].decoy)
            all[n++] = config->suites[i].name;
    return (const char *const *)all;
}

static void fill_policy(struct ground *g, struct arena *arena, const char *prefix) {
    struct proof_policy *policy = &g->policy;
    policy->tests = ground_judges(arena, &g->config, &policy->test_count);
    policy->paths = below_top(arena, prefix, (const char *const *)g->config.fix.paths);
    policy->read_only = below_top(arena, prefix, policy->tests);
    policy->runs = g->config.fix.runs;
    policy->needed = g->config.fix.needed;
    policy->decoys = suites_with_decoys(arena, &g->config);
}

static int read_config(struct ground *g, struct arena *arena, const struct proof *p,
                       const struct commits *c, const char *tree, struct proof_faults *faults) {
    const char *text = "", *path = config_name;
    size_t len = 0;
    if (*p->prefix)
        path = arena_printf(arena, "%s/%s", p->prefix, config_name);
    int rc = content_read(c, arena, tree, path, CONFIG_BYTES_MAX, &text, &len);
    if (rc == 0)
        rc = config_parse(&g->config, text, len, path);
    if (rc < 0) {
        proof_fault(faults, PROOF_FAULT_POLICY, "of the base: %s", err_text());
        return 0;
    }
    g->known = true;
    if (strcmp(g->config.name, p->subject) != 0)
        proof_fault(faults, PROOF_FAULT_SUBJECT, "it is about %s, and its base holds %s",
                    p->subject, g->config.name);
    return 0;
}

int ground_read(struct ground *out, struct arena *arena, const struct proof *p,
                const struct commits *c, const char *subject, const char *prefix,
                struct proof_faults *faults) {
    struct commits_entry base;
    char id[REPO_HEX_SIZE];
    *out = (struct ground){.policy = {.subject = subject}};
    if (strcmp(subject, p->subject) != 0)
        return 0; /* proof_matches() says so */
    if (strcmp(prefix, p->prefix) != 0) {
        proof_fault(faults, PROOF_FAULT_SUBJECT, "it is about what lies in \"%s\", not in \"%s\"",
                    p->prefix, prefix);
        return 0;
    }
    if (commits_find(c, p->base, id) != 0 || strcmp(id, p->base) != 0)
        return 0; /* the same */
    int rc = commits_entry(c, arena, p->base, &base);
    if (rc == 0)
        rc = read_config(out, arena, p, c, base.tree, faults);
    if (rc == 0 && out->known)
        fill_policy(out, arena, prefix);
    return rc;
}

void ground_done(struct ground *g) {
    config_done(&g->config);
}
