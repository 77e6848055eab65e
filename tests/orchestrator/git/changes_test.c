/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/git/gather.h"
#include "orchestrator/git/patch.h"
#include "orchestrator/git/worktree.h"
#include "tests/test.h"

static struct commits *commits;
static struct commits_entry head;
static struct arena arena;
static const char *repo;
static char folder[4096];

static const char *const allowed[] = {"src/", "lib", NULL};
static const char *const read_only[] = {"src/tests", NULL};
static const char *const cases[] = {"src/cases/", NULL};
static const struct changes_named named[] = {
    {"edits_test", "it is a test", cases},
    {NULL,         NULL,           NULL },
};
static const struct changes_rules rules = {allowed, read_only, false, 5, 40, 4000, named};
static const struct gather_rules gathering = {NULL, 100000, 1000, 250000};

static int sh(const char *where, const char *line) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(where) != 0 || setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1) != 0)
            _exit(126);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return status;
}

static void open_world(void) {
    static const char made[] =
        "git init -q -b trunk . && git config user.name Ada && git config user.email a@localhost &&"
        " mkdir -p src/tests src/cases lib docs && echo c >src/cases/c && echo one >src/a && echo "
        "two >src/b && echo t >src/tests/t "
        "&&"
        " echo l >lib/l && echo d >docs/d && ln -s a src/link && printf '#!/bin/sh\\n' >src/run &&"
        " chmod +x src/run && printf 'build/\\n*.o\\n' >.gitignore && git add . && git commit -qm "
        "one";
    char id[REPO_HEX_SIZE];
    if (commits)
        return;
    if (sh("/", "git --version >/dev/null 2>&1") != 0)
        test_skip("git is not installed");
    repo = test_folder();
    arena_init(&arena, 0);
    EXPECT_INT(sh(repo, made), 0);
    EXPECT_INT(commits_open(&commits, repo), 0);
    EXPECT_INT(commits_find(commits, "HEAD", id), 0);
    EXPECT_INT(commits_entry(commits, &arena, id, &head), 0);
}

/* What becomes of a copy of the commit in which this line ran. */
static void judge(struct changes *out, const char *line) {
    open_world();
    (void)snprintf(folder, sizeof(folder), "%s/work", test_folder());
    memset(out, 0, sizeof(*out));
    EXPECT_INT(worktree_fill(commits, folder, head.tree), 0);
    EXPECT_INT(sh(folder, line), 0);
    int rc = gather_tree(out, commits, head.tree, folder, &gathering);
    EXPECT_INT(rc, 0);
    if (rc == 0)
        EXPECT_INT(changes_judge(out, commits, head.tree, out->tree, &rules), 0);
}

static bool is_refused(const struct changes *c, const char *name) {
    for (size_t i = 0; i < c->refused && i < CHANGES_REFUSALS_MAX; i++)
        if (strcmp(c->refusals[i].name, name) == 0)
            return true;
    return false;
}

TEST(an_honest_change_is_taken) {
    struct changes c;
    judge(&c, "echo three >>src/a && echo new >lib/new && mkdir -p build && echo x >build/x.o");
    EXPECT_INT(c.refused, 0);
    EXPECT_INT(c.files, 2);
    EXPECT_INT(c.added, 2);
    EXPECT_INT(c.removed, 0);
    EXPECT_STR(c.paths[0], "lib/new");
    EXPECT_STR(c.paths[1], "src/a");
    changes_done(&c);
}

TEST(a_path_is_called_by_the_first_name_that_it_has) {
    const char *text = "";
    EXPECT_STR(changes_name(&rules, "src/cases/new", &text), "edits_test");
    EXPECT_STR(text, "it is a test");
    EXPECT_STR(changes_name(&rules, "src/tests/t", &text), "read_only");
    EXPECT_STR(changes_name(&rules, "docs/d", &text), "outside");
    EXPECT(changes_name(&rules, "src/casesx", &text) == NULL);
    EXPECT_STR(changes_name(&rules, "src/cases/.gitattributes", &text), "edits_test");
    EXPECT_STR(changes_name(&rules, "src/.gitattributes", &text), "git_file");
    EXPECT_STR(changes_name(&rules, "docs/.gitignore", &text), "git_file");
    EXPECT(changes_name(&rules, "src/.gitkeep", &text) == NULL);
    EXPECT(changes_name(&rules, "src/gitignore.c", &text) == NULL);
}

TEST(each_cheat_is_refused_by_its_name) {
    static const struct {
        const char *line, *name;
    } rows[] = {
        {"true",                                                                                   "nothing"   },
        {"echo weaker >src/tests/t",                                                               "read_only" },
        {"echo weaker >src/cases/c",                                                               "edits_test"},
        {"rm src/cases/c",                                                                         "edits_test"},
        {"rm src/tests/t",                                                                         "read_only" },
        {"mv src/tests src/aside; mkdir src/tests; echo weaker >src/tests/t",                      "read_only" },
        {"echo x >docs/d",                                                                         "outside"   },
        {"echo x >top",                                                                            "outside"   },
        {"mkdir -p srcs && echo x >srcs/a",                                                        "outside"   },
        {"rm src/a",                                                                               "deletion"  },
        {"rm -rf src",                                                                             "deletion"  },
        {"ln -s /etc/passwd src/p",                                                                "symlink"   },
        {"rm src/a && ln -s b src/a",                                                              "symlink"   },
        {"ln -sfn b src/link",                                                                     "symlink"   },
        {"ln src/a src/again",                                                                     "hard_link" },
        {"rm src/b && ln src/a src/b",                                                             "hard_link" },
        {"mkfifo src/pipe",                                                                        "special"   },
        {"perl -e 'use IO::Socket::UNIX; IO::Socket::UNIX->new(Local => \"src/s\", Listen => 1)'",
         "special"                                                                                             },
        {"chmod +x src/a && echo x >>src/a",                                                       "mode"      },
        {"printf '#!/bin/sh\\n' >src/go && chmod +x src/go",                                       "mode"      },
        {"chmod -x src/run",                                                                       "mode"      },
        {"head -c 200000 /dev/zero >src/big",                                                      "size"      },
        {"printf 'a\\000b' >src/a",                                                                "binary"    },
        {"seq 100 >src/a",                                                                         "lines"     },
        {"for i in 1 2 3 4 5 6; do echo x >src/f$i; done",                                         "files"     },
        {"head -c 9000 /dev/zero | tr '\\0' x >src/a",                                             "bytes"     },
        {"git init -q src/sub",                                                                    "name"      },
        {"mkdir -p src/.GIT && echo x >src/.GIT/config",                                           "name"      },
        {"echo x >src/.gitmodules",                                                                "git_file"  },
        {"echo '* -text' >src/.gitattributes",                                                     "git_file"  },
        {"mkdir src/new && echo '*.c' >src/new/.gitignore",                                        "git_file"  },
        {"echo '*' >src/.GitAttributes",                                                           "git_file"  },
        {"echo '*' >src/GITATT~1",                                                                 "git_file"  },
        {"echo c >>.gitignore",                                                                    "git_file"  },
        {"echo x >\"$(printf 'src/a\\001b')\"",                                                    "name"      },
        {"mkdir src/Cases && echo x >src/Cases/c",                                                 "edits_test"},
        {"mkdir src/TESTS && echo x >src/TESTS/t",                                                 "read_only" },
        {"echo x >src/A",                                                                          "name"      },
        {"mkdir src/GIT~1 && echo x >src/GIT~1/config",                                            "name"      },
        {"mkdir 'src/.git. ' && echo x >'src/.git. /config'",                                      "name"      },
        {"mkdir src/.git::X && echo x >src/.git::X/config",                                        "name"      },
        {"d=$(printf 'src/.g\\342\\200\\214it'); mkdir $d; echo x >$d/config",                     "name"      },
        {"echo x >\"$(printf 'src/\\342\\200\\256c.a')\"",                                         "name"      },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct changes c;
        judge(&c, rows[i].line);
        (void)test_check(is_refused(&c, rows[i].name), __FILE__, __LINE__, "\"%s\" is %s, not %s",
                         rows[i].line, c.refused ? c.refusals[0].name : "taken", rows[i].name);
        changes_done(&c);
    }
}

/* By any case, and with the other two folders elsewhere. */
TEST(a_folder_that_git_takes_for_a_repository_is_refused) {
    static const char *const rows[] = {
        "mkdir -p src/n/objects src/n/refs; for f in HEAD objects/x refs/x; do : >src/n/$f; done",
        "mkdir -p src/n; for f in HEAD commondir config; do echo x >src/n/$f; done",
        "mkdir -p lib/Objects lib/REFS; for f in head Objects/x REFS/x; do echo x >lib/$f; done",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct changes c;
        judge(&c, rows[i]);
        (void)test_check(is_refused(&c, "git_file"), __FILE__, __LINE__, "\"%s\" is taken",
                         rows[i]);
        changes_done(&c);
    }
}

TEST(what_only_looks_like_a_part_of_a_repository_is_taken) {
    struct changes c;
    judge(&c, "mkdir -p src/objects lib/refs; "
              "for f in src/HEAD src/objects/x src/config lib/refs/x; do echo x >$f; done");
    EXPECT_INT(c.refused, 0);
    EXPECT_INT(c.files, 4);
    changes_done(&c);
}

/* As git does: two paths, both of which may be changed, and of the lines those that differ. */
TEST(what_was_renamed_is_a_change_of_two_paths) {
    static const struct {
        const char *line, *name; /* NULL: it is taken */
        int64_t files;
    } rows[] = {
        {"mv src/a src/renamed",                                  NULL,         2},
        {"mv src/a lib/a",                                        NULL,         2},
        {"mv src/run src/runs",                                   NULL,         2}, /* executable before */
        {"mkdir -p src/deep/er && mv src/a src/deep/er/a",        NULL,         2},
        {"mv src/a src/tests/a",                                  "read_only",  2},
        {"mv src/a docs/a",                                       "outside",    2},
        {"mv docs/d src/d",                                       "outside",    2},
        {"mv src/cases/c src/c",                                  "edits_test", 2},
        {"mv src/a src/renamed && chmod +x src/renamed",          "mode",       2},
        {"rm src/a && echo something else entirely >src/renamed", "deletion",   2},
        {"mv src/a src/renamed && rm src/b",                      "deletion",   3},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct changes c;
        judge(&c, rows[i].line);
        bool right = rows[i].name ? is_refused(&c, rows[i].name) : c.refused == 0;
        (void)test_check(right && c.files == rows[i].files, __FILE__, __LINE__,
                         "\"%s\" is %s, of %lld files", rows[i].line,
                         c.refused ? c.refusals[0].name : "taken", (long long)c.files);
        changes_done(&c);
    }
}

TEST(a_name_that_cannot_be_printed_is_refused_as_it_is_shown) {
    static const struct {
        const char *line, *path, *text;
    } rows[] = {
        {"echo x >\"src/a\nb\"",                                                     "src/a\\nb",      "a control character is in its name"},
        {"echo x >\"$(printf 'src/a\\033[31m')\"",                                   "src/a\\x1b[31m",
         "a control character is in its name"                                                                                              },
        {"mkdir \"$(printf 'src/a\\177')\" && echo x >\"$(printf 'src/a\\177')/b\"", "src/a\\x7f/b",
         "a control character is in its name"                                                                                              },
        {"echo x >\"$(printf 'src/\\303\\244\\377z')\"",                             "src/ä\\xffz",   "its name is not UTF-8"             },
        {"echo x >'src/a\\b'",                                                       "src/a\\b",       "nothing may be called that"        },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct changes c;
        judge(&c, rows[i].line);
        REQUIRE(c.refused == 1 && c.files == 1);
        EXPECT_STR(c.refusals[0].name, "name");
        EXPECT_STR(c.refusals[0].path, rows[i].path);
        EXPECT_STR(c.refusals[0].text, rows[i].text);
        EXPECT_STR(c.paths[0], rows[i].path);
        changes_done(&c);
    }
}

TEST(what_the_tree_holds_is_what_was_allowed) {
    struct changes c, none = {0};
    judge(&c, "echo weaker >src/tests/t; echo x >>src/a");
    EXPECT(is_refused(&c, "read_only"));
    /* The tree of an honest change has the tests of its base, whatever was done to them before. */
    changes_done(&c);
    judge(&c, "echo x >>src/a");
    (void)snprintf(folder, sizeof(folder), "%s/verify", test_folder());
    EXPECT_INT(worktree_fill(commits, folder, c.tree), 0);
    EXPECT_INT(sh(folder, "[ \"$(cat src/tests/t)\" = t ] && [ \"$(tail -n 1 src/a)\" = x ]"), 0);
    changes_done(&c);
    changes_done(&none);
}

TEST(a_patch_goes_out_and_comes_back) {
    struct changes c;
    struct buf patch;
    char tree[REPO_HEX_SIZE];
    judge(&c, "echo three >src/a; echo new >src/new");
    buf_init(&patch, CHANGES_PATCH_MAX);
    EXPECT_INT(changes_patch(&patch, commits, head.tree, c.tree), 0);
    EXPECT_HAS(patch.data, "+three");
    EXPECT_INT(changes_apply(commits, head.tree, patch.data, patch.len, tree), 0);
    EXPECT_STR(tree, c.tree);
    EXPECT_INT(changes_apply(commits, c.tree, patch.data, patch.len, tree), ERR_UNSUPPORTED);
    EXPECT_INT(changes_apply(commits, head.tree, "no patch", 8, tree), ERR_FORMAT);
    buf_done(&patch);
    changes_done(&c);
}

/* What is text its bytes say: neither is a change hidden as binary, nor passed for text. */
TEST(no_attribute_hides_a_change) {
    struct changes c;
    struct buf patch;
    char tree[REPO_HEX_SIZE];
    open_world();
    EXPECT_INT(sh(repo, "printf '* -diff\nlib/* binary\n' >.git/info/attributes"), 0);
    judge(&c, "echo three >>src/a; seq 10 >lib/new; rm src/b; mv lib/l src/l");
    EXPECT_INT(c.refused, 1);
    EXPECT(is_refused(&c, "deletion"));
    EXPECT_INT(c.added, 12);
    EXPECT_INT(c.removed, 2);
    buf_init(&patch, CHANGES_PATCH_MAX);
    EXPECT_INT(changes_patch(&patch, commits, head.tree, c.tree), 0);
    EXPECT_HAS(patch.data, "+three");
    EXPECT_INT(changes_apply(commits, head.tree, patch.data, patch.len, tree), 0);
    EXPECT_STR(tree, c.tree);
    changes_done(&c);
    judge(&c, "seq 100 >src/a");
    EXPECT(is_refused(&c, "lines"));
    changes_done(&c);
    EXPECT_INT(sh(repo, "echo '* diff' >.git/info/attributes"), 0);
    judge(&c, "printf 'a\\000b' >src/a");
    EXPECT(is_refused(&c, "binary"));
    changes_done(&c);
    EXPECT_INT(sh(repo, "rm .git/info/attributes"), 0);
    buf_done(&patch);
}

/* src/a is "one\n", src/b "two\n", lib/l "l\n". */
TEST(a_patch_without_a_line_of_git_is_taken) {
    static const struct {
        const char *patch, *check;
    } rows[] = {
        {"--- a/src/a\n+++ b/src/a\n@@ -1,1 +1,2 @@\n one\n+three\n",                              "grep -q three src/a"                                 },
        {"some words\n--- src.orig/src/a\t2026-11-21 10:00:00 +0000\n+++ src.new/src/a\t2026-11-21 "
         "10:01:00 +0000\n@@ -1 +1,2 @@\n-one\n+three\n+four\n",                          "grep -q four src/a && ! grep -q one src/a"           },
        {"--- a/src/a.orig\n+++ b/src/a\n@@ -1 +1 @@\n-one\n+three\n",                             "grep -q three src/a"                                 },
        {"--- /dev/null\n+++ b/src/new\n@@ -0,0 +1,2 @@\n+new\n++++ plus\n",
         "grep -qxF '+++ plus' src/new"                                                                                                                  },
        {"--- /dev/null\n+++ b/src/new file\n@@ -0,0 +1 @@\n+new\n",                               "grep -q new 'src/new file'"                          },
        {"--- a/lib/l\n+++ /dev/null\n@@ -1 +0,0 @@\n-l\n",                                        "[ ! -e lib/l ]"                                      },
        {"--- a/src/a\n+++ b/src/a\n@@ -1 +1,2 @@\n+-- x\n one\n"
         "--- a/lib/l\n+++ b/lib/l\n@@ -1 +1 @@\n-l\n+m\n\\ No newline at end of file\n", "grep -qx -e '-- x' src/a && [ \"$(cat lib/l)\" = m ]"},
        {"diff --git a/src/a b/src/a\n--- a/src/a\n+++ b/src/a\n@@ -1 +1 @@\n-one\n+three\n"
         "--- a/lib/l\n+++ b/lib/l\n@@ -1 +1,2 @@\n l\n+m\n",                             "grep -q three src/a && grep -q m lib/l"              },
    };
    struct changes c;
    judge(&c, ":");
    changes_done(&c);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char tree[REPO_HEX_SIZE];
        int rc = changes_apply(commits, head.tree, rows[i].patch, strlen(rows[i].patch), tree);
        (void)test_check(rc == 0, __FILE__, __LINE__, "patch %zu: %s", i, rc ? err_text() : "");
        if (rc != 0)
            continue;
        (void)snprintf(folder, sizeof(folder), "%s/applied", test_folder());
        EXPECT_INT(worktree_fill(commits, folder, tree), 0);
        EXPECT_INT(sh(folder, rows[i].check), 0);
    }
}

/* Each byte of it as it was: a hunk may hold lines that look like names. */
TEST(a_whole_patch_is_left_as_it_is) {
    static const char *const patches[] = {
        "",
        "no patch",
        "--- a/x",
        "--- /dev/null\n+++ /dev/null\n",
        "@@ -1,9999999999999999999 +1 @@\n",
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/y\n+++ b/y\n 1\n",
    };
    for (size_t i = 0; i < sizeof(patches) / sizeof(*patches); i++) {
        struct buf out;
        buf_init(&out, 4096);
        patch_complete(&out, patches[i], strlen(patches[i]));
        EXPECT_STR(out.data, patches[i]);
        buf_done(&out);
    }
}

/* Of nothing but holes, and each different, so that each would be kept. */
TEST(files_without_substance_are_not_all_read) {
    struct changes c;
    judge(&c, "for i in 1 2 3 4 5 6; do echo $i >src/f$i; truncate -s 90000 src/f$i; done");
    EXPECT(is_refused(&c, "bytes"));
    EXPECT_INT(c.files, 3);
    changes_done(&c);
}

TEST(a_folder_without_end_is_refused) {
    struct changes c = {0};
    static const struct gather_rules few = {NULL, 100, 3, 0};
    open_world();
    EXPECT_INT(gather_tree(&c, commits, head.tree, repo, &few), ERR_LIMIT);
    changes_done(&c);
}
