/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/sweep/config.h"

#include <stdio.h>

#include "engine/base/err.h"
#include "tests/test.h"

/* A config with this value of "bisect". */
static int parse(struct config *c, const char *bisect) {
    char text[2048];
    int n = snprintf(text, sizeof(text),
                     "{\"schema\":1,\"name\":\"s\",\"build\":[[\"make\"]],\"bisect\":%s,"
                     "\"suites\":[{\"name\":\"c\",\"kind\":\"noctule-check\",\"fixtures\":\"f/*\","
                     "\"command\":[\"w\"],\"axes\":{\"backend\":[\"cpu\"]}}]}",
                     bisect);
    return config_parse(c, text, (size_t)n, "noctule.json");
}

TEST(how_commits_are_built_is_read) {
    struct config c;
    REQUIRE(parse(&c,
                  "{\"build\":[[\"cmake\",\"-B\",\"{build}\"],[\"ninja\"]],\"inputs\":[\"src\"],"
                  "\"keep\":[\"{build}/bin/w\"],\"build_limit_s\":5}") == 0);
    EXPECT_INT(c.bisect.build_count, 2);
    EXPECT_STR(c.bisect.build[0][2], "{build}");
    EXPECT_STR(c.bisect.inputs[0], "src");
    EXPECT(c.bisect.inputs[1] == NULL);
    EXPECT_STR(c.bisect.keep[0], "{build}/bin/w");
    EXPECT_INT(c.bisect.build_limit_ms, 5000);
    EXPECT_INT(c.build_count, 1);
    config_done(&c);
}

TEST(without_it_a_commit_is_built_like_the_subject_and_all_of_it_counts) {
    struct config c;
    REQUIRE(parse(&c, "{}") == 0);
    EXPECT_INT(c.bisect.build_count, 0);
    EXPECT(!c.bisect.inputs && !c.bisect.keep);
    EXPECT_INT(c.bisect.build_limit_ms, 3600 * 1000);
    config_done(&c);
}

TEST(what_bisect_may_not_say_is_refused_with_its_key) {
    static const struct {
        const char *bisect, *said;
    } rows[] = {
        {"{\"inputs\":[\"/etc\"]}",            "bisect.inputs"                  },
        {"{\"inputs\":[\"../other\"]}",        "bisect.inputs"                  },
        {"{\"inputs\":[]}",                    "must not be empty"              },
        {"{\"keep\":[\"worker\"]}",            "{build}/"                       },
        {"{\"keep\":[\"{build}/../x\"]}",      "bisect.keep"                    },
        {"{\"build\":[[\"cc\",\"{dtype}\"]]}", "{dtype}"                        },
        {"{\"build_limit_s\":0}",              "bisect.build_limit_s"           },
        {"{\"depth\":3}",                      "build inputs keep build_limit_s"},
        {"[]",                                 "bisect"                         },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct config c;
        EXPECT_INT(parse(&c, rows[i].bisect), ERR_FORMAT);
        EXPECT_HAS(err_text(), rows[i].said);
    }
}

TEST(what_must_be_there_is_missed_by_its_name) {
    static const char *const texts[][2] = {
        {"{\"schema\":1,\"name\":\"n\"}",                           "suites"},
        {"{\"schema\":1,\"name\":\"n\",\"suites\":[{\"name\":\"s\",\"kind\":\"noctule-check\","
         "\"fixtures\":\"f/*\",\"command\":[\"true\"]}]}", "axes"  },
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct config c;
        EXPECT_INT(config_parse(&c, texts[i][0], strlen(texts[i][0]), "noctule.json"), ERR_FORMAT);
        EXPECT_HAS(err_text(), texts[i][1]);
    }
}
