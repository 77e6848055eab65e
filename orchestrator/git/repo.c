/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/repo.h"

#include <git2.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

const char *const repo_records[] = {"ledger", "logs", NULL};

static int fail(int code, const char *doing, const char *folder) {
    const git_error *e = git_error_last();
    return err_set(code, "%s of %s: %s", doing, folder, e ? e->message : "git failed");
}

static int read_commit(struct repo_head *out, git_repository *repo, const char *folder) {
    git_reference *head = NULL;
    git_object *commit = NULL;
    int rc = git_repository_head(&head, repo);
    if (rc == GIT_EUNBORNBRANCH || rc == GIT_ENOTFOUND)
        return 0;
    if (rc == 0 && git_reference_is_branch(head))
        snprintf(out->branch, sizeof(out->branch), "%s", git_reference_shorthand(head));
    if (rc == 0)
        rc = git_reference_peel(&commit, head, GIT_OBJECT_COMMIT);
    if (rc == 0) {
        git_oid_tostr(out->commit, sizeof(out->commit), git_object_id(commit));
        git_oid_tostr(out->tree, sizeof(out->tree),
                      git_commit_tree_id((const git_commit *)(const void *)commit));
    }
    git_object_free(commit);
    git_reference_free(head);
    return rc == 0 ? 0 : fail(ERR_IO, "reading the head", folder);
}

static bool is_below(const char *path, const char *folder) {
    size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 && path[len] == '/';
}

/* Where folder lies below the top of its checkout: "", or "sub/folder/". */
static void find_prefix(git_repository *repo, const char *folder, char out[PATH_MAX]) {
    char here[PATH_MAX], top[PATH_MAX];
    size_t len = 0;
    out[0] = '\0';
    if (!realpath(folder, here) || !realpath(git_repository_workdir(repo), top))
        return;
    len = strlen(top);
    if (strncmp(here, top, len) == 0 && here[len] == '/')
        snprintf(out, PATH_MAX, "%s/", here + len + 1);
}

static bool is_record(const char *path, const char *prefix, const char *const *records) {
    size_t len = strlen(prefix);
    if (!path || strncmp(path, prefix, len) != 0)
        return false;
    for (; records && *records; records++)
        if (is_below(path + len, *records))
            return true;
    return false;
}

static int read_dirty(struct repo_head *out, git_repository *repo, const char *folder,
                      const char *const *records) {
    char prefix[PATH_MAX];
    git_status_options options;
    git_status_list *list = NULL;
    find_prefix(repo, folder, prefix);
    git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                    GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
    if (git_status_list_new(&list, repo, &options) != 0)
        return fail(ERR_IO, "reading the status", folder);
    for (size_t i = 0; i < git_status_list_entrycount(list) && !out->dirty; i++) {
        const git_status_entry *e = git_status_byindex(list, i);
        const git_diff_delta *delta = e->index_to_workdir ? e->index_to_workdir : e->head_to_index;
        const char *path = delta ? delta->new_file.path : NULL;
        out->dirty = !is_record(path, prefix, records);
        if (out->dirty)
            snprintf(out->changed, sizeof(out->changed), "%s", path ? path : "?");
    }
    git_status_list_free(list);
    return 0;
}

int repo_refuse(int opened, const char *folder) {
    const git_error *e = git_error_last();
    if (opened == GIT_EOWNER || (e && strstr(e->message, "safe.directory")))
        return err_set(ERR_UNSUPPORTED,
                       "the repository of %s is another user's; \"git config --global --add "
                       "safe.directory %s\" says that you trust it",
                       folder, folder);
    if (opened == GIT_ENOTFOUND)
        return err_set(ERR_NOTFOUND, "%s is in no git checkout", folder);
    if (e && strstr(e->message, "extensions.objectformat"))
        return err_set(ERR_UNSUPPORTED,
                       "the repository of %s names its objects by SHA-256, which this libgit2 "
                       "cannot read; only a repository of SHA-1 names can be worked in",
                       folder);
    return fail(ERR_IO, "opening the checkout", folder);
}

int repo_read_head(struct repo_head *out, const char *folder, const char *const *records) {
    struct repo_head head = {0};
    git_repository *repo = NULL;
    git_libgit2_init();
    git_error_clear();
    /* The checkout may belong to another user than the one who sweeps it (a container, a CI
     * job); nothing in it is run by reading it. */
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    int opened = git_repository_open_ext(&repo, folder, 0, NULL);
    int rc = opened == 0 ? 0 : repo_refuse(opened, folder);
    if (rc == 0)
        rc = read_commit(&head, repo, folder);
    if (rc == 0 && !git_repository_is_bare(repo))
        rc = read_dirty(&head, repo, folder, records);
    git_repository_free(repo);
    git_libgit2_shutdown();
    if (rc == 0)
        *out = head;
    return rc;
}
