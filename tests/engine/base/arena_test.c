/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/arena.h"

#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/test.h"

static bool is_zero(const unsigned char *p, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (p[i])
            return false;
    return true;
}

TEST(memory_is_zeroed_aligned_and_stays_where_it_is) {
    struct arena a;
    arena_init(&a, 128);
    unsigned char *kept[300];
    for (size_t i = 0; i < 300; i++) {
        kept[i] = arena_alloc(&a, i);
        EXPECT((uintptr_t)kept[i] % alignof(max_align_t) == 0);
        EXPECT(is_zero(kept[i], i));
        memset(kept[i], (int)(i & 0xFF), i);
    }
    bool whole = true;
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i; j++)
            whole = whole && kept[i][j] == (i & 0xFF);
    EXPECT(whole); /* no two overlap */
    EXPECT(kept[0] != kept[1]);
    EXPECT(a.used >= 299 * 300 / 2);
    arena_done(&a);
    arena_done(&a);
}

TEST(reset_keeps_the_largest_block_and_hands_out_zeroes_again) {
    struct arena a;
    arena_init(&a, 64);
    (void)arena_alloc(&a, 10);
    unsigned char *large = arena_alloc(&a, 100000);
    memset(large, 0xAA, 100000);
    (void)arena_alloc(&a, 50);
    arena_reset(&a);
    EXPECT_INT(a.used, 0);
    unsigned char *again = arena_alloc(&a, 100000);
    EXPECT(again == large);
    EXPECT(is_zero(again, 100000));
    arena_reset(&a);
    arena_done(&a);
    arena_reset(&a); /* of nothing */
    EXPECT(a.head == NULL);
}

TEST(a_zeroed_arena_works) {
    struct arena a = {0};
    arena_done(&a);
    EXPECT_STR(arena_strdup(&a, "x"), "x");
    arena_done(&a);
}

TEST(strings_are_copied_and_printed) {
    struct arena a;
    arena_init(&a, 0);
    char source[] = "hello";
    char *copy = arena_strdup(&a, source), *part = arena_strndup(&a, source, 2);
    source[0] = 'j';
    EXPECT_STR(copy, "hello");
    EXPECT_STR(part, "he");
    EXPECT_STR(arena_strndup(&a, NULL, 0), "");
    EXPECT_STR(arena_printf(&a, "%d-%s", 12, "é"), "12-é");
    EXPECT_STR(arena_printf(&a, "%s", ""), "");
    arena_done(&a);
}

TEST(a_large_piece_does_not_waste_the_block_being_filled) {
    struct arena a;
    arena_init(&a, 1 << 16);
    char *first = arena_alloc(&a, 16);
    (void)arena_alloc(&a, 1 << 20);
    char *second = arena_alloc(&a, 16);
    EXPECT(second == first + 16);
    arena_done(&a);
}

static int death_of(void (*fn)(struct arena *)) {
    pid_t pid = fork();
    if (pid == 0) {
        struct arena a;
        arena_init(&a, 0);
        (void)!freopen("/dev/null", "w", stderr);
        fn(&a);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void product_wraps(struct arena *a) {
    (void)arena_array(a, SIZE_MAX / 8 + 2, 8);
}
static void rounding_wraps(struct arena *a) {
    (void)arena_alloc(a, SIZE_MAX - 3);
}
static void header_wraps(struct arena *a) {
    (void)arena_alloc(a, SIZE_MAX - 31);
}
static void string_wraps(struct arena *a) {
    (void)arena_strndup(a, "", SIZE_MAX);
}
static void all_is_well(struct arena *a) {
    (void)arena_array(a, 1000, 8);
}

TEST(sizes_that_wrap_around_abort) {
    EXPECT_INT(death_of(product_wraps), SIGABRT);
    EXPECT_INT(death_of(rounding_wraps), SIGABRT);
    EXPECT_INT(death_of(header_wraps), SIGABRT);
    EXPECT_INT(death_of(string_wraps), SIGABRT);
    EXPECT_INT(death_of(all_is_well), 0);
}
