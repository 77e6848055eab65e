/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/ward.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "orchestrator/proc/sandbox.h"
#include "orchestrator/sweep/config.h"

enum { FIXED_WORDS = 24 };

int64_t ward_memory_mib(const struct config *config) {
    int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return config->fix.memory_mib ? config->fix.memory_mib : (pages / 4 * 3 * page) >> 20;
}

/* Once, with a sentence, and not as a fault of each cell. */
static int check_level(const char *require, const char *level) {
    enum sandbox_level least = SANDBOX_NAMESPACES, only;
    int abi, rc = require ? sandbox_level_parse(&least, require) : 0;
    enum sandbox_level best = sandbox_best(&abi);
    only = best;
    if (rc == 0 && level)
        rc = sandbox_level_parse(&only, level);
    if (rc == 0 && (only < least || only > best))
        rc = err_set(ERR_UNSUPPORTED,
                     "the sandbox of workers reaches the level \"%s\" and \"%s\" is required",
                     sandbox_level_name(only > best ? best : only), sandbox_level_name(least));
    return rc;
}

static size_t count(const char *const *words) {
    size_t n = 0;
    while (words && words[n])
        n++;
    return n;
}

/* The words that are always there; how many they are. */
static size_t fill(const char **words, struct arena *arena, const struct config *config,
                   const char *root, const char *self) {
    const char *const fixed[] = {
        self,
        "sandbox",
        "--through",
        "--empty",
        "--cwd",
        root,
        "--readable",
        root,
        "--readable", /* it may play the worker of another kind of suite */
        self,
        "--memory",
        arena_printf(arena, "%" PRId64, ward_memory_mib(config)),
        "--seconds",
        arena_printf(arena, "%" PRId64, config->fix.sweep_ms / 1000),
        "--processes",
        "4096",
    };
    size_t n = sizeof(fixed) / sizeof(*fixed);
    for (size_t i = 0; i < n; i++)
        words[i] = fixed[i];
    return n;
}

static size_t add_each(const char **words, const char *option, const char *const *values) {
    size_t n = 0;
    for (; values && *values; values++) {
        words[n++] = option;
        words[n++] = *values;
    }
    return n;
}

int ward_words(const char *const **out, struct arena *arena, const struct config *config,
               const char *require, const char *level) {
    char self[PATH_MAX], root[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0 || !realpath(config->root, root))
        return err_errno(ERR_IO, "cannot tell where this program is, or %s", config->root);
    self[len] = '\0';
    int rc = check_level(require, level);
    if (rc < 0)
        return rc;
    const char *const *readable = (const char *const *)config->fix.readable;
    const char *const *environment = (const char *const *)config->fix.environment;
    const char *const levels[] = {require ? require : "namespaces", NULL};
    const char *const only[] = {level, NULL};
    const char **words = arena_array(
        arena, FIXED_WORDS + 2 * (count(readable) + count(environment)), sizeof(*words));
    size_t n = 0;
    n += fill(words, arena, config, arena_strdup(arena, root), arena_strdup(arena, self));
    n += add_each(words + n, "--require", levels);
    n += add_each(words + n, "--level", only);
    n += add_each(words + n, "--readable", readable);
    n += add_each(words + n, "--env", environment);
    words[n] = "--";
    *out = (const char *const *)words;
    return 0;
}
