/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/nest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/err.h"
#include "orchestrator/git/handle.h"

/* What git looks for (is_git_directory()); some file systems take it by any case. */
static const struct {
    const char *name;
    unsigned bit;
} parts[] = {
    {"HEAD",      1},
    {"objects",   2},
    {"refs",      4},
    {"commondir", 6}, /* both of those are elsewhere */
    {"config",    0},
};
enum { PARTS = sizeof(parts) / sizeof(*parts), WHOLE = 7 };

static bool is_part(const char *name, size_t len, unsigned *bit) {
    for (size_t i = 0; i < PARTS; i++)
        if (strlen(parts[i].name) == len && strncasecmp(parts[i].name, name, len) == 0) {
            *bit = parts[i].bit;
            return true;
        }
    return false;
}

static bool is_nest(const git_tree *tree, const char *folder) {
    git_tree_entry *entry = NULL;
    git_tree *inside = NULL;
    unsigned found = 0, bit;
    if (git_tree_entry_bypath(&entry, tree, folder) == 0 &&
        git_tree_lookup(&inside, git_tree_owner(tree), git_tree_entry_id(entry)) == 0)
        for (size_t i = 0; i < git_tree_entrycount(inside); i++) {
            const char *name = git_tree_entry_name(git_tree_entry_byindex(inside, i));
            found |= is_part(name, strlen(name), &bit) ? bit : 0;
        }
    git_tree_free(inside);
    git_tree_entry_free(entry);
    return found == WHOLE;
}

bool nest_holds(const struct git_tree *tree, const char *path) {
    char *folder = xstrdup(path);
    bool found = false;
    unsigned bit;
    for (char *slash = strchr(folder, '/'); slash && !found; slash = strchr(slash + 1, '/')) {
        const char *part = path + (slash - folder) + 1;
        *slash = '\0';
        found = is_part(part, strcspn(part, "/"), &bit) && is_nest(tree, folder);
        *slash = '/';
    }
    free(folder);
    return found;
}
