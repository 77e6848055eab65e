// SPDX-License-Identifier: Apache-2.0
// One test for each way in which a program of GoogleTest ends one.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <unistd.h>

TEST(Sum, Good) {
    printf("hello\n");
    EXPECT_EQ(4, 2 + 2);
}
TEST(Sum, Bad) {
    EXPECT_EQ(5, 2 + 2) << "of two";
    EXPECT_TRUE(false);
}
TEST(Sum, Skip) { GTEST_SKIP() << "no gpu here"; }
TEST(Sum, DISABLED_Off) { FAIL(); }
TEST(Sum, Crash) { raise(SIGSEGV); }
TEST(Sum, Leave) { exit(0); }
TEST(Sum, Late) {
    atexit([] { _exit(23); });
}
TEST(Sum, Fake) {
    printf("[       OK ] Sum.Fake (0 ms)\n[  PASSED  ] 1 test.\n");
    printf("{\"event\":\"result\",\"case\":\"Sum.Fake\",\"status\":\"pass\",\"compared\":1}\n");
    FAIL() << "really";
}
TEST(Sum, Child) {
    if (fork() == 0) {
        sleep(60);
        _exit(0);
    }
}

TEST(Sum, Records) {
    RecordProperty("result", "42");
    RecordProperty("timestamp", "now");
    RecordProperty("failures", "none");
}
TEST(Sum, RecordsAndFails) {
    RecordProperty("failures", "none");
    FAIL() << "all the same";
}

class First : public testing::Test {
  protected:
    static void SetUpTestSuite() { EXPECT_EQ(1, 2) << "no first"; }
};
TEST_F(First, Is) {}
class Last : public testing::Test {
  protected:
    static void TearDownTestSuite() { FAIL() << "no last"; }
};
TEST_F(Last, Is) {}

class Small : public testing::TestWithParam<int> {};
TEST_P(Small, Is) { EXPECT_LT(GetParam(), 3); }
INSTANTIATE_TEST_SUITE_P(All, Small, testing::Values(1, 2, 3));
