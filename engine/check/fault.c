/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/check/fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/log.h"

enum { EXIT_WITHOUT_WORD = 3, OOM_LIMIT = 256 << 20, OOM_STEP = 16 << 20 };

static void fault_kill(void) {
    raise(SIGKILL);
}

static void fault_hang(void) {
    for (;;)
        pause();
}

/* Ends as any allocation that fails here does, in the abort of xcalloc(). */
static void fault_oom(void) {
    struct rlimit limit = {OOM_LIMIT, OOM_LIMIT};
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        log_warn("the address space could not be limited");
    for (long used = 0; used < 2L * OOM_LIMIT; used += OOM_STEP)
        (void)xcalloc(1, OOM_STEP);
    abort();
}

static void fault_exit(void) {
    _exit(EXIT_WITHOUT_WORD);
}

static void fault_garbage(void) {
    fputs("{\"event\":\"res\x01\xff garbage\n", stdout);
    fflush(stdout);
}

static const struct {
    const char *kind;
    void (*run)(void);
} faults[] = {
    {"kill",    fault_kill   },
    {"hang",    fault_hang   },
    {"oom",     fault_oom    },
    {"exit",    fault_exit   },
    {"garbage", fault_garbage},
    {NULL,      NULL         },
};

void fault_inject(const char *case_id) {
    const char *asked = getenv("NOCTULE_TEST_FAULT");
    size_t len = strlen(case_id);
    if (!asked || strncmp(asked, case_id, len) != 0 || asked[len] != ':')
        return;
    for (size_t i = 0; faults[i].kind; i++)
        if (strcmp(asked + len + 1, faults[i].kind) == 0)
            faults[i].run();
}
