/* SPDX-License-Identifier: Apache-2.0 */
/* native: host memory and kernels for the instruction set that the machine has. */
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <unistd.h>

#include "engine/backend/backend.h"
#include "engine/backend/native/isa.h"
#include "engine/backend/native/panel.h"
#include "engine/base/err.h"

extern const struct backend backend_native;

static void native_close(struct device *dev) {
    free(dev);
}

#if defined(__x86_64__)
/* The extended family is added to the first one. */
static unsigned family(void) {
    unsigned a = 0, b, c, d;
    (void)__get_cpuid(1, &a, &b, &c, &d);
    return (a >> 8 & 15) + (a >> 20 & 255);
}
#endif

/* How to read a matrix that streams by once. Zen 4 goes on fetching by itself, best in several
 * streams, and gains 10 % by a hint that is hardly early, into the second cache
 * (docs/performance.md). Zen 5 stops where arithmetic stands between loads: two streams, asked for
 * 4 KiB before their use and into the first cache, come nearer to what memory gives
 * (docs/performance-zen5.md). Intel's cores stop, too, and gain by being asked 6 KiB early; that
 * two streams are best there is not measured. */
static void look_ahead(struct device *dev) {
    dev->ahead = 1024;
    dev->ahead_halves = 512;
#if defined(__x86_64__)
    bool is_intel = __builtin_cpu_is("intel") != 0;
    dev->few_streams = is_intel || (__builtin_cpu_is("amd") && family() >= 0x1a);
    if (dev->few_streams)
        dev->ahead = dev->ahead_halves = is_intel ? 6144 : 4096;
#endif
}

/* Blocks and what they are multiplied with have to stay in the first cache: of 1,024 k they are 42
 * KiB, of 512 half of that. A machine that does not say gets what fits everywhere. */
static int64_t band(void) {
    long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE);
    return bytes >= 48 << 10 ? 1024 : 512;
}

static int native_open(struct device **out, const struct device_options *options) {
    const struct native_level *level;
    int rc = native_level_choose(&level, options->isa);
    if (rc < 0)
        return rc;
    struct device *dev = xcalloc(1, sizeof(*dev));
    dev->backend = &backend_native;
    dev->kernels = level->kernels;
    dev->isa = level->name;
    dev->exact = options->exact;
    dev->fast = options->fast && !options->exact;
    dev->band = band();
    look_ahead(dev);
    *out = dev;
    return 0;
}

/* All levels have rows for the same ops; native_open() takes those of the one in use. */
extern const struct kernel native_kernels_plain[];

const struct backend backend_native = {
    .name = "cpu-native",
    .summary = "the processor's vectors, f32 sums; --isa or NOCTULE_CPU takes a lesser level",
    .kernels = native_kernels_plain,
    .isas = native_isas,
    .layout = PANEL_LAYOUT,
    .packs = panel_packs,
    .pack = panel_pack,
    .open = native_open,
    .close = native_close,
};
