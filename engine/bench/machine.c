/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEVELS_MAX = 8, LINE_SIZE = 512, PATH_SIZE = 128 };

/* The value behind "model name\t: " in /proc/cpuinfo. */
static void read_processor(char out[MACHINE_NAME_SIZE]) {
    char line[LINE_SIZE];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof(line), f)) {
        const char *value = strchr(line, ':');
        if (!value || strncmp(line, "model name", strlen("model name")) != 0)
            continue;
        value += 1 + strspn(value + 1, " ");
        (void)snprintf(out, MACHINE_NAME_SIZE, "%.*s", (int)strcspn(value, "\n"), value);
        break;
    }
    if (f)
        (void)fclose(f);
}

/* sysfs knows what one core sees; sysconf() adds up caches that it does not. */
static void read_caches(struct machine *m) {
    for (int level = 0; level < LEVELS_MAX; level++) {
        char path[PATH_SIZE];
        unsigned long kib = 0;
        (void)snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%d/size",
                       level);
        FILE *f = fopen(path, "r");
        char line[LINE_SIZE];
        if (f && fgets(line, sizeof(line), f))
            kib = strtoul(line, NULL, 10);
        if (f)
            (void)fclose(f);
        if (!kib)
            continue;
        m->core_cache_size = m->cache_size;
        m->cache_size = (size_t)kib << 10;
    }
}

void machine_init(struct machine *m) {
    cpu_set_t set;
    *m = (struct machine){.cores = 1};
    read_processor(m->processor);
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        m->cores = CPU_COUNT(&set);
    read_caches(m);
    m->memory_size = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    if (getloadavg(&m->load, 1) != 1)
        m->load = 0;
}

/* The number behind a word at the beginning of a line, or 0. */
static int64_t status_kib(const char *word) {
    char line[LINE_SIZE];
    int64_t value = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof(line), f))
        if (strncmp(line, word, strlen(word)) == 0)
            value = strtoll(line + strlen(word), NULL, 10);
    if (f)
        (void)fclose(f);
    return value;
}

int64_t machine_peak_rss(void) {
    return status_kib("VmHWM:") * 1024;
}

void machine_reset_peak(void) {
    FILE *f = fopen("/proc/self/clear_refs", "w");
    if (!f)
        return;
    (void)fputs("5", f);
    (void)fclose(f);
}

void machine_put(struct json_writer *w, const char *key, const struct machine *m) {
    json_open_object(w, key);
    json_put_str(w, "processor", m->processor);
    json_put_int(w, "cores", m->cores);
    json_put_int(w, "cache_bytes", (int64_t)m->cache_size);
    json_put_int(w, "memory_bytes", (int64_t)m->memory_size);
    json_put_real(w, "load", m->load);
    json_close_object(w);
}
