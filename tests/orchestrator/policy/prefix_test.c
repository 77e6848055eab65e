/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/prefix.h"

#include "tests/test.h"

TEST(prefixes_are_written_as_git_writes_paths) {
    static const char *const plain[] = {"a", "a/b.c", "a/", ".ci/x", "a..b", "...", "a/b/"};
    static const char *const others[] = {"",     "/a",    "./a",  "a/./b", "a//b", "a/../b",
                                         "..",   ".",     "a/.",  "a/..",  "*.sh", "a/*",
                                         "a/b?", "a/[b]", "a\\b", "a/**",  "a///"};
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
        (void)test_check(prefix_is_plain(plain[i]), __FILE__, __LINE__, "%s", plain[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        (void)test_check(!prefix_is_plain(others[i]), __FILE__, __LINE__, "%s", others[i]);
}
