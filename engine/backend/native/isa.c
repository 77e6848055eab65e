/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/isa.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

/* What a level asks of the machine. The build writes native_levels[] of those that the compiler
 * could make. */
#define LEVEL(level)            \
    bool isa_has_##level(void); \
    bool isa_has_##level(void)

LEVEL(plain) {
    return true;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Asks the system, too: it is who saves the registers. */
#define HAS(feature) (__builtin_cpu_supports(feature) != 0)

/* Not every compiler's builtin knows what the next two ask. */
static bool has_f16c(void) {
    unsigned a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

/* Leaf 7 of cpuid */
static bool leaf_7(unsigned sub, int reg, int bit) {
    unsigned r[4];
    return __get_cpuid_count(7, sub, &r[0], &r[1], &r[2], &r[3]) && (r[reg] >> bit & 1u);
}

LEVEL(avx2) {
    return HAS("avx2") && HAS("fma") && has_f16c() && HAS("bmi2");
}
LEVEL(avxvnni) {
    return isa_has_avx2() && leaf_7(1, 0, 4);
}
LEVEL(avx512) {
    return isa_has_avx2() && HAS("avx512f") && HAS("avx512bw") && HAS("avx512dq") &&
           HAS("avx512vl");
}
LEVEL(avx512vnni) {
    return isa_has_avx512() && HAS("avx512vnni");
}
LEVEL(avx512bf16) {
    return isa_has_avx512vnni() && HAS("avx512bf16");
}
LEVEL(avx512fp16) {
    return isa_has_avx512bf16() && leaf_7(0, 3, 23);
}

/* The system saves the registers of tiles, which are large, for processes that asked for them only
 * (arch_prctl(2)); what is granted is granted to all threads. */
static bool may_use_tiles(void) {
    enum { REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    return syscall(SYS_arch_prctl, REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}
LEVEL(amx) { /* bf16, tiles, int8 */
    return isa_has_avx512fp16() && leaf_7(0, 3, 22) && leaf_7(0, 3, 24) && leaf_7(0, 3, 25) &&
           may_use_tiles();
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

/* As <asm/hwcap.h> of newer systems has them. */
enum { DOTPROD = 1 << 20, I8MM = 1 << 13, BF16 = 1 << 14 };

LEVEL(neon) { /* part of every aarch64 */
    return true;
}
LEVEL(dotprod) {
    return (getauxval(AT_HWCAP) & DOTPROD) != 0;
}
LEVEL(i8mm) {
    return isa_has_dotprod() && (getauxval(AT_HWCAP2) & I8MM) != 0 &&
           (getauxval(AT_HWCAP2) & BF16) != 0;
}
#endif

static int unknown_level(const char *name) {
    struct buf known;
    for (const char *const *absent = native_absent; *absent; absent++)
        if (strcmp(*absent, name) == 0)
            return err_set(ERR_UNSUPPORTED, "this build has no kernels for %s", name);
    buf_init(&known, 4096);
    for (const struct native_level *l = native_levels; l->name; l++)
        buf_printf(&known, "%s%s", l == native_levels ? "" : ", ", l->name);
    int rc =
        err_set(ERR_NOTFOUND, "there is no instruction set \"%s\" for cpu-native; there are: %s",
                name, known.data);
    buf_done(&known);
    return rc;
}

int native_level_choose(const struct native_level **out, const char *name) {
    const struct native_level *best = NULL;
    if (!name)
        name = getenv("NOCTULE_CPU");
    if (!name)
        name = "";
    bool any = !*name;
    for (const struct native_level *l = native_levels; l->name; l++) {
        bool wanted = any ? l->is_there() : strcmp(l->name, name) == 0;
        if (wanted)
            best = l;
    }
    if (!best)
        return unknown_level(name ? name : "");
    if (!best->is_there())
        return err_set(ERR_UNSUPPORTED, "this machine's processor has no %s", best->name);
    *out = best;
    return 0;
}
