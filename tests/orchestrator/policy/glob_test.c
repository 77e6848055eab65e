/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/glob.h"

#include "tests/test.h"

TEST(globs_match_paths) {
    static const struct {
        const char *pattern, *path;
        bool match;
    } rows[] = {
        {"a.c",         "a.c",             true },
        {"a.c",         "b/a.c",           false},
        {"*.c",         "a.c",             true },
        {"*.c",         "b/a.c",           false},
        {"**/*.c",      "a.c",             true },
        {"**/*.c",      "b/c/a.c",         true },
        {"src/**",      "src/a/b",         true },
        {"src/**",      "src",             false},
        {"src/",        "src/a/b",         true },
        {"src/",        "src",             false},
        {"src/",        "srca/b",          false},
        {"src/*/x",     "src/a/x",         true },
        {"src/*/x",     "src/a/b/x",       false},
        {"src/**/x",    "src/x",           true },
        {"src/**/x",    "src/a/b/x",       true },
        {"src/**/x",    "src/ax",          false},
        {"a?c",         "abc",             true },
        {"a?c",         "a/c",             false},
        {"**",          "any/thing",       true },
        {"*a*b*c",      "xxaxxbxxc",       true },
        {"*a*b*c",      "xxaxxcxxb",       false},
        {"**/a/**/b",   "x/a/y/a/z/b",     true },
        {"**/a/**/b",   "x/a/y/a/z/c",     false},
        {"**/*_test.c", "t/x_test_test.c", true },
        {"",            "",                true },
        {"",            "a",               false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        test_check(glob_match(rows[i].pattern, rows[i].path) == rows[i].match, __FILE__, __LINE__,
                   "%s and %s", rows[i].pattern, rows[i].path);
}

TEST(patterns_say_which_folders_they_are_in) {
    static const struct {
        const char *pattern, *folder;
        bool all, into;
    } rows[] = {
        {"src/",        "src",      true,  true },
        {"src/**",      "src",      true,  true },
        {"src/base/**", "src/base", true,  true },
        {"src/base/**", "src",      false, true },
        {"src/base/**", "",         false, true },
        {"src/*.c",     "src",      false, true },
        {"s*/base/",    "src",      false, true },
        {"s*/base/",    "src/base", true,  true },
        {"src/",        "srca",     false, false},
        {"src/",        "src/a",    false, false},
        {"src/a.c",     "src/a.c",  false, false},
        {"a.c",         "",         false, true },
        {"**/a.c",      "",         false, false},
        {"**/a.c",      "src",      false, false},
        {"src/**/a.c",  "src",      false, false},
        {"src/**/a.c",  "",         false, true },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        (void)test_check(glob_is_all_of(rows[i].pattern, rows[i].folder) == rows[i].all, __FILE__,
                         __LINE__, "%s is all of %s", rows[i].pattern, rows[i].folder);
        (void)test_check(glob_leads_into(rows[i].pattern, rows[i].folder) == rows[i].into, __FILE__,
                         __LINE__, "%s leads into %s", rows[i].pattern, rows[i].folder);
    }
}

TEST(a_long_path_takes_no_long_time) {
    char path[4096];
    memset(path, 'a', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    for (size_t i = 10; i < sizeof(path) - 1; i += 10)
        path[i] = '/';
    EXPECT(!glob_match("**/a*a*a*/**/a*a*a*/**/a*a*/**/b", path));
}
