/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/warm.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/cores.h"
#include "engine/base/err.h"

enum {
    STEP = 4 << 20,  /* bytes at once: nobody waits long for the lock of the page table */
    LEAST = 8 << 20, /* bytes; below, a thread costs more than it saves */
};

struct warm {
    pthread_t thread;
    bool joined;
    atomic_bool stop;
    size_t len;
    struct warm_range ranges[];
};

static uintptr_t page_size(void) {
    return (uintptr_t)sysconf(_SC_PAGESIZE);
}

/* False when the kernel cannot or will not. Who takes the lock of the address space again at once
 * takes it from those who wait, for 4 ms if need be: hence the pause. */
static bool warm_range(struct warm *w, const struct warm_range *r) {
    const struct timespec pause = {.tv_nsec = 1000};
    uintptr_t page = page_size(), end = (uintptr_t)r->data + r->size;
    for (uintptr_t at = (uintptr_t)r->data & ~(page - 1); at < end; at += STEP) {
        size_t size = end - at < STEP ? end - at : STEP;
        if (atomic_load(&w->stop) || madvise((void *)at, size, MADV_POPULATE_READ) != 0)
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

static void *run(void *arg) {
    struct warm *w = arg;
    for (size_t i = 0; i < w->len && warm_range(w, &w->ranges[i]); i++)
        ;
    return NULL;
}

static bool is_worth_it(const struct warm_range *ranges, size_t len) {
    size_t sum = 0, machine = (size_t)sysconf(_SC_PHYS_PAGES) * page_size();
    for (size_t i = 0; i < len; i++)
        sum += ranges[i].size;
    return sum >= LEAST && sum <= machine / 2;
}

/* Not on the core that a pinned caller computes on. */
static int start(struct warm *w) {
    pthread_attr_t attributes;
    int failed = pthread_attr_init(&attributes);
    if (failed)
        return failed;
    cores_free_child(&attributes);
    failed = pthread_create(&w->thread, &attributes, run, w);
    (void)pthread_attr_destroy(&attributes);
    return failed;
}

struct warm *warm_start(const struct warm_range *ranges, size_t len) {
    sigset_t all, before;
    if (!is_worth_it(ranges, len))
        return NULL;
    struct warm *w = xcalloc(1, sizeof(*w) + len * sizeof(*ranges));
    w->len = len;
    memcpy(w->ranges, ranges, len * sizeof(*ranges));
    sigfillset(&all); /* signals are for the threads that know what to do */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = start(w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        return w;
    free(w);
    return NULL;
}

void warm_wait(struct warm *w) {
    if (!w || w->joined)
        return;
    pthread_join(w->thread, NULL);
    w->joined = true;
}

void warm_stop(struct warm *w) {
    if (!w)
        return;
    atomic_store(&w->stop, true);
    warm_wait(w);
    free(w);
}
