/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "tests/test.h"

TEST(what_a_killed_worker_left_is_removed_and_what_a_live_one_has_is_not) {
    struct scratch live, next;
    char dead[SCRATCH_PATH_MAX], theirs[SCRATCH_PATH_MAX];
    const char *tmp = test_folder();
    REQUIRE(setenv("TMPDIR", tmp, 1) == 0);
    (void)snprintf(dead, sizeof(dead), "%s/noctule-worker-dead", tmp);
    (void)snprintf(theirs, sizeof(theirs), "%s/something-else", tmp);
    REQUIRE(mkdir(dead, 0700) == 0 && mkdir(theirs, 0700) == 0);
    REQUIRE(scratch_open(&live) == 0);
    EXPECT(!file_exists(dead));
    EXPECT(file_exists(theirs));
    pid_t pid = fork();
    if (pid == 0)
        _exit(scratch_open(&next) == 0 && file_exists(live.path) ? 0 : 1); /* and closes nothing */
    int status = 1;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    EXPECT_INT(status, 0);
    REQUIRE(scratch_open(&next) == 0);
    EXPECT(file_is_dir(live.path) && file_is_dir(next.path));
    scratch_close(&next);
    EXPECT(!file_exists(next.path));
    scratch_close(&live);
    EXPECT(!file_exists(live.path));
}
