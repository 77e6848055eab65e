/* SPDX-License-Identifier: Apache-2.0 */
/* native: host memory and kernels for the instruction set that the machine has. */
#include "engine/backend/backend.h"
#include "engine/backend/native/isa.h"
#include "engine/backend/native/panel.h"
#include "engine/base/err.h"

extern const struct backend backend_native;

static void native_close(struct device *dev) {
    free(dev);
}

/* Measured: Intel's cores stop fetching ahead where arithmetic stands between loads, and gain 30 to
 * 60 % by being asked early; AMD's (Zen 4) do not stop, and gain 10 % by a hint that is hardly
 * early. */
static void look_ahead(struct device *dev) {
    dev->ahead = 1024;
    dev->ahead_halves = 512;
#if defined(__x86_64__)
    if (__builtin_cpu_is("intel"))
        dev->ahead = dev->ahead_halves = 6144;
#endif
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
