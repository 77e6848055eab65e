/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/programs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/map.h"
#include "orchestrator/store/cells.h"
#include "orchestrator/sweep/plan.h"

enum { PATH_BYTES_MAX = 64 << 10, PROGRAM_MODE = 0755, DIGITS = HASH_HEX_SIZE - 1 };

static const char *folder_of(struct arena *arena, const char *logs) {
    return arena_printf(arena, "%s/programs", logs);
}

static bool has_hash(const char *path, const char *sha256) {
    char digits[HASH_HEX_SIZE];
    return hash_file(path, digits) == 0 && strcmp(digits, sha256) == 0;
}

const char *programs_find(struct arena *arena, const char *logs, const char *sha256) {
    const char *path = arena_printf(arena, "%s/%s", folder_of(arena, logs), sha256);
    if (strlen(sha256) != DIGITS || !has_hash(path, sha256))
        return NULL;
    char *whole = realpath(path, NULL); /* the command runs in another folder than we do */
    const char *kept = whole ? arena_strdup(arena, whole) : NULL;
    free(whole);
    return kept;
}

/* ---- keeping ---- */

static int copy(const char *from, const char *to, const char *sha256) {
    char digits[HASH_HEX_SIZE];
    struct file program;
    int rc = file_map(&program, from);
    if (rc < 0)
        return rc;
    if (strcmp(hash_bytes(program.data, program.size, digits), sha256) != 0)
        rc = err_set(ERR_UNSUPPORTED, "%s is another program than when the run began", from);
    if (rc == 0)
        rc = file_replace(to, program.data, program.size);
    file_done(&program);
    if (rc == 0 && chmod(to, PROGRAM_MODE) != 0)
        rc = err_errno(ERR_IO, "making %s a program", to);
    return rc;
}

/* What is there already is the newest again. */
static int keep(struct arena *arena, const char *folder, const char *from, const char *sha256) {
    const char *to = arena_printf(arena, "%s/%s", folder, sha256);
    if (!has_hash(to, sha256))
        return copy(from, to, sha256);
    return utimensat(AT_FDCWD, to, NULL, 0) == 0 ? 0 : err_errno(ERR_IO, "touching %s", to);
}

static bool is_whole(const struct run_cell *c) {
    for (int v = 0; v < VERDICT_COUNT; v++)
        if (c->count[v] && verdict_is_red((enum verdict)v))
            return false;
    return c->count[VERDICT_PASS] > 0 && c->count[VERDICT_NONE] == 0;
}

static const char *program_of(const struct plan *plan, const char *sha256) {
    for (size_t i = 0; i < plan->len; i++)
        if (strcmp(plan->cells[i].program_sha256, sha256) == 0)
            return plan->cells[i].program;
    return NULL;
}

static int keep_good(struct arena *arena, const char *folder, const struct plan *plan,
                     const struct run_cell *cells, size_t len) {
    struct map seen;
    struct buf path;
    int rc = 0;
    map_init(&seen, 0);
    buf_init(&path, PATH_BYTES_MAX);
    for (size_t i = 0; rc == 0 && i < len && seen.count < PROGRAMS_MAX; i++) {
        const char *sha256 = cells[i].program_sha256;
        if (!*sha256 || !is_whole(&cells[i]) || !map_add(&seen, sha256, strlen(sha256), 0))
            continue;
        const char *program = program_of(plan, sha256);
        buf_reset(&path);
        if (program)
            rc = keep(arena, folder, file_join(&path, plan->config->root, program), sha256);
    }
    map_done(&seen);
    buf_done(&path);
    return rc;
}

/* ---- removing ---- */

struct kept {
    const char *path;
    struct timespec since;
};

static int newest_first(const void *a, const void *b) {
    const struct kept *x = a, *y = b;
    if (x->since.tv_sec != y->since.tv_sec)
        return x->since.tv_sec > y->since.tv_sec ? -1 : 1;
    if (x->since.tv_nsec != y->since.tv_nsec)
        return x->since.tv_nsec > y->since.tv_nsec ? -1 : 1;
    return strcmp(x->path, y->path);
}

static bool is_ours(const char *name) {
    return strlen(name) == DIGITS && strspn(name, "0123456789abcdef") == DIGITS;
}

static size_t read_names(struct arena *arena, const char *folder, DIR *dir, struct kept *out,
                         size_t cap) {
    struct stat st;
    size_t n = 0;
    for (const struct dirent *e; n < cap && (e = readdir(dir)) != NULL;) {
        if (!is_ours(e->d_name))
            continue;
        const char *path = arena_printf(arena, "%s/%s", folder, e->d_name);
        if (lstat(path, &st) == 0)
            out[n++] = (struct kept){path, st.st_mtim};
    }
    return n;
}

/* A run adds no more than PROGRAMS_MAX, so a few rounds' worth is all there can be. */
static int remove_oldest(struct arena *arena, const char *folder) {
    struct kept all[8 * PROGRAMS_MAX];
    DIR *dir = opendir(folder);
    int rc = 0;
    if (!dir)
        return err_errno(ERR_IO, "reading %s", folder);
    size_t n = read_names(arena, folder, dir, all, sizeof(all) / sizeof(*all));
    (void)closedir(dir);
    qsort(all, n, sizeof(*all), newest_first);
    for (size_t i = PROGRAMS_MAX; i < n; i++)
        if (unlink(all[i].path) != 0 && errno != ENOENT)
            rc = err_errno(ERR_IO, "removing %s", all[i].path);
    return rc;
}

int programs_keep(struct db *db, const char *logs, const struct plan *plan, int64_t run) {
    struct arena arena;
    struct run_cell *cells;
    size_t len;
    arena_init(&arena, 0);
    const char *folder = folder_of(&arena, logs);
    int rc = cells_of_run(db, &arena, run, &cells, &len);
    if (rc == 0)
        rc = file_make_dirs(folder);
    if (rc == 0)
        rc = keep_good(&arena, folder, plan, cells, len);
    if (rc == 0)
        rc = remove_oldest(&arena, folder);
    arena_done(&arena);
    return rc;
}
