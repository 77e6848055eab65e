/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/salvage.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

static char home[2048];

static const char *in(const char *name) {
    static char paths[4][4096];
    static size_t turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", home, name);
    return path;
}

static void open_home(void) {
    (void)snprintf(home, sizeof(home), "%s", test_folder());
    EXPECT_INT(file_make_dirs(in("tree/a/b/logs/1")), 0);
    EXPECT_INT(file_make_dirs(in("elsewhere/b/logs/good")), 0);
    EXPECT_INT(file_replace(in("tree/a/b/logs/1/events.ndjson"), "bad\n", 4), 0);
    EXPECT_INT(file_replace(in("elsewhere/b/logs/good/events.ndjson"), "good\n", 5), 0);
}

/* Results of somebody else's run, in place of one's own. */
TEST(a_folder_that_became_a_link_is_not_salvaged_from) {
    open_home();
    EXPECT_INT(salvage_check(in("tree"), "a/b"), 0);
    EXPECT_INT(salvage_check(in("tree"), "a/b/"), 0);
    EXPECT_INT(salvage_check(in("tree"), ""), 0);
    EXPECT_INT(rename(in("tree/a"), in("tree/moved")), 0);
    EXPECT_INT(salvage_check(in("tree"), "a/b"), ERR_FORMAT);
    EXPECT_INT(symlink(in("elsewhere"), in("tree/a")), 0);
    EXPECT_INT(salvage_check(in("tree"), "a/b"), ERR_FORMAT);
    EXPECT_HAS(err_text(), "in place of a/b");
}

TEST(journals_are_taken_and_links_are_not) {
    open_home();
    EXPECT_INT(symlink(in("elsewhere/b/logs/good"), in("tree/a/b/logs/2")), 0);
    EXPECT_INT(file_make_dirs(in("tree/a/b/logs/3")), 0);
    EXPECT_INT(
        symlink(in("elsewhere/b/logs/good/events.ndjson"), in("tree/a/b/logs/3/events.ndjson")), 0);
    EXPECT_INT(file_make_dirs(in("tree/a/b/logs/4")), 0);
    EXPECT_INT(mkfifo(in("tree/a/b/logs/4/events.ndjson"), 0600), 0);
    EXPECT_INT(salvage_journals(in("tree/a/b/logs"), in("kept")), 0);
    EXPECT(file_exists(in("kept/1/events.ndjson")));
    EXPECT(!file_exists(in("kept/2")));
    EXPECT(!file_exists(in("kept/3")));
    EXPECT(!file_exists(in("kept/4")));
}

/* What a build leaves is anybody's: of it only what lies in it is taken, and is ours then. */
TEST(a_folder_is_taken_without_what_leads_out_of_it) {
    struct stat st;
    open_home();
    EXPECT_INT(file_make_dirs(in("build/lib")), 0);
    EXPECT_INT(file_replace(in("build/worker"), "w\n", 2), 0);
    EXPECT_INT(chmod(in("build/worker"), 04700), 0);
    EXPECT_INT(file_replace(in("build/lib/a.1"), "a\n", 2), 0);
    EXPECT_INT(symlink("a.1", in("build/lib/a")), 0);
    EXPECT_INT(symlink("../../elsewhere", in("build/lib/up")), 0);
    EXPECT_INT(symlink("x/../../../elsewhere", in("build/lib/round")), 0);
    EXPECT_INT(symlink("/etc/passwd", in("build/users")), 0);
    EXPECT_INT(link(in("elsewhere/b/logs/good/events.ndjson"), in("build/second")), 0);
    EXPECT_INT(mkfifo(in("build/pipe"), 0600), 0);
    EXPECT_INT(salvage_folder(in("build"), in("judged")), 0);
    EXPECT_INT(stat(in("judged/worker"), &st), 0);
    EXPECT_INT(st.st_mode & 07777, 0755);
    EXPECT_INT(lstat(in("judged/lib/a"), &st), 0);
    EXPECT(S_ISLNK(st.st_mode));
    EXPECT(lstat(in("judged/lib/up"), &st) != 0);
    EXPECT(lstat(in("judged/lib/round"), &st) != 0);
    EXPECT(lstat(in("judged/users"), &st) != 0);
    EXPECT(lstat(in("judged/second"), &st) != 0);
    EXPECT(lstat(in("judged/pipe"), &st) != 0);
    EXPECT_INT(salvage_folder(in("nothing"), in("judged")), 0);
}
