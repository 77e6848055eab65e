/* SPDX-License-Identifier: Apache-2.0 */
/* What a bundle says of decoys. */
#include "tests/orchestrator/proof/bundle.h"

static void tell(struct bundle *b) {
    b->proof.decoys = (struct proof_decoys){2, 4, 4, 3, 3};
    b->cases[1].decoy = (struct proof_tally){1, 0, 1};
}
static void passes_where_it_had_to_fail(struct bundle *b) {
    b->cases[1].decoy = (struct proof_tally){1, 1, 0};
}
static void says_nothing_where_it_had_to_fail(struct bundle *b) {
    b->cases[1].decoy = (struct proof_tally){1, 0, 0};
}
static void lets_another_pass_that_had_to_fail(struct bundle *b) {
    b->proof.decoys.failed = 3;
}
static void fails_where_it_was_left_alone(struct bundle *b) {
    b->proof.decoys.passed = 2;
}
static void hides_a_decoy(struct bundle *b) {
    b->proof.decoys.spoiled = b->proof.decoys.failed = 0;
}
static void was_in_decoys_that_there_are_not(struct bundle *b) {
    b->proof.decoys.runs = 0;
}

TEST(each_lie_about_decoys_has_a_name) {
    static const struct {
        void (*lie)(struct bundle *);
        enum proof_fault_kind fault;
    } rows[] = {
        {passes_where_it_had_to_fail,        PROOF_FAULT_HOLLOW},
        {says_nothing_where_it_had_to_fail,  PROOF_FAULT_HOLLOW},
        {lets_another_pass_that_had_to_fail, PROOF_FAULT_HOLLOW},
        {fails_where_it_was_left_alone,      PROOF_FAULT_HOLLOW},
        {hides_a_decoy,                      PROOF_FAULT_COUNTS},
        {was_in_decoys_that_there_are_not,   PROOF_FAULT_COUNTS},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct bundle b;
        bundle_open(&b, bundle_honest);
        struct proof_faults none = {.arena = &b.arena}, faults = {.arena = &b.arena};
        tell(&b);
        EXPECT(proof_holds(&b.proof, &none));
        rows[i].lie(&b);
        EXPECT(!proof_holds(&b.proof, &faults));
        EXPECT(faults.len > 0 && faults.rows[0].kind == rows[i].fault);
        bundle_close(&b);
    }
}

TEST(what_the_base_asks_of_decoys_no_bundle_leaves_out) {
    static const char *const own[] = {"compat", NULL}, *const others[] = {"comp", NULL};
    static const struct {
        const char *const *suites;
        bool told;
        size_t faults;
    } rows[] = {
        {own,    false, 1},
        {own,    true,  0},
        {others, false, 0},
        {NULL,   false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct bundle b;
        bundle_open(&b, bundle_honest);
        struct proof_faults faults = {.arena = &b.arena};
        struct proof_policy policy = bundle_policy;
        policy.decoys = rows[i].suites;
        if (rows[i].told)
            tell(&b);
        EXPECT_INT(proof_matches(&b.proof, b.commits, &policy, &faults), 0);
        EXPECT_INT(faults.len, rows[i].faults);
        EXPECT(!faults.len || faults.rows[0].kind == PROOF_FAULT_POLICY);
        bundle_close(&b);
    }
}
