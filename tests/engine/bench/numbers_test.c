/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/numbers.h"

#include <string.h>

#include "engine/base/err.h"
#include "tests/test.h"

TEST(numbers_have_commas_between_them) {
    struct numbers n;
    EXPECT(numbers_parse(&n, "128,512", 1, 1000, "prompt") == 0);
    EXPECT(n.len == 2 && n.values[0] == 128 && n.values[1] == 512);
    EXPECT(numbers_parse(&n, "0", 0, 1000, "depth") == 0);
    EXPECT(n.len == 1 && n.values[0] == 0);
}

TEST(what_is_no_list_of_numbers_is_refused) {
    static const char *const wrong[] = {
        "",   ",",  "1,",   ",1",  "1,,2",
        "x",  "1x", "1 2",  " 1",  "-1",
        "+1", "0",  "1001", "1.5", "99999999999999999999",
    };
    struct numbers n;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        EXPECT(numbers_parse(&n, wrong[i], 1, 1000, "prompt") == ERR_ARG);
        EXPECT(strstr(err_text(), "--prompt") != NULL);
    }
    EXPECT(numbers_parse(&n, "1,x2,3", 1, 1000, "prompt") == ERR_ARG);
    EXPECT(strstr(err_text(), "not \"x2\" as in \"1,x2,3\"") != NULL);
}

TEST(a_list_has_an_end) {
    char text[2 * NUMBERS_MAX + 2];
    struct numbers n;
    for (int i = 0; i <= NUMBERS_MAX; i++) {
        text[2 * i] = '1';
        text[2 * i + 1] = i == NUMBERS_MAX ? '\0' : ',';
    }
    EXPECT(numbers_parse(&n, text + 2, 1, 1, "x") == 0 && n.len == NUMBERS_MAX);
    EXPECT(numbers_parse(&n, text, 1, 1, "x") == ERR_ARG);
}

TEST(thread_counts_double) {
    struct numbers n;
    numbers_doubling(&n, 1);
    EXPECT(n.len == 1 && n.values[0] == 1);
    numbers_doubling(&n, 6);
    EXPECT(n.len == 4 && n.values[2] == 4 && n.values[3] == 6);
    numbers_doubling(&n, 8);
    EXPECT(n.len == 4 && n.values[3] == 8);
}
