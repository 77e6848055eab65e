/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/hooks.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/handle.h"

enum { SCRIPT_MAX = 1 << 16, MODE = 0755 };

/* By which ours are told from others. */
static const char mark[] = "# Written by noctule hooks install.";

static const struct {
    const char *name, *arguments;
} hooks[HOOKS_COUNT] = {
    {"commit-msg", "check --message \"$1\""},
    {"pre-push",   "check --pre-push"      },
};

/* core.hooksPath counts from the top of the checkout (git-config(1)). */
static const char *find_folder(const struct commits *c, struct arena *arena) {
    git_config *config = NULL;
    git_buf path = {NULL, 0, 0};
    const char *folder = NULL, *top = git_repository_workdir(c->repo);
    if (git_repository_config(&config, c->repo) == 0 &&
        git_config_get_path(&path, config, "core.hooksPath") == 0 && path.size)
        folder = *path.ptr == '/' || !top ? arena_strdup(arena, path.ptr)
                                          : arena_printf(arena, "%s%s", top, path.ptr);
    git_buf_dispose(&path);
    git_config_free(config);
    return folder ? folder : arena_printf(arena, "%shooks", git_repository_commondir(c->repo));
}

/* In single quotes; one that stands in the word itself leaves them for a moment. */
static const char *quote(struct arena *arena, const char *word) {
    const char *out = "'";
    for (; *word; word++)
        out = *word == '\'' ? arena_printf(arena, "%s'\\''", out)
                            : arena_printf(arena, "%s%c", out, *word);
    return arena_printf(arena, "%s'", out);
}

/* exec fails when the program is gone, and then nothing is committed or pushed. */
static const char *script(struct arena *arena, const char *program, const char *rules,
                          const char *arguments) {
    return arena_printf(arena, "#!/bin/sh\n%s\nexec %s %s%s%s\n", mark, quote(arena, program),
                        arguments, rules ? " --rules " : "", rules ? quote(arena, rules) : "");
}

enum found { FOUND_NONE, FOUND_OURS, FOUND_OTHER };

static enum found look(const char *path, struct arena *arena, const char **text) {
    struct file file;
    *text = "";
    if (!file_exists(path))
        return FOUND_NONE;
    if (file_read(&file, path, SCRIPT_MAX) < 0)
        return FOUND_OTHER;
    *text = arena_strndup(arena, (const char *)file.data, file.size);
    file_done(&file);
    return strstr(*text, mark) ? FOUND_OURS : FOUND_OTHER;
}

static int write_hook(const char *path, const char *text) {
    int rc = file_replace(path, text, strlen(text));
    if (rc == 0 && chmod(path, MODE) != 0)
        rc = err_errno(ERR_IO, "cannot make %s an executable", path);
    return rc;
}

static int move(const char *from, const char *to) {
    return rename(from, to) == 0 ? 0 : err_errno(ERR_IO, "cannot move %s to %s", from, to);
}

int hooks_install(const struct commits *c, struct arena *arena, const char *program,
                  const char *rules, bool force, struct hooks_row out[HOOKS_COUNT]) {
    const char *folder = find_folder(c, arena);
    int rc = file_make_dirs(folder);
    for (size_t i = 0; rc == 0 && i < HOOKS_COUNT; i++) {
        const char *path = arena_printf(arena, "%s/%s", folder, hooks[i].name), *old;
        const char *text = script(arena, program, rules, hooks[i].arguments);
        enum found found = look(path, arena, &old);
        if (found == FOUND_OTHER && !force)
            rc = err_set(ERR_NOTNOW,
                         "%s is there already and not ours; --force keeps it as %s.before", path,
                         hooks[i].name);
        else if (found == FOUND_OTHER)
            rc = move(path, arena_printf(arena, "%s.before", path));
        out[i] = (struct hooks_row){hooks[i].name, path, HOOKS_SAME};
        if (rc == 0 && strcmp(old, text) != 0) {
            rc = write_hook(path, text);
            out[i].done = HOOKS_WRITTEN;
        }
    }
    return rc;
}

int hooks_remove(const struct commits *c, struct arena *arena, struct hooks_row out[HOOKS_COUNT]) {
    const char *folder = find_folder(c, arena);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < HOOKS_COUNT; i++) {
        const char *path = arena_printf(arena, "%s/%s", folder, hooks[i].name), *old;
        const char *before = arena_printf(arena, "%s.before", path);
        out[i] = (struct hooks_row){hooks[i].name, path, HOOKS_ABSENT};
        if (look(path, arena, &old) != FOUND_OURS)
            continue;
        out[i].done = HOOKS_REMOVED;
        if (file_exists(before))
            rc = move(before, path);
        else if (unlink(path) != 0)
            rc = err_errno(ERR_IO, "cannot remove %s", path);
    }
    return rc;
}
