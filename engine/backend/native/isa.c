/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/isa.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

#if defined(__x86_64__)
#include <cpuid.h>

#define HAS(feature) (__builtin_cpu_supports(feature) != 0)

/* Not every compiler's builtin knows this one. */
static bool has_f16c(void) {
    unsigned a, b, c = 0, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

static bool has_plain(void) {
    return true;
}
static bool has_avx2(void) {
    return HAS("avx2") && HAS("fma") && has_f16c();
}
static bool has_avx512(void) {
    return has_avx2() && HAS("avx512f") && HAS("avx512bw") && HAS("avx512dq") && HAS("avx512vl");
}
static bool has_avx512vnni(void) {
    return has_avx512() && HAS("avx512vnni");
}
static bool has_avx512bf16(void) {
    return has_avx512vnni() && HAS("avx512bf16");
}
#else
static bool has_plain(void) {
    return true;
}
#endif

/* Must name the levels that CMakeLists.txt compiles. */
#if defined(__x86_64__)
#define LEVEL_MAP(X) X(plain) X(avx2) X(avx512) X(avx512vnni) X(avx512bf16)
#else
#define LEVEL_MAP(X) X(plain)
#endif

#define X(level) extern const struct kernel native_kernels_##level[];
LEVEL_MAP(X)
#undef X

/* clang-format off */
const struct native_level native_levels[] = {
#define X(level) {#level, native_kernels_##level, has_##level},
    LEVEL_MAP(X)
#undef X
    {NULL, NULL, NULL},
};
/* clang-format on */

const char *const native_isas[] = {
#define X(level) #level,
    LEVEL_MAP(X)
#undef X
        NULL,
};

static int unknown_level(const char *name) {
    struct buf known;
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
    bool any = !name || !*name;
    for (const struct native_level *l = native_levels; l->name; l++) {
        bool wanted = any ? l->is_there() : strcmp(l->name, name) == 0;
        if (wanted)
            best = l;
    }
    if (!best)
        return unknown_level(name);
    if (!best->is_there())
        return err_set(ERR_UNSUPPORTED, "this machine's processor has no %s", best->name);
    *out = best;
    return 0;
}
