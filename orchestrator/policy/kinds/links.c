/* SPDX-License-Identifier: Apache-2.0 */
/* Files that must be links to one file: the guides of several agents are one guide. */
#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/policy/kind.h"

struct params {
    const char **paths, *to;
    bool optional;
};

static const struct param rows[] = {
    {"paths",    PARAM_PATHS, offsetof(struct params, paths),
     "[\"AGENTS.md\", \"CODEX.md\", \"GEMINI.md\"]"                             },
    {"to",       PARAM_STR,   offsetof(struct params, to),       "\"CLAUDE.md\""},
    {"optional", PARAM_BOOL,  offsetof(struct params, optional), "true"         },
    PARAM_END_ROW,
};

static const char *const *files(const void *params) {
    return ((const struct params *)params)->paths;
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    for (const char **path = p->paths; *path; path++) {
        const struct view_file *file = NULL;
        for (size_t i = 0; i < v->file_count; i++)
            if (strcmp(finder_path(f, v->files[i].path), *path) == 0)
                file = &v->files[i];
        if (!file || file->mode == 0) {
            if (!p->optional)
                finder_add(f, *path, 0, "is missing; it is a link to %s", p->to);
        } else if (file->mode != VIEW_LINK) {
            finder_add(f, *path, 0, "is a file of its own, not a link to %s", p->to);
        } else if (strcmp(file->target, p->to) != 0) {
            finder_add(f, *path, 0, "is a link to \"%s\", not to %s", file->target, p->to);
        }
    }
}

const struct kind kind_links = {
    .name = "links",
    .summary = "Files that are symbolic links to another: AGENTS.md and its kin to CLAUDE.md.",
    .mend = "`ln -sf`, and write what it said into the file that it is a link to",
    .needs = VIEW_FILES,
    .params = rows,
    .size = sizeof(struct params),
    .files = files,
    .check = check,
};
