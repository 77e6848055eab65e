/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/pool.h"

#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "tests/test.h"

enum { ROWS = 1003, THREADS = 8 };

struct job {
    int64_t n;
    int64_t range[ROWS]; /* where the range began */
    int times[ROWS];
    double value[ROWS];
    _Atomic int calls;
};

static void mark(void *arg, int64_t begin, int64_t end, int worker) {
    struct job *j = arg;
    (void)worker;
    j->calls++;
    for (int64_t r = begin; r < end; r++) {
        j->range[r] = begin;
        j->times[r]++;
        double sum = 0;
        for (int k = 1; k <= 50; k++)
            sum += 1.0 / (double)(r * 50 + k);
        j->value[r] = sum;
    }
}

static void check_ranges(const struct job *j, int threads) {
    int64_t least = ROWS, most = 0, here = 0;
    bool once = true, ordered = true;
    for (int64_t r = 0; r < j->n; r++) {
        once = once && j->times[r] == 1;
        ordered = ordered && (r == 0 || j->range[r] >= j->range[r - 1]);
        bool starts = r == 0 || j->range[r] != j->range[r - 1];
        if (starts && r > 0 && here < least)
            least = here;
        here = starts ? 1 : here + 1;
        most = here > most ? here : most;
    }
    least = here < least ? here : least;
    EXPECT(once && ordered);
    EXPECT(j->n < threads || most - least <= 1);
    EXPECT_INT(j->calls, j->n < threads ? (j->n == 1 ? 1 : j->n) : threads);
}

TEST(rows_are_shared_out_once_in_order_and_equally) {
    for (int threads = 1; threads <= THREADS; threads++) {
        struct pool *p;
        REQUIRE(pool_new(&p, threads) == 0);
        EXPECT_INT(pool_threads(p), threads);
        static const int64_t counts[] = {1, 2, 3, 7, 8, 9, 64, 1000, ROWS};
        for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
            static struct job j;
            memset(&j, 0, sizeof(j));
            j.n = counts[i];
            pool_rows(p, j.n, mark, &j);
            check_ranges(&j, threads);
        }
        pool_free(p);
    }
}

TEST(results_are_bit_equal_for_any_number_of_threads) {
    static struct job one, many;
    struct pool *p;
    REQUIRE(pool_new(&p, 1) == 0);
    pool_rows(p, ROWS, mark, &one);
    pool_free(p);
    for (int threads = 2; threads <= THREADS; threads++) {
        memset(&many, 0, sizeof(many));
        REQUIRE(pool_new(&p, threads) == 0);
        pool_rows(p, ROWS, mark, &many);
        pool_free(p);
        EXPECT(memcmp(one.value, many.value, sizeof(one.value)) == 0);
    }
}

/* Holds its first chunk until all the others are done. */
struct slow {
    _Atomic int done;
    int chunks;
    _Atomic bool waited, gave_up;
};

static void work_slowly(void *arg, int64_t begin, int64_t end, int worker) {
    struct slow *s = arg;
    (void)begin, (void)end;
    if (worker == 0 && !atomic_exchange(&s->waited, true)) {
        int64_t until = clock_mono_ns() + INT64_C(20000000000);
        while (s->done < s->chunks - 1 && clock_mono_ns() < until)
            sched_yield();
        s->gave_up = s->done < s->chunks - 1;
    }
    s->done++;
}

TEST(a_late_thread_holds_up_one_chunk_only) {
    struct pool *p;
    REQUIRE(pool_new(&p, 3) == 0);
    for (int i = 0; i < 20; i++) {
        struct slow s = {.chunks = 30};
        pool_chunks(p, 60, 2, work_slowly, &s);
        EXPECT(!s.gave_up);
        EXPECT_INT(s.done, 30);
    }
    pool_free(p);
}

TEST(chunks_begin_at_multiples_of_the_grain) {
    struct pool *p;
    REQUIRE(pool_new(&p, 4) == 0);
    static struct job j;
    memset(&j, 0, sizeof(j));
    pool_chunks(p, ROWS, 10, mark, &j);
    bool right = true;
    for (int64_t r = 0; r < ROWS; r++)
        right = right && j.times[r] == 1 && j.range[r] == r / 10 * 10;
    EXPECT(right);
    EXPECT_INT(j.calls, (ROWS + 9) / 10);
    pool_free(p);
}

static void add_one(void *arg, int64_t begin, int64_t end, int worker) {
    (void)worker;
    int *rows = arg;
    for (int64_t r = begin; r < end; r++)
        rows[r]++;
}

TEST(a_pool_that_slept_wakes_for_the_next_job) {
    struct pool *p;
    REQUIRE(pool_new(&p, 4) == 0);
    int rows[64] = {0};
    for (int i = 0; i < 20; i++) {
        pool_rows(p, 64, add_one, rows);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    for (int i = 0; i < 64; i++)
        EXPECT_INT(rows[i], 20);
    pool_free(p);
}

TEST(many_small_jobs_in_a_row_lose_nothing) {
    struct pool *p;
    REQUIRE(pool_new(&p, 4) == 0);
    int rows[13] = {0};
    for (int i = 0; i < 2000; i++)
        pool_rows(p, 13, add_one, rows);
    for (int i = 0; i < 13; i++)
        EXPECT_INT(rows[i], 2000);
    pool_free(p);
}

static void never(void *arg, int64_t begin, int64_t end, int worker) {
    (void)begin, (void)end, (void)worker;
    *(bool *)arg = true;
}

TEST(no_rows_are_no_work) {
    struct pool *p;
    REQUIRE(pool_new(&p, 3) == 0);
    bool called = false;
    pool_rows(p, 0, never, &called);
    pool_rows(p, -5, never, &called);
    EXPECT(!called);
    pool_free(p);
    pool_free(NULL);
}

static void span(void *arg, int64_t begin, int64_t end, int worker) {
    (void)worker;
    *(_Atomic int64_t *)arg += end - begin;
}

TEST(row_numbers_do_not_overflow) {
    struct pool *p;
    REQUIRE(pool_new(&p, 7) == 0);
    _Atomic int64_t total = 0;
    pool_rows(p, INT64_MAX, span, &total);
    EXPECT(total == INT64_MAX);
    pool_free(p);
}

TEST(a_number_of_threads_out_of_reason_is_refused) {
    struct pool *p = NULL;
    EXPECT_INT(pool_new(&p, -1), ERR_ARG);
    EXPECT_INT(pool_new(&p, 1000000), ERR_ARG);
    EXPECT_HAS(err_text(), "1000000 threads");
    EXPECT(p == NULL);
    REQUIRE(pool_new(&p, 0) == 0);
    EXPECT(pool_threads(p) >= 1);
    pool_free(p);
}

/* Each worker's mask, from inside; every one waits for all, so that none takes another's chunk. */
struct masks {
    _Atomic int come;
    int threads;
    cpu_set_t of[CPU_SETSIZE];
};

static void look(void *arg, int64_t begin, int64_t end, int worker) {
    struct masks *m = arg;
    (void)begin, (void)end;
    EXPECT(sched_getaffinity(0, sizeof(m->of[worker]), &m->of[worker]) == 0);
    m->come++;
    int64_t until = clock_mono_ns() + INT64_C(20000000000);
    while (m->come < m->threads && clock_mono_ns() < until)
        sched_yield();
}

TEST(pinned_threads_have_a_core_of_their_own_each) {
    static struct masks m;
    cpu_set_t allowed, together, after;
    struct pool *p;
    REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
    for (int threads = 1; threads <= CPU_COUNT(&allowed) && threads <= THREADS; threads++) {
        m = (struct masks){.threads = threads};
        REQUIRE(pool_new(&p, threads) == 0 && pool_pin(p) == 0);
        pool_rows(p, threads, look, &m);
        CPU_ZERO(&together);
        for (int i = 0; i < threads; i++) {
            EXPECT_INT(CPU_COUNT(&m.of[i]), 1);
            CPU_OR(&together, &together, &m.of[i]);
        }
        EXPECT_INT(m.come, threads);
        EXPECT_INT(CPU_COUNT(&together), threads);
        CPU_AND(&after, &together, &allowed);
        EXPECT(CPU_EQUAL(&after, &together));
        pool_free(p);
        REQUIRE(sched_getaffinity(0, sizeof(after), &after) == 0);
        EXPECT(CPU_EQUAL(&after, &allowed));
    }
}

TEST(more_threads_than_cores_are_not_pinned) {
    cpu_set_t allowed, after;
    struct pool *p;
    REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
    REQUIRE(pool_new(&p, CPU_COUNT(&allowed) + 1) == 0);
    EXPECT_INT(pool_pin(p), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "threads cannot be pinned: this process may use ");
    REQUIRE(sched_getaffinity(0, sizeof(after), &after) == 0);
    EXPECT(CPU_EQUAL(&after, &allowed));
    pool_free(p);
}

TEST(pinning_keeps_to_the_cores_that_the_caller_may_use) {
    static struct masks m;
    cpu_set_t allowed, last;
    struct pool *p;
    int core = CPU_SETSIZE - 1;
    REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
    while (!CPU_ISSET(core, &allowed))
        core--;
    CPU_ZERO(&last);
    CPU_SET(core, &last);
    REQUIRE(sched_setaffinity(0, sizeof(last), &last) == 0 && pool_new(&p, 0) == 0);
    EXPECT_INT(pool_threads(p), 1);
    EXPECT_INT(pool_pin(p), 0);
    m = (struct masks){.threads = 1};
    pool_rows(p, 1, look, &m);
    EXPECT(CPU_EQUAL(&m.of[0], &last));
    pool_free(p);
    REQUIRE(pool_new(&p, 2) == 0);
    EXPECT_INT(pool_pin(p), ERR_UNSUPPORTED);
    EXPECT_HAS(err_text(), "may use 1 core;");
    pool_free(p);
    REQUIRE(sched_setaffinity(0, sizeof(allowed), &allowed) == 0);
}
