/* SPDX-License-Identifier: Apache-2.0 */
/* settings: "git" of noctule.json: which remote is pushed to, what the upstream is, which branches
 * are ours to rewrite. Every key may be absent. */
#pragma once

#include <stddef.h>

struct arena;

struct settings_forge {
    const char *kind;       /* "github", "gitlab", "gitea"; NULL = none is set up */
    const char *api;        /* "https://api.github.com"; NULL = the kind's own */
    const char *repo;       /* "owner/name" of the upstream; NULL = from the URL of its remote */
    const char *token_env;  /* name of the variable that holds the token; NULL = the kind's own */
    const char *token_file; /* a file that holds it, below $HOME when it begins with ~/ */
    const char *context;    /* of statuses */
};

struct settings {
    const char *remote;          /* pushed to; "origin" */
    const char *upstream_remote; /* fetched from; the same when there is only one */
    const char *upstream_branch; /* "main" */
    const char *upstream;        /* "origin/main" */
    const char **own;            /* NULL-terminated globs of branches that may be rewritten */
    struct settings_forge forge;
};

/* Another branch of a remote, "origin/main", as the upstream. */
void settings_set_upstream(struct settings *s, struct arena *arena, const char *upstream);
/* The keys that differ, "git.own, git.forge", in arena; NULL when all are the same. */
const char *settings_compare(const struct settings *a, const struct settings *b,
                             struct arena *arena);

/* Strings live in arena. path is a noctule.json. 0, ERR_FORMAT, ERR_NOTFOUND, ERR_IO, ERR_LIMIT. */
int settings_load(struct settings *out, struct arena *arena, const char *path);
int settings_parse(struct settings *out, struct arena *arena, const char *text, size_t len,
                   const char *name);
