/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/backend/native/isa.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "tests/test.h"

TEST(every_level_is_there_or_refused_in_one_sentence) {
    const struct native_level *got;
    char sentence[128];
    for (const struct native_level *l = native_levels; l->name; l++) {
        if (l->is_there()) {
            EXPECT_INT(native_level_choose(&got, l->name), 0);
            EXPECT_STR(got->name, l->name);
            continue;
        }
        got = NULL;
        EXPECT_INT(native_level_choose(&got, l->name), ERR_UNSUPPORTED);
        snprintf(sentence, sizeof(sentence), "this machine's processor has no %s", l->name);
        EXPECT_STR(err_text(), sentence);
        EXPECT(!got);
        setenv("NOCTULE_CPU", l->name, 1);
        EXPECT_INT(native_level_choose(&got, NULL), ERR_UNSUPPORTED);
        unsetenv("NOCTULE_CPU");
    }
}

TEST(the_best_level_there_is_taken_unless_another_is_asked_for) {
    const struct native_level *best = NULL, *got;
    for (const struct native_level *l = native_levels; l->name; l++)
        if (l->is_there())
            best = l;
    unsetenv("NOCTULE_CPU");
    REQUIRE(best && native_level_choose(&got, NULL) == 0);
    EXPECT_STR(got->name, best->name);
    setenv("NOCTULE_CPU", "", 1);
    REQUIRE(native_level_choose(&got, NULL) == 0);
    EXPECT_STR(got->name, best->name);
    setenv("NOCTULE_CPU", "plain", 1);
    REQUIRE(native_level_choose(&got, NULL) == 0);
    EXPECT_STR(got->name, "plain");
    REQUIRE(native_level_choose(&got, best->name) == 0);
    EXPECT_STR(got->name, best->name);
    unsetenv("NOCTULE_CPU");
}

TEST(an_unknown_level_is_answered_with_those_there_are) {
    const struct native_level *got;
    EXPECT_INT(native_level_choose(&got, "avx1024"), ERR_NOTFOUND);
    EXPECT_HAS(err_text(), "\"avx1024\"");
    for (int i = 0; native_isas[i]; i++)
        EXPECT_HAS(err_text(), native_isas[i]);
}

TEST(a_level_that_only_other_builds_have_is_no_slip_of_the_pen) {
    const struct native_level *got;
    REQUIRE(native_absent[0] != NULL);
    for (int i = 0; native_absent[i]; i++) {
        EXPECT_INT(native_level_choose(&got, native_absent[i]), ERR_UNSUPPORTED);
        EXPECT_HAS(err_text(), native_absent[i]);
        for (int j = 0; native_isas[j]; j++)
            EXPECT(strcmp(native_isas[j], native_absent[i]) != 0);
    }
}

TEST(names_are_those_of_the_table_and_each_has_every_op_of_the_plainest) {
    int n = 0;
    for (; native_isas[n]; n++)
        EXPECT_STR(native_levels[n].name, native_isas[n]);
    EXPECT(!native_levels[n].name);
    for (const struct native_level *l = native_levels; l->name; l++) {
        const struct kernel *k = l->kernels, *plain = native_levels[0].kernels;
        for (; plain->op != OP_COUNT; k++, plain++)
            EXPECT_INT(k->op, plain->op);
        EXPECT_INT(k->op, OP_COUNT);
        EXPECT_HAS(l->kernels->name, l->name);
    }
}
