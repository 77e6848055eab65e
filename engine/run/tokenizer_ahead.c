/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/tokenizer_ahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/run/gguf_load.h"
#include "engine/token/tokenizer.h"

struct tokenizer_ahead {
    pthread_t thread;
    const struct gguf *gguf;
    const char *folder;
    struct tokenizer *tokenizer; /* NULL: it failed, in a sentence that only its thread knows */
};

static void *run(void *arg) {
    struct tokenizer_ahead *a = arg;
    if (a->gguf)
        (void)gguf_load_tokenizer(&a->tokenizer, a->gguf);
    else
        (void)tokenizer_open(&a->tokenizer, a->folder);
    return NULL;
}

struct tokenizer_ahead *tokenizer_ahead_start(const struct gguf *gguf, const char *folder) {
    struct tokenizer_ahead *a = xcalloc(1, sizeof(*a));
    sigset_t all, before;
    a->gguf = gguf;
    a->folder = folder;
    sigfillset(&all); /* signals are for the threads that know what to do */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = pthread_create(&a->thread, NULL, run, a);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        return a;
    free(a);
    return NULL;
}

struct tokenizer *tokenizer_ahead_take(struct tokenizer_ahead *a) {
    if (!a)
        return NULL;
    pthread_join(a->thread, NULL);
    struct tokenizer *t = a->tokenizer;
    free(a);
    return t;
}
