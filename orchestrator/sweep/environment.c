/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/environment.h"

#include <gnu/libc-version.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "orchestrator/store/runs.h"

enum { TEXT_MAX = 4 << 20 };

/* The rest of the first line that begins with key, without blanks, quotes and the separator. */
static const char *line_of(struct arena *arena, const char *path, const char *key) {
    struct file f;
    const char *value = "";
    if (file_read(&f, path, TEXT_MAX) < 0)
        return value;
    for (const char *line = (const char *)f.data; *line;) {
        size_t len = strcspn(line, "\n"), skip = strlen(key);
        if (strncmp(line, key, skip) == 0) {
            skip += strspn(line + skip, " \t:=\"");
            while (len > skip && strchr(" \t\"", line[len - 1]))
                len--;
            value = arena_strndup(arena, line + skip, len - skip);
            break;
        }
        line += len + (line[len] == '\n');
    }
    file_done(&f);
    return value;
}

static int64_t core_count(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* The compiler of this program; the subject is built beside it by the same one. */
static const char *compiler(void) {
#ifdef __clang__
    return __VERSION__;
#else
    return "gcc " __VERSION__;
#endif
}

void environment_read(struct environment *out, struct arena *arena) {
    struct utsname name;
    *out = (struct environment){.cores = core_count()};
    out->os = line_of(arena, "/etc/os-release", "PRETTY_NAME");
    out->kernel = uname(&name) == 0 ? arena_printf(arena, "%s %s", name.sysname, name.release) : "";
    out->cpu = line_of(arena, "/proc/cpuinfo", "model name");
    out->memory_kib = strtoll(line_of(arena, "/proc/meminfo", "MemTotal"), NULL, 10);
    out->compiler = compiler();
    out->libc = arena_printf(arena, "glibc %s", gnu_get_libc_version());
    struct buf all;
    char hash[HASH_HEX_SIZE];
    buf_init(&all, TEXT_MAX);
    buf_printf(&all, "%s\n%s\n%s\n%s\n%s\n%lld\n%lld\n", out->os, out->kernel, out->cpu,
               out->compiler, out->libc, (long long)out->cores, (long long)out->memory_kib);
    out->hash = arena_strdup(arena, hash_bytes(all.data, all.len, hash));
    buf_done(&all);
}
