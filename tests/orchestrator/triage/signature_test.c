/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/signature.h"

#include <math.h>

#include "tests/test.h"

static const struct {
    const char *text, *masked;
} rows[] = {
    {"token 12 of row 0 is 77, not 78",           "token % of row % is %, not %"    },
    {"bf16 layer.3 of q_rope.0 at 0x7f3b00",      "bf16 layer.3 of q_rope.0 at %"   },
    {"shape [2, 7, 32], wanted [2x8]",            "shape [2, 7, 32], wanted [2x8]"  },
    {"NMSE 3.2e-03 is over 4.0e-11",              "NMSE % is over %"                },
    {"at 2026-11-21T02:15:04 it stopped",         "at % it stopped"                 },
    {"commit 120e550aa1b2 is not deadbeefcafe77", "commit % is not %"               },
    {"opening /tmp/x/y/model.safetensors failed", "opening model.safetensors failed"},
    {"/ and // stay, a/b too",                    "/ and // stay, a/b too"          },
    {"facade decade",                             "facade decade"                   },
    {"[not a shape] [ 1 ]",                       "[not a shape] [ 1 ]"             },
    {"12ab is a word, 1.5e-7x too",               "12ab is a word, 1.5e-7x too"     },
    {"",                                          ""                                },
};

TEST(masking_drops_what_changes_and_keeps_what_names) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b;
        buf_init(&b, 4096);
        signature_mask(&b, rows[i].text);
        EXPECT_STR(b.data, rows[i].masked);
        buf_done(&b);
    }
}

TEST(masking_twice_changes_nothing_more) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf once, twice;
        buf_init(&once, 4096);
        buf_init(&twice, 4096);
        signature_mask(&once, rows[i].text);
        signature_mask(&twice, once.data);
        EXPECT_STR(twice.data, once.data);
        buf_done(&once);
        buf_done(&twice);
    }
}

TEST(errors_fall_into_buckets_of_their_limit) {
    EXPECT_STR(signature_bucket(5e-10, 1e-10), "within 10x");
    EXPECT_STR(signature_bucket(5e-8, 1e-10), "within 1e3x");
    EXPECT_STR(signature_bucket(5e-5, 1e-10), "within 1e6x");
    EXPECT_STR(signature_bucket(0.5, 1e-10), "over 1e6x");
    EXPECT_STR(signature_bucket((double)NAN, 1e-10), "not finite");
    EXPECT_STR(signature_bucket(0.5, 0), "not exact");
}

TEST(equal_templates_share_a_hash_and_different_ones_do_not) {
    char a[SIGNATURE_SIZE], b[SIGNATURE_SIZE], c[SIGNATURE_SIZE];
    signature_hash("numerics|logits", a);
    signature_hash("numerics|logits", b);
    signature_hash("numerics|hidden", c);
    EXPECT_STR(a, b);
    EXPECT(strcmp(a, c) != 0);
    EXPECT_INT(strlen(a), SIGNATURE_SIZE - 1);
}
