/* SPDX-License-Identifier: Apache-2.0 */
/* policy: what the tests of the commit rules share: views out of a few words. */
#pragma once

#include <stdio.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/policy/policy.h"
#include "tests/test.h"

struct shown {
    const char *message;     /* NULL = none is shown */
    const char *path, *text; /* a changed file; text NULL = it is gone or no text */
    unsigned old_mode, mode; /* 0 and 0 = no file is shown */
    const char *link;        /* where AGENTS.md points; NULL = it is not there, "" = a file */
    size_t commits, merges, behind; /* commits 0 = no range is shown */
    const char *failed;             /* the command that did not build; NULL = not built */
};

static inline void show_change(struct arena *arena, const struct shown *s, struct view *v) {
    struct view_change *c = arena_alloc(arena, sizeof(*c));
    *c = (struct view_change){.path = s->path, .old_mode = s->old_mode, .mode = s->mode};
    c->text = s->text;
    c->len = s->text ? strlen(s->text) : 0;
    c->size = (int64_t)c->len;
    c->binary = !s->text && s->mode;
    c->lines = arena_array(arena, c->len + 1, sizeof(*c->lines));
    for (const char *at = s->text; at && *at;
         at += at[strcspn(at, "\n")] ? strcspn(at, "\n") + 1 : strcspn(at, "\n")) {
        c->lines[c->line_count] = (struct view_line){c->line_count + 1, at, strcspn(at, "\n")};
        c->line_count++;
    }
    c->added = c->line_count;
    v->changes = c;
    v->change_count = 1;
    v->parts |= VIEW_CHANGES;
}

static inline void show(struct arena *arena, const struct shown *s, struct view_range *out) {
    struct view *v = arena_array(arena, s->commits + 1, sizeof(*v));
    *out = (struct view_range){.commits = v, .len = s->commits ? s->commits : 1, .upstream = ""};
    for (size_t i = 0; i < out->len; i++) {
        v[i] = (struct view){.id = "", .author = "Ada", .author_email = "ada@example.org"};
        v[i].committer_email = v[i].author_email;
        v[i].merge = i < s->merges;
        if (s->message) {
            message_parse(&v[i].message, arena, s->message, strlen(s->message), 0);
            v[i].parts |= VIEW_MESSAGE | VIEW_AUTHOR;
        }
        if (s->path)
            show_change(arena, s, &v[i]);
        v[i].files = arena_alloc(arena, sizeof(struct view_file));
        v[i].files[0] = (struct view_file){"AGENTS.md", s->link && *s->link ? 0120000 : 0100644,
                                           s->link ? s->link : ""};
        v[i].file_count = s->link != NULL;
        v[i].parts |= VIEW_FILES | (s->commits ? VIEW_HISTORY : 0) | (s->failed ? VIEW_BUILD : 0);
        v[i].build = (struct view_build){s->failed && *s->failed ? s->failed : NULL, "it said so"};
    }
    out->upstream = s->commits ? "origin/main" : "";
    out->behind = s->behind;
}
