/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/place.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "orchestrator/store/db.h"

static const char build_folder[] = "build";

/* Where this program was started from. A build folder below the root is named from the root, so
 * that commands read the same in every checkout. Elsewhere lies a Noctule that was installed or
 * built for another subject: nothing is built into that. */
static const char *own_folder(struct place *p) {
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n <= 0)
        return ".";
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    size_t root = strlen(p->root);
    if (strncmp(self, p->root, root) == 0 && self[root] == '/')
        return arena_strdup(&p->arena, self + root + 1);
    return p->config.build_count ? build_folder : arena_strdup(&p->arena, self);
}

int place_open(struct place *out, const char *build) {
    struct place p = {0};
    const char *path;
    arena_init(&p.arena, 0);
    int rc = config_find(&p.arena, &path);
    if (rc == 0)
        rc = config_load(&p.config, path);
    if (rc < 0) {
        place_close(&p);
        return rc;
    }
    char *root = arena_strdup(&p.arena, p.config.root);
    size_t len = strlen(root);
    if (len > 1 && root[len - 1] == '/')
        root[len - 1] = '\0';
    p.root = root;
    p.config.root = root;
    p.logs = arena_printf(&p.arena, "%s/logs", root);
    p.db = arena_printf(&p.arena, "%s/noctule.db", p.logs);
    p.dashboard = arena_printf(&p.arena, "%s/dashboard", p.logs);
    p.ledger = arena_printf(&p.arena, "%s/ledger", root);
    p.build = build ? arena_strdup(&p.arena, build) : own_folder(&p);
    *out = p;
    return 0;
}

void place_close(struct place *p) {
    config_done(&p->config);
    arena_done(&p->arena);
    *p = (struct place){0};
}

int place_open_index(struct db **out, const struct place *p) {
    return db_open(out, p->db, DB_READ);
}
