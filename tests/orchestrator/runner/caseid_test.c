/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/runner/caseid.h"

#include <stdio.h>
#include <string.h>

#include "orchestrator/sweep/event.h"
#include "tests/test.h"

static struct arena arena;
static struct caseid ids;

static void begin(void) {
    arena_done(&arena);
    caseid_done(&ids);
    arena_init(&arena, 0);
    caseid_init(&ids, &arena);
}

TEST(a_name_that_is_fit_is_its_id) {
    static const char *const names[] = {"tests/test_a.py::test_p[a b]",
                                        "Sum.Good",
                                        "it's \"q\"",
                                        "ünï::λ",
                                        "a\\nb",
                                        "$(x) `y` {case}"};
    begin();
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        EXPECT_STR(caseid_make(&ids, names[i]), names[i]);
}

TEST(what_is_not_fit_is_written_as_digits) {
    begin();
    EXPECT_STR(caseid_make(&ids, "a\nb\x7f"), "a\\x0ab\\x7f");
    EXPECT_STR(caseid_make(&ids, " -a "), "\\x20-a\\x20");
    EXPECT_STR(caseid_make(&ids, "--list"), "\\x2d-list");
    EXPECT_STR(caseid_make(&ids, "\xff\xc3(x"), "\\xff\\xc3(x");
    EXPECT_STR(caseid_make(&ids, ""), "(no name)");
}

TEST(names_that_are_the_same_have_ids_of_their_own) {
    begin();
    EXPECT_STR(caseid_make(&ids, "a"), "a");
    EXPECT_STR(caseid_make(&ids, "a (2)"), "a (2)");
    EXPECT_STR(caseid_make(&ids, "a"), "a (3)");
    EXPECT_STR(caseid_make(&ids, "a"), "a (4)");
}

TEST(a_long_name_keeps_its_beginning_and_what_tells_it_from_others) {
    char one[2000], other[2000];
    begin();
    for (size_t i = 0; i < sizeof(one) - 2; i += 2)
        memcpy(one + i, "ü", 2);
    one[sizeof(one) - 2] = '\0';
    memcpy(other, one, sizeof(one));
    memcpy(other + 1900, "ab", 2);
    const char *a = caseid_make(&ids, one), *b = caseid_make(&ids, other);
    EXPECT(strcmp(a, b) != 0);
    EXPECT_INT(strncmp(a, one, 200), 0);
    const char *again = caseid_make(&ids, one);
    EXPECT_HAS(again, " (2)");
    EXPECT(event_is_case_name(a) && event_is_case_name(b) && event_is_case_name(again));
}

TEST(every_id_is_one) {
    char name[8];
    begin();
    for (int c = 1; c < 256; c++)
        for (int place = 0; place < 3; place++) {
            memcpy(name, "xyz", 4);
            name[place] = (char)c;
            EXPECT(event_is_case_name(caseid_make(&ids, name)));
        }
    EXPECT_INT(CASEID_MAX, EVENT_CASE_MAX);
}
