/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/warm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/test.h"

enum { SIZE = 32 << 20 };

/* A fresh mapping of a file of SIZE bytes. */
static char *map(void) {
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/large", test_folder());
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool made = fd >= 0 && ftruncate(fd, SIZE) == 0;
    char *p = made ? mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        (void)close(fd);
    return p == MAP_FAILED ? NULL : p;
}

/* Faults of this thread while all pages are touched, not counting those of a sanitizer's shadow. */
__attribute__((no_sanitize("address", "thread"))) static long touch(const char *p, size_t size) {
    struct rusage before, after;
    unsigned sum = 0;
    (void)getrusage(RUSAGE_THREAD, &before);
    for (size_t i = 0; i < size; i += 4096)
        sum += ((const volatile unsigned char *)p)[i];
    (void)getrusage(RUSAGE_THREAD, &after);
    return after.ru_minflt - before.ru_minflt + (long)(sum / 255);
}

TEST(what_was_warmed_is_touched_without_a_fault) {
    char *p = map(), *cold = map();
    REQUIRE(p && cold);
    const struct warm_range ranges[] = {
        {p + SIZE / 2, SIZE / 2},
        {p,            SIZE / 2}
    };
    long without = touch(cold, SIZE);
    EXPECT(without > 100);
    struct warm *w = warm_start(ranges, 2);
    REQUIRE(w != NULL);
    warm_wait(w);
    long faults = touch(p, SIZE);
    warm_stop(w);
    if (madvise(p, 4096, MADV_POPULATE_READ) != 0)
        test_skip("the kernel has no MADV_POPULATE_READ");
    EXPECT(faults < without / 4); /* a sanitizer adds some of its own */
    (void)munmap(p, SIZE);
    (void)munmap(cold, SIZE);
}

TEST(it_stops_when_it_is_told_and_survives_what_is_not_mapped) {
    char *p = map();
    REQUIRE(p != NULL);
    const struct warm_range ranges[] = {
        {p,    SIZE    },
        {NULL, SIZE    },
        {p,    SIZE - 1}
    };
    for (int i = 0; i < 20; i++) {
        struct warm *w = warm_start(ranges, 3);
        REQUIRE(w != NULL);
        if (i % 2)
            warm_wait(w);
        warm_stop(w);
    }
    (void)munmap(p, SIZE);
    EXPECT(warm_start(NULL, 0) == NULL);
    warm_wait(NULL);
    warm_stop(NULL);
}

TEST(neither_little_nor_too_much_is_warmed) {
    static const char byte;
    const struct warm_range little = {&byte, 4096}, much = {&byte, SIZE_MAX / 4};
    EXPECT(warm_start(&little, 1) == NULL);
    EXPECT(warm_start(&much, 1) == NULL);
}
