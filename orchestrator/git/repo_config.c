/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/repo_config.h"

#include <git2.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { COUNT_MAX = 1000 };

/* A file that is not there says nothing, and neither does git's own way to have none. */
static int add(git_config *config, const char *path, git_config_level_t level,
               git_repository *repo) {
    if (!*path || strcmp(path, "/dev/null") == 0)
        return 0;
    int got = git_config_add_file_ondisk(config, path, level, repo, 0);
    return got == GIT_ENOTFOUND ? 0 : got;
}

static int add_found(git_config *config, int (*find)(git_buf *), git_config_level_t level,
                     git_repository *repo) {
    git_buf path = {0};
    int got = find(&path) == 0 ? add(config, path.ptr, level, repo) : 0;
    git_buf_dispose(&path);
    return got;
}

static bool is_yes(const char *word) {
    static const char *const words[] = {"1", "true", "yes", "on"};
    for (size_t i = 0; word && i < sizeof(words) / sizeof(*words); i++)
        if (strcasecmp(word, words[i]) == 0)
            return true;
    return false;
}

static int fill(git_config *config, git_repository *repo) {
    const char *global = getenv("GIT_CONFIG_GLOBAL"), *system = getenv("GIT_CONFIG_SYSTEM");
    git_buf local = {0};
    int got = 0;
    if (!is_yes(getenv("GIT_CONFIG_NOSYSTEM")))
        got = system ? add(config, system, GIT_CONFIG_LEVEL_SYSTEM, repo)
                     : add_found(config, git_config_find_system, GIT_CONFIG_LEVEL_SYSTEM, repo);
    if (got == 0 && global)
        got = add(config, global, GIT_CONFIG_LEVEL_GLOBAL, repo);
    else if (got == 0)
        got = add_found(config, git_config_find_xdg, GIT_CONFIG_LEVEL_XDG, repo);
    if (got == 0 && !global)
        got = add_found(config, git_config_find_global, GIT_CONFIG_LEVEL_GLOBAL, repo);
    if (got == 0)
        got = git_repository_item_path(&local, repo, GIT_REPOSITORY_ITEM_CONFIG);
    if (got == 0)
        got = add(config, local.ptr, GIT_CONFIG_LEVEL_LOCAL, repo);
    git_buf_dispose(&local);
    return got;
}

int repo_config_adopt(git_repository *repo) {
    git_config *config = NULL;
    if (!getenv("GIT_CONFIG_GLOBAL") && !getenv("GIT_CONFIG_SYSTEM") &&
        !getenv("GIT_CONFIG_NOSYSTEM"))
        return 0;
    int got = git_config_new(&config);
    if (got == 0)
        got = fill(config, repo);
    if (got == 0)
        got = git_repository_set_config(repo, config);
    git_config_free(config);
    return got;
}

/* GIT_CONFIG_KEY_N and GIT_CONFIG_VALUE_N, of which the last counts. */
static const char *find_variable(const char *key) {
    const char *count = getenv("GIT_CONFIG_COUNT"), *value = NULL;
    long n = count ? strtol(count, NULL, 10) : 0;
    for (long i = 0; i < n && i < COUNT_MAX; i++) {
        char name[64];
        snprintf(name, sizeof(name), "GIT_CONFIG_KEY_%ld", i);
        const char *said = getenv(name);
        snprintf(name, sizeof(name), "GIT_CONFIG_VALUE_%ld", i);
        if (said && strcasecmp(said, key) == 0 && getenv(name))
            value = getenv(name);
    }
    return value;
}

bool repo_config_find(const git_config *config, const char *key, char *out, size_t size) {
    const char *value = find_variable(key);
    git_config_entry *entry = NULL;
    if (!value && git_config_get_entry(&entry, config, key) == 0)
        value = entry->value;
    bool found = value && (size_t)snprintf(out, size, "%s", value) < size;
    git_config_entry_free(entry);
    return found;
}
