/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/repo.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "tests/test.h"

/* Runs a line of shell in folder. */
static int sh(const char *folder, const char *line) {
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(folder) != 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

static const char *const record[] = {"record", NULL};

static const char init[] =
    "git init -q -b trunk . && git config user.name t && git config user.email t@localhost &&"
    " echo a >a && git add a && git commit -qm a && git rev-parse HEAD >../head.$$; rm -f "
    "../head.$$";

TEST(a_clean_checkout_has_a_commit_a_tree_and_a_branch) {
    const char *folder = test_folder();
    if (sh(folder, "git --version >/dev/null 2>&1") != 0)
        test_skip("git is not installed");
    REQUIRE(sh(folder, init) == 0);
    struct repo_head head;
    EXPECT_INT(repo_read_head(&head, folder, NULL), 0);
    EXPECT_INT(strlen(head.commit), 40);
    EXPECT_INT(strlen(head.tree), 40);
    EXPECT_STR(head.branch, "trunk");
    EXPECT(!head.dirty);
}

TEST(a_changed_or_new_file_is_dirty_and_an_ignored_one_is_not) {
    const char *folder = test_folder();
    struct repo_head head;
    REQUIRE(sh(folder, init) == 0);
    REQUIRE(sh(folder,
               "echo ignored >.gitignore && git add . && git commit -qm i && echo >ignored") == 0);
    EXPECT_INT(repo_read_head(&head, folder, NULL), 0);
    EXPECT(!head.dirty);
    REQUIRE(sh(folder, "echo b >>a") == 0);
    EXPECT_INT(repo_read_head(&head, folder, NULL), 0);
    EXPECT(head.dirty);
    REQUIRE(sh(folder, "git checkout -q a && mkdir record && echo >record/entry") == 0);
    EXPECT_INT(repo_read_head(&head, folder, record), 0);
    EXPECT(!head.dirty);
    REQUIRE(sh(folder, "git checkout -q a && echo >new") == 0);
    EXPECT_INT(repo_read_head(&head, folder, NULL), 0);
    EXPECT(head.dirty);
}

TEST(what_records_a_subject_below_the_top_does_not_make_it_dirty) {
    const char *folder = test_folder();
    struct repo_head head;
    char below[4200];
    REQUIRE(sh(folder, init) == 0);
    REQUIRE(sh(folder, "mkdir -p 'sub folder/logs' 'sub folder/ledger' logs && "
                       "echo >'sub folder/logs/x' && echo >'sub folder/ledger/x'") == 0);
    snprintf(below, sizeof(below), "%s/sub folder", folder);
    EXPECT_INT(repo_read_head(&head, below, repo_records), 0);
    EXPECT(!head.dirty);
    EXPECT_STR(head.changed, "");
    EXPECT_INT(repo_read_head(&head, folder, repo_records), 0);
    EXPECT(head.dirty);
    EXPECT_STR(head.changed, "sub folder/ledger/x");
    REQUIRE(sh(folder, "echo >'logs/x'") == 0); /* of another subject */
    EXPECT_INT(repo_read_head(&head, below, repo_records), 0);
    EXPECT(head.dirty);
    EXPECT_STR(head.changed, "logs/x");
}

TEST(no_commit_yet_and_no_checkout_are_told_apart) {
    const char *folder = test_folder();
    struct repo_head head;
    EXPECT_INT(repo_read_head(&head, folder, NULL), ERR_NOTFOUND);
    REQUIRE(sh(folder, "git init -q .") == 0);
    EXPECT_INT(repo_read_head(&head, folder, NULL), 0);
    EXPECT_STR(head.commit, "");
}
