/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/closed.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/folder.h"
#include "orchestrator/proc/sandbox.h"
#include "tests/test.h"

enum { PATH_BYTES = 4096 };

static void write_file(const char *folder, const char *name, const char *text) {
    char path[PATH_BYTES * 2];
    (void)snprintf(path, sizeof(path), "%.8000s/%.64s", folder, name);
    EXPECT_INT(file_replace(path, text, strlen(text)), 0);
}

static void make_tree(const char *tree) {
    char path[PATH_BYTES * 2];
    EXPECT_INT(folder_remove(tree), 0);
    (void)snprintf(path, sizeof(path), "%s/real/sub", tree);
    EXPECT_INT(file_make_dirs(path), 0);
    write_file(path, "y", "base");
    (void)snprintf(path, sizeof(path), "%s/real", tree);
    write_file(path, "x", "base");
    (void)snprintf(path, sizeof(path), "%s/lnk", tree);
    (void)symlink("real", path);
    (void)snprintf(path, sizeof(path), "%s/out", tree);
    (void)symlink("/usr", path);
}

static bool is_here(enum sandbox_level level) {
    int abi;
    enum sandbox_level best = sandbox_best(&abi);
    return level <= best && (level != SANDBOX_LANDLOCK || abi >= 3);
}

static bool is_base(const char *tree, const char *name) {
    char path[PATH_BYTES * 2];
    struct file f;
    (void)snprintf(path, sizeof(path), "%.4000s/%s", tree, name);
    bool base = file_read(&f, path, 64) == 0 && f.size == 4 && memcmp(f.data, "base", 4) == 0;
    file_done(&f);
    return base;
}

/* However it is written, and whatever is done to the folders above it. */
static void expect_closed(enum sandbox_level level, const char *tree) {
    static const struct {
        const char *closed, *script, *file;
    } rows[] = {
        {"real/x",     "echo evil >real/x",                                      "real/x"    },
        {"./real/x",   "echo evil >real/x",                                      "real/x"    },
        {"real//x",    "echo evil >real/x",                                      "real/x"    },
        {"real/./x/",  "echo evil >real/x",                                      "real/x"    },
        {"real/",      "echo evil >real/sub/y",                                  "real/sub/y"},
        {".",          "echo evil >real/x",                                      "real/x"    },
        {"real/x",     "echo evil >lnk/x",                                       "real/x"    },
        {"real/x",     "mv real r2; mkdir real; echo evil >real/x",              "real/x"    },
        {"real/sub",   "mv real r2; mkdir -p real/sub; echo evil >real/sub/y",   "real/sub/y"},
        {"real/sub/y", "mv real/sub real/s; mkdir real/sub; echo e >real/sub/y", "real/sub/y"},
        {"real/sub/y", "mv real r2; cp -r r2 real; echo evil >real/sub/y",       "real/sub/y"},
        {"real/x",     "rm -rf real; mkdir real; echo evil >real/x",             "real/x"    },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *const closed[] = {rows[i].closed, "real/sub/y", NULL};
        const char *argv[] = {"sh", "-c", rows[i].script, NULL};
        struct sandbox_spec spec = {.argv = argv,
                                    .tree = tree,
                                    .read_only = closed,
                                    .least = SANDBOX_LIMITS,
                                    .only = level,
                                    .limits = {.wall_ms = 60000}};
        struct sandbox_sink sink = {-1, NULL};
        struct sandbox_report report;
        make_tree(tree);
        int rc = sandbox_run(&spec, &sink, &sink, NULL, &report);
        (void)test_check(rc == 0 && is_base(tree, rows[i].file), __FILE__, __LINE__,
                         "%s: %s at %s: %s", rows[i].closed, rows[i].script,
                         sandbox_level_name(level), rc ? err_text() : "written");
    }
}

/* What could not be held is said before anything runs. */
static void expect_not_to_be_closed(enum sandbox_level level, const char *tree) {
    static const char *const rows[][2] = {
        {"lnk",            "lnk is a link"           },
        {"lnk/x",          "lnk is a link"           },
        {"out",            "name what it leads to"   },
        {"real/../real/x", "without \"..\""          },
        {"../tree/x",      "without \"..\""          },
        {"/etc",           "no path below the folder"},
        {"",               "no path below the folder"},
        {"nope",           "it is not there"         },
        {"real/nope/x",    "it is not there"         },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *const closed[] = {"real/sub", rows[i][0], NULL};
        const char *argv[] = {"touch", "ran", NULL};
        struct sandbox_spec spec = {.argv = argv,
                                    .tree = tree,
                                    .read_only = closed,
                                    .least = SANDBOX_LIMITS,
                                    .only = level};
        struct sandbox_sink sink = {-1, NULL};
        struct sandbox_report report;
        make_tree(tree);
        int rc = sandbox_run(&spec, &sink, &sink, NULL, &report);
        (void)test_check(rc < 0 && strstr(err_text(), rows[i][1]), __FILE__, __LINE__,
                         "%s: %s lacks %s", rows[i][0], rc ? err_text() : "taken", rows[i][1]);
    }
}

TEST(what_is_read_only_is_so_by_every_name) {
    static const enum sandbox_level levels[] = {SANDBOX_NAMESPACES, SANDBOX_LANDLOCK};
    char tree[PATH_BYTES];
    const char *folder = test_folder();
    (void)chmod(folder, 0755); /* the sandbox of root has a user of its own */
    (void)snprintf(tree, sizeof(tree), "%s/closed", folder);
    EXPECT(true);
    for (size_t l = 0; l < 2; l++) {
        if (!is_here(levels[l]))
            continue;
        expect_closed(levels[l], tree);
        expect_not_to_be_closed(levels[l], tree);
    }
}

TEST(paths_are_written_in_one_way) {
    static const char *const paths[] = {"a/b/c", "./a//b/c/", "a/b/d", "e/f", "e", "a/b/x/y", NULL};
    struct arena arena;
    const char *const *closed;
    arena_init(&arena, 0);
    REQUIRE(closed_resolve(&arena, "/nowhere", paths, true, &closed) == 0);
    EXPECT_STR(closed[0], "a/b/c");
    EXPECT_STR(closed[1], "a/b/d");
    EXPECT_STR(closed[2], "e");
    EXPECT_STR(closed[3], "a/b/x/y");
    EXPECT(!closed[4]);
    EXPECT(closed_has(closed, "e/f") && closed_has(closed, "a/b/c") && !closed_has(closed, "a/b"));
    EXPECT(!closed_has(closed, "ee"));
    EXPECT(!*closed_ways(&arena, "/nowhere", closed));
    arena_done(&arena);
}
