/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/reach.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/shell/judge.h"
#include "orchestrator/shell/scope.h"
#include "tests/test.h"

static const struct scope names = {.root = "/work/tree", .cwd = "/work/tree", .lexical = true};

TEST(a_pattern_stays_in_the_tree_and_out_of_git) {
    static const struct {
        const char *pattern;
        bool fine, picked; /* as names of paths; as what rg picks among files */
    } rows[] = {
        {"**/*.c",            true,  true },
        {"*.{c,h}",           true,  true },
        {"{src,tests}/**",    true,  true },
        {"src/**/*",          true,  true },
        {".github/**",        true,  true },
        {"/work/tree/**/*.c", true,  true },
        {"!.git",             true,  true },
        {"**/*",              true,  false},
        {"*",                 true,  false},
        {"*it/config",        true,  false},
        {"/etc/*",            false, true },
        {"/work/tree2/*",     false, true },
        {"/*",                false, false},
        {"../*",              false, false},
        {"a/../../x",         false, false},
        {"{a,..}/x",          false, false},
        {"{src,/etc}/*",      false, true },
        {".git/**",           false, false},
        {"**/.git/config",    false, false},
        {"a/.GIT/x",          false, false},
        {".g*/config",        false, false},
        {"[.]git/config",     false, false},
        {".{git,x}/config",   false, false},
        {".{a,g{i,o}t}/x",    false, false},
        {"?git/config",       false, false},
        {"~/x",               false, false},
        {".gi\\t/x",          false, false},
        {"{a,b",              false, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        (void)test_check((reach_pattern(&names, rows[i].pattern, false) == 0) == rows[i].fine,
                         __FILE__, __LINE__, "%s", rows[i].pattern);
        (void)test_check((reach_pattern(&names, rows[i].pattern, true) == 0) == rows[i].picked,
                         __FILE__, __LINE__, "%s picks", rows[i].pattern);
    }
}

static void expect_judged(const struct scope *s, const char *line, const char *want) {
    int rc = judge_line(ALLOW_READ, s, line, strlen(line));
    (void)test_check(*want ? rc < 0 && strstr(err_text(), want) : rc == 0, __FILE__, __LINE__,
                     "%s: %s lacks %s", line, rc ? err_text() : "allowed", want);
}

TEST(git_is_not_read_by_way_of_a_folder_above_it) {
    static const char *const folders[] = {".git", "src/deep", "sub/module/.git", "led"};
    static const char *const rows[][2] = {
        {"grep -rh url .",                    ".git"},
        {"grep -rh url",                      ".git"},
        {"grep -R url ./",                    ".git"},
        {"grep --recursive -e url",           ".git"},
        {"grep -r url sub src",               ".git"},
        {"cd src && grep -r url ..",          ".git"},
        {"rg --hidden url",                   ".git"},
        {"rg -uu url .",                      ".git"},
        {"rg -g '.git/**' url",               ".git"},
        {"rg -g '*' url",                     ".git"},
        {"diff -r . src",                     ".git"},
        {"grep -rh --exclude-dir=.git url .", ""    },
        {"grep -rn url src",                  ""    },
        {"cd src && grep -rn url",            ""    },
        {"grep url src/x",                    ""    },
        {"rg url",                            ""    },
        {"rg --hidden url src",               ""    },
        {"rg -g '*.c' url",                   ""    },
        {"diff -r src src/deep",              ""    },
    };
    char real[PATH_MAX], path[PATH_MAX];
    REQUIRE(realpath(test_folder(), real));
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        (void)snprintf(path, sizeof(path), "%.4000s/%s", real, folders[i]);
        (void)file_make_dirs(path);
    }
    const struct scope s = {.root = real, .cwd = real};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_judged(&s, rows[i][0], rows[i][1]);
    (void)snprintf(path, sizeof(path), "%.4000s/led/out", real);
    REQUIRE(symlink("/etc", path) == 0);
    expect_judged(&s, "grep -R url led", "outside");
    expect_judged(&s, "diff -r src led", "outside");
    (void)snprintf(path, sizeof(path), "%.4000s/led/out", real);
    REQUIRE(unlink(path) == 0 && symlink("..", path) == 0);
    expect_judged(&s, "grep -R url led", ".git");
    expect_judged(&s, "grep -nR url led src", ".git");
    expect_judged(&s, "cd led && grep -R url", ".git");
    expect_judged(&s, "diff -r src led", ".git");
    expect_judged(&s, "grep -rn url led", ""); /* which follows none */
    expect_judged(&s, "rg --hidden url led", "");
    (void)snprintf(path, sizeof(path), "%.4000s/led/git", real);
    REQUIRE(symlink("../.git", path) == 0);
    expect_judged(&s, "grep -R --exclude-dir=.git url .", ".git");
    REQUIRE(unlink(path) == 0 && symlink("../src", path) == 0);
    expect_judged(&s, "grep -R --exclude-dir=.git url .", "");
    (void)snprintf(path, sizeof(path), "%.4000s/led/out", real);
    REQUIRE(unlink(path) == 0);
    expect_judged(&s, "grep -R url led", "");
    expect_judged(&s, "grep -R url led/git", "");
    expect_judged(&names, "grep -r url", ".git");
    expect_judged(&names, "grep -r url src", "");
}
