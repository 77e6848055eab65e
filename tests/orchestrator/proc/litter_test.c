/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proc/litter.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

static char base[2048];

static const char *in(const char *name) {
    static char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", base, name);
    return path;
}

static void open_base(void) {
    (void)snprintf(base, sizeof(base), "%s", test_folder());
    EXPECT_INT(setenv("TMPDIR", base, 1), 0);
}

/* A process that makes one and is killed, and that nobody has waited for; its number, and the
 * folder. */
static pid_t make_and_be_killed(char *home, size_t size) {
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        struct litter l;
        if (litter_make(&l, "kind", 0711) == 0 && file_make_dirs(l.home) == 0 &&
            write(ends[1], l.home, strlen(l.home)) > 0)
            (void)pause();
        _exit(1);
    }
    ssize_t n = read(ends[0], home, size - 1);
    home[n > 0 ? n : 0] = '\0';
    siginfo_t info;
    (void)kill(pid, SIGKILL);
    (void)waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static pid_t make_and_die(char *home, size_t size) {
    pid_t pid = make_and_be_killed(home, size);
    (void)waitpid(pid, NULL, 0);
    return pid;
}

TEST(what_a_killed_owner_left_goes_with_the_next) {
    char home[2048], below[4096];
    struct litter mine, other;
    open_base();
    EXPECT_INT(litter_make(&mine, "kind", 0711), 0);
    (void)make_and_die(home, sizeof(home));
    EXPECT(file_is_dir(home));
    (void)snprintf(below, sizeof(below), "%s/a/b", home);
    EXPECT_INT(file_make_dirs(below), 0);
    EXPECT_INT(litter_make(&other, "another", 0711), 0);
    EXPECT(file_is_dir(home)); /* of another kind */
    litter_remove(&other);
    EXPECT_INT(litter_make(&other, "kind", 0755), 0);
    EXPECT(!file_exists(home));
    EXPECT(file_is_dir(mine.home)); /* its owner lives */
    litter_remove(&other);
    litter_remove(&mine);
    EXPECT(mine.home == NULL);
}

/* Of whom is orphaned, the first process of a container may never ask. */
TEST(an_owner_that_nobody_waited_for_is_dead) {
    char home[2048];
    struct litter next;
    open_base();
    pid_t zombie = make_and_be_killed(home, sizeof(home));
    EXPECT_INT(kill(zombie, 0), 0);
    EXPECT_INT(litter_make(&next, "kind", 0711), 0);
    EXPECT(!file_exists(home));
    litter_remove(&next);
    (void)waitpid(zombie, NULL, 0);
}

/* A number that is nobody's here may be somebody's in another container. */
TEST(what_is_held_stays_whoever_its_number_is) {
    char home[2048], renamed[4096];
    struct litter mine, next;
    open_base();
    pid_t dead = make_and_die(home, sizeof(home));
    EXPECT_INT(litter_make(&mine, "kind", 0711), 0);
    (void)snprintf(renamed, sizeof(renamed), "%s/kind-%d-AAAAAA", base, (int)dead);
    EXPECT_INT(rename(mine.home, renamed), 0);
    EXPECT_INT(litter_make(&next, "kind", 0711), 0);
    EXPECT(file_is_dir(renamed));
    litter_remove(&next);
    litter_remove(&mine); /* lets go */
    EXPECT_INT(litter_make(&next, "kind", 0711), 0);
    EXPECT(!file_exists(renamed));
    litter_remove(&next);
}

TEST(links_and_what_is_not_a_folder_of_ours_stay) {
    char home[2048], name[64];
    struct litter next;
    open_base();
    pid_t dead = make_and_die(home, sizeof(home));
    (void)snprintf(name, sizeof(name), "kind-%d-LINKED", (int)dead);
    EXPECT_INT(file_make_dirs(in("precious")), 0);
    EXPECT_INT(file_replace(in("precious/file"), "x", 1), 0);
    char target[4096];
    (void)snprintf(target, sizeof(target), "%s", in("precious"));
    EXPECT_INT(symlink(target, in(name)), 0);
    (void)snprintf(name, sizeof(name), "kind-%d-FILE", (int)dead);
    EXPECT_INT(file_replace(in(name), "x", 1), 0);
    (void)snprintf(name, sizeof(name), "kind-%d-OTHERS", (int)dead);
    EXPECT_INT(file_make_dirs(in(name)), 0);
    bool root = geteuid() == 0 && chown(in(name), 61183, 61183) == 0;
    EXPECT_INT(litter_make(&next, "kind", 0711), 0);
    EXPECT(file_exists(in("precious/file")));
    EXPECT(!root || file_is_dir(in(name)));
    (void)snprintf(name, sizeof(name), "kind-%d-FILE", (int)dead);
    EXPECT(file_exists(in(name)));
    EXPECT(!file_exists(home));
    litter_remove(&next);
}

/* As earlier versions named them: nobody knows whose they are, so they have a day. */
TEST(one_without_a_number_has_a_day) {
    struct litter next;
    open_base();
    const struct timespec then[2] = {{.tv_sec = time(NULL) - 25 * 3600},
                                     {.tv_sec = time(NULL) - 25 * 3600}};
    EXPECT_INT(file_make_dirs(in("kind-aB3xYz")), 0);
    EXPECT_INT(utimensat(AT_FDCWD, in("kind-aB3xYz"), then, 0), 0);
    EXPECT_INT(file_make_dirs(in("kind-aB3xYy")), 0);
    EXPECT_INT(litter_make(&next, "kind", 0711), 0);
    EXPECT(!file_exists(in("kind-aB3xYz")));
    EXPECT(file_is_dir(in("kind-aB3xYy")));
    litter_remove(&next);
}
