/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/proof.h"

#include <string.h>

#include "engine/base/arena.h"
#include "tests/test.h"

TEST(names_are_hashed_in_one_order) {
    char a[HASH_HEX_SIZE], b[HASH_HEX_SIZE], want[HASH_HEX_SIZE];
    struct proof_name one[] = {
        {"s/b/cpu", "x"},
        {"s/a/cpu", "y"},
        {"s/a/cpu", "x"}
    };
    struct proof_name two[] = {
        {"s/a/cpu", "x"},
        {"s/b/cpu", "x"},
        {"s/a/cpu", "y"}
    };
    static const char text[] = "s/a/cpu\tx\ns/a/cpu\ty\ns/b/cpu\tx\n";
    proof_hash_names(one, 3, a);
    proof_hash_names(two, 3, b);
    hash_bytes(text, sizeof(text) - 1, want);
    EXPECT(strcmp(a, want) == 0 && strcmp(b, want) == 0);
}

TEST(a_seal_is_what_the_rest_says) {
    struct arena arena;
    struct proof_case cases[2] = {{.after = {3, 3, 0}}, {.after = {3, 2, 1}}};
    struct proof p = {.patch = "abc", .cases = cases, .case_count = 2};
    arena_init(&arena, 0);
    proof_seal(&p, &arena);
    EXPECT(p.schema == PROOF_SCHEMA);
    EXPECT(strncmp(p.patch_sha256, "ba7816bf8f01cfea", 16) == 0);
    EXPECT(p.flake.rate == flake_of(1, 6).rate && p.flake.high == flake_of(1, 6).high);
    p.case_count = 0;
    EXPECT(proof_flake(&p).high == 0);
    arena_done(&arena);
}
