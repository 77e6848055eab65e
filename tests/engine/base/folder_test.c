/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "tests/test.h"

/* One after the other: two of them may stand in one line. */
static const char *in(const char *name) {
    static char home[2048], paths[2][4096];
    static size_t turn;
    char *path = paths[turn++ % 2];
    if (!home[0])
        (void)snprintf(home, sizeof(home), "%s", test_folder());
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", home, name);
    return path;
}

static void make(const char *name) {
    EXPECT_INT(file_replace(in(name), "x", 1), 0);
}

TEST(a_folder_goes_with_all_below_it) {
    EXPECT_INT(file_make_dirs(in("a/b/c")), 0);
    make("a/b/c/file");
    make("a/-rf");
    make("kept");
    EXPECT_INT(symlink(in("kept"), in("a/link")), 0);
    EXPECT_INT(symlink(".", in("a/b/around")), 0);
    EXPECT_INT(mkfifo(in("a/pipe"), 0), 0);
    EXPECT_INT(folder_remove(in("a")), 0);
    EXPECT(!file_exists(in("a")));
    EXPECT(file_exists(in("kept")));
    EXPECT_INT(folder_remove(in("a")), 0);
    EXPECT_INT(folder_remove(in("kept")), 0);
    EXPECT(!file_exists(in("kept")));
}

TEST(a_link_goes_and_what_it_leads_to_stays) {
    EXPECT_INT(file_make_dirs(in("there")), 0);
    make("there/file");
    EXPECT_INT(symlink(in("there"), in("link")), 0);
    EXPECT_INT(folder_remove(in("link")), 0);
    EXPECT(file_exists(in("there/file")));
    EXPECT_INT(folder_remove(in("there")), 0);
}

/* Whoever made it may not have wanted it to be removed. */
TEST(what_is_closed_is_opened) {
    EXPECT_INT(file_make_dirs(in("closed/inner/deep")), 0);
    make("closed/inner/deep/file");
    EXPECT_INT(chmod(in("closed/inner/deep"), 0), 0);
    EXPECT_INT(chmod(in("closed/inner"), 0300), 0);
    EXPECT_INT(chmod(in("closed"), 0500), 0);
    EXPECT_INT(folder_remove(in("closed")), 0);
    EXPECT(!file_exists(in("closed")));
}

TEST(what_is_deeper_than_a_path_is_long_goes_too) {
    EXPECT_INT(mkdir(in("deep"), 0755), 0);
    int at = open(in("deep"), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 600 && at >= 0; i++) {
        EXPECT_INT(mkdirat(at, "a folder", 0755), 0);
        if (i % 50 == 0)
            EXPECT_INT(mkdirat(at, "0", 0755), 0); /* a name that is wanted above */
        int next = openat(at, "a folder", O_RDONLY | O_DIRECTORY);
        close(at);
        at = next;
    }
    EXPECT(at >= 0);
    close(at);
    EXPECT_INT(folder_remove(in("deep")), 0);
    EXPECT(!file_exists(in("deep")));
}
