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

/* What closes something must not be written so that it closes nothing. */
TEST(paths_of_fix_are_plain) {
    static const char *const keys[] = {"paths", "tests", "limits"};
    static const char *const paths[] = {
        "checks/*.sh", "./checks/a.sh", "checks//a.sh", "checks/./a.sh",
        "checks/../a", "/checks",       "**",           "."};
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        for (size_t k = 0; k < sizeof(paths) / sizeof(*paths); k++) {
            struct config c;
            char text[512], said[64];
            int n = snprintf(
                text, sizeof(text),
                "{\"schema\":1,\"name\":\"s\",\"fix\":{\"%s\":[\"ok/\",\"%s\"]},\"suites\":[]}",
                keys[i], paths[k]);
            (void)snprintf(said, sizeof(said), "fix.%s[1]: \"%s\" is no path", keys[i], paths[k]);
            EXPECT_INT(config_parse(&c, text, (size_t)n, "noctule.json"), ERR_FORMAT);
            EXPECT_HAS(err_text(), said);
        }
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

/* A config with one suite of these keys. */
static int parse_suite(struct config *c, const char *keys) {
    char text[1024];
    int n = snprintf(text, sizeof(text),
                     "{\"schema\":1,\"name\":\"s\",\"suites\":[{\"name\":\"u\",%s}]}", keys);
    return config_parse(c, text, (size_t)n, "noctule.json");
}

TEST(a_kind_that_is_built_in_needs_no_more_than_its_name) {
    struct config c;
    REQUIRE(parse_suite(&c, "\"kind\":\"ctest\"") == 0);
    const struct suite *s = &c.suites[0];
    EXPECT_STR(s->fixtures, ".");
    EXPECT_INT(s->axis_count, 1);
    EXPECT_STR(s->axes[0].name, "runner");
    EXPECT_STR(s->axes[0].values[0].name, "ctest");
    EXPECT_STR(s->command[0], "{noctule}");
    EXPECT_STR(s->command[1], "worker");
    EXPECT_STR(s->command[2], "ctest");
    EXPECT_STR(s->command[3], "--dir={build}");
    EXPECT(s->command[4] == NULL);
    EXPECT_STR(s->swept, "ctest");
    config_done(&c);
}

TEST(its_keys_become_words_of_its_worker_with_their_holes) {
    struct config c;
    REQUIRE(parse_suite(&c, "\"kind\":\"gtest\",\"program\":[\"{build}/{which}\",\"-x\"],"
                            "\"args\":[\"--seed=1\"],\"dir\":\"{fixture}\",\"fixtures\":\"p/*\","
                            "\"axes\":{\"which\":[\"a\",\"b\"]}") == 0);
    const struct suite *s = &c.suites[0];
    EXPECT_STR(s->command[3], "--dir={fixture}");
    EXPECT_STR(s->command[4], "--program={build}/{which}");
    EXPECT_STR(s->command[5], "--program=-x");
    EXPECT_STR(s->command[6], "--arg=--seed=1");
    EXPECT(s->command[7] == NULL);
    EXPECT_STR(s->swept, "{build}/{which}");
    EXPECT_STR(s->fixtures, "p/*");
    config_done(&c);
}

TEST(a_decoy_is_a_command_or_the_name_of_the_one_that_is_built_in) {
    struct config c;
    REQUIRE(parse_suite(&c, "\"kind\":\"pytest\",\"decoy\":[\"sh\",\"spoil.sh\",\"{fixture}\"]") ==
            0);
    EXPECT_STR(c.suites[0].decoy[1], "spoil.sh");
    EXPECT(c.suites[0].decoy[3] == NULL);
    config_done(&c);
    REQUIRE(parse_suite(&c, "\"kind\":\"pytest\",\"decoy\":\"goldens\"") == 0);
    EXPECT_STR(c.suites[0].decoy[0], CONFIG_GOLDENS);
    EXPECT(c.suites[0].decoy[1] == NULL);
    config_done(&c);
    REQUIRE(parse_suite(&c, "\"kind\":\"pytest\"") == 0);
    EXPECT(c.suites[0].decoy == NULL);
    config_done(&c);
}

TEST(what_a_kind_may_not_say_is_refused_with_its_key) {
    static const char *const rows[][2] = {
        {"\"kind\":\"gtest\"",                                                                   "program"                    },
        {"\"kind\":\"nose\"",                                                                    "cargo, ctest, gtest, pytest"},
        {"\"kind\":\"pytest\",\"command\":[\"w\"]",                                              "command"                    },
        {"\"kind\":\"pytest\",\"dir\":\"\"",                                                     "dir"                        },
        {"\"kind\":\"pytest\",\"dir\":\"{dtype}\"",                                              "{dtype}"                    },
        {"\"kind\":\"pytest\",\"program\":[]",                                                   "must not be empty"          },
        {"\"kind\":\"pytest\",\"args\":\"-x\"",                                                  "args"                       },
        {"\"kind\":\"pytest\",\"args\":[\"{case}\"]",                                            "{case}"                     },
        {"\"kind\":\"pytest\",\"decoy\":\"silver\"",                                             "goldens"                    },
        {"\"kind\":\"pytest\",\"decoy\":[]",                                                     "must not be empty"          },
        {"\"kind\":\"pytest\",\"decoy\":[\"{build}/spoil\"]",                                    "{build}"                    },
        {"\"kind\":\"pytest\",\"decoy\":[\"sh\",\"{dtype}\"]",                                   "{dtype}"                    },
        {"\"kind\":\"noctule-check\",\"fixtures\":\"f\",\"axes\":{\"a\":[\"b\"]},\"dir\":\"d\"",
         "dir"                                                                                                                },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct config c;
        EXPECT_INT(parse_suite(&c, rows[i][0]), ERR_FORMAT);
        EXPECT_HAS(err_text(), rows[i][1]);
    }
}
