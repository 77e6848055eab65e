/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/bisect/builds.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/worktree.h"
#include "orchestrator/sweep/prepare.h"

static const char key_version[] = "noctule-bisect-build-1", hole[] = "{build}/";

static const char *below(struct builds *b, const char *folder) {
    return *b->prefix ? arena_printf(&b->arena, "%s/%s", folder, b->prefix) : folder;
}

static const char *in_cache(struct builds *b, const char *name) {
    return arena_printf(&b->arena, "%s/%s", b->cache, name);
}

static int read_tip(struct builds *b, const char *tip) {
    const char *folder = in_cache(b, "tip");
    int rc = worktree_fill(b->commits, folder, tip);
    if (rc < 0)
        return rc;
    b->tip_root = below(b, folder);
    const char *path = arena_printf(&b->arena, "%s/noctule.json", b->tip_root);
    rc = config_load(&b->config, path);
    if (rc == ERR_NOTFOUND)
        return err_set(ERR_NOTFOUND, "the bad commit has no %s%snoctule.json", b->prefix,
                       *b->prefix ? "/" : "");
    if (rc < 0)
        return err_while(rc, "the bad commit's");
    b->config.root = b->tip_root;
    return 0;
}

int builds_open(struct builds *out, const struct commits *commits, const char *cache,
                const char *prefix, const char *name, const char *tip, const char *logs,
                struct loop *loop, const bool *stop) {
    *out = (struct builds){.commits = commits,
                           .cache = cache,
                           .prefix = prefix,
                           .name = *name == '/' || strstr(name, "..") ? "noctule-build" : name,
                           .logs = logs,
                           .loop = loop,
                           .stop = stop};
    arena_init(&out->arena, 0);
    int rc = file_make_dirs(cache);
    if (rc == 0)
        rc = read_tip(out, tip);
    if (rc < 0)
        builds_close(out);
    return rc;
}

void builds_close(struct builds *b) {
    if (b->cache) {
        (void)worktree_remove(in_cache(b, "tip"));
        (void)worktree_remove(in_cache(b, "run"));
    }
    config_done(&b->config);
    arena_done(&b->arena);
    *b = (struct builds){0};
}

static void hash_words(struct hash *hash, const char *const *words) {
    for (; words && *words; words++)
        hash_add(hash, *words, strlen(*words) + 1);
    hash_add(hash, "", 1);
}

static const char *const *borrow(const char **words) {
    return (const char *const *)words;
}

static void hash_commands(const struct config *c, char out[HASH_HEX_SIZE]) {
    struct hash *hash = hash_new();
    const char ***list;
    size_t count;
    config_commands(c, &list, &count);
    for (size_t i = 0; i < count; i++)
        hash_words(hash, borrow(list[i]));
    hash_finish(hash, out);
}

int builds_key(const struct builds *b, const char *tree, char out[HASH_HEX_SIZE]) {
    const char *const *inputs = borrow(b->config.bisect.inputs);
    char digits[HASH_HEX_SIZE];
    size_t count = 0;
    while (inputs && inputs[count])
        count++;
    int rc = commits_hash_paths(b->commits, tree, b->prefix, inputs, count, digits);
    if (rc < 0)
        return rc;
    struct hash *hash = hash_new();
    hash_add(hash, key_version, sizeof(key_version));
    hash_add(hash, digits, sizeof(digits));
    hash_commands(&b->config, digits);
    hash_add(hash, digits, sizeof(digits));
    hash_words(hash, borrow(b->config.bisect.keep));
    hash_add(hash, b->name, strlen(b->name) + 1);
    hash_finish(hash, out);
    return 0;
}

static int copy_bytes(int from, int to, off_t size) {
    while (size > 0) {
        ssize_t n = sendfile(to, from, NULL, (size_t)size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        size -= n;
    }
    return 0;
}

/* With its mode. */
static int copy_file(const char *from, const char *to) {
    struct stat st;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return err_errno(ERR_NOTFOUND, "the build made no %s", from);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755), rc = 0;
    if (out < 0 || fstat(in, &st) != 0 || copy_bytes(in, out, st.st_size) != 0 ||
        fchmod(out, st.st_mode & 0777) != 0)
        rc = err_errno(ERR_IO, "cannot copy %s to %s", from, to);
    close(in);
    if (out >= 0)
        close(out);
    return rc;
}

/* What noctule.json keeps of a build, from its folder into another. */
static int keep_files(struct builds *b, const char *from, const char *to) {
    int rc = 0;
    for (const char *const *k = borrow(b->config.bisect.keep); rc == 0 && *k; k++) {
        const char *name = *k + strlen(hole);
        char *target = arena_printf(&b->arena, "%s/%s", to, name);
        rc = file_make_dirs(
            arena_strndup(&b->arena, target, (size_t)(file_base_name(target) - target)));
        if (rc == 0)
            rc = copy_file(arena_printf(&b->arena, "%s/%s", from, name), target);
    }
    return rc;
}

static int run_commands(struct builds *b, const struct config *config, const char *root,
                        const char *log) {
    struct config how = *config;
    config_commands(config, &how.build, &how.build_count);
    how.root = root;
    return prepare_build(&how, b->name, log, b->config.bisect.build_limit_ms, b->loop, b->stop);
}

/* By the commit's own noctule.json, when it says something else. */
static int run_own_commands(struct builds *b, const char *root, const char *log, int before) {
    struct config own;
    char ours[HASH_HEX_SIZE], theirs[HASH_HEX_SIZE];
    const char *why = arena_strdup(&b->arena, err_text());
    if (config_load(&own, arena_printf(&b->arena, "%s/noctule.json", root)) == 0) {
        hash_commands(&b->config, ours);
        hash_commands(&own, theirs);
        int rc = strcmp(ours, theirs) == 0 ? before : run_commands(b, &own, root, log);
        config_done(&own);
        if (rc == 0 || rc == ERR_STOPPED)
            return rc;
    }
    return err_set(before, "%s", why);
}

static const char *busy_note(struct builds *b, const char *folder) {
    return arena_printf(&b->arena, "%s.busy", folder);
}

/* A build that was killed leaves nobody knows what. */
static int prepare_folder(struct builds *b, const char *tree, const char *folder) {
    const char *busy = busy_note(b, folder);
    int rc = file_exists(busy) ? worktree_remove(folder) : 0;
    if (rc == 0)
        rc = worktree_fill(b->commits, folder, tree);
    return rc == 0 ? file_replace(busy, "", 0) : rc;
}

/* In folder, which holds the tree. */
static int make(struct builds *b, const char *folder, const char *label, const char *kept) {
    const char *log = arena_printf(&b->arena, "%s/%s.build.log", b->logs, label);
    const char *root = below(b, folder);
    int rc = run_commands(b, &b->config, root, log);
    if (rc < 0 && rc != ERR_STOPPED)
        rc = run_own_commands(b, root, log, rc);
    if (rc == 0 && kept)
        rc = keep_files(b, arena_printf(&b->arena, "%s/%s", root, b->name), kept);
    if (rc != ERR_STOPPED)
        (void)unlink(busy_note(b, folder));
    return rc;
}

int builds_get(struct builds *b, const char *tree, const char *label, struct build *out) {
    char key[HASH_HEX_SIZE];
    bool keeps = b->config.bisect.keep != NULL;
    int rc = builds_key(b, tree, key);
    if (rc < 0)
        return rc;
    const char *own = in_cache(b, arena_printf(&b->arena, "%.32s", key));
    const char *done = arena_printf(&b->arena, "%s/done", own);
    const char *kept = arena_printf(&b->arena, "%s/out", own);
    const char *folder = keeps ? in_cache(b, "run") : arena_printf(&b->arena, "%s/tree", own);
    *out = (struct build){.ok = true, .cached = file_exists(done), .why = ""};
    out->root = below(b, folder);
    out->folder = keeps ? kept : b->name;
    if (out->cached)
        return worktree_fill(b->commits, folder, tree);
    const char *shop = keeps ? in_cache(b, "slot") : folder;
    int64_t began = clock_mono_ns();
    rc = file_make_dirs(own);
    if (rc == 0)
        rc = prepare_folder(b, tree, shop);
    if (rc < 0)
        return rc;
    rc = make(b, shop, label, keeps ? kept : NULL);
    out->ms = (double)(clock_mono_ns() - began) / 1e6;
    if (rc < 0 && rc != ERR_STOPPED) {
        *out = (struct build){.why = prepare_last_line(&b->arena, err_text(), strlen(err_text())),
                              .ms = out->ms};
        return 0;
    }
    if (rc == 0)
        rc = file_replace(done, "", 0);
    return rc == 0 ? worktree_fill(b->commits, folder, tree) : rc;
}
