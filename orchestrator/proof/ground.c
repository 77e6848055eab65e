/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/ground.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/content.h"

static const char config_name[] = "noctule.json";

const char *const *ground_judges(struct arena *arena, const struct config *config, size_t *len) {
    const char **const lists[] = {config->fix.tests, config->fix.limits};
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

static void fill_policy(struct ground *g, struct arena *arena, const char *prefix) {
    struct proof_policy *policy = &g->policy;
    policy->tests = ground_judges(arena, &g->config, &policy->test_count);
    policy->paths = below_top(arena, prefix, (const char *const *)g->config.fix.paths);
    policy->read_only = below_top(arena, prefix, policy->tests);
    policy->runs = g->config.fix.runs;
    policy->needed = g->config.fix.needed;
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
