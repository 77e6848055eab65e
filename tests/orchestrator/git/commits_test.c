/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/commits.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/git/worktree.h"
#include "tests/test.h"

static struct arena arena;
static struct commits *commits;
static const char *repo;

/* Runs a line of shell in the repository. */
static int sh(const char *line) {
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(repo) != 0 || setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1) != 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return status;
}

/* trunk: base – one – side merged – last; side: base – s1 – s2. */
static const char history[] =
    "git init -q -b trunk . && git config user.name Ada && git config user.email a@localhost &&"
    " say() { GIT_AUTHOR_DATE=\"$1 +0000\" GIT_COMMITTER_DATE=\"$1 +0000\" git \"$2\" -q $3 -m "
    "\"$4\"; } &&"
    " mkdir -p src docs && echo 1 >src/a && echo x >docs/d && ln -s a src/link && git add . &&"
    " say 1700000000 commit -a base && git tag base && git checkout -q -b side &&"
    " echo s >src/s && git add . && say 1700000010 commit -a s1 &&"
    " echo s2 >>src/s && say 1700000020 commit -a s2 &&"
    " git checkout -q trunk && echo 2 >src/a && say 1700000030 commit -a one && git tag one &&"
    " say 1700000040 merge --no-ff\\ side merged && git tag merged &&"
    " printf '#!/bin/sh\\n' >src/run && chmod +x src/run && rm docs/d && git add -A &&"
    " say 1700000050 commit -a last";

static void open_repo(void) {
    repo = test_folder();
    if (sh("git --version >/dev/null 2>&1") != 0)
        test_skip("git is not installed");
    arena_init(&arena, 0);
    EXPECT_INT(sh(history), 0);
    EXPECT_INT(commits_open(&commits, repo), 0);
}

static void close_repo(void) {
    commits_close(commits);
    arena_done(&arena);
}

static const char *find(const char *word) {
    char *hex = arena_strdup(&arena, "0000000000000000000000000000000000000000");
    EXPECT_INT(commits_find(commits, word, hex), 0);
    return hex;
}

static const char *tree_of(const char *word) {
    struct commits_entry e = {.subject = ""};
    EXPECT_INT(commits_entry(commits, &arena, find(word), &e), 0);
    return arena_strdup(&arena, e.tree);
}

TEST(words_name_commits_and_nothing_else) {
    char hex[REPO_HEX_SIZE];
    open_repo();
    EXPECT_STR(find("HEAD"), find("trunk"));
    EXPECT_STR(find("HEAD~1"), find("merged"));
    EXPECT_STR(find("trunk~3"), find("base"));
    char prefix[9] = {0};
    memcpy(prefix, find("one"), 8);
    EXPECT_STR(find(prefix), find("one"));
    EXPECT_INT(commits_find(commits, "nowhere", hex), ERR_NOTFOUND);
    EXPECT_INT(commits_find(commits, "HEAD~99", hex), ERR_NOTFOUND);
    EXPECT_INT(commits_find(commits, "HEAD~x", hex), ERR_ARG);
    EXPECT_INT(commits_find(commits, ":/one", hex), ERR_NOTFOUND);
    EXPECT_INT(commits_find(commits, "HEAD@{0}", hex), ERR_NOTFOUND);
    EXPECT_INT(commits_find(commits, "", hex), ERR_ARG);
    close_repo();
}

TEST(a_range_lies_parents_first_with_its_merges) {
    struct commits_range r;
    open_repo();
    REQUIRE(commits_read(commits, &arena, find("base"), find("HEAD"), 100, &r) == 0);
    EXPECT_INT(r.len, 5);
    EXPECT_INT(r.older, 0);
    EXPECT_STR(r.good, find("base"));
    EXPECT_STR(r.entries[4].subject, "last");
    EXPECT_STR(r.entries[4].author, "Ada");
    EXPECT_STR(r.entries[3].subject, "merged");
    REQUIRE(r.entries[3].parent_count == 2);
    EXPECT_STR(r.entries[r.entries[3].parents[0]].subject, "one");
    EXPECT_STR(r.entries[r.entries[3].parents[1]].subject, "s2");
    for (size_t i = 0; i < r.len; i++)
        for (size_t p = 0; p < r.entries[i].parent_count; p++)
            EXPECT(r.entries[i].parents[p] < (int32_t)i);
    EXPECT_INT(commits_read(commits, &arena, find("HEAD"), find("base"), 100, &r), ERR_NOTNOW);
    EXPECT_INT(commits_read(commits, &arena, find("base"), find("HEAD"), 4, &r), ERR_LIMIT);
    close_repo();
}

TEST(a_good_commit_beside_the_line_is_stood_for_by_one_on_it) {
    struct commits_range r;
    open_repo();
    REQUIRE(commits_read(commits, &arena, find("side"), find("HEAD"), 100, &r) == 0);
    EXPECT_INT(r.len, 4);
    EXPECT_INT(r.older, 1);
    EXPECT_STR(r.entries[0].subject, "s2");
    EXPECT_INT(r.entries[0].parent_count, 0);
    REQUIRE(r.entries[2].parent_count == 2);
    EXPECT_INT(r.entries[2].parents[0], 1);
    EXPECT_INT(r.entries[2].parents[1], 0);
    EXPECT_STR(r.good, find("base"));
    close_repo();
}

TEST(a_hash_of_paths_changes_with_what_lies_there_alone) {
    static const char *const src[] = {"src"}, *const docs[] = {"docs", "absent"};
    char a[HASH_HEX_SIZE], b[HASH_HEX_SIZE];
    open_repo();
    EXPECT_INT(commits_hash_paths(commits, tree_of("base"), "", docs, 2, a), 0);
    EXPECT_INT(commits_hash_paths(commits, tree_of("merged"), "", docs, 2, b), 0);
    EXPECT_STR(a, b);
    EXPECT_INT(commits_hash_paths(commits, tree_of("HEAD"), "", docs, 2, b), 0);
    EXPECT(strcmp(a, b) != 0);
    EXPECT_INT(commits_hash_paths(commits, tree_of("base"), "", src, 1, a), 0);
    EXPECT_INT(commits_hash_paths(commits, tree_of("one"), "", src, 1, b), 0);
    EXPECT(strcmp(a, b) != 0);
    EXPECT_INT(commits_hash_paths(commits, tree_of("base"), "", NULL, 0, a), 0);
    EXPECT_INT(commits_hash_paths(commits, tree_of("one"), "", NULL, 0, b), 0);
    EXPECT(strcmp(a, b) != 0);
    close_repo();
}

/* Exactly what git has there, and nothing of the last tree. */
static void expect_tree(const char *folder, const char *word) {
    char line[14000];
    EXPECT_INT(worktree_fill(commits, folder, tree_of(word)), 0);
    snprintf(line, sizeof(line),
             "rm -rf want && mkdir want && git archive %s | tar xf - -C want && diff -r "
             "--no-dereference want %s && [ \"$(cd want && find . -type f -perm -100)\" = "
             "\"$(cd %s && find . -type f -perm -100)\" ]",
             word, folder, folder);
    EXPECT_INT(sh(line), 0);
}

TEST(a_worktree_holds_each_tree_in_turn_and_keeps_what_a_build_made) {
    char folder[4200], made[4300];
    open_repo();
    snprintf(folder, sizeof(folder), "%s/out", test_folder());
    expect_tree(folder, "base");
    expect_tree(folder, "trunk");
    expect_tree(folder, "one");
    snprintf(made, sizeof(made), "%s/src/made.o", folder);
    EXPECT_INT(file_replace(made, "o", 1), 0);
    EXPECT_INT(worktree_fill(commits, folder, tree_of("trunk")), 0);
    EXPECT(file_exists(made));
    /* A file where a folder was, and back. */
    EXPECT_INT(
        sh("git rm -q src/link && rmdir docs && echo f >docs && git add docs && git commit -qm f"),
        0);
    EXPECT_INT(unlink(made), 0);
    expect_tree(folder, "HEAD");
    expect_tree(folder, "base");
    EXPECT_INT(worktree_remove(folder), 0);
    EXPECT(!file_exists(folder));
    EXPECT_INT(worktree_remove(folder), 0);
    close_repo();
}

TEST(a_worktree_of_which_nothing_is_known_is_emptied) {
    char folder[4200], path[4300];
    open_repo();
    snprintf(folder, sizeof(folder), "%s/out", test_folder());
    expect_tree(folder, "trunk");
    snprintf(path, sizeof(path), "%s.tree", folder);
    EXPECT_INT(unlink(path), 0); /* a kill in the middle */
    snprintf(path, sizeof(path), "%s/src/a", folder);
    EXPECT_INT(file_replace(path, "half", 4), 0);
    expect_tree(folder, "trunk");
    close_repo();
}

TEST(a_tree_that_would_write_elsewhere_is_refused) {
    char folder[4200];
    open_repo();
    snprintf(folder, sizeof(folder), "%s/out", test_folder());
    EXPECT_INT(sh("blob=$(echo x | git hash-object -w --stdin) &&"
                  " printf '100644 blob %s\\tx\\n' $blob | git mktree >inner &&"
                  " printf '040000 tree %s\\t..\\n' $(cat inner) | git mktree >outer &&"
                  " git branch evil $(git commit-tree -m evil $(cat outer))"),
               0);
    EXPECT_INT(worktree_fill(commits, folder, tree_of("evil")), ERR_FORMAT);
    EXPECT_HAS(err_text(), "not written");
    close_repo();
}

TEST(a_revert_lives_in_memory_and_conflicts_are_told) {
    char tree[REPO_HEX_SIZE], folder[4200], line[9000];
    open_repo();
    EXPECT_INT(sh("find .git -type f | sort | xargs sha256sum >../before"), 0);
    EXPECT_INT(commits_revert(commits, find("one"), find("HEAD"), tree), 0);
    snprintf(folder, sizeof(folder), "%s/out", test_folder());
    EXPECT_INT(worktree_fill(commits, folder, tree), 0);
    snprintf(line, sizeof(line), "[ \"$(cat %s/src/a)\" = 1 ] && [ -x %s/src/run ]", folder,
             folder);
    EXPECT_INT(sh(line), 0);
    EXPECT_INT(commits_revert(commits, find("merged"), find("HEAD"), tree), 0);
    EXPECT_INT(worktree_fill(commits, folder, tree), 0);
    snprintf(line, sizeof(line), "[ ! -e %s/src/s ] && [ \"$(cat %s/src/a)\" = 2 ]", folder,
             folder);
    EXPECT_INT(sh(line), 0);
    EXPECT_INT(sh("find .git -type f | sort | xargs sha256sum | cmp - ../before; rm ../before"), 0);
    EXPECT_INT(sh("echo 3 >src/a && git commit -qam three"), 0);
    EXPECT_INT(commits_revert(commits, find("one"), find("HEAD"), tree), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "conflicts");
    close_repo();
}

TEST(a_folder_below_the_top_has_a_prefix) {
    char folder[4200];
    const char *prefix;
    open_repo();
    EXPECT_INT(commits_prefix(commits, &arena, repo, &prefix), 0);
    EXPECT_STR(prefix, "");
    snprintf(folder, sizeof(folder), "%s/src", repo);
    EXPECT_INT(commits_prefix(commits, &arena, folder, &prefix), 0);
    EXPECT_STR(prefix, "src");
    EXPECT_INT(commits_prefix(commits, &arena, "/", &prefix), ERR_NOTFOUND);
    close_repo();
}
