/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/git/settings.h"

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "tests/test.h"

static struct arena arena;

static int parse(struct settings *s, const char *text) {
    return settings_parse(s, &arena, text, strlen(text), "noctule.json");
}

TEST(without_a_word_the_origin_is_all) {
    struct settings s;
    REQUIRE(parse(&s, "{\"schema\":1}") == 0);
    EXPECT_STR(s.remote, "origin");
    EXPECT_STR(s.upstream, "origin/main");
    EXPECT_STR(s.upstream_remote, "origin");
    EXPECT_STR(s.upstream_branch, "main");
    EXPECT_STR(s.own[0], "noctule/**");
    EXPECT(!s.own[1] && !s.forge.kind);
    EXPECT_STR(s.forge.context, "noctule");
}

TEST(a_fork_has_two_remotes) {
    struct settings s;
    REQUIRE(parse(&s, "{\"git\":{\"remote\":\"fork\",\"upstream\":\"ms/release/1.0\",\"own\":[],"
                      "\"forge\":{\"kind\":\"gitea\",\"repo\":\"a/b\"}}}") == 0);
    EXPECT_STR(s.remote, "fork");
    EXPECT_STR(s.upstream_remote, "ms");
    EXPECT_STR(s.upstream_branch, "release/1.0");
    EXPECT(!s.own[0]);
    EXPECT_STR(s.forge.repo, "a/b");
}

TEST(what_differs_is_named_by_its_keys) {
    static const char all[] = "{\"git\":{\"own\":[\"a\",\"b\"],\"forge\":{\"kind\":\"github\"}}}";
    static const struct {
        const char *text, *keys;
    } rows[] = {
        {"{}",                                                                              "git.own, git.forge"      },
        {"{\"git\":{\"own\":[\"a\"],\"forge\":{\"kind\":\"github\"}}}",                     "git.own"                 },
        {"{\"git\":{\"own\":[\"a\",\"b\",\"c\"],\"forge\":{\"kind\":\"github\"}}}",         "git.own"                 },
        {"{\"git\":{\"own\":[\"a\",\"b\"],\"forge\":{\"kind\":\"github\",\"api\":\"x\"}}}",
         "git.forge"                                                                                                  },
        {"{\"git\":{\"own\":[\"a\",\"b\"],\"forge\":{\"kind\":\"github\"},"
         "\"remote\":\"x\"}}",                                                     "git.remote, git.upstream"},
    };
    struct settings a, b;
    REQUIRE(parse(&a, all) == 0 && parse(&b, all) == 0);
    EXPECT(settings_compare(&a, &b, &arena) == NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        REQUIRE(parse(&b, rows[i].text) == 0);
        EXPECT_STR(settings_compare(&a, &b, &arena), rows[i].keys);
        EXPECT_STR(settings_compare(&b, &a, &arena), rows[i].keys);
    }
    settings_set_upstream(&b, &arena, "up/release/2");
    EXPECT_STR(b.upstream_remote, "up");
    EXPECT_STR(b.upstream_branch, "release/2");
}

TEST(what_is_wrong_is_refused_with_its_key) {
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"{\"git\":[]}",                                 "git"            },
        {"{\"git\":{\"remotes\":\"x\"}}",                "git.remotes"    },
        {"{\"git\":{\"remote\":\"\"}}",                  "git.remote"     },
        {"{\"git\":{\"upstream\":\"main\"}}",            "REMOTE/BRANCH"  },
        {"{\"git\":{\"upstream\":\"origin/\"}}",         "REMOTE/BRANCH"  },
        {"{\"git\":{\"own\":\"x\"}}",                    "list"           },
        {"{\"git\":{\"own\":[1]}}",                      "git.own"        },
        {"{\"git\":{\"forge\":\"github\"}}",             "object"         },
        {"{\"git\":{\"forge\":{\"token\":\"secret\"}}}", "git.forge.token"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct settings s;
        EXPECT(parse(&s, rows[i].text) < 0);
        EXPECT_HAS(err_text(), rows[i].said);
    }
    arena_done(&arena);
}
