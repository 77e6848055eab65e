/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/pool.h"
#include "engine/bench/stream.h"
#include "tests/test.h"

/* Every unit of this machine does all it claims: each sum grows, and by as much as it should. A
 * compiler that merged sums or dropped rounds would make a peak that no kernel can reach. */
TEST(f32_units_add_up) {
    enum { SUMS = PEAK_SUMS_SIZE / sizeof(float), ROUNDS = 64 };
    static _Alignas(64) float sums[SUMS], before[SUMS], operand[PEAK_OPERAND_SIZE / sizeof(float)];
    const struct peak_unit *unit = peak_find(PEAK_F32);
    for (size_t i = 0; i < sizeof(operand) / sizeof(*operand); i++)
        operand[i] = 2;
    for (int i = 0; i < SUMS; i++)
        sums[i] = before[i] = (float)i;
    unit->run(ROUNDS, operand, sums);
    double added = 0;
    for (int i = 0; i < SUMS; i++)
        added += (double)(sums[i] - before[i]);
    /* An operation adds 2 · 2, and is a multiplication and an addition. */
    EXPECT(added == unit->operations / 2 * ROUNDS * 4);
}

TEST(each_kind_has_a_name_and_the_f32_unit_is_everywhere) {
    for (int kind = 0; kind < PEAK_COUNT; kind++)
        EXPECT(*peak_name((enum peak_kind)kind) && *peak_text((enum peak_kind)kind));
    EXPECT(peak_find(PEAK_F32) != NULL);
}

TEST(every_walk_reads_all_bytes) {
    enum { SIZE = STREAM_STEP * STREAM_STREAMS_MAX * 2 };
    static _Alignas(64) unsigned char data[SIZE];
    for (const struct stream_walk *w = stream_walks; w->streams; w++) {
        for (size_t i = 0; i < SIZE; i += 57) {
            data[i] = 0x40;
            EXPECT(stream_read(data, SIZE, w) != 0);
            data[i] = 0;
        }
        EXPECT(stream_read(data, SIZE, w) == 0);
    }
}

TEST(limits_are_measured_with_all_threads) {
    const struct machine machine = {.cache_size = 1 << 21};
    const struct gauge_options o = {.memory_size = 1 << 22, .milliseconds = 1};
    struct pool *pool = NULL;
    struct limits l;
    REQUIRE(pool_new(&pool, 2) == 0);
    EXPECT(limits_measure(&l, pool, &machine, &o, 3) == 0);
    EXPECT(l.threads == 2 && l.memory_size == 1 << 22 && l.cache_size == 1 << 20);
    EXPECT(l.memory.len == 3 && l.cache.len == 3 && l.barrier.len == 3);
    EXPECT(sample_low(&l.memory) > 0 && sample_low(&l.barrier) > 0);
    EXPECT(sample_low(&l.peak[PEAK_F32]) > 0);
    for (int kind = 0; kind < PEAK_COUNT; kind++)
        EXPECT((l.peak[kind].len == 3) == (peak_find((enum peak_kind)kind) != NULL));
    pool_free(pool);
}

TEST(what_fits_the_cache_is_measured_against_it) {
    const struct machine machine = {.cache_size = 1 << 20}, unknown = {0};
    const struct gauge_options o = {.memory_size = 1 << 22, .milliseconds = 1};
    struct pool *pool = NULL;
    struct gauge *g = NULL;
    const char *name;
    REQUIRE(pool_new(&pool, 1) == 0 && gauge_new(&g, pool, &machine, &o) == 0);
    EXPECT(gauge_bandwidth(g, 0.75 * (1 << 20), &name) > 0);
    EXPECT_STR(name, "cache");
    EXPECT(gauge_bandwidth(g, 0.75 * (1 << 20) + 1, &name) > 0);
    EXPECT_STR(name, "memory");
    gauge_free(g);
    REQUIRE(gauge_new(&g, pool, &unknown, &o) == 0);
    EXPECT(gauge_bandwidth(g, 1, &name) > 0 && gauge_cache(g) == 0);
    EXPECT_STR(name, "memory");
    gauge_free(g);
    pool_free(pool);
}

TEST(a_reset_forgets_what_is_no_longer_held) {
    enum { SIZE = 64 << 20, PAGE = 4096 };
    volatile char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(p != MAP_FAILED);
    for (size_t i = 0; i < SIZE; i += PAGE)
        p[i] = 1;
    int64_t before = machine_peak_rss();
    EXPECT(before > SIZE);
    munmap((void *)(uintptr_t)p, SIZE);
    machine_reset_peak();
    bool can = access("/proc/self/clear_refs", W_OK) == 0;
    EXPECT(can ? machine_peak_rss() < before - SIZE / 2 : machine_peak_rss() > 0);
}

TEST(the_machine_is_described) {
    struct machine m;
    machine_init(&m);
    EXPECT(m.cores >= 1 && m.memory_size > 0 && m.load >= 0);
    EXPECT(machine_peak_rss() > 1 << 16);
}
