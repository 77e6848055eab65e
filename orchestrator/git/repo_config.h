/* SPDX-License-Identifier: Apache-2.0 */
/* repo_config: the configuration of a repository from where git itself takes it: the files that
 * GIT_CONFIG_GLOBAL and GIT_CONFIG_SYSTEM name, or not (GIT_CONFIG_NOSYSTEM), and the values of
 * GIT_CONFIG_COUNT. libgit2 looks at none of these variables. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct git_config;
struct git_repository;

/* Has the repository use those files. Without the variables libgit2's own choice stands. 0, or what
 * libgit2 says. */
int repo_config_adopt(struct git_repository *repo);
/* The value of a key, "user.name"; false when it has none, or one of size bytes and more. */
bool repo_config_find(const struct git_config *config, const char *key, char *out, size_t size);
