/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/cores.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"

/* Where this thread could run before it was bound. */
static _Thread_local cpu_set_t before;
static _Thread_local bool is_bound;

int cores_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count > CORES_MAX ? CORES_MAX : count;
}

/* The first of the processors that share a physical core with this one ("0,64" or "0-1"); itself
 * where the system does not tell. */
static int first_sibling(int core) {
    char path[96], line[64];
    (void)snprintf(path, sizeof(path),
                   "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", core);
    FILE *f = fopen(path, "r");
    if (!f)
        return core;
    int first = core;
    if (fgets(line, sizeof(line), f))
        first = (int)strtol(line, NULL, 10);
    (void)fclose(f);
    return first;
}

int cores_list(int out[CORES_MAX]) {
    cpu_set_t set, taken; /* taken: physical cores, by their first processor */
    int rest[CORES_MAX], len = 0, rest_len = 0;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 0;
    CPU_ZERO(&taken);
    for (int core = 0; core < CORES_MAX && core < CPU_SETSIZE; core++) {
        if (!CPU_ISSET(core, &set))
            continue;
        int first = first_sibling(core);
        if (first < 0 || first >= CPU_SETSIZE || CPU_ISSET(first, &taken)) {
            rest[rest_len++] = core;
            continue;
        }
        CPU_SET(first, &taken);
        out[len++] = core;
    }
    memcpy(out + len, rest, sizeof(rest[0]) * (size_t)rest_len);
    return len + rest_len;
}

int cores_bind(pthread_t thread, int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    int failed = pthread_setaffinity_np(thread, sizeof(one), &one);
    return failed ? err_set(ERR_UNSUPPORTED, "cannot bind a thread to core %d: %s", core,
                            strerror(failed))
                  : 0;
}

int cores_bind_self(int core) {
    cpu_set_t now;
    if (!is_bound && sched_getaffinity(0, sizeof(now), &now) != 0)
        return err_set(ERR_UNSUPPORTED, "the system does not tell which cores may be used");
    int rc = cores_bind(pthread_self(), core);
    if (rc == 0 && !is_bound) {
        before = now;
        is_bound = true;
    }
    return rc;
}

void cores_release(void) {
    if (is_bound)
        (void)sched_setaffinity(0, sizeof(before), &before);
    is_bound = false;
}

void cores_free_child(pthread_attr_t *attributes) {
    if (is_bound)
        (void)pthread_attr_setaffinity_np(attributes, sizeof(before), &before);
}
