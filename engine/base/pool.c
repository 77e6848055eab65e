/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

/* More threads than any machine we know has cores is a slip of the keyboard. */
enum { THREADS_MAX = 1024 };

struct worker {
    struct pool *pool;
    pthread_t thread;
    int index;
};

struct pool {
    int threads;            /* with the caller's */
    int started;            /* how many of workers[1…] run */
    struct worker *workers; /* [threads]; 0 is the caller and has no thread */

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t begin; /* a new job, or stop */
    pthread_cond_t end;   /* busy fell to 0 */
    uint64_t job;         /* counts pool_rows() calls */
    int busy;             /* workers that have not finished this job */
    bool stop;
    int64_t n;
    pool_fn *fn;
    void *arg;
};

/* The first (n % threads) ranges are one row longer; no product can overflow. */
static int64_t range_begin(int64_t n, int threads, int index) {
    int64_t rows = n / threads, longer = n % threads;
    return rows * index + (index < longer ? index : longer);
}

static void run_share(const struct pool *p, int64_t n, pool_fn *fn, void *arg, int index) {
    int64_t begin = range_begin(n, p->threads, index);
    int64_t end = range_begin(n, p->threads, index + 1);
    if (begin < end)
        fn(arg, begin, end, index);
}

static void *work(void *arg) {
    const struct worker *w = arg;
    struct pool *p = w->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->job == seen && !p->stop)
            pthread_cond_wait(&p->begin, &p->lock);
        if (p->stop)
            break;
        seen = p->job;
        int64_t n = p->n;
        pool_fn *fn = p->fn;
        void *fn_arg = p->arg;
        pthread_mutex_unlock(&p->lock);
        run_share(p, n, fn, fn_arg, w->index);
        pthread_mutex_lock(&p->lock);
        if (--p->busy == 0)
            pthread_cond_signal(&p->end);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Cores this process may use, which in a container is fewer than the machine has. */
static int core_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > THREADS_MAX ? THREADS_MAX : count;
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
    struct pool *p = xcalloc(1, sizeof(*p));
    p->threads = threads ? threads : core_count();
    p->workers = xcalloc((size_t)p->threads, sizeof(*p->workers));
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

void pool_free(struct pool *p) {
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->begin);
    pthread_mutex_unlock(&p->lock);
    for (int i = 1; i <= p->started; i++)
        pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->end);
    pthread_cond_destroy(&p->begin);
    pthread_mutex_destroy(&p->lock);
    free(p->workers);
    free(p);
}

int pool_threads(const struct pool *p) {
    return p->threads;
}

void pool_rows(struct pool *p, int64_t n, pool_fn *fn, void *arg) {
    if (n <= 0)
        return;
    if (p->threads == 1 || n == 1) { /* nobody to share with: no lock, no wake-up */
        fn(arg, 0, n, 0);
        return;
    }
    pthread_mutex_lock(&p->lock);
    CHECK(p->busy == 0); /* not reentrant */
    p->n = n;
    p->fn = fn;
    p->arg = arg;
    p->busy = p->threads - 1;
    p->job++;
    pthread_cond_broadcast(&p->begin);
    pthread_mutex_unlock(&p->lock);

    run_share(p, n, fn, arg, 0);

    pthread_mutex_lock(&p->lock);
    while (p->busy)
        pthread_cond_wait(&p->end, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
