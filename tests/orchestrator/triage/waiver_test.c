/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/waiver.h"

#include "tests/test.h"

static const char *cells[] = {"compat/*/cpu-native*/bf16", "compat/gpt2/cpu/f32", NULL};
static const char *cases[] = {"qwen?/final_logits*", NULL};
static const char *signatures[] = {"0123456789ab", "ffffffffffffffff", NULL};
static const struct waiver waiver = {.kind = WAIVER_EXPECT,
                                     .cells = cells,
                                     .cases = cases,
                                     .signatures = signatures,
                                     .expires = "2026-12-31"};

TEST(an_entry_covers_what_both_patterns_match) {
    EXPECT(waiver_covers(&waiver, "compat/qwen3/cpu-native.avx2/bf16", "qwen3/final_logits.a"));
    EXPECT(waiver_covers(&waiver, "compat/gpt2/cpu/f32", "qwen2/final_logits"));
    EXPECT(!waiver_covers(&waiver, "compat/qwen3/cpu/bf16", "qwen3/final_logits"));
    EXPECT(!waiver_covers(&waiver, "compat/gpt2/cpu/f32", "qwen3/tokens"));
}

TEST(a_signature_is_known_by_its_beginning) {
    EXPECT(waiver_has_signature(&waiver, "0123456789abcdef0123456789abcdef"));
    EXPECT(waiver_has_signature(&waiver, "ffffffffffffffff0123456789abcdef"));
    EXPECT(!waiver_has_signature(&waiver, "0123456789ac0000"));
    EXPECT(!waiver_has_signature(&waiver, ""));
}

/* 2026-12-31 ends at 1798761599999. */
TEST(the_last_day_still_counts) {
    EXPECT(!waiver_is_expired(&waiver, INT64_C(1798761599999)));
    EXPECT(waiver_is_expired(&waiver, INT64_C(1798761600000)));
    EXPECT(!waiver_is_expired(&waiver, 0));
}

TEST(only_days_of_the_calendar_are_dates) {
    static const struct {
        const char *text;
        bool date;
    } rows[] = {
        {"2026-12-31",  true },
        {"2024-02-29",  true },
        {"2000-02-29",  true },
        {"2026-02-29",  false},
        {"2100-02-29",  false},
        {"2026-04-31",  false},
        {"2026-00-01",  false},
        {"2026-13-01",  false},
        {"2026-01-00",  false},
        {"1969-01-01",  false},
        {"2026-1-1",    false},
        {"2026/01/01",  false},
        {"",            false},
        {"2026-12-311", false},
        {"2026-12-31 ", false},
        {"20x6-12-31",  false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        test_check(waiver_is_date(rows[i].text) == rows[i].date, __FILE__, __LINE__, "\"%s\"",
                   rows[i].text);
}

TEST(a_signature_is_long_enough_to_mean_one_reason) {
    EXPECT(waiver_is_signature("0123456789ab"));
    EXPECT(waiver_is_signature("0123456789abcdef0123456789abcdef"));
    EXPECT(!waiver_is_signature("0123456789a"));
    EXPECT(!waiver_is_signature("0123456789abcdef0123456789abcdef0"));
    EXPECT(!waiver_is_signature("0123456789AB"));
    EXPECT(!waiver_is_signature("*"));
    EXPECT(!waiver_is_signature(""));
}
