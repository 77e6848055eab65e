/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/cause_key.h"

#include "engine/base/arena.h"
#include "tests/test.h"

static struct arena arena;

TEST(a_kernel_loses_its_level_and_nothing_else) {
    arena_init(&arena, 0);
    EXPECT_STR(cause_key_kernel(&arena, "cpu-native.avx2.rms_norm"), "cpu-native.rms_norm");
    EXPECT_STR(cause_key_kernel(&arena, "cpu-native.rms_norm.avx512bf16"), "cpu-native.rms_norm");
    EXPECT_STR(cause_key_kernel(&arena, "cpu-native.plain.add"), "cpu-native.add");
    EXPECT_STR(cause_key_kernel(&arena, "cpu.explain"), "cpu.explain");
    EXPECT_STR(cause_key_kernel(&arena, "neon"), "neon");
    EXPECT_STR(cause_key_kernel(&arena, ""), "");
    EXPECT_STR(cause_key_kernel(&arena, "a..b."), "a..b");
    arena_done(&arena);
}
