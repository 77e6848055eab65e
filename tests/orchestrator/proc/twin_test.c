/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/folder.h"
#include "orchestrator/proc/closed.h"
#include "orchestrator/proc/sandbox.h"
#include "tests/test.h"

enum { PATH_BYTES = 4096 };

static const char *path_of(const char *name) {
    static char path[PATH_BYTES], folder[PATH_BYTES / 2];
    if (!*folder)
        (void)snprintf(folder, sizeof(folder), "%s", test_folder());
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name) {
    EXPECT_INT(file_replace(path_of(name), "base", 4), 0);
}

static void tie(const char *from, const char *to) {
    char first[PATH_BYTES];
    (void)snprintf(first, sizeof(first), "%s", path_of(from));
    EXPECT_INT(link(first, path_of(to)), 0);
}

/* tree/shut/x, tree/open/y and other/z, each with one name. */
static void make_tree(void) {
    static const char *const folders[] = {"tree/shut", "tree/open/sub", "other"};
    EXPECT_INT(folder_remove(path_of("tree")), 0);
    EXPECT_INT(folder_remove(path_of("other")), 0);
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
        EXPECT_INT(file_make_dirs(path_of(folders[i])), 0);
    put("tree/shut/x");
    put("tree/open/y");
    put("other/z");
}

static const struct {
    const char *from, *to; /* the second name, "" = none */
    const char *named;     /* in the sentence; NULL: let through */
} rows[] = {
    {"",            "",                NULL        },
    {"tree/shut/x", "tree/open/x",     "open/x"    },
    {"tree/shut/x", "tree/open/sub/x", "open/sub/x"},
    {"tree/shut/x", "tree/shut/again", NULL        },
    {"tree/open/y", "tree/open/sub/y", NULL        },
    {"tree/open/y", "tree/shut/y",     "open/y"    },
    {"other/z",     "tree/open/z",     "open/z"    },
    {"other/z",     "tree/z",          "z"         },
    {"other/z",     "tree/shut/z",     NULL        },
};

TEST(a_second_name_is_refused_where_one_of_them_may_not_be_written) {
    static const char *const closed[] = {"shut", NULL};
    char tree[PATH_BYTES];
    (void)snprintf(tree, sizeof(tree), "%s", path_of("tree"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        make_tree();
        if (*rows[i].from)
            tie(rows[i].from, rows[i].to);
        int rc = twin_refuse(tree, closed);
        size_t len = rows[i].named ? strlen(rows[i].named) : 0;
        bool named = rc == ERR_NOTNOW && strncmp(err_text(), rows[i].named, len) == 0 &&
                     err_text()[len] == ' ';
        (void)test_check(rows[i].named ? named : rc == 0, __FILE__, __LINE__, "%s %s: %s",
                         rows[i].from, rows[i].to, rc ? err_text() : "let through");
    }
}

/* At each level, before anything runs; and none can be made inside, though the folder may be
 * written. */
TEST(what_is_closed_is_written_by_no_name) {
    static const char *const closed[] = {"shut", NULL};
    static const char script[] =
        "ln shut/x open/link; ln shut/x shut/link; ln -L shut/x link; for f in open/link shut/link "
        "link open/x; do echo evil >$f; done; ln open/y open/two && echo ran >open/two";
    const char *argv[] = {"sh", "-c", script, NULL};
    char tree[PATH_BYTES];
    (void)chmod(path_of(""), 0755); /* the sandbox of root has a user of its own */
    (void)snprintf(tree, sizeof(tree), "%s", path_of("tree"));
    struct sandbox_spec spec = {
        .argv = argv, .tree = tree, .read_only = closed, .least = SANDBOX_LIMITS};
    const struct sandbox_sink sink = {-1, NULL};
    int abi;
    enum sandbox_level best = sandbox_best(&abi);
    for (spec.only = abi >= 3 ? SANDBOX_LANDLOCK : SANDBOX_NAMESPACES; spec.only <= best;
         spec.only++)
        for (int tied = 0; tied < 2; tied++) {
            struct sandbox_report report;
            struct file f = {0};
            make_tree();
            if (tied)
                tie("tree/shut/x", "tree/open/x");
            EXPECT_INT(sandbox_run(&spec, &sink, &sink, NULL, &report), tied ? ERR_NOTNOW : 0);
            EXPECT_INT(file_read(&f, path_of("tree/shut/x"), 64), 0);
            EXPECT(f.size == 4 && memcmp(f.data, "base", 4) == 0);
            file_done(&f);
            EXPECT_INT(file_read(&f, path_of("tree/open/y"), 64), 0);
            EXPECT(f.size == 4 && (memcmp(f.data, "ran\n", 4) == 0) == !tied);
            file_done(&f);
        }
}

TEST(a_folder_that_is_shut_is_not_given_away) {
    make_tree();
    tie("other/z", "tree/open/sub/z");
    EXPECT_INT(chmod(path_of("tree/open/sub"), 0), 0);
    char tree[PATH_BYTES];
    (void)snprintf(tree, sizeof(tree), "%s", path_of("tree"));
    EXPECT_INT(twin_refuse(tree, NULL), ERR_NOTNOW);
    /* Nothing is shut to root, who sees what is in it. */
    EXPECT(strstr(err_text(), geteuid() ? "open/sub cannot be looked into" : "open/sub/z has"));
    EXPECT_INT(chmod(path_of("tree/open/sub"), 0755), 0);
}
