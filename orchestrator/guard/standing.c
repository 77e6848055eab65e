/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/guard/standing.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/guard/shelf.h"

/* Branches that name one another are not followed for ever. */
enum { HOPS_MAX = 8 };

struct seeker {
    struct arena *arena;
    const struct commits *commits;
    const char *prefix;
    const struct settings *said;
};

/* What the noctule.json of a branch of a remote says. ERR_NOTFOUND without the branch or it. */
static int read_at(const struct seeker *s, const char *branch, char id[REPO_HEX_SIZE],
                   struct settings *out) {
    struct shelf shelf;
    int rc = commits_find_remote(s->commits, branch, id);
    if (rc == 0)
        rc = shelf_find(&shelf, s->arena, s->commits, id, s->prefix);
    return rc == 0 ? settings_parse(out, s->arena, shelf.text, shelf.len, shelf.name) : rc;
}

static bool is_here(const struct seeker *s, const char *branch) {
    char id[REPO_HEX_SIZE];
    return commits_find_remote(s->commits, branch, id) == 0;
}

/* From a branch to the upstream, by what is said there; *end stays NULL where nothing is. Whether
 * the checkout's upstream lies on the way. What a remote is called is each clone's own affair, so
 * the same branch of the same remote is meant as well. */
static bool follow(const struct seeker *s, const char *from, const char **end) {
    const char *name = from;
    bool meant = false;
    *end = NULL;
    for (int hop = 0; hop < HOPS_MAX; hop++) {
        struct settings at;
        char id[REPO_HEX_SIZE];
        if (read_at(s, name, id, &at) != 0)
            break;
        const char *local =
            arena_printf(s->arena, "%.*s/%s", (int)strcspn(from, "/"), from, at.upstream_branch);
        *end = name;
        meant |= strcmp(s->said->upstream, name) == 0 || strcmp(s->said->upstream, local) == 0;
        if (strcmp(at.upstream, name) == 0)
            break;
        name = is_here(s, at.upstream) ? at.upstream : local;
    }
    return meant;
}

/* The first upstream that the branches lead to, rather of the remote that the checkout names.
 * *meant: the checkout's own is among them. */
static const char *follow_all(const struct seeker *s, const char *const *from, bool *meant) {
    const char *first = NULL, *same = NULL;
    *meant = false;
    for (; *from; from++) {
        const char *end;
        *meant |= follow(s, *from, &end);
        first = first ? first : end;
        size_t len = strlen(s->said->upstream_remote);
        if (end && !same && strncmp(end, s->said->upstream_remote, len) == 0 && end[len] == '/')
            same = end;
    }
    return same ? same : first;
}

/* Where a remote says nothing of its own branch, it is called as most are. */
static const char *const *guess(const struct seeker *s) {
    const struct settings *said = s->said;
    const char *remotes[] = {said->upstream_remote, said->remote};
    const char **out = arena_array(s->arena, 5, sizeof(*out));
    for (size_t i = 0; i < 4; i++)
        out[i] = arena_printf(s->arena, "%s/%s", remotes[i / 2], i % 2 ? "master" : "main");
    return out;
}

/* The upstream, or NULL where nobody but the checkout says one. */
static int find_upstream(const struct seeker *s, const char **out) {
    const char *const *heads;
    bool meant = false;
    int rc = commits_remote_heads(s->commits, s->arena, &heads);
    if (rc < 0)
        return rc;
    *out = follow_all(s, heads, &meant);
    if (meant)
        *out = s->said->upstream;
    else if (!*out && is_here(s, s->said->upstream))
        (void)follow(s, s->said->upstream, out);
    else if (!*out)
        *out = follow_all(s, guess(s), &meant);
    return 0;
}

int standing_find(struct standing *out, struct arena *arena, const struct commits *c,
                  const char *prefix, const struct settings *said) {
    const struct seeker s = {arena, c, prefix, said};
    const char *upstream = NULL;
    *out = (struct standing){.settings = *said};
    int rc = find_upstream(&s, &upstream);
    if (rc < 0 || !upstream)
        return rc;
    rc = read_at(&s, upstream, out->base, &out->settings);
    if (rc == ERR_NOTFOUND) {
        *out->base = '\0';
        return 0;
    }
    if (rc < 0)
        return err_while(rc, "reading what stands in %s", upstream);
    settings_set_upstream(&out->settings, arena, upstream);
    const char *keys = settings_compare(&out->settings, said, arena);
    if (keys)
        out->changed = arena_printf(arena, "the checkout changes %s, and what %s says of it holds",
                                    keys, upstream);
    return 0;
}

int standing_load(struct standing *out, struct arena *arena, const struct commits *c,
                  const char *folder) {
    struct settings said;
    const char *below = "";
    int rc = settings_load(&said, arena, arena_printf(arena, "%s/noctule.json", folder));
    if (rc == 0)
        rc = commits_prefix(c, arena, folder, &below);
    const char *prefix = *below ? arena_printf(arena, "%s/", below) : "";
    return rc == 0 ? standing_find(out, arena, c, prefix, &said) : rc;
}
