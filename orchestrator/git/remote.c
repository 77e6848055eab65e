/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/handle.h"
#include "orchestrator/proc/halt.h"

enum { TRIES_MAX = 2, SAID_MAX = 1024, REF_MAX = 512, STALE = -1000 };

/* One connection: what the callbacks count and hear. */
struct talk {
    const struct remote_push *push;
    int tries;
    bool stale, told; /* the lease did not hold; the server spoke of our branch */
    char said[SAID_MAX];
};

/* libgit2 asks again and again while the answer is refused: so it is given once. */
static int on_credentials(git_credential **out, const char *url, const char *user, unsigned allowed,
                          void *payload) {
    struct talk *t = payload;
    const char *token = getenv("NOCTULE_GIT_TOKEN");
    (void)url;
    if (t->tries++ >= TRIES_MAX)
        return GIT_EAUTH;
    if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && token && *token && t->tries == 1)
        return git_credential_userpass_plaintext_new(out, user ? user : "x-access-token", token);
    if ((allowed & GIT_CREDENTIAL_SSH_KEY) && t->tries == 1)
        return git_credential_ssh_key_from_agent(out, user ? user : "git");
    if (allowed & GIT_CREDENTIAL_USERNAME)
        return git_credential_username_new(out, user ? user : "git");
    return GIT_EAUTH;
}

/* While objects come nothing has moved yet. */
static int on_transfer(const git_indexer_progress *done, void *payload) {
    (void)done, (void)payload;
    return halt_asked() ? GIT_EUSER : 0;
}

/* What is sent by half is dropped there. After the last byte it is the server's to say what became
 * of it, and its word is waited for. */
static int on_sent(unsigned current, unsigned total, size_t bytes, void *payload) {
    (void)bytes, (void)payload;
    return current < total && halt_asked() ? GIT_EUSER : 0;
}

/* What the remote has now is compared before anything is sent. From here on it is no wait. */
static int on_negotiation(const git_push_update **updates, size_t len, void *payload) {
    struct talk *t = payload;
    halt_wait_end();
    if (halt_asked())
        return GIT_EUSER;
    for (size_t i = 0; i < len; i++) {
        char now[REPO_HEX_SIZE];
        git_oid_tostr(now, sizeof(now), &updates[i]->src);
        const char *seen = git_oid_is_zero(&updates[i]->src) ? "" : now;
        if (strcmp(updates[i]->dst_refname, t->push->to) != 0 ||
            strcmp(seen, t->push->lease) != 0) {
            snprintf(t->said, sizeof(t->said), "%s", seen);
            t->stale = true;
            return STALE;
        }
    }
    return 0;
}

/* libgit2 says that a push went well whatever the server says here. */
static int on_update(const char *ref, const char *status, void *payload) {
    struct talk *t = payload;
    if (strcmp(ref, t->push->to) != 0)
        return 0;
    t->told = true;
    if (status)
        snprintf(t->said, sizeof(t->said), "%s", status);
    return 0;
}

static void fill_callbacks(git_remote_callbacks *callbacks, struct talk *t) {
    git_remote_init_callbacks(callbacks, GIT_REMOTE_CALLBACKS_VERSION);
    callbacks->credentials = on_credentials;
    callbacks->transfer_progress = on_transfer;
    callbacks->push_transfer_progress = on_sent;
    callbacks->payload = t;
}

/* "https://user:word@host/path" → "https://host/path" */
static const char *hide_user(struct arena *arena, const char *url) {
    const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : NULL;
    const char *at = host ? memchr(host, '@', strcspn(host, "/")) : NULL;
    return at ? arena_printf(arena, "%.*s%s", (int)(host - url), url, at + 1)
              : arena_strdup(arena, url);
}

static bool is_local(const char *url) {
    if (strncmp(url, "file://", 7) == 0)
        return true;
    const char *colon = strchr(url, ':');
    return !strstr(url, "://") && (!colon || memchr(url, '/', (size_t)(colon - url)));
}

/* A relative path counts from the top of the checkout and not from where the program was called;
 * in a linked worktree from that of the first, whose remote it is. */
static const char *whole_path(const struct commits *c, struct arena *arena, const char *url) {
    static const char own[] = "/.git/";
    const char *common = git_repository_commondir(c->repo), *top = git_repository_workdir(c->repo);
    size_t len = strlen(common), tail = strlen(own);
    if (!url || *url == '/' || !is_local(url) || strncmp(url, "file://", 7) == 0)
        return url;
    if (len > tail && strcmp(common + len - tail, own) == 0)
        return arena_printf(arena, "%.*s/%s", (int)(len - tail), common, url);
    return arena_printf(arena, "%s%s", top ? top : common, url);
}

static int resolve(const struct commits *c, struct arena *arena, git_remote *remote) {
    const char *push = git_remote_pushurl(remote);
    const char *url = whole_path(c, arena, git_remote_url(remote));
    const char *push_url = whole_path(c, arena, push);
    int got = url ? git_remote_set_instance_url(remote, url) : 0;
    if (got == 0 && push_url)
        got = git_remote_set_instance_pushurl(remote, push_url);
    return got == 0 ? 0 : commits_fail(c, ERR_IO, "reading a remote");
}

/* libgit2 takes a path that is not there for a protocol that it does not know. */
static int check_path(const git_remote *remote) {
    const char *url = git_remote_url(remote);
    const char *path = strncmp(url, "file://", 7) == 0 ? url + 7 : url;
    return is_local(url) && !file_exists(path)
               ? err_set(ERR_IO, "there is no repository at %s", path)
               : 0;
}

static int find(const struct commits *c, struct arena *arena, const char *name, git_remote **out,
                struct remote_heads *heads) {
    int got = git_remote_lookup(out, c->repo, name);
    if (got == GIT_ENOTFOUND || got == GIT_EINVALIDSPEC)
        return err_set(ERR_NOTFOUND, "there is no remote \"%s\" in %s", name, c->folder);
    if (got != 0)
        return commits_fail(c, ERR_IO, "reading a remote");
    const char *url = git_remote_pushurl(*out) ? git_remote_pushurl(*out) : git_remote_url(*out);
    *heads = (struct remote_heads){.url = hide_user(arena, url), .local = is_local(url)};
    return resolve(c, arena, *out);
}

int remote_find(const struct commits *c, struct arena *arena, const char *name,
                struct remote_heads *out) {
    git_remote *remote = NULL;
    int rc = find(c, arena, name, &remote, out);
    git_remote_free(remote);
    return rc;
}

static int list(const struct commits *c, struct arena *arena, git_remote *remote,
                struct remote_heads *out) {
    const git_remote_head **heads = NULL;
    size_t count = 0;
    if (git_remote_ls(&heads, &count, remote) != 0)
        return commits_fail(c, ERR_IO, "listing the branches of the remote");
    out->rows = arena_array(arena, count, sizeof(*out->rows));
    for (size_t i = 0; i < count; i++) {
        char hex[REPO_HEX_SIZE];
        if (strncmp(heads[i]->name, "refs/heads/", 11) != 0)
            continue;
        out->rows[out->len].ref = arena_strdup(arena, heads[i]->name);
        out->rows[out->len++].id =
            arena_strdup(arena, git_oid_tostr(hex, sizeof(hex), &heads[i]->oid));
    }
    return 0;
}

/* What libgit2 says, unless it was us who ended it. */
static int fail(const struct commits *c, const char *doing) {
    int rc = halt_check(doing);
    return rc < 0 ? rc : commits_fail(c, ERR_IO, doing);
}

static int connect_to(const struct commits *c, git_remote *remote, struct talk *t) {
    git_remote_connect_options options;
    int rc = check_path(remote);
    if (rc < 0)
        return rc;
    git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
    fill_callbacks(&options.callbacks, t);
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    return git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options) == 0
               ? 0
               : fail(c, "connecting to the remote");
}

static int look(const struct commits *c, struct arena *arena, const char *name,
                struct remote_heads *out) {
    git_remote *remote = NULL;
    struct talk t = {.push = NULL};
    int rc = find(c, arena, name, &remote, out);
    if (rc == 0)
        rc = connect_to(c, remote, &t);
    if (rc == 0)
        rc = list(c, arena, remote, out);
    git_remote_free(remote);
    return rc;
}

static bool is_fetched(const git_remote *remote, const char *ref) {
    for (size_t i = 0; i < git_remote_refspec_count(remote); i++) {
        const git_refspec *spec = git_remote_get_refspec(remote, i);
        if (git_refspec_direction(spec) == GIT_DIRECTION_FETCH &&
            git_refspec_src_matches(spec, ref))
            return true;
    }
    return false;
}

int remote_look(const struct commits *c, struct arena *arena, const char *name,
                struct remote_heads *out) {
    halt_wait_begin();
    int rc = look(c, arena, name, out);
    halt_wait_end();
    return rc;
}

/* All that the remote offered is here now: only then what we saw is a lease. */
static int verify(const struct commits *c, const git_remote *remote,
                  const struct remote_heads *heads) {
    for (size_t i = 0; i < heads->len; i++) {
        git_oid id;
        if (git_oid_fromstr(&id, heads->rows[i].id) == 0 && git_odb_exists(c->odb, &id))
            continue;
        if (!is_fetched(remote, heads->rows[i].ref))
            return err_set(ERR_UNSUPPORTED,
                           "%s is not among what this clone fetches, so nobody can tell what is "
                           "published; \"git remote set-branches %s '*'\" has it fetch all",
                           heads->rows[i].ref, git_remote_name(remote));
        return err_set(ERR_BUSY, "%s moved while it was fetched; fetch again", heads->rows[i].ref);
    }
    return 0;
}

/* Of a history that was cut off nobody can tell what is published. */
static int check_whole(const struct commits *c) {
    return git_repository_is_shallow(c->repo) == 1
               ? err_set(ERR_UNSUPPORTED,
                         "%s is a shallow clone, which lacks most of the history; "
                         "\"git fetch --unshallow\" brings it",
                         c->folder)
               : 0;
}

/* As git_remote_fetch(), in two: the objects may be waited for, and the branches move at once. */
static int fetch(const struct commits *c, git_remote *remote, struct talk *t) {
    git_fetch_options options;
    git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
    fill_callbacks(&options.callbacks, t);
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    options.prune = GIT_FETCH_NO_PRUNE;
    halt_wait_begin();
    int got = git_remote_download(remote, NULL, &options);
    halt_wait_end();
    int rc = got == 0 ? halt_check("fetching") : fail(c, "fetching");
    (void)git_remote_disconnect(remote);
    if (rc == 0 && git_remote_update_tips(remote, &options.callbacks, options.update_fetchhead,
                                          options.download_tags, "noctule: fetch") != 0)
        rc = commits_fail(c, ERR_IO, "fetching");
    return rc;
}

int remote_fetch(const struct commits *c, struct arena *arena, const char *name,
                 struct remote_heads *out) {
    git_remote *remote = NULL;
    struct talk t = {.push = NULL};
    int rc = check_whole(c);
    if (rc == 0)
        rc = find(c, arena, name, &remote, out);
    if (rc == 0)
        rc = check_path(remote);
    if (rc == 0)
        rc = fetch(c, remote, &t);
    t.tries = 0;
    halt_wait_begin();
    if (rc == 0)
        rc = connect_to(c, remote, &t);
    if (rc == 0)
        rc = list(c, arena, remote, out);
    halt_wait_end();
    if (rc == 0)
        rc = git_odb_refresh(c->odb) == 0 ? verify(c, remote, out)
                                          : commits_fail(c, ERR_IO, "reading what was fetched");
    git_remote_free(remote);
    return rc;
}

const char *remote_head_of(const struct remote_heads *heads, const char *ref) {
    for (size_t i = 0; i < heads->len; i++)
        if (strcmp(heads->rows[i].ref, ref) == 0)
            return heads->rows[i].id;
    return "";
}

static int stale(const struct remote_push *p, const char *now) {
    return err_set(ERR_BUSY,
                   "the lease does not hold: %s of %s is at %s, and when we looked it was "
                   "at %s; nothing was pushed, fetch and look what is there",
                   p->to, p->remote, *now ? now : "nothing", *p->lease ? p->lease : "nothing");
}

static int send(const struct commits *c, git_remote *remote, const struct remote_push *p,
                const char *spec) {
    git_push_options options;
    struct talk t = {.push = p};
    char *specs[] = {(char *)(uintptr_t)spec};
    const git_strarray list_of_one = {specs, 1};
    git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION);
    fill_callbacks(&options.callbacks, &t);
    options.callbacks.push_negotiation = on_negotiation;
    options.callbacks.push_update_reference = on_update;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
    halt_wait_begin();
    int got = git_remote_push(remote, &list_of_one, &options);
    halt_wait_end();
    if (t.stale)
        return stale(p, t.said);
    if (got == GIT_ENONFASTFORWARD)
        return stale(p, "something that is not below ours");
    if (got != 0)
        return fail(c, "pushing");
    if (*t.said)
        return err_set(ERR_IO, "%s refused %s: %s", p->remote, p->to, t.said);
    return t.told ? 0 : err_set(ERR_IO, "%s did not say whether it took %s", p->remote, p->to);
}

static int push_smart(const struct commits *c, struct arena *arena, git_remote *remote,
                      const struct remote_push *p) {
    return send(c, remote, p,
                arena_printf(arena, "%srefs/heads/%s:%s", p->forced ? "+" : "", p->branch, p->to));
}

/* The branch itself moves by git's own compare and swap, in the repository of the path. */
static int swap_ref(git_repository *there, const struct remote_push *p) {
    git_reference *ref = NULL;
    git_oid id, old;
    int got;
    if (git_oid_fromstr(&id, p->id) != 0)
        return GIT_ERROR;
    if (!*p->lease)
        got = git_reference_create(&ref, there, p->to, &id, 0, "noctule: push");
    else if (git_oid_fromstr(&old, p->lease) != 0)
        got = GIT_ERROR;
    else
        got = git_reference_create_matching(&ref, there, p->to, &id, 1, &old, "noctule: push");
    git_reference_free(ref);
    return got;
}

static int push_local(const struct commits *c, struct arena *arena, git_remote *remote,
                      const struct remote_push *p) {
    const char *url =
        git_remote_pushurl(remote) ? git_remote_pushurl(remote) : git_remote_url(remote);
    const char *path = strncmp(url, "file://", 7) == 0 ? url + 7 : url;
    git_repository *there = NULL;
    struct remote_push parked = *p;
    int rc = 0;
    if (p->forced)
        return err_set(ERR_UNSUPPORTED,
                       "%s is a path, where a forced push overwrites without "
                       "comparing; serve it (git daemon, ssh, http) instead",
                       p->remote);
    if (git_repository_open_bare(&there, path) != 0)
        return commits_fail(c, ERR_UNSUPPORTED, "opening the remote, which must be bare");
    parked.to = arena_printf(arena, "refs/noctule/incoming/%s", p->id);
    parked.lease = "";
    git_reference *left = NULL; /* by a push that was cut short */
    if (git_reference_lookup(&left, there, parked.to) == 0)
        (void)git_reference_delete(left);
    git_reference_free(left);
    rc = send(c, remote, &parked, arena_printf(arena, "refs/heads/%s:%s", p->branch, parked.to));
    if (rc == 0) {
        int got = swap_ref(there, p);
        if (got == GIT_EMODIFIED || got == GIT_EEXISTS || got == GIT_ENOTFOUND)
            rc = stale(p, "another commit");
        else if (got != 0)
            rc = commits_fail(c, ERR_IO, "moving the branch of the remote");
    }
    (void)git_reference_remove(there, parked.to);
    git_repository_free(there);
    return rc;
}

/* No wait that may be cut: the branch has moved, and what is published is to be noted. */
static int read_back(const struct commits *c, struct arena *arena, const struct remote_push *p) {
    struct remote_heads heads = {.url = ""};
    int rc = look(c, arena, p->remote, &heads);
    if (rc < 0)
        return err_while(rc, "reading back what was pushed");
    const char *now = remote_head_of(&heads, p->to);
    if (strcmp(now, p->id) == 0)
        return 0;
    return err_set(ERR_IO, "%s took %.12s, and reads back as %s: somebody pushed right behind us",
                   p->to, p->id, *now ? now : "nothing");
}

int remote_push(const struct commits *c, struct arena *arena, const struct remote_push *push) {
    git_remote *remote = NULL;
    struct remote_heads heads = {.url = ""};
    int rc = find(c, arena, push->remote, &remote, &heads);
    if (rc == 0)
        rc = heads.local ? push_local(c, arena, remote, push) : push_smart(c, arena, remote, push);
    git_remote_free(remote);
    return rc == 0 ? read_back(c, arena, push) : rc;
}
