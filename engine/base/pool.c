/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/cores.h"
#include "engine/base/err.h"

enum {
    THREADS_MAX = CORES_MAX, /* above, a slip of the keyboard */
    SPINS = 4000,            /* about 100 µs, three times what it takes to wake a thread */
};

/* What one thread does first, and the others once they have nothing left. */
struct share {
    _Alignas(64) _Atomic int64_t taken; /* chunks; counts on when there are none left */
    int64_t begin, end;                 /* rows */
    int64_t chunks;
};

struct worker {
    struct pool *pool;
    pthread_t thread;
    int index;
};

struct pool {
    int threads;            /* with the caller's */
    int started;            /* how many of workers[1…] run */
    bool is_pinned;         /* by the thread that frees it */
    int spins;              /* 0 when there are more threads than cores */
    struct worker *workers; /* [threads]; 0 is the caller and has no thread */

    /* The job: written by the caller while the gate is shut and nobody is inside. */
    pool_fn *fn;
    void *arg;
    int64_t grain;
    struct share *shares; /* [threads] */

    /* A worker goes inside, and only then looks whether the gate is still open; the caller shuts
     * it, and only then looks whether somebody is inside. So nobody waits for a thread that has
     * not come, and no thread that has come is forgotten. */
    _Alignas(64) _Atomic uint64_t gate; /* counts; odd = open */
    _Alignas(64) _Atomic int inside;
    _Atomic int sleepers;     /* workers asleep on begin */
    _Atomic bool is_awaiting; /* the caller sleeps on end */
    _Atomic bool stop;

    pthread_mutex_t lock; /* held to fall asleep and to wake */
    pthread_cond_t begin; /* the gate has opened, or stop */
    pthread_cond_t end;   /* inside fell to 0 */
};

/* The first (n % threads) ranges are one row longer; no product can overflow. */
static int64_t range_begin(int64_t n, int threads, int index) {
    int64_t rows = n / threads, longer = n % threads;
    return rows * index + (index < longer ? index : longer);
}

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void run_share(const struct pool *p, struct share *share, int worker) {
    for (;;) {
        int64_t chunk = atomic_fetch_add_explicit(&share->taken, 1, memory_order_relaxed);
        if (chunk >= share->chunks)
            return;
        int64_t begin = share->begin + chunk * p->grain, left = share->end - begin;
        p->fn(p->arg, begin, begin + (left < p->grain ? left : p->grain), worker);
    }
}

/* One's own share, then what is left of the others'. */
static void run_shares(const struct pool *p, int worker) {
    for (int i = 0; i < p->threads; i++)
        run_share(p, &p->shares[(worker + i) % p->threads], worker);
}

static bool is_new(struct pool *p, uint64_t seen) {
    uint64_t gate = atomic_load(&p->gate);
    return ((gate & 1) && gate != seen) || atomic_load(&p->stop);
}

static void await_job(struct pool *p, uint64_t seen) {
    for (int i = 0; i < p->spins; i++) {
        if (is_new(p, seen))
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->sleepers, 1);
    while (!is_new(p, seen))
        pthread_cond_wait(&p->begin, &p->lock);
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->lock);
}

static void leave(struct pool *p) {
    if (atomic_fetch_sub(&p->inside, 1) != 1 || !atomic_load(&p->is_awaiting))
        return;
    pthread_mutex_lock(&p->lock);
    pthread_cond_signal(&p->end);
    pthread_mutex_unlock(&p->lock);
}

static void *work(void *arg) {
    const struct worker *w = arg;
    struct pool *p = w->pool;
    for (uint64_t seen = 0;;) {
        await_job(p, seen);
        if (atomic_load(&p->stop))
            return NULL;
        atomic_fetch_add(&p->inside, 1);
        uint64_t gate = atomic_load(&p->gate);
        if (gate & 1) {
            run_shares(p, w->index);
            seen = gate;
        }
        leave(p);
    }
}

/* Signals are the main thread's business: workers start with all of them blocked. */
static int start_workers(struct pool *p) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = 0;
    for (int i = 1; i < p->threads && !failed; i++) {
        p->workers[i] = (struct worker){.pool = p, .index = i};
        failed = pthread_create(&p->workers[i].thread, NULL, work, &p->workers[i]);
        if (!failed)
            p->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? err_set(ERR_NOMEM, "cannot start thread %d of %d: %s", p->started + 1,
                            p->threads, strerror(failed))
                  : 0;
}

int pool_new(struct pool **out, int threads) {
    if (threads < 0 || threads > THREADS_MAX)
        return err_set(ERR_ARG, "%d threads; between 0 (one per core) and %d are possible", threads,
                       THREADS_MAX);
    struct pool *p = xaligned(_Alignof(struct pool), sizeof(*p));
    memset(p, 0, sizeof(*p));
    p->threads = threads ? threads : cores_count();
    p->spins = p->threads <= cores_count() ? SPINS : 0;
    p->workers = xcalloc((size_t)p->threads, sizeof(*p->workers));
    p->shares = xaligned(_Alignof(struct share), (size_t)p->threads * sizeof(*p->shares));
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->begin, NULL);
    pthread_cond_init(&p->end, NULL);
    int rc = start_workers(p);
    if (rc < 0) {
        pool_free(p);
        return rc;
    }
    *out = p;
    return 0;
}

int pool_pin(struct pool *p) {
    int cores[CORES_MAX], count = cores_list(cores);
    if (p->threads > count)
        return err_set(ERR_UNSUPPORTED,
                       "%d threads cannot be pinned: this process may use %d %s; ask for fewer "
                       "threads",
                       p->threads, count, count == 1 ? "core" : "cores");
    int rc = cores_bind_self(cores[0]);
    p->is_pinned = rc == 0;
    for (int i = 1; i < p->threads && rc == 0; i++)
        rc = cores_bind(p->workers[i].thread, cores[i]);
    return rc;
}

void pool_free(struct pool *p) {
    if (!p)
        return;
    if (p->is_pinned)
        cores_release();
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->stop, true);
    pthread_cond_broadcast(&p->begin);
    pthread_mutex_unlock(&p->lock);
    for (int i = 1; i <= p->started; i++)
        pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->end);
    pthread_cond_destroy(&p->begin);
    pthread_mutex_destroy(&p->lock);
    free(p->workers);
    free(p->shares);
    free(p);
}

int pool_threads(const struct pool *p) {
    return p->threads;
}

static void open_gate(struct pool *p) {
    atomic_fetch_add(&p->gate, 1);
    if (atomic_load(&p->sleepers) == 0)
        return;
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->begin);
    pthread_mutex_unlock(&p->lock);
}

static void shut_gate(struct pool *p) {
    atomic_fetch_add(&p->gate, 1);
    for (int i = 0; i < p->spins; i++) {
        if (atomic_load(&p->inside) == 0)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&p->lock);
    /* Not a store: qemu lets the load of inside overtake it on x86-64, though Arm does not. */
    atomic_exchange(&p->is_awaiting, true);
    while (atomic_load(&p->inside))
        pthread_cond_wait(&p->end, &p->lock);
    atomic_store(&p->is_awaiting, false);
    pthread_mutex_unlock(&p->lock);
}

/* Shares are whole units of the rows; a thread takes up to grain rows at a time. */
static void run_job(struct pool *p, int64_t n, int64_t unit, int64_t grain, pool_fn *fn,
                    void *arg) {
    CHECK((atomic_load(&p->gate) & 1) == 0); /* not reentrant */
    int64_t units = n / unit + (n % unit != 0);
    for (int i = 0; i < p->threads; i++) {
        struct share *share = &p->shares[i];
        int64_t end = range_begin(units, p->threads, i + 1);
        share->begin = range_begin(units, p->threads, i) * unit;
        share->end = end == units ? n : end * unit;
        share->chunks = (share->end - share->begin) / grain;
        share->chunks += (share->end - share->begin) % grain != 0;
        atomic_store(&share->taken, 0);
    }
    p->fn = fn;
    p->arg = arg;
    p->grain = grain;
    open_gate(p);
    run_shares(p, 0);
    shut_gate(p);
}

void pool_rows(struct pool *p, int64_t n, pool_fn *fn, void *arg) {
    if (n > 1 && p->threads > 1)
        run_job(p, n, 1, n / p->threads + (n % p->threads != 0), fn, arg);
    else if (n > 0) /* nobody to share with */
        fn(arg, 0, n, 0);
}

void pool_chunks(struct pool *p, int64_t n, int64_t grain, pool_fn *fn, void *arg) {
    CHECK(grain > 0);
    if (n > grain && p->threads > 1)
        run_job(p, n, grain, grain, fn, arg);
    else if (n > 0)
        fn(arg, 0, n, 0);
}
