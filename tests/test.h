/* SPDX-License-Identifier: Apache-2.0 */
/* test: TEST(name) { … EXPECT(cond); } registers itself. One executable per source file.
 *
 * A name says what the test proves. A failed EXPECT is reported and the test goes on; REQUIRE
 * ends it. A test that made no check fails. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef void test_fn(void);
void test_register(const char *name, const char *file, int line, test_fn *fn);
/* Counts a check; reports when cond is false. Returns cond. */
bool test_check(bool cond, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The whole executable is skipped: prints the reason, exits 77. */
_Noreturn void test_skip(const char *reason);
/* A fresh empty folder, removed when the executable ends. Owned by the harness. */
const char *test_folder(void);

/* A sanitizer has an allocator of its own, which takes more. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED 1
#elif defined(__has_feature)
#define TEST_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define TEST_SANITIZED 0
#endif

/* ThreadSanitizer runs a thread of its own in each process, and setns() lets none with two into a
 * namespace of users. */
#if defined(__SANITIZE_THREAD__)
#define TEST_THREADED 1
#elif defined(__has_feature)
#define TEST_THREADED __has_feature(thread_sanitizer)
#else
#define TEST_THREADED 0
#endif

#define TEST(name)                                                   \
    static void name(void);                                          \
    __attribute__((constructor)) static void register_##name(void) { \
        test_register(#name, __FILE__, __LINE__, name);              \
    }                                                                \
    static void name(void)

#define EXPECT(cond) (void)test_check((cond), __FILE__, __LINE__, "%s", #cond)
#define EXPECT_INT(a, b)                                                                           \
    do {                                                                                           \
        long long va_ = (long long)(a), vb_ = (long long)(b);                                      \
        (void)test_check(va_ == vb_, __FILE__, __LINE__, "%s is %lld, not %s (%lld)", #a, va_, #b, \
                         vb_);                                                                     \
    } while (0)
#define EXPECT_STR(a, b)                                                            \
    do {                                                                            \
        const char *sa_ = (a), *sb_ = (b);                                          \
        bool same_ = sa_ && sb_ && strcmp(sa_, sb_) == 0;                           \
        (void)test_check(same_, __FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #a, \
                         sa_ ? sa_ : "(null)", sb_ ? sb_ : "(null)");               \
    } while (0)
#define EXPECT_HAS(text, part)                                                        \
    do {                                                                              \
        const char *st_ = (text), *sp_ = (part);                                      \
        bool has_ = st_ && strstr(st_, sp_);                                          \
        (void)test_check(has_, __FILE__, __LINE__, "%s, \"%s\", lacks \"%s\"", #text, \
                         st_ ? st_ : "(null)", sp_);                                  \
    } while (0)
#define REQUIRE(cond)                                             \
    do {                                                          \
        if (!test_check((cond), __FILE__, __LINE__, "%s", #cond)) \
            return;                                               \
    } while (0)
