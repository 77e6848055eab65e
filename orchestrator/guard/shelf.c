/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/guard/shelf.h"

#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/content.h"

enum { BYTES_MAX = 1 << 20, SHORT_ID = 12 };

int shelf_preset(const void *shelf, struct arena *arena, const char *path, const char **text,
                 size_t *len) {
    const struct shelf *s = shelf;
    struct file file;
    if (*path != '/')
        return content_follow(s->commits, arena, s->tree,
                              arena_printf(arena, "%s%s", s->folder, path), BYTES_MAX, text, len);
    int rc = file_read(&file, path, BYTES_MAX);
    if (rc < 0)
        return rc;
    *len = file.size;
    *text = arena_strndup(arena, (const char *)file.data, file.size);
    file_done(&file);
    return 0;
}

int shelf_find(struct shelf *out, struct arena *arena, const struct commits *c, const char *id,
               const char *prefix) {
    struct commits_entry e;
    int rc = commits_entry(c, arena, id, &e);
    if (rc < 0)
        return rc;
    char *folder = arena_strdup(arena, prefix);
    *out = (struct shelf){.commits = c, .tree = arena_strdup(arena, e.tree), .folder = folder};
    for (;;) {
        const char *path = arena_printf(arena, "%snoctule.json", folder);
        size_t at = strlen(folder);
        rc = content_follow(c, arena, e.tree, path, BYTES_MAX, &out->text, &out->len);
        out->name = arena_printf(arena, "%.*s:%s", SHORT_ID, id, path);
        if (rc != ERR_NOTFOUND || at == 0)
            return rc;
        for (folder[--at] = '\0'; at && folder[at - 1] != '/'; at--)
            ;
        folder[at] = '\0';
    }
}
