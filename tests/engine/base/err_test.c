/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/err.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/test.h"

TEST(each_level_prepends_what_it_knows) {
    EXPECT_INT(err_set(ERR_FORMAT, "%d is no length", 7), ERR_FORMAT);
    EXPECT_STR(err_text(), "7 is no length");
    EXPECT_INT(err_while(ERR_FORMAT, "reading %s", "a.json"), ERR_FORMAT);
    EXPECT_INT(err_while(ERR_FORMAT, "opening the model"), ERR_FORMAT);
    EXPECT_STR(err_text(), "opening the model: reading a.json: 7 is no length");
}

TEST(the_text_may_be_an_argument_of_the_next) {
    (void)err_set(ERR_IO, "inner");
    (void)err_set(ERR_ARG, "outer (%s)", err_text());
    EXPECT_STR(err_text(), "outer (inner)");
    (void)err_while(ERR_ARG, "%s", err_text());
    EXPECT_STR(err_text(), "outer (inner): outer (inner)");
}

TEST(errno_is_put_into_words) {
    errno = ENOENT;
    EXPECT_INT(err_errno(ERR_IO, "cannot open %s", "x"), ERR_IO);
    EXPECT_STR(err_text(), "cannot open x: No such file or directory");
}

TEST(names_of_codes_are_their_words) {
    EXPECT_STR(err_name(0), "OK");
    EXPECT_STR(err_name(ERR_IO), "IO");
    EXPECT_STR(err_name(ERR_STOPPED), "STOPPED");
    EXPECT_STR(err_name(-99), "?");
    EXPECT_STR(err_name(1), "?");
}

TEST(a_text_too_long_is_cut_between_characters) {
    char text[6001];
    for (size_t i = 0; i + 1 < sizeof(text); i += 2)
        memcpy(text + i, "é", 2);
    text[sizeof(text) - 1] = '\0';
    (void)err_set(ERR_IO, "%s", text);
    size_t len = strlen(err_text());
    EXPECT(len > 4000 && len < 4096);
    EXPECT_INT((unsigned char)err_text()[len - 1], 0xA9); /* the second byte of é */
    (void)err_set(ERR_IO, "x%s", text);
    len = strlen(err_text());
    EXPECT_INT((unsigned char)err_text()[len - 1], 0xA9);
    (void)err_while(ERR_IO, "ab");
    EXPECT(strncmp(err_text(), "ab: x", 5) == 0);
    len = strlen(err_text());
    EXPECT_INT((unsigned char)err_text()[len - 1], 0xA9);
}

static void *fail_elsewhere(void *arg) {
    (void)err_set(ERR_IO, "in the other thread");
    return arg;
}

TEST(each_thread_has_its_own_text) {
    (void)err_set(ERR_IO, "in this thread");
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, fail_elsewhere, NULL) == 0);
    pthread_join(thread, NULL);
    EXPECT_STR(err_text(), "in this thread");
}

/* The signal that fn ends a child with, or 0. */
static int death_of(void (*fn)(void)) {
    pid_t pid = fork();
    if (pid == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        (void)signal(SIGABRT, SIG_DFL);
        fn();
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void break_invariant(void) {
    CHECK(1 + 1 == 3);
}
static void keep_invariant(void) {
    CHECK(1 + 1 == 2);
}
static void overflow_calloc(void) {
    free(xcalloc(SIZE_MAX / 2, 4));
}
static void succeed_with_text(void) {
    (void)err_set(0, "no failure");
}

TEST(a_broken_invariant_and_an_overflow_abort) {
    EXPECT_INT(death_of(break_invariant), SIGABRT);
    EXPECT_INT(death_of(keep_invariant), 0);
    EXPECT_INT(death_of(overflow_calloc), SIGABRT);
    EXPECT_INT(death_of(succeed_with_text), SIGABRT);
}

TEST(small_allocations_are_never_null) {
    unsigned char *zero = xcalloc(0, 8);
    EXPECT(zero != NULL);
    free(zero);
    unsigned char *bytes = xcalloc(3, 5);
    for (int i = 0; i < 15; i++)
        EXPECT_INT(bytes[i], 0);
    bytes = xrealloc(bytes, 0);
    EXPECT(bytes != NULL);
    free(bytes);
    char *copy = xstrndup("hello", 4);
    EXPECT_STR(copy, "hell");
    free(copy);
    copy = xstrdup("");
    EXPECT_STR(copy, "");
    free(copy);
}
