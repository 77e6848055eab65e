/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/policy/policy.h"

#include "orchestrator/policy/preset.h"
#include "tests/orchestrator/policy/policy.h"

static int parse(struct policy **p, const char *text) {
    return policy_parse(p, text, strlen(text), "noctule.json", SOURCE_DIR);
}

/* The first violation, or "". */
static const char *check(const char *rules, const struct shown *shown, struct arena *arena,
                         struct findings *found) {
    struct policy *p;
    struct view_range range;
    if (!test_check(parse(&p, rules) == 0, __FILE__, __LINE__, "%s: %s", rules, err_text()))
        return "";
    show(arena, shown, &range);
    policy_check(p, arena, &range, found);
    policy_free(p);
    return found->len ? found->rows[0].text : "";
}

TEST(what_rules_may_not_say_is_refused_with_its_place) {
    static const struct {
        const char *rules, *said;
    } rows[] = {
        {"[]",                                                      "expected an object"      },
        {"{\"rules\":{}}",                                          "expected a list"         },
        {"{\"rules\":[1]}",                                         "expected a rule"         },
        {"{\"rules\":[{}]}",                                        "kind"                    },
        {"{\"rules\":[{\"kind\":\"subjct\"}]}",                     "did you mean \"subject\""},
        {"{\"rules\":[{\"kind\":\"subject\"}]}",                    "\"form\""                },
        {"{\"rules\":[{\"kind\":\"subject\",\"form\":\"x\"}]}",     "is no form"              },
        {"{\"rules\":[{\"kind\":\"subject\",\"pattern\":\"(\"}]}",  "offset 1"                },
        {"{\"rules\":[{\"kind\":\"prose\",\"list\":true}]}",        "no such parameter"       },
        {"{\"rules\":[{\"kind\":\"prose\",\"lists\":1}]}",          "lists"                   },
        {"{\"rules\":[{\"kind\":\"prose\",\"level\":\"bad\"}]}",    "\"error\" or \"warning\""},
        {"{\"rules\":[{\"kind\":\"prose\"},{\"kind\":\"prose\"}]}", "id of two rules"         },
        {"{\"rules\":[{\"id\":\"x\",\"off\":true}]}",               "no rule \"x\""           },
        {"{\"rules\":[{\"kind\":\"prose\",\"off\":true}]}",         "no rule \"prose\""       },
        {"{\"rules\":[{\"off\":true}]}",                            "kind"                    },
        {"{\"rules\":[{\"preset\":\"nowhere\"}]}",                  "no preset"               },
        {"{\"rules\":[{\"preset\":\"kernel\",\"id\":\"x\"}]}",      "beside \"preset\""       },
        {"{\"rules\":[{\"preset\":\"./nowhere.json\"}]}",           "nowhere.json"            },
        {"{\"rules\":[{\"kind\":\"banned\",\"words\":[\"\"]}]}",    "must not be empty"       },
        {"{\"rules\":[{\"kind\":\"width\",\"body\":-1}]}",          "body"                    },
        {"{\"rules\":[{\"kind\":\"trailers\"}]}",                   "\"required\""            },
        {"{\"rules\":[{\"kind\":\"builds\",\"commands\":[[]]}]}",   "must not be empty"       },
        {"{\"rules\":[{\"kind\":\"prose\",\"ignore\":\"[\"}]}",     "offset"                  },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct policy *p;
        EXPECT(parse(&p, rows[i].rules) < 0);
        EXPECT_HAS(err_text(), rows[i].said);
    }
}

TEST(a_glob_that_can_match_nothing_is_refused) {
    static const struct {
        const char *glob;
        bool good;
    } rows[] = {
        {"ro/**",   true },
        {"ro/",     true },
        {"ro",      true },
        {"**/ro/x", true },
        {"*",       true },
        {"a.b/..c", true },
        {".github", true },
        {"./ro/**", false},
        {"/ro/**",  false},
        {"ro//**",  false},
        {"ro/./x",  false},
        {"../ro",   false},
        {"ro/..",   false},
        {".",       false},
        {"/",       false},
        {"ro//",    false},
        {".git/x",  false},
        {"a/.GIT",  false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct policy *p = NULL;
        char text[256];
        snprintf(text, sizeof(text), "{\"rules\":[{\"kind\":\"paths\",\"read_only\":[\"%s\"]}]}",
                 rows[i].glob);
        int rc = parse(&p, text);
        test_check((rc == 0) == rows[i].good, __FILE__, __LINE__, "%s: %d", rows[i].glob, rc);
        if (rc < 0)
            EXPECT_HAS(err_text(), "read_only[0]: \"");
        policy_free(p);
    }
    struct policy *p;
    EXPECT(parse(&p, "{\"rules\":[{\"kind\":\"links\",\"paths\":[\"./AGENTS.md\"]}]}") < 0);
    EXPECT(parse(&p, "{\"rules\":[{\"kind\":\"links\",\"paths\":[\"AGENTS.*\"]}]}") < 0);
    EXPECT_HAS(err_text(), "is no path of a file");
}

TEST(a_later_row_replaces_a_presets_and_off_removes_it) {
    struct arena arena;
    struct findings f;
    const struct shown wide = {.message = "train.py: mend\n\nwhy\n\nGenerated-by: x\n"
                                          "Signed-off-by: Ada <a@example.org>"};
    const struct shown bare = {.message = "train.py: mend"};
    arena_init(&arena, 0);
    EXPECT_STR(check("{\"rules\":[{\"preset\":\"kernel\"}]}", &wide, &arena, &f), "");
    EXPECT_HAS(check("{\"rules\":[{\"preset\":\"kernel\"},{\"kind\":\"width\",\"subject\":5}]}",
                     &wide, &arena, &f),
               "over 5");
    check("{\"rules\":[{\"preset\":\"kernel\"}]}", &bare, &arena, &f);
    size_t all = f.errors;
    check("{\"rules\":[{\"preset\":\"kernel\"},{\"id\":\"trailers\",\"off\":true}]}", &bare, &arena,
          &f);
    EXPECT_INT(all - f.errors, 2);
    check("{\"rules\":[{\"preset\":\"kernel\"},{\"kind\":\"trailers\",\"off\":true}]}", &bare,
          &arena, &f);
    EXPECT_INT(all - f.errors, 2); /* its id is its kind where none is said */
    arena_done(&arena);
}

TEST(a_warning_is_told_and_is_no_error) {
    struct arena arena;
    struct findings f;
    const struct shown s = {.message = "x\n\n- a"};
    arena_init(&arena, 0);
    check("{\"rules\":[{\"kind\":\"prose\",\"level\":\"warning\",\"mend\":\"write\"}]}", &s, &arena,
          &f);
    EXPECT_INT(f.errors, 0);
    EXPECT_INT(f.warnings, 1);
    EXPECT_STR(f.rows[0].mend, "write");
    arena_done(&arena);
}

TEST(a_merge_is_left_out_for_what_it_is_and_not_for_its_name) {
    struct arena arena;
    struct findings f;
    const char *rules = "{\"rules\":[{\"kind\":\"subject\",\"form\":\"file\",\"merges\":false,"
                        "\"ignore\":\"^fixup! \"}]}";
    const struct shown merge = {.message = "Merge branch x", .commits = 1, .merges = 1};
    const struct shown named = {.message = "Merge branch x", .commits = 1};
    const struct shown fixup = {.message = "fixup! x", .commits = 1};
    arena_init(&arena, 0);
    EXPECT_STR(check(rules, &merge, &arena, &f), "");
    EXPECT_HAS(check(rules, &named, &arena, &f), "file: brief");
    EXPECT_STR(check(rules, &fixup, &arena, &f), "");
    arena_done(&arena);
}

TEST(a_rule_that_sees_too_little_is_named_and_not_passed) {
    struct arena arena;
    struct findings f;
    const struct shown s = {.message = "x"};
    arena_init(&arena, 0);
    check("{\"rules\":[{\"id\":\"own\",\"kind\":\"size\",\"files\":1},{\"kind\":\"base\"},"
          "{\"kind\":\"prose\"}]}",
          &s, &arena, &f);
    EXPECT_INT(f.asked, 1);
    REQUIRE(f.not_asked_len == 2);
    EXPECT_STR(f.not_asked[0], "own");
    EXPECT_STR(f.not_asked[1], "base");
    arena_done(&arena);
}

TEST(the_presets_are_rules) {
    size_t count = 0;
    for (const struct preset *p = preset_table; p->name; p++, count++) {
        struct policy *policy;
        if (!test_check(policy_parse(&policy, p->text, p->len, p->name, "") == 0, __FILE__,
                        __LINE__, "%s: %s", p->name, err_text()))
            continue;
        EXPECT(policy_len(policy) >= 4);
        policy_free(policy);
    }
    EXPECT(count >= 3);
}
