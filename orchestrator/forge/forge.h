/* SPDX-License-Identifier: Apache-2.0 */
/* forge: pull requests of a service, by its HTTP interface. A service is a row: how it is asked,
 * and how its answers are read. One const row per file in forges/.
 *
 * Opening is idempotent: a pull request of the same branch that is open already is found and made
 * to say the same, also when an answer was lost on its way. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/json.h"
#include "orchestrator/git/settings.h"
#include "orchestrator/net/http.h"

struct arena;
struct forge;

struct forge_pull {
    int64_t number; /* 0 = none */
    const char *url;
    const char *title, *body; /* what it says now, in arena */
};

struct forge_wish {
    const char *base;      /* the branch to merge into */
    const char *branch;    /* the branch to be merged */
    const char *head_repo; /* "owner/name" of the repository that holds it */
    const char *title, *body;
    bool draft;
    /* Filled in here, where the service knows repositories by number (see forge_kind.project) and
     * head_repo is another one; else 0. */
    int64_t base_id, head_id;
};

struct forge_kind {
    const char *name;      /* "github" */
    const char *api;       /* where it answers; NULL = must be set up */
    const char *token_env; /* the variable that usually holds the token */
    const char *auth;      /* the header before the token: "Authorization: Bearer " */
    const char *headers[4];
    int pages; /* of open pull requests that are looked through; 1 when the query finds ours */
    /* Each writes the path behind the API's, and the body where there is one. project: where the
     * number of a repository is asked, which merging from another one takes; NULL = a name does. */
    void (*project)(const char *repo, struct buf *path);
    void (*find)(const struct forge *f, const struct forge_wish *w, int page, struct buf *path);
    bool (*is_ours)(struct json pull, const struct forge_wish *w);
    void (*create)(const struct forge *f, const struct forge_wish *w, struct buf *path,
                   struct json_writer *body);
    void (*update)(const struct forge *f, const struct forge_wish *w, int64_t number,
                   struct buf *path, struct json_writer *body);
    void (*status)(const struct forge *f, const char *commit, bool good, const char *description,
                   struct buf *path, struct json_writer *body);
    const char *number_key, *url_key, *body_key; /* of a pull request in an answer */
    const char *update_method;                   /* "PATCH" */
};
/* Ended by NULL. */
extern const struct forge_kind *const forge_table[];

struct forge {
    const struct forge_kind *kind;
    struct arena *arena;
    const char *api, *repo, *context;
    const char *secret; /* the whole header; NULL = no token */
    struct buf *shown;  /* dry run: requests are printed here and not sent; NULL = they are sent */
};

/* upstream_url: of the remote that is merged into, when the settings name no repo. With a `shown`
 * no token is needed. 0; ERR_NOTNOW when no forge, repository or token is set up; ERR_IO. */
int forge_open(struct forge *out, struct arena *arena, const struct settings_forge *s,
               const char *upstream_url, struct buf *shown);
/* "owner/name" of an address of git's; NULL when it has none. */
const char *forge_repo_of(struct arena *arena, const char *url);

/* Finds or opens, and makes it say what is wished. *created: it was not there. 0, ERR_IO with what
 * the service says, ERR_NOTNOW. */
int forge_pull_request(const struct forge *f, const struct forge_wish *wish, struct forge_pull *out,
                       bool *created);
int forge_set_status(const struct forge *f, const char *commit, bool good, const char *description);

/* The bytes of a service, which are anybody's. A pull request: 0 or ERR_FORMAT. */
int forge_read(const struct forge *f, const char *text, size_t len, struct forge_pull *out);
/* A list of them: that of the wish into *out, which stays as it is when there is none. */
int forge_read_list(const struct forge *f, const struct forge_wish *w, const char *text, size_t len,
                    struct forge_pull *out, size_t *count);
/* Why it refuses, ": message; field code; …", at most size - 1 bytes; "" when it does not say.
 * Returns how long it is, or would be. */
size_t forge_explain(const char *text, size_t len, char *said, size_t size);
