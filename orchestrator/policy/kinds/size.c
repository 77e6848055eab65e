/* SPDX-License-Identifier: Apache-2.0 */
/* How much a commit may change. */
#include "orchestrator/policy/glob.h"
#include "orchestrator/policy/kind.h"

struct params {
    int64_t files, lines, bytes, file_bytes;
    const char **except;
    bool binary;
};

static const struct param rows[] = {
    {"files",      PARAM_INT,   offsetof(struct params, files),      NULL  },
    {"lines",      PARAM_INT,   offsetof(struct params, lines),      NULL  },
    {"bytes",      PARAM_INT,   offsetof(struct params, bytes),      NULL  },
    {"file_bytes", PARAM_INT,   offsetof(struct params, file_bytes), NULL  },
    {"binary",     PARAM_BOOL,  offsetof(struct params, binary),     "true"},
    {"except",     PARAM_GLOBS, offsetof(struct params, except),     NULL  },
    PARAM_END_ROW,
};

static void cap(struct finder *f, int64_t limit, int64_t n, const char *what) {
    if (limit >= 0 && n > limit)
        finder_add(f, "diff", 0, "%lld %s, over %lld", (long long)n, what, (long long)limit);
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    int64_t files = 0, lines = 0, bytes = 0;
    for (size_t i = 0; i < v->change_count; i++) {
        const struct view_change *c = &v->changes[i];
        if (glob_match_any(p->except, finder_path(f, c->path)))
            continue;
        files++;
        lines += (int64_t)(c->added + c->removed);
        bytes += c->size;
        if (p->file_bytes >= 0 && c->size > p->file_bytes)
            finder_add(f, c->path, 0, "%lld bytes, over %lld", (long long)c->size,
                       (long long)p->file_bytes);
        if (!p->binary && c->binary && c->mode)
            finder_add(f, c->path, 0, "is no text");
    }
    cap(f, p->files, files, "files changed");
    cap(f, p->lines, lines, "lines added and removed");
    cap(f, p->bytes, bytes, "bytes in the changed files");
}

const struct kind kind_size = {
    .name = "size",
    .summary = "Caps of a commit: files, lines, bytes of them all, bytes of one, binary files.",
    .mend = "make two commits of it, each for one purpose",
    .needs = VIEW_CHANGES,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
