/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/settings.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"

enum { BYTES_MAX = 1 << 20, OWN_MAX = 64 };

static int refuse_unknown(struct json at, const char *const *known) {
    for (struct json v = json_first(at); v.node; v = json_next(v)) {
        const char *const *k = known;
        while (*k && strcmp(*k, json_key(v)) != 0)
            k++;
        if (!*k)
            return json_fail(v, "is not known here");
    }
    return 0;
}

static int read_str(struct json at, const char *key, struct arena *arena, const char **out) {
    const char *text = NULL;
    int rc = json_opt_str(at, key, &text);
    if (rc == 0 && text && !*text)
        return json_fail(json_member(at, key), "must not be empty");
    if (rc == 0 && text)
        *out = arena_strdup(arena, text);
    return rc;
}

static int read_own(struct settings *s, struct json at, struct arena *arena) {
    struct json list = json_member(at, "own");
    size_t n = 0;
    int rc = 0;
    if (!json_exists(list))
        return 0;
    if (json_type(list) != JSON_ARRAY || json_len(list) > OWN_MAX)
        return json_fail(list, "expected a list of at most %d globs", OWN_MAX);
    s->own = arena_array(arena, json_len(list) + 1, sizeof(*s->own));
    for (struct json v = json_first(list); rc == 0 && v.node; v = json_next(v)) {
        const char *glob = "";
        rc = json_as_str(v, &glob);
        s->own[n++] = arena_strdup(arena, glob);
    }
    return rc;
}

static int read_forge(struct settings *s, struct json at, struct arena *arena) {
    static const char *const known[] = {"kind",       "api",     "repo", "token_env",
                                        "token_file", "context", NULL};
    struct json v = json_member(at, "forge");
    struct settings_forge *f = &s->forge;
    const struct {
        const char *key, **out;
    } rows[] = {
        {"kind",       &f->kind      },
        {"api",        &f->api       },
        {"repo",       &f->repo      },
        {"token_env",  &f->token_env },
        {"token_file", &f->token_file},
        {"context",    &f->context   },
    };
    int rc = 0;
    if (!json_exists(v))
        return 0;
    if (json_type(v) != JSON_OBJECT)
        return json_fail(v, "expected an object");
    rc = refuse_unknown(v, known);
    for (size_t i = 0; rc == 0 && i < sizeof(rows) / sizeof(*rows); i++)
        rc = read_str(v, rows[i].key, arena, rows[i].out);
    return rc;
}

void settings_set_upstream(struct settings *s, struct arena *arena, const char *upstream) {
    size_t slash = strcspn(upstream, "/");
    s->upstream = upstream;
    s->upstream_remote = arena_strndup(arena, upstream, slash);
    s->upstream_branch = upstream + slash + (upstream[slash] == '/');
}

static int read_git(struct settings *s, struct json root, struct arena *arena) {
    static const char *const known[] = {"remote", "upstream", "own", "forge", NULL};
    struct json at = json_member(root, "git");
    int rc = 0;
    if (json_exists(at) && json_type(at) != JSON_OBJECT)
        return json_fail(at, "expected an object");
    rc = refuse_unknown(at, known);
    if (rc == 0)
        rc = read_str(at, "remote", arena, &s->remote);
    s->upstream = arena_printf(arena, "%s/main", s->remote);
    if (rc == 0)
        rc = read_str(at, "upstream", arena, &s->upstream);
    if (rc == 0)
        rc = read_own(s, at, arena);
    if (rc == 0)
        rc = read_forge(s, at, arena);
    size_t slash = strcspn(s->upstream, "/");
    if (rc == 0 && (!slash || !s->upstream[slash] || !s->upstream[slash + 1]))
        return json_fail(json_member(at, "upstream"), "is REMOTE/BRANCH, not \"%s\"", s->upstream);
    settings_set_upstream(s, arena, s->upstream);
    return rc;
}

static bool is_same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool owns_same(const struct settings *a, const struct settings *b) {
    size_t i = 0;
    while (a->own[i] && is_same(a->own[i], b->own[i]))
        i++;
    return !a->own[i] && !b->own[i];
}

static bool is_same_forge(const struct settings_forge *a, const struct settings_forge *b) {
    return is_same(a->kind, b->kind) && is_same(a->api, b->api) && is_same(a->repo, b->repo) &&
           is_same(a->token_env, b->token_env) && is_same(a->token_file, b->token_file) &&
           is_same(a->context, b->context);
}

const char *settings_compare(const struct settings *a, const struct settings *b,
                             struct arena *arena) {
    const struct {
        const char *key;
        bool same;
    } rows[] = {
        {"git.remote",   is_same(a->remote,       b->remote)  },
        {"git.upstream", is_same(a->upstream,     b->upstream)},
        {"git.own",      owns_same(a,             b)          },
        {"git.forge",    is_same_forge(&a->forge, &b->forge)  },
    };
    const char *keys = NULL;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (!rows[i].same)
            keys = arena_printf(arena, "%s%s%s", keys ? keys : "", keys ? ", " : "", rows[i].key);
    return keys;
}

int settings_parse(struct settings *out, struct arena *arena, const char *text, size_t len,
                   const char *name) {
    struct settings s = {.remote = "origin", .forge.context = "noctule"};
    struct json_doc *doc;
    int rc = json_parse(&doc, text, len, name, JSON_COMMENTS);
    if (rc < 0)
        return rc;
    s.own = arena_array(arena, 2, sizeof(*s.own));
    s.own[0] = "noctule/**";
    rc = read_git(&s, json_root(doc), arena);
    json_free(doc);
    if (rc == 0)
        *out = s;
    return rc;
}

int settings_load(struct settings *out, struct arena *arena, const char *path) {
    struct file text;
    int rc = file_read(&text, path, BYTES_MAX);
    if (rc < 0)
        return rc;
    rc = settings_parse(out, arena, (const char *)text.data, text.size, path);
    file_done(&text);
    return rc;
}
