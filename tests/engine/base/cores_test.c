/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/cores.h"

#include <sched.h>

#include "tests/test.h"

TEST(the_list_has_every_core_that_may_be_used_once) {
    cpu_set_t allowed, listed;
    int cores[CORES_MAX], count = cores_list(cores);
    REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
    EXPECT_INT(count, CPU_COUNT(&allowed));
    EXPECT_INT(cores_count(), count);
    CPU_ZERO(&listed);
    for (int i = 0; i < count; i++)
        CPU_SET(cores[i], &listed);
    EXPECT(CPU_EQUAL(&listed, &allowed));
}

static void *mask(void *arg) {
    (void)sched_getaffinity(0, sizeof(cpu_set_t), arg);
    return NULL;
}

/* The mask of a thread that is made now. */
static cpu_set_t child(bool is_free) {
    cpu_set_t set;
    pthread_attr_t attributes;
    pthread_t thread;
    CPU_ZERO(&set);
    EXPECT(pthread_attr_init(&attributes) == 0);
    if (is_free)
        cores_free_child(&attributes);
    if (pthread_create(&thread, &attributes, mask, &set) == 0)
        (void)pthread_join(thread, NULL);
    (void)pthread_attr_destroy(&attributes);
    return set;
}

TEST(a_bound_thread_has_free_children_when_asked_and_is_released) {
    cpu_set_t allowed, now;
    int cores[CORES_MAX];
    REQUIRE(sched_getaffinity(0, sizeof(allowed), &allowed) == 0 && cores_list(cores) > 0);
    REQUIRE(cores_bind_self(cores[0]) == 0);
    REQUIRE(sched_getaffinity(0, sizeof(now), &now) == 0);
    EXPECT(CPU_COUNT(&now) == 1 && CPU_ISSET(cores[0], &now));
    now = child(false);
    EXPECT_INT(CPU_COUNT(&now), 1);
    now = child(true);
    EXPECT(CPU_EQUAL(&now, &allowed));
    cores_release();
    cores_release();
    REQUIRE(sched_getaffinity(0, sizeof(now), &now) == 0);
    EXPECT(CPU_EQUAL(&now, &allowed));
    now = child(true);
    EXPECT(CPU_EQUAL(&now, &allowed));
}
