/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/decoy/script.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/agent/tree.h"
#include "orchestrator/decoy/decoy.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/content.h"
#include "orchestrator/git/gather.h"
#include "orchestrator/sweep/config.h"
#include "orchestrator/sweep/prepare.h"

enum { SAID_MAX = 16 << 20, SECONDS = 600, FILE_MAX = 1 << 30, ENTRIES = 2000000 };

struct job {
    const struct decoy_fixture *f;
    size_t which;
    const unsigned char *side;
    struct tree tree;
};

static bool is_asked(const struct job *j, size_t id) {
    return j->side[id] == j->which;
}

static const char *const *words_of(const struct job *j) {
    size_t n = 0;
    while (j->f->command[n])
        n++;
    const char **argv = arena_array(&j->f->out->arena, n + j->f->id_count + 1, sizeof(*argv));
    memcpy(argv, j->f->command, n * sizeof(*argv));
    for (size_t i = 0; i < j->f->id_count; i++)
        if (is_asked(j, i))
            argv[n++] = j->f->ids[i];
    return (const char *const *)argv;
}

/* What it says; its words for people are shown when it fails. */
static int run(const struct job *j, struct buf *said) {
    const struct decoy_spec *s = j->f->spec;
    struct arena *arena = &j->f->out->arena;
    struct sandbox_report report;
    struct buf words;
    const char *root = j->tree.folder;
    if (*s->prefix)
        root = arena_printf(arena, "%s/%s", root, s->prefix);
    const struct sandbox_spec spec = {
        .argv = words_of(j),
        .tree = j->tree.folder,
        .cwd = root,
        .readable = (const char *const *)s->config->fix.readable,
        .environment = (const char *const *)s->config->fix.environment,
        .least = s->least,
        .only = s->only,
        .limits = {.wall_ms = (int64_t)SECONDS * 1000, .output_bytes = SAID_MAX},
    };
    buf_init(&words, SAID_MAX);
    int rc = sandbox_run(&spec, &(struct sandbox_sink){-1, said},
                         &(struct sandbox_sink){-1, &words}, s->stop, &report);
    if (rc == 0 && (report.cut[0] || report.signal || report.code != 0))
        rc = err_set(ERR_FORMAT, "it %s%s: %s",
                     report.cut[0] ? "was cut by the limit of " : "fails", report.cut,
                     words.len ? prepare_last_line(arena, words.data, words.len)
                               : "it said nothing");
    buf_done(&words);
    return rc;
}

static bool is_said(const struct buf *said, const char *id) {
    size_t len = strlen(id);
    for (const char *line = said->data; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, id, len) == 0 && (line[len] == '\n' || !line[len]))
            return true;
        if (!*line)
            break;
    }
    return false;
}

/* Only what the base has becomes other bytes. */
static int take_edits(const struct job *j) {
    static const char *const anything[] = {"", NULL};
    static const struct gather_rules rules = {.file_bytes = FILE_MAX, .entries = ENTRIES};
    static const struct changes_rules all = {
        .allowed = anything, .files = INT64_MAX, .lines = INT64_MAX, .bytes = INT64_MAX};
    const struct decoy_spec *s = j->f->spec;
    struct arena *arena = &j->f->out->arena;
    struct changes gathered = {.files = 0}, judged = {.files = 0};
    int rc = gather_tree(&gathered, s->commits, s->base, j->tree.folder, &rules);
    if (rc == 0)
        rc = changes_judge(&judged, s->commits, s->base, gathered.tree, &all);
    if (rc == 0 && gathered.refused)
        rc = err_set(ERR_FORMAT, "it leaves %s: %s", gathered.refusals[0].path,
                     gathered.refusals[0].text);
    for (int64_t i = 0; rc == 0 && i < judged.files; i++) {
        const char *path = arena_strdup(arena, judged.paths[i]), *text = "";
        size_t len = 0;
        rc = content_read(s->commits, arena, gathered.tree, path, FILE_MAX, &text, &len);
        if (rc == 0)
            decoys_edit(j->f->out, j->which, path, text, len);
    }
    changes_done(&judged);
    changes_done(&gathered);
    return rc;
}

static int spoil(struct job *j) {
    struct buf said;
    buf_init(&said, SAID_MAX);
    int rc = tree_make(&j->tree, j->f->spec->commits, j->f->spec->base);
    if (rc < 0)
        return rc;
    rc = run(j, &said);
    if (rc == 0)
        rc = take_edits(j);
    tree_remove(&j->tree);
    decoys_tell_others(j->f, j->which, DECOY_PASS);
    for (size_t i = 0; rc == 0 && i < j->f->id_count; i++)
        if (is_asked(j, i))
            decoys_tell(j->f, j->which, j->f->ids[i],
                        is_said(&said, j->f->ids[i]) ? DECOY_FAIL : DECOY_UNKNOWN);
    buf_done(&said);
    return rc;
}

int script_spoil(const struct decoy_fixture *f) {
    unsigned char *side = arena_array(&f->out->arena, f->id_count + 1, 1);
    int rc = 0;
    decoys_share(f->out, side, f->id_count);
    for (size_t which = 0; rc == 0 && which < DECOY_TREES; which++) {
        struct job j = {.f = f, .which = which, .side = side};
        bool asked = false;
        for (size_t i = 0; i < f->id_count; i++)
            asked |= is_asked(&j, i);
        if (asked)
            rc = spoil(&j);
        else
            decoys_tell_others(f, which, DECOY_PASS);
    }
    return rc < 0 ? err_while(rc, "%s of %s", f->command[0], f->folder) : 0;
}
